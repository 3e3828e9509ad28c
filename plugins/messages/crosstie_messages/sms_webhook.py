"""SMS through any service of one's own: each is posted, signed, to an address."""

from collections.abc import Iterable
from typing import ClassVar

import attrs

from crosstie import Clock, Env, Finding, Secret, setting
from crosstie_messages.posting import Receiver, check_receiver, event_of, receiver
from crosstie_messages.sms import SendSms, Sms, SmsSettings


@attrs.frozen
class SmsWebhook(SmsSettings):
    """A web service of your own: is told of each SMS that it shall send, as a signed webhook."""

    kind: ClassVar[str] = "sms_webhook"

    url: str | None = setting("Address that messages are posted to", default=None, identifies=True)
    secret: Secret | None = setting("What they are signed with, whsec_… in base64", default=None)

    def __attrs_post_init__(self) -> None:
        """Nothing is missing or malformed."""
        check_receiver(self.outbox, self.url, self.secret)

    def gateway(self, env: Env) -> "WebhookGateway":
        """See `SmsSettings`."""
        assert self.url is not None
        assert self.secret is not None
        return WebhookGateway(receiver(env, self.url, self.secret), env.clock)


@attrs.frozen
class WebhookGateway:
    """See `Gateway`. The receiver sends one message for each ``webhook-id``."""

    receiver: Receiver
    clock: Clock

    def send(self, sms: Sms, mark: str) -> str:
        """See `Gateway`; the id is the webhook's."""
        data = {"to": sms.to, "text": sms.text, "sender": sms.sender}
        self.receiver.post(event_of("sms.send", data, self.clock), mark)
        return mark

    def check(self) -> Iterable[Finding]:
        """See `Gateway`."""
        return self.receiver.check()


@attrs.frozen
class SendByWebhook(SendSms):
    """Has your own service send an SMS to one number."""

    on: ClassVar[str] = "sms_webhook"
    repeats: ClassVar[bool] = True
