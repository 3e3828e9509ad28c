"""The kit's promises about webhooks: a good receiver keeps all, each broken one breaks its own."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import attrs
import pytest

from crosstie import Clock, Env, Event, Request, Secret, WebhookError, hookimpl, setting
from crosstie.sandbox import Reply
from crosstie.testing import WebhookConformance
from tests.testing.conftest import Judge

SECRET = "bell-secret-1"
TOLERANCE = timedelta(minutes=5)


def sign(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class BellSandbox:
    """A doorbell that tells who has rung."""

    def respond(self, request: Request) -> Reply:
        return Reply(200, b'{"doors": 2}', {"Content-Type": "application/json"})

    def webhook(self, body: bytes, at: datetime, secret: str = SECRET) -> Request:
        stamp = str(int(at.timestamp()))
        headers = {"X-Bell-Time": stamp, "X-Bell-Signature": f"v1={sign(secret, stamp, body)}"}
        return Request("POST", "/hooks/bell", {}, headers, body)


@attrs.define
class Receiver:
    """A connected doorbell, as it should be; the broken ones change one of its methods."""

    url: str
    secret: Secret
    env: Env

    def receive(self, request: Request) -> Sequence[Event]:
        stamp = request.headers.get("x-bell-time", "")
        self.check_signature(request, stamp)
        self.check_time(stamp)
        try:
            return self.read(request)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise WebhookError("a delivery that cannot be read") from error

    def check_signature(self, request: Request, stamp: str) -> None:
        given = request.headers.get("x-bell-signature", "").removeprefix("v1=")
        if not hmac.compare_digest(self.expected(request, stamp).encode(), given.encode()):
            raise WebhookError("a delivery with a wrong signature")

    def expected(self, request: Request, stamp: str) -> str:
        return sign(self.secret.reveal(), stamp, request.body)

    def check_time(self, stamp: str) -> None:
        at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(self.env.clock.now() - at) > TOLERANCE:
            raise WebhookError("a delivery that is too old: is the clock right?")

    def read(self, request: Request) -> Sequence[Event]:
        told = json.loads(request.body)
        return [self.event(told)] if told["type"] == "ring" else []

    def event(self, told: Mapping[str, Any]) -> Event:
        if type(told["door"]) is not int or type(told["ring"]) is not int:
            raise TypeError("numbers are no numbers")
        return Event("rung", str(told["door"]), str(told["ring"]), told, self.time(told))

    def time(self, told: Mapping[str, Any]) -> datetime:
        return datetime.fromtimestamp(told["at"], UTC)

    def streams(self) -> Mapping[str, Any]:
        return {}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen
class Bell:
    """A doorbell."""

    kind: ClassVar[str] = "bell"
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...]] = ()
    events_offered: ClassVar[tuple[str, ...] | None] = ("rung",)
    receiver: ClassVar[type[Any]] = Receiver

    url: str = setting("Address of the doorbell")
    secret: Secret = setting("What it signs with, from its lid")

    def connect(self, env: Env) -> Any:
        return self.receiver(self.url, self.secret, env)


class Door:
    """The plugin with one doorbell in it."""

    def __init__(self, receiver: type[Any]) -> None:
        self.receiver = receiver

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        return [type("Bell", (Bell,), {"receiver": self.receiver})]


class Rings(WebhookConformance):
    kind = "bell"
    plugin = Door(Receiver)
    kinds = ("rung",)
    signature = "X-Bell-Signature"

    def sandbox(self, clock: Clock) -> BellSandbox:
        return BellSandbox()

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "secret": Secret(SECRET)}

    def delivery(self, sandbox: BellSandbox, number: int, at: datetime) -> Request:
        return self._ring(sandbox, "ring", number, at)

    def signed(self, sandbox: BellSandbox, body: bytes, at: datetime) -> Request | None:
        return sandbox.webhook(body, at)

    def forged(self, sandbox: BellSandbox, number: int, at: datetime) -> Request | None:
        return self._ring(sandbox, "ring", number, at, "another secret")

    def unknown(self, sandbox: BellSandbox, at: datetime) -> Request | None:
        return self._ring(sandbox, "battery", 1, at)

    def _ring(
        self, sandbox: BellSandbox, kind: str, number: int, at: datetime, secret: str = SECRET
    ) -> Request:
        told = {"type": kind, "door": number, "ring": 7, "at": int(at.timestamp())}
        return sandbox.webhook(json.dumps(told).encode(), at, secret)


class TestRings(Rings):
    """The good one keeps every promise."""


class Believing(Receiver):
    def check_signature(self, request: Request, stamp: str) -> None:
        """Never looked at."""


class Timeless(Receiver):
    def check_time(self, stamp: str) -> None:
        """Never looked at."""


class LooseTime(Receiver):
    def expected(self, request: Request, stamp: str) -> str:
        sent = str(json.loads(request.body)["at"])  # what the body says, not what is compared
        return sign(self.secret.reveal(), sent, request.body)


class Future(Receiver):
    def check_time(self, stamp: str) -> None:
        if self.env.clock.now() - datetime.fromtimestamp(int(stamp), UTC) > TOLERANCE:
            raise WebhookError("too old")


class Milliseconds(Receiver):
    def check_time(self, stamp: str) -> None:
        super().check_time(str(int(stamp) // 1000))


class Texts(Receiver):
    def check_signature(self, request: Request, stamp: str) -> None:
        given = request.headers["x-bell-signature"].removeprefix("v1=")
        if not hmac.compare_digest(self.expected(request, stamp), given):
            raise WebhookError("a delivery with a wrong signature")


class Beginning(Receiver):
    def check_signature(self, request: Request, stamp: str) -> None:
        given = request.headers.get("x-bell-signature", "").removeprefix("v1=")
        if not self.expected(request, stamp).startswith(given):
            raise WebhookError("a delivery with a wrong signature")


class Rewriting(Receiver):
    def check_signature(self, request: Request, stamp: str) -> None:
        anew = json.dumps(json.loads(request.body)).encode()
        super().check_signature(attrs.evolve(request, body=anew), stamp)


class Trimming(Receiver):
    def expected(self, request: Request, stamp: str) -> str:
        return sign(self.secret.reveal(), stamp, request.body.strip())


class Explaining(Receiver):
    def check_signature(self, request: Request, stamp: str) -> None:
        given = request.headers.get("x-bell-signature", "").removeprefix("v1=")
        right = self.expected(request, stamp)
        if not hmac.compare_digest(right.encode(), given.encode()):
            raise WebhookError(f"expected {right}, got {given}")


class CapitalHeaders(Receiver):
    def receive(self, request: Request) -> Sequence[Event]:
        if "X-Bell-Signature" not in request.headers:
            raise WebhookError("a delivery without a signature")
        return super().receive(request)


class Careless(Receiver):
    def receive(self, request: Request) -> Sequence[Event]:
        stamp = request.headers.get("x-bell-time", "")
        self.check_signature(request, stamp)
        self.check_time(stamp)
        return self.read(request)


class Numbers(Receiver):
    def event(self, told: Mapping[str, Any]) -> Event:
        return attrs.evolve(super().event(told), key=told["door"])


class NaiveTime(Receiver):
    def time(self, told: Mapping[str, Any]) -> datetime:
        return super().time(told).replace(tzinfo=None)


class Defaults(Receiver):
    def event(self, told: Mapping[str, Any]) -> Event:
        return Event("rung", str(told.get("door")), str(told.get("ring")), told)


class Clockwork(Receiver):
    def event(self, told: Mapping[str, Any]) -> Event:
        return attrs.evolve(super().event(told), version=self.env.clock.now().isoformat())


class OneDoor(Receiver):
    def event(self, told: Mapping[str, Any]) -> Event:
        return attrs.evolve(super().event(told), key="door")


class Swallowing(Receiver):
    def receive(self, request: Request) -> Sequence[Event]:
        try:
            return super().receive(request)
        except WebhookError as error:
            if "read" in str(error):
                return []
            raise


class KnowingAll(Receiver):
    def read(self, request: Request) -> Sequence[Event]:
        return [self.event(json.loads(request.body))]


class Strict(Receiver):
    def read(self, request: Request) -> Sequence[Event]:
        if events := super().read(request):
            return events
        raise WebhookError("a delivery of an unknown kind")


@pytest.mark.parametrize(
    ("receiver", "promise", "seen"),
    [
        (Believing, "a_wrong_signature_is_refused", "an empty signature: it is believed"),
        (Believing, "a_signature_made_with_another_secret_is_refused", "it is believed"),
        (Believing, "a_changed_body_is_refused", "the body of another delivery: it is believed"),
        (Timeless, "an_old_delivery_is_refused", "a delivery 0:06:00 old: it is believed"),
        (LooseTime, "an_old_delivery_does_not_pass_under_a_new_time", "it is believed"),
        (Future, "an_old_delivery_is_refused", "a delivery 0:06:00 ahead: it is believed"),
        (Milliseconds, "a_delivery_within_the_tolerance_is_believed", "it is refused: a delivery"),
        (Texts, "a_wrong_signature_is_refused", "TypeError: comparing strings with non-ASCII"),
        (Beginning, "a_wrong_signature_is_refused", "an empty signature: it is believed"),
        (Rewriting, "a_changed_body_is_refused", "with a blank after the body: it is believed"),
        (Rewriting, "what_cannot_be_read_is_refused", "nothing: JSONDecodeError"),
        (Trimming, "a_changed_body_is_refused", "with a blank after the body: it is believed"),
        (Explaining, "a_refusal_shows_no_secret", "an empty signature: the error has the right"),
        (CapitalHeaders, "a_genuine_delivery_is_told_as_events", "refused: a delivery without"),
        (Careless, "signed_nonsense_does_no_harm", "nothing: JSONDecodeError"),
        (Careless, "a_signed_body_of_another_shape_does_no_harm", "TypeError"),
        (Numbers, "a_genuine_delivery_is_told_as_events", "a genuine delivery: the key is 1"),
        (NaiveTime, "a_genuine_delivery_is_told_as_events", "its time is datetime.datetime("),
        (Defaults, "a_signed_body_of_another_shape_does_no_harm", "the key is 'None'"),
        (Clockwork, "the_same_delivery_twice_is_the_same_event", ", later [("),
        (OneDoor, "the_same_delivery_twice_is_the_same_event", "two records are told as"),
        (Swallowing, "signed_nonsense_does_no_harm", "nothing is told, and no error"),
        (Strict, "an_unknown_kind_of_event_is_left_out", "it is refused: a delivery of an unknown"),
        (KnowingAll, "an_unknown_kind_of_event_is_left_out", "told as [('rung', '1', '7')]"),
    ],
)  # fmt: skip
def test_a_broken_receiver_breaks_the_promise_meant_for_it(
    judge: Judge, receiver: type[Any], promise: str, seen: str
) -> None:
    failed = judge(type("Case", (Rings,), {"plugin": Door(receiver)}), promise)
    assert [promise] == list(failed)
    assert seen in failed[promise]


def test_a_receiver_that_asks_its_system_is_found(judge: Judge) -> None:
    class Curious(Receiver):
        def read(self, request: Request) -> Sequence[Event]:
            self.env.http(self.url).request("GET", "doors")
            return super().read(request)

    class Case(Rings):
        plugin = Door(Curious)

    failed = judge(Case, "receiving_asks_the_system_nothing")
    assert "it asks GET /doors" in failed["receiving_asks_the_system_nothing"]


def test_a_kind_of_event_that_automations_cannot_name_is_found(judge: Judge) -> None:
    class Mute(Door):
        @hookimpl
        def register_sources(self) -> Sequence[type[Any]]:
            return [type("Bell", (Bell,), {"events_offered": ()})]

    class Case(Rings):
        plugin = Mute(Receiver)

    failed = judge(Case, "a_genuine_delivery_is_told_as_events")
    assert "no automation can name rung" in failed["a_genuine_delivery_is_told_as_events"]


def test_a_system_without_webhooks_is_told_what_it_lacks(judge: Judge) -> None:
    class Deaf(Receiver):
        receive = None  # type: ignore[assignment]  # it has none

    class Case(Rings):
        plugin = Door(Deaf)

    failed = judge(Case, "a_genuine_delivery_is_told_as_events")
    assert "Deaf has no method `receive`" in failed["a_genuine_delivery_is_told_as_events"]


def test_what_an_author_does_not_give_is_skipped(judge: Judge) -> None:
    class Case(Rings):
        tolerance = None
        signed = WebhookConformance.signed
        forged = WebhookConformance.forged
        unknown = WebhookConformance.unknown

    assert {} == judge(Case)
