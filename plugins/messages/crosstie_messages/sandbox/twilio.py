"""Twilio as a sandbox: messages of one account, and no idempotency keys."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from email.utils import format_datetime

from crosstie import Clock, Request, SystemClock
from crosstie.sandbox import Reply
from crosstie_messages.sandbox.desk import Desk, exists, reply
from crosstie_messages.segments import segments

ACCOUNT = "ACsandbox00000000000000000000000000"
TOKEN = "twilio-sandbox-token"  # noqa: S105 (of the sandbox)
LONGEST = 1600


class TwilioSandbox(Desk):
    """A Twilio account; `refuse_later` makes it take messages that it will not send."""

    def __init__(
        self, clock: Clock | None = None, notice: Callable[[str], object] = lambda _: None
    ) -> None:
        super().__init__(notice)
        self.clock = clock or SystemClock()
        self.refuse_later = False

    def respond(self, request: Request) -> Reply:
        """Answer one request as Twilio does."""
        signed = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {signed}":
            return refusal(401, 20003, "Authenticate")
        account = f"/2010-04-01/Accounts/{ACCOUNT}"
        if (request.method, request.path) == ("GET", f"{account}.json"):
            return reply(200, {"friendly_name": "Sandbox", "status": "active", "sid": ACCOUNT})
        if (request.method, request.path) != ("POST", f"{account}/Messages.json"):
            return refusal(404, 20404, f"The requested resource {request.path} was not found")
        with self.lock:
            return self._message(request.form)

    def _message(self, form: Mapping[str, str]) -> Reply:
        to, text = form.get("To", ""), form.get("Body", "")
        origin = form.get("From") or form.get("MessagingServiceSid")
        if not origin:
            return refusal(400, 21603, "A 'From' phone number is required.")
        if not exists(to):
            return refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if to in self.blocked:
            return refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        if not text:
            return refusal(400, 21602, "Message body is required.")
        if len(text) > LONGEST:
            return refusal(400, 21617, "The concatenated message body exceeds the limit.")
        sent = {"to": to, "from": origin, "text": text}
        failed = self.refuse_later
        number = len(self.sent) + 1 if failed else self.keep(sent)
        told = {
            "sid": f"SM{number:032x}",
            "status": "failed" if failed else "queued",
            "to": to,
            "from": origin,
            "body": text,
            "num_segments": str(segments(text).number),
            "error_code": 30007 if failed else None,
            "error_message": "Message filtered" if failed else None,
            "price": None,
            "date_created": format_datetime(self.clock.now()),
        }
        return reply(201, told)


def refusal(status: int, code: int, message: str) -> Reply:
    """No, as Twilio says it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    told = {"code": code, "message": message, "more_info": more, "status": status}
    return reply(status, told)
