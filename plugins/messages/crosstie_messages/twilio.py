"""Twilio's Programmable Messaging."""

from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import quote

import attrs

from crosstie import (
    Env,
    Finding,
    FlowError,
    Http,
    RecordError,
    RejectedError,
    Secret,
    UncertainError,
    setting,
)
from crosstie_messages.answers import judged
from crosstie_messages.outbox import need
from crosstie_messages.sms import SendSmsUnkeyed, Sms, SmsSettings

NOT_SENT = frozenset({"failed", "undelivered", "canceled"})


@attrs.frozen
class Twilio(SmsSettings):
    """Twilio: sends SMS."""

    kind: ClassVar[str] = "twilio"

    account_sid: str | None = setting("The account's SID, AC…", default=None, identifies=True)
    auth_token: Secret | None = setting(
        "The account's auth token, or the secret of the API key", default=None
    )
    api_key_sid: str | None = setting(
        "SID of an API key, SK…, where auth_token is the secret of one", default=None
    )
    messaging_service: str | None = setting(
        "SID of a messaging service, MG…, that chooses the sender", default=None
    )
    url: str = setting("Address of the API", default="https://api.twilio.com", identifies=True)

    def __attrs_post_init__(self) -> None:
        """Nothing is missing."""
        need(self.outbox, account_sid=self.account_sid, auth_token=self.auth_token)
        origin = self.sender or self.messaging_service
        need(self.outbox, **{"sender (or messaging_service)": origin})

    def gateway(self, env: Env) -> "TwilioGateway":
        """See `SmsSettings`."""
        assert self.account_sid is not None
        assert self.auth_token is not None
        user = self.api_key_sid or self.account_sid
        http = env.http(self.url, auth=(user, self.auth_token.reveal()))
        return TwilioGateway(http, self.account_sid, self.messaging_service)


@attrs.frozen
class TwilioGateway:
    """See `Gateway`. Twilio knows no key of ours: an answer that is lost leaves a doubt."""

    http: Http
    account: str
    messaging_service: str | None

    @property
    def _path(self) -> str:
        return f"/2010-04-01/Accounts/{quote(self.account, safe='')}"

    def send(self, sms: Sms, mark: str) -> str:
        """See `Gateway`; the id is Twilio's SID."""
        origin = {"From": sms.sender} if sms.sender else {}
        if not origin and self.messaging_service:
            origin = {"MessagingServiceSid": self.messaging_service}
        form = {"To": sms.to, **origin, "Body": sms.text}
        told = judged(self.http.request("POST", f"{self._path}/Messages.json", form=form))
        if told.get("error_code") is not None or told.get("status") in NOT_SENT:
            reason = f"{told.get('error_code')}, {told.get('error_message')}"
            raise RejectedError(f"Twilio took the message and will not send it: {reason}")
        sid = told.get("sid")
        if not isinstance(sid, str) or not sid:
            raise UncertainError("Twilio told no SID; the message may have been sent")
        return sid

    def check(self) -> Iterable[Finding]:
        """See `Gateway`."""
        try:
            told = judged(self.http.get(f"{self._path}.json"))
        except (FlowError, RecordError) as error:
            yield Finding("problem", str(error))
            return
        active = told.get("status") == "active"
        account = f"the account {told.get('friendly_name')!r} is {told.get('status')}"
        yield Finding("ok" if active else "problem", account)


@attrs.frozen
class SendByTwilio(SendSmsUnkeyed):
    """Sends an SMS to one number."""

    on: ClassVar[str] = "twilio"
