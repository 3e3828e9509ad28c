"""Webhooks: events that wait for their delivery, and how deliveries are signed."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

import attrs

from crosstie import Clock, Request
from crosstie_pelican.sandbox.times import in_zone

AT_ONCE = 50
BOTH_SECRETS = timedelta(hours=24)


@attrs.define
class Hooks:
    """The events of an account, signed as ``t=…,v1=…``."""

    clock: Clock
    zone: tzinfo
    secret: str
    waiting: list[dict[str, Any]] = attrs.field(factory=list)
    _former: tuple[str, datetime] | None = None
    _number: int = 0

    def note(self, type_: str, data: Mapping[str, Any]) -> None:
        """Something happened."""
        self._number += 1
        told = {"id": f"evt_{self._number}", "type": type_, "data": data}
        self.waiting.append({**told, "created_at": in_zone(self.clock.now(), self.zone)})

    def change_secret(self, secret: str) -> None:
        """Sign with a new secret, and for a day with the old one as well."""
        self._former, self.secret = (self.secret, self.clock.now()), secret

    def delivery(self) -> Request:
        """The next delivery; its events are not delivered again."""
        some, self.waiting = self.waiting[:AT_ONCE], self.waiting[AT_ONCE:]
        return self.signed(json.dumps({"events": some}).encode())

    def signed(self, body: bytes, moment: datetime | None = None) -> Request:
        """A delivery with this body, signed now or at another moment."""
        at = int((moment or self.clock.now()).timestamp())
        parts = [f"t={at}", *(f"v1={sign(secret, at, body)}" for secret in self._secrets())]
        headers = {"content-type": "application/json", "pelican-signature": ",".join(parts)}
        return Request("POST", "/hooks/pelican", {}, headers, body)

    def _secrets(self) -> list[str]:
        if self._former is None or self.clock.now() - self._former[1] > BOTH_SECRETS:
            return [self.secret]
        return [self._former[0], self.secret]


def sign(secret: str, at: int, body: bytes) -> str:
    """The hex HMAC-SHA256 of the time, a full stop and the body."""
    return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
