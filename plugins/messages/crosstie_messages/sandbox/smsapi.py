"""SMSAPI as a sandbox: errors come with 200, and an `idx` that was used is refused."""

from collections.abc import Callable, Mapping

from crosstie import Clock, Request, SystemClock
from crosstie.sandbox import Reply
from crosstie_messages.sandbox.desk import Desk, exists, reply

TOKEN = "smsapi-sandbox-token"  # noqa: S105 (of the sandbox)


class SmsapiSandbox(Desk):
    """An SMSAPI account."""

    def __init__(
        self, clock: Clock | None = None, notice: Callable[[str], object] = lambda _: None
    ) -> None:
        super().__init__(notice)
        self.clock = clock or SystemClock()

    def respond(self, request: Request) -> Reply:
        """Answer one request as SMSAPI does."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return reply(401, {"error": 101, "message": "Authorization failed"})
        if (request.method, request.path) == ("GET", "/profile"):
            return reply(200, {"name": "sandbox", "points": 100})
        if (request.method, request.path) != ("POST", "/sms.do"):
            return reply(404, {"error": 404, "message": "Not found"})
        with self.lock:
            return self._send(request.form)

    def _send(self, form: Mapping[str, str]) -> Reply:
        to, text, idx = form.get("to", ""), form.get("message", ""), form.get("idx")
        if not text:
            return reply(200, {"error": 11, "message": "No message"})
        if f"+{to}" in self.blocked or not exists(f"+{to}"):
            wrong = {"number": to, "submitted_number": to, "message": "Invalid phone number"}
            told = {"error": 13, "message": "No correct phone numbers"}
            return reply(200, {"invalid_numbers": [wrong], **told})
        if form.get("check_idx") == "1" and idx in {one["idx"] for one in self.sent}:
            return reply(200, {"error": 53, "message": "Not unique idx parameter"})
        number = self.keep({**form, "text": text, "idx": idx})
        sent = {
            "id": str(number),
            "points": 0.1,
            "number": to,
            "date_sent": int(self.clock.now().timestamp()),
            "submitted_number": to,
            "status": "QUEUE",
            "error": None,
            "idx": idx,
        }
        return reply(200, {"count": 1, "list": [sent]})
