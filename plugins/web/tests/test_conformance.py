"""Whether senders of events are believed as the core relies on: the conformance kit."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crosstie import Clock, Request, Secret, sign_webhook, webhook_key
from crosstie.sandbox import Reply
from crosstie.testing import PackageConformance, Rig, WebhookConformance

from .conftest import SECRET


class Silent:
    """A sender cannot be asked anything."""

    def respond(self, request: Request) -> Reply:
        return Reply(404)


class EventsRig(Rig):
    kind = "events"

    def sandbox(self, clock: Clock) -> Silent:
        return Silent()

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"secret": Secret(SECRET)}


class TestEvents(EventsRig, WebhookConformance):
    kinds = ("survey_filled",)
    signature = "webhook-signature"

    def delivery(self, sandbox: Silent, number: int, at: datetime) -> Request:
        data = {"id": number, "email": f"c{number}@example.com", "score": 9}
        told = {"type": "survey_filled", "timestamp": at.isoformat(), "data": data}
        return _signed(json.dumps(told).encode(), at, SECRET, f"msg_{number}")

    def signed(self, sandbox: Silent, body: bytes, at: datetime) -> Request:
        return _signed(body, at, SECRET)

    def forged(self, sandbox: Silent, number: int, at: datetime) -> Request:
        return _signed(self.delivery(sandbox, number, at).body, at, f"whsec_{'b' * 44}")


def _signed(body: bytes, at: datetime, secret: str, mark: str = "msg_1") -> Request:
    headers = sign_webhook(webhook_key(Secret(secret)), mark, at, body)
    return Request("POST", "/events/forms", {}, headers, body)


class TestPackage(PackageConformance):
    package = "crosstie_web"
    examples = {"secret": Secret(SECRET), "old_secret": Secret(SECRET)}  # noqa: RUF012
