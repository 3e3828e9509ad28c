"""A receiver of webhooks as a sandbox: signed, not too old, each id once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from crosstie import (
    Clock,
    Request,
    Secret,
    SystemClock,
    WebhookError,
    check_webhook,
    webhook_key,
)
from crosstie.sandbox import Reply
from crosstie_messages.sandbox.desk import reply

SECRET = "whsec_c2FuZGJveC1zZWNyZXQtb2YtMzItYnl0ZXMtb2suLi4="  # noqa: S105 (of the sandbox)
TOLERANCE = timedelta(minutes=5)


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
        try:
            check_webhook([webhook_key(Secret(SECRET))], request, self.clock.now(), TOLERANCE)
        except WebhookError as refused:
            return reply(401, {"message": str(refused)})
        if self.is_gone:
            return reply(410, {"message": "no more, thank you"})
        event = json.loads(request.body)
        if event["type"] == "unwanted":
            return reply(422, {"message": "events of the type 'unwanted' are not known"})
        mark = request.headers["webhook-id"]
        if mark not in self.events:
            self.events[mark] = event
            self._notice(request.body.decode())
        return reply(200, {})
