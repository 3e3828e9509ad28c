"""SMSAPI (smsapi.pl, .com, .bg, .se)."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import attrs

from crosstie import (
    Env,
    Finding,
    FlowError,
    Http,
    RecordError,
    RejectedError,
    Secret,
    UnauthorisedError,
    UncertainError,
    setting,
)
from crosstie_messages.answers import judged
from crosstie_messages.outbox import need
from crosstie_messages.sms import SendSms, Sms, SmsSettings

SENT_BEFORE = 53
NOT_ALLOWED = frozenset({101, 102, 105})
BROKEN = frozenset({201, 999})
"""Codes of errors that say: the `idx` was used, we may not come in, SMSAPI itself has failed."""


@attrs.frozen
class Smsapi(SmsSettings):
    """SMSAPI: sends SMS. Without a sender, the account's own is used."""

    kind: ClassVar[str] = "smsapi"

    token: Secret | None = setting("OAuth token of the API", default=None)
    fast: bool = setting("Send with the highest priority, which costs more", default=False)
    url: str = setting(
        "Address of the API, also api.smsapi.com", default="https://api.smsapi.pl", identifies=True
    )

    def __attrs_post_init__(self) -> None:
        """Nothing is missing."""
        need(self.outbox, token=self.token)

    def gateway(self, env: Env) -> "SmsapiGateway":
        """See `SmsSettings`."""
        assert self.token is not None
        http = env.http(self.url, headers={"Authorization": f"Bearer {self.token.reveal()}"})
        return SmsapiGateway(http, self.fast)


@attrs.frozen
class SmsapiGateway:
    """See `Gateway`. SMSAPI sends one message for each `idx`, so that asking again is safe."""

    http: Http
    fast: bool

    def send(self, sms: Sms, mark: str) -> str:
        """See `Gateway`; the id is our `idx`, which SMSAPI tells in its reports.

        Its own id is told the first time only, and may be in the answer that was lost.
        """
        form = {
            "to": sms.to.removeprefix("+"),
            **({"from": sms.sender} if sms.sender else {}),
            "message": sms.text,
            "format": "json",
            "encoding": "utf-8",
            "idx": mark,
            "check_idx": "1",
            **({"fast": "1"} if self.fast else {}),
        }
        told = judged(self.http.request("POST", "/sms.do", form=form))
        if "error" in told:
            _raise_for(told)
            return mark
        match told.get("list"):
            case [{"error": str() | int() as error}]:
                raise RejectedError(f"SMSAPI refuses it: {error}")
            case [{"id": str() | int()}]:
                return mark
        raise UncertainError("SMSAPI named no message; it may have been sent")

    def check(self) -> Iterable[Finding]:
        """See `Gateway`."""
        try:
            told = judged(self.http.get("/profile"))
        except (FlowError, RecordError) as error:
            yield Finding("problem", str(error))
            return
        yield Finding("ok", f"the account has {told.get('points')} points left")


def _raise_for(told: Mapping[str, Any]) -> None:
    """Raise what an error in a good answer means; that it was sent before is none."""
    code = told["error"]
    if code == SENT_BEFORE:
        return
    wrong = [one.get("message") for one in told.get("invalid_numbers") or ()]
    words = ", ".join(map(str, filter(None, [told.get("message"), *wrong])))
    said = f"SMSAPI refuses it, error {code}: {words}"
    if code in NOT_ALLOWED:
        raise UnauthorisedError(f"{said}: is token right?")
    if code in BROKEN:
        raise UncertainError(f"{said}; it may have been sent")
    raise RejectedError(said)


@attrs.frozen
class SendBySmsapi(SendSms):
    """Sends an SMS to one number."""

    on: ClassVar[str] = "smsapi"
    repeats: ClassVar[bool] = True
