"""How systems fail: the answers that the kit spoils on purpose, each with a name for messages.

::

    for ill in SPOILED:
        fault = ill.strike(server, skip=2)       # the third answer from here
        ...
        server.faults.clear()
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import attrs

from crosstie.sandbox import Fault, Kind, Reply, Server

FOREVER = 1_000_000
"""As `times` of a fault: the system does not recover by itself."""

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"


@attrs.frozen
class Ill:
    """One way in which an answer goes wrong; `done` says whether the request was carried out.

    Where it was, a write must not be repeated without a look, and a read is simply asked again.
    """

    name: str
    kind: Kind
    done: bool = False
    reply: Reply = attrs.field(factory=lambda: Reply(500))

    def strike(self, server: Server, **options: Any) -> Fault:
        """Spoil answers of this server; options are those of `Fault` (`matches`, `skip`, …)."""
        return server.fail(self.kind, reply=self.reply, **options)


def _instead(
    name: str, status: int, body: bytes, headers: Mapping[str, str], *, done: bool = False
) -> Ill:
    """Another answer in the place of the system's own."""
    return Ill(name, "answer-after" if done else "answer", done, Reply(status, body, headers))


REFUSED = (
    _instead("401", 401, b'{"error": "who are you?"}', JSON),
    _instead("403", 403, b'{"error": "not for you"}', JSON),
)
"""The system does not let us in; nothing is done."""

SPOILED = (
    _instead("404", 404, PAGE, HTML),
    _instead("500", 500, b'{"error": "internal error"}', JSON),
    _instead("empty body", 200, b"", JSON),
    _instead("HTML instead of data", 200, PAGE, HTML),
    Ill("connection dropped", "drop"),
    Ill("half a body", "cut", done=True),
    Ill("connection reset", "reset", done=True),
    Ill("answer lost", "lost", done=True),
)
"""Answers that say nothing of what was asked for."""

LOST = (
    *(ill for ill in SPOILED if ill.done),
    _instead("empty body, but done", 200, b"", JSON, done=True),
    _instead("empty 500, but done", 500, b"", {}, done=True),
    _instead("502 of a gateway, but done", 502, PAGE, HTML, done=True),
)
"""What was asked for is done, and its answer never comes."""

LATE = Ill("answer lost, landing late", "late")
"""The connection is dropped, and the request is carried out only `seconds` later."""

DRIP = Ill("slow drip", "drip", done=True)
"""All is well, but the body comes in small bits, spread over `seconds`."""


def too_many(seconds: int, *, now: datetime | None = None) -> Ill:
    """429 that asks for so many seconds of rest; as an HTTP date where `now` is given."""
    rest = str(seconds)
    if now is not None:
        until = now.replace(microsecond=0) + timedelta(seconds=seconds)
        rest = format_datetime(until, usegmt=True)
    name = "429 with seconds" if now is None else "429 with a date"
    headers = {**JSON, "Retry-After": rest}
    return _instead(name, 429, b'{"error": "too many requests"}', headers)
