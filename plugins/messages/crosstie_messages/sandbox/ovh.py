"""OVH SMS as a sandbox: signed requests, and 200 also where every receiver is invalid."""

import json
from collections.abc import Callable
from hashlib import sha1
from typing import Any

from crosstie import Clock, Request, SystemClock
from crosstie.sandbox import Reply
from crosstie_messages.sandbox.desk import Desk, reply

APPLICATION_KEY = "ovh-application-key"
APPLICATION_SECRET = "ovh-application-secret"  # noqa: S105 (of the sandbox)
CONSUMER_KEY = "ovh-consumer-key"
SERVICE = "sms-sandbox-1"
TOLERANCE = 60


class OvhSandbox(Desk):
    """An OVH SMS account, whose clock is `ahead` by seconds."""

    def __init__(
        self, clock: Clock | None = None, notice: Callable[[str], object] = lambda _: None
    ) -> None:
        super().__init__(notice)
        self.clock = clock or SystemClock()
        self.ahead = 0

    def respond(self, request: Request) -> Reply:
        """Answer one request as OVH does."""
        if (request.method, request.path) == ("GET", "/auth/time"):
            return reply(200, self._now())
        if told := self._unsigned(request):
            return refusal(403, "Client::Forbidden", told)
        account = f"/sms/{SERVICE}"
        if (request.method, request.path) == ("GET", account):
            return reply(200, {"name": SERVICE, "creditsLeft": 100 - len(self.sent)})
        if (request.method, request.path) != ("POST", f"{account}/jobs"):
            return refusal(404, "Client::NotFound", "This service does not exist")
        with self.lock:
            return self._jobs(json.loads(request.body))

    def _now(self) -> int:
        return int(self.clock.now().timestamp()) + self.ahead

    def _unsigned(self, request: Request) -> str:
        """Why the signature does not hold; empty where it does."""
        told, at = request.headers, request.headers.get("x-ovh-timestamp", "0")
        if abs(int(at) - self._now()) > TOLERANCE:
            return "Invalid signature: timestamp"
        url = f"http://{told['host']}{request.target}"
        parts = (APPLICATION_SECRET, CONSUMER_KEY, request.method, url, request.body.decode(), at)
        right = sha1("+".join(parts).encode(), usedforsecurity=False).hexdigest()
        if told.get("x-ovh-signature") != f"$1${right}":
            return "Invalid signature"
        known = (told.get("x-ovh-application"), told.get("x-ovh-consumer"))
        return "" if known == (APPLICATION_KEY, CONSUMER_KEY) else "This credential is not valid"

    def _jobs(self, job: dict[str, Any]) -> Reply:
        receivers, text = job.get("receivers"), job.get("message")
        if not receivers or not text:
            return refusal(400, "Client::BadRequest", "Missing parameter: receivers or message")
        if not job.get("sender") and not job.get("senderForResponse"):
            return refusal(400, "Client::BadRequest", "Missing sender")
        valid = [one for one in receivers if one.startswith("+") and one not in self.blocked]
        ids = [self.keep({**job, "to": one, "text": text}) for one in valid]
        answer = {
            "ids": ids,
            "totalCreditsRemoved": len(ids),
            "validReceivers": valid,
            "invalidReceivers": [one for one in receivers if one not in valid],
        }
        return reply(200, answer)


def refusal(status: int, kind: str, message: str) -> Reply:
    """No, as OVH says it."""
    return reply(status, {"class": kind, "message": message})
