"""A receiver of webhooks as a sandbox: signed, not too old, each id once."""

import json
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from crosstie import Clock, Request, Secret, SystemClock
from crosstie.sandbox import Reply
from crosstie_messages.sandbox.desk import reply
from crosstie_messages.signing import signature, webhook_key

SECRET = "whsec_c2FuZGJveC1zZWNyZXQtb2YtMzItYnl0ZXMtb2suLi4="  # noqa: S105 (of the sandbox)
TOLERANCE = 300


class ReceiverSandbox:
    """A receiver; `events` are what came, in its order and once each; `is_gone` answers 410."""

    def __init__(
        self, clock: Clock | None = None, notice: Callable[[str], object] = lambda _: None
    ) -> None:
        self.clock = clock or SystemClock()
        self.events: dict[str, dict[str, Any]] = {}
        self.is_gone = False
        self._notice = notice

    def respond(self, request: Request) -> Reply:
        """Take an event, or say why not."""
        told = request.headers
        mark, at = told.get("webhook-id", ""), told.get("webhook-timestamp", "0")
        right = signature(webhook_key(Secret(SECRET)), mark, at, request.body)
        given = told.get("webhook-signature", "").split(" ")
        if not any(compare_digest(right, one) for one in given):
            return reply(401, {"message": "the signature does not fit"})
        if abs(int(at) - self.clock.now().timestamp()) > TOLERANCE:
            return reply(400, {"message": "the event is too old"})
        if self.is_gone:
            return reply(410, {"message": "no more, thank you"})
        event = json.loads(request.body)
        if event["type"] == "unwanted":
            return reply(422, {"message": "events of the type 'unwanted' are not known"})
        if mark not in self.events:
            self.events[mark] = event
            self._notice(request.body.decode())
        return reply(200, {})
