"""A made-up message service, played: it wants a session, and knows a key and a reference."""

import json
import secrets
import threading
from datetime import timedelta
from typing import Any

from crosstie import Clock
from crosstie.sandbox import Reply, Request

KEY = "loft-key-4711"


class LoftSandbox:
    """Messages that were sent are in `sent`; the word "corn" is refused in a text."""

    def __init__(self, clock: Clock) -> None:
        self.sent: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self._clock = clock
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply:
        """See `Sandbox`."""
        with self._lock:
            if request.path == "/login":
                return self._login(json.loads(request.body))
            if (
                request.headers.get("authorization", "").removeprefix("Bearer ")
                not in self.sessions
            ):
                return _reply(401, {"error": "no such session"})
            if request.method == "GET":
                wanted = request.query.get("reference")
                listed = [one for one in self.sent if wanted in {None, one["reference"]}]
                return _reply(200, {"messages": listed})
            return self._send(json.loads(request.body), request.headers.get("idempotency-key"))

    def _login(self, body: dict[str, Any]) -> Reply:
        if body.get("key") != KEY:
            return _reply(401, {"error": "this key does not fit"})
        self.sessions.append(secrets.token_hex(16))
        return _reply(200, {"session": self.sessions[-1]})

    def _send(self, body: dict[str, Any], key: str | None) -> Reply:
        if "corn" in body["text"]:
            return _reply(422, {"error": "pigeons eat what speaks of corn"})
        if key is not None and key in self._known:
            return _reply(200, self._known[key])
        message = {
            "id": f"m{len(self.sent) + 1}",
            "to": body["to"],
            "reference": body.get("reference"),
            "price": 0.10,
            "arrives": (self._clock.now() + timedelta(hours=1)).isoformat(),
        }
        self.sent.append(message)
        if key is not None:
            self._known[key] = message
        return _reply(201, message)


def _reply(status: int, content: Any) -> Reply:
    return Reply(status, json.dumps(content).encode(), {"Content-Type": "application/json"})
