"""OVHcloud SMS."""

import json
from collections.abc import Generator, Iterable
from datetime import timedelta
from hashlib import sha1
from typing import Any, ClassVar
from urllib.parse import quote

import attrs
import httpx

from crosstie import (
    Clock,
    Env,
    Finding,
    FlowError,
    Http,
    RecordError,
    RejectedError,
    Secret,
    UnavailableError,
    UncertainError,
    setting,
)
from crosstie_messages.answers import judged, raise_for
from crosstie_messages.outbox import need
from crosstie_messages.sms import SendSmsUnkeyed, Sms, SmsSettings

STOP_TEXT = "\nSTOP 36111"
LONGEST_TAG = 20


@attrs.frozen
class OvhSms(SmsSettings):
    """OVHcloud: sends SMS. Without a sender, people can answer (senderForResponse)."""

    kind: ClassVar[str] = "ovh_sms"

    service: str | None = setting(
        "Name of the SMS account, such as sms-ab12345-1", default=None, identifies=True
    )
    application_key: Secret | None = setting("Key of the application (AK)", default=None)
    application_secret: Secret | None = setting("Secret of the application (AS)", default=None)
    consumer_key: Secret | None = setting("Key that the account has granted it (CK)", default=None)
    stop_clause: bool = setting(
        "With a sender: add STOP, as marketing needs; OVH holds such messages back at night",
        default=True,
    )
    url: str = setting("Address of the API", default="https://eu.api.ovh.com/1.0", identifies=True)

    def __attrs_post_init__(self) -> None:
        """Nothing is missing."""
        keys = {"application_key": self.application_key, "consumer_key": self.consumer_key}
        need(self.outbox, service=self.service, application_secret=self.application_secret, **keys)

    def gateway(self, env: Env) -> "OvhGateway":
        """See `SmsSettings`."""
        assert self.service is not None
        assert self.application_key is not None
        assert self.application_secret is not None
        assert self.consumer_key is not None
        signature = OvhSignature(
            self.application_key.reveal(),
            self.application_secret.reveal(),
            self.consumer_key.reveal(),
            env.clock,
            env.http(self.url),
        )
        http = env.http(self.url, auth=signature)
        return OvhGateway(http, signature, self.service, self.stop_clause)

    def appended(self, sender: str | None) -> str:
        """See `SmsSettings`."""
        return STOP_TEXT if sender and self.stop_clause else ""


class OvhSignature(httpx.Auth):
    """Signs requests with the keys, by the clock of OVH, which is asked for the time once."""

    requires_request_body = True

    def __init__(self, key: str, secret: str, consumer: str, clock: Clock, unsigned: Http) -> None:
        self._key = key
        self._secret = secret
        self._consumer = consumer
        self._clock = clock
        self._unsigned = unsigned
        self._ahead: timedelta | None = None

    def learn_time(self) -> None:
        """Ask for the time, unless it is known; raises as reading does."""
        if self._ahead is not None:
            return
        answer = self._unsigned.get("/auth/time")
        try:
            raise_for(answer)
            at = int(answer.json())
        except (UncertainError, RejectedError, ValueError, TypeError) as error:
            told = f"{answer.url}: answered {answer.status}, and not with the time: is url right?"
            raise UnavailableError(told) from error
        self._ahead = timedelta(seconds=at - self._clock.now().timestamp())

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See `httpx.Auth`."""
        now = self._clock.now() + (self._ahead or timedelta())
        timestamp = str(int(now.timestamp()))
        body = request.content.decode()
        parts = (self._secret, self._consumer, request.method, str(request.url), body, timestamp)
        signed = sha1("+".join(parts).encode(), usedforsecurity=False).hexdigest()
        request.headers["X-Ovh-Application"] = self._key
        request.headers["X-Ovh-Consumer"] = self._consumer
        request.headers["X-Ovh-Timestamp"] = timestamp
        request.headers["X-Ovh-Signature"] = f"$1${signed}"
        yield request


@attrs.frozen
class OvhGateway:
    """See `Gateway`. OVH knows no key of ours: an answer that is lost leaves a doubt."""

    http: Http
    signature: OvhSignature
    service: str
    stop_clause: bool

    @property
    def _path(self) -> str:
        return f"/sms/{quote(self.service, safe='')}"

    def send(self, sms: Sms, mark: str) -> str:
        """See `Gateway`; the id is OVH's. The message's tag is what its deed is known by."""
        self.signature.learn_time()
        body = json.dumps(self._job(sms, mark), ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json; charset=utf-8"}
        path = f"{self._path}/jobs"
        told = judged(self.http.request("POST", path, content=body, headers=kind))
        if told.get("invalidReceivers"):
            raise RejectedError(f"OVH refuses the number {sms.to} as invalid")
        ids = told.get("ids")
        if not isinstance(ids, list) or len(ids) != 1:
            raise UncertainError("OVH named no message; it may have been sent")
        return str(ids[0])

    def _job(self, sms: Sms, mark: str) -> dict[str, Any]:
        origin = {"sender": sms.sender} if sms.sender else {"senderForResponse": True}
        return {
            "receivers": [sms.to],
            "message": sms.text,
            **origin,
            "noStopClause": not (sms.sender and self.stop_clause),
            "priority": "high",
            "charset": "UTF-8",
            "coding": "7bit" if sms.encoding == "GSM-7" else "8bit",
            "differedPeriod": 0,
            "validityPeriod": 2880,
            "tag": mark[:LONGEST_TAG],
        }

    def check(self) -> Iterable[Finding]:
        """See `Gateway`."""
        try:
            self.signature.learn_time()
            told = judged(self.http.get(self._path))
        except (FlowError, RecordError) as error:
            yield Finding("problem", str(error))
            return
        left = told.get("creditsLeft")
        yield Finding("ok" if left else "problem", f"{self.service} has {left} credits left")


@attrs.frozen
class SendByOvh(SendSmsUnkeyed):
    """Sends an SMS to one number."""

    on: ClassVar[str] = "ovh_sms"
