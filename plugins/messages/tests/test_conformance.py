"""Whether the senders keep what Crosstie relies on: the conformance kit, on their sandboxes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pytest

from crosstie import Clock, Request, Secret
from crosstie.sandbox import Reply
from crosstie.testing import ActionConformance, PackageConformance, Rig
from crosstie_messages.sandbox import (
    OvhSandbox,
    ReceiverSandbox,
    SmsapiSandbox,
    TwilioSandbox,
    ovh,
    receiver,
    smsapi,
    twilio,
)
from crosstie_messages.sandbox.desk import Desk

from .mail_host import MailHost

NUMBER, BLOCKED = "+33612345678", "+33612345679"
AnyDesk = TypeVar("AnyDesk", bound=Desk)
WRONG_TEXTS = ({"to": " "}, {"to": 5}, {"text": ""}, {"text": "half \ud83d"}, {"sender": "a\nb"})


def blocking(sandbox: AnyDesk) -> AnyDesk:
    """A service that sends nothing to one number."""
    sandbox.blocked.add(BLOCKED)
    return sandbox


class Smtp(Rig):
    """A mail server; the kit's faults are those of HTTP, so `test_submission` has its own."""

    kind = "smtp"
    _start: Callable[..., MailHost]
    _host: MailHost

    @pytest.fixture(autouse=True)
    def _hosts(self, start_host: Callable[..., MailHost]) -> None:
        self._start = start_host

    def sandbox(self, clock: Clock) -> MailHost:
        self._host = self._start()
        return self._host

    def settings(self, url: str) -> Mapping[str, Any]:
        place = {"host": "127.0.0.1", "port": self._host.port, "security": "none"}
        return {**place, "sender": "Shop <shop@example.com>"}


class SendingMail(ActionConformance):
    """What is sent, and what cannot be."""

    action = "send"
    parameters = {"to": "ada@example.com", "subject": "Hello", "body": "Hello Ada"}  # noqa: RUF012
    wrong = (
        {"to": "ada"},
        {"to": "ada@example.com, bob@example.com"},
        {"to": "ada@example.com\r\nBcc: eve@example.com"},
        {"subject": "Hello\nBcc: eve@example.com"},
        {"subject": "Hello\u2028you"},
        {"subject": ""},
        {"body": " "},
        {"body": None},
        {"template": "hello"},
        {"values": {"name": "Ada"}},
        {"body": None, "template": "../secrets"},
        {"body": None, "template": "hello", "values": ["Ada"]},
        {"reply_to": "nobody"},
        {"unsubscribe": "https://shop.example/>\r\nBcc: eve@example.com"},
        {"unsubscribe": "javascript:alert(1)"},
    )


class TestSendMail(Smtp, SendingMail):
    def deeds(self, sandbox: MailHost) -> Sequence[Any]:
        return sandbox.mails


@attrs.frozen
class Kept:
    """What is in the outbox; nobody is asked."""

    folder: Path

    def respond(self, request: Request) -> Reply:
        raise AssertionError(f"{request.path} was asked in the dry mode")

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*"))


class Dry(Rig):
    """A system in the dry mode."""

    more: Mapping[str, Any] = {}
    _folders: list[Path]
    _below: Path

    @pytest.fixture(autouse=True)
    def _outboxes(self, tmp_path: Path) -> None:
        self._below, self._folders = tmp_path / "outboxes", []

    def sandbox(self, clock: Clock) -> Kept:
        self._folders.append(self._below / str(len(self._folders)))
        return Kept(self._folders[-1])

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"outbox": str(self._folders[-1]), **self.more}

    def deeds(self, sandbox: Kept) -> Sequence[Any]:
        return sandbox.files


@pytest.mark.full
class TestDryMail(Dry, SendingMail):
    kind = "smtp"
    more = {"sender": "shop@example.com"}  # noqa: RUF012


class SendingSms(ActionConformance):
    """What is sent, and what cannot be."""

    action = "send"
    parameters = {"to": NUMBER, "text": "Hello Ada"}  # noqa: RUF012
    wrong = (*WRONG_TEXTS, {"region": "XX"}, {"consent": "no"})

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        sent: Sequence[Any] = sandbox.sent
        return sent


class TestTwilio(SendingSms):
    kind = "twilio"
    refused = {"to": BLOCKED}  # noqa: RUF012
    reason = "21610, Attempt to send to unsubscribed recipient"

    def sandbox(self, clock: Clock) -> TwilioSandbox:
        return blocking(TwilioSandbox(clock))

    def settings(self, url: str) -> Mapping[str, Any]:
        account = {"account_sid": twilio.ACCOUNT, "auth_token": Secret(twilio.TOKEN)}
        return {"url": url, "sender": "+15005550006", **account}


@pytest.mark.full
class TestOvh(SendingSms):
    kind = "ovh_sms"
    refused = {"to": BLOCKED}  # noqa: RUF012
    reason = f"OVH refuses the number {BLOCKED}"

    def sandbox(self, clock: Clock) -> OvhSandbox:
        return blocking(OvhSandbox(clock))

    def settings(self, url: str) -> Mapping[str, Any]:
        keys = {
            "application_key": Secret(ovh.APPLICATION_KEY),
            "application_secret": Secret(ovh.APPLICATION_SECRET),
            "consumer_key": Secret(ovh.CONSUMER_KEY),
        }
        return {"url": url, "service": ovh.SERVICE, **keys}


class TestSmsapi(SendingSms):
    kind = "smsapi"
    refused = {"to": BLOCKED}  # noqa: RUF012
    reason = "error 13: No correct phone numbers, Invalid phone number"

    def sandbox(self, clock: Clock) -> SmsapiSandbox:
        return blocking(SmsapiSandbox(clock))

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "token": Secret(smsapi.TOKEN)}


class Posting(ActionConformance):
    """A receiver whose bare 2xx is a yes, whatever stands in it: so the Standard Webhooks say."""

    test_an_answer_that_makes_no_sense_is_no_success = None  # type: ignore[assignment]  # see above


@pytest.mark.full
class TestSmsWebhook(Posting, SendingSms):
    kind = "sms_webhook"

    def sandbox(self, clock: Clock) -> ReceiverSandbox:
        return ReceiverSandbox(clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": f"{url}/sms", "secret": Secret(receiver.SECRET)}

    def deeds(self, sandbox: ReceiverSandbox) -> Sequence[Any]:
        return list(sandbox.events)


@pytest.mark.full
class TestDryTwilio(Dry, SendingSms):
    kind = "twilio"


class TestDrySmsapi(Dry, SendingSms):
    kind = "smsapi"


@pytest.mark.full
class TestWebhook(Posting):
    kind = "webhook"
    action = "post"
    parameters = {"event": "coupon.created", "data": {"code": "ADA10"}}  # noqa: RUF012
    wrong = ({"event": ""}, {"event": "a\nb"}, {"event": 5})
    refused = {"event": "unwanted"}  # noqa: RUF012
    reason = "events of the type 'unwanted' are not known"

    def sandbox(self, clock: Clock) -> ReceiverSandbox:
        return ReceiverSandbox(clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": f"{url}/events?shop=1", "secret": Secret(receiver.SECRET)}

    def deeds(self, sandbox: ReceiverSandbox) -> Sequence[Any]:
        return list(sandbox.events)


class TestDryWebhook(Dry, ActionConformance):
    kind = "webhook"
    action = "post"
    parameters = {"event": "coupon.created", "data": {"code": "ADA10"}}  # noqa: RUF012


class TestPackage(PackageConformance):
    package = "crosstie_messages"
    examples = {  # noqa: RUF012
        "outbox": Path("outbox"),
        "username": "shop",
        "sender": "shop@example.com",
        "secret": Secret(receiver.SECRET),
    }
