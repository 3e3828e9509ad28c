"""The bazaar itself: wares in a feed by time of change and id, over JSON."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crosstie import Clock
from crosstie.sandbox import Reply, Request

TOKEN = "bazaar-token-4711"
MOST_IDS = 4


@attrs.define
class Ware:
    """One ware of one stall; a removed one leaves its id and time in the feed."""

    id: int
    stall: str
    changed: datetime
    title: str
    removed: bool = False


class BazaarSandbox:
    """The bazaar's web service. In a `zone` it tells local times, without saying so.

    ``GET /wares`` takes `from` (a time, included), `then` (of that time only ids above this one),
    `until`, `later`, `offset`, `limit`, or `ids` (the first four of them); ``GET /ids`` takes
    `after` and `limit`.
    """

    def __init__(
        self, clock: Clock, zone: ZoneInfo | None = None, *, tombstones: bool = True
    ) -> None:
        self.clock = clock
        self.zone = zone
        self.tombstones = tombstones
        self.wares: dict[int, Ware] = {}
        self._lock = threading.Lock()

    def put(self, stall: str, at: datetime, title: str) -> str:
        """Lay out a new ware; returns its id."""
        with self._lock:
            ware = Ware(len(self.wares) + 1, stall, at, title)
            self.wares[ware.id] = ware
        return str(ware.id)

    def change(self, id_: str, at: datetime, **fields: Any) -> None:
        """Change a ware."""
        with self._lock:
            self.wares[int(id_)] = attrs.evolve(self.wares[int(id_)], changed=at, **fields)

    def respond(self, request: Request) -> Reply:
        """See `crosstie.sandbox.Sandbox`."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json(401, {"error": "no such token"})
        query = request.query
        with self._lock:
            wares = [one for one in self.wares.values() if self.tombstones or not one.removed]
            there = [one for one in wares if not one.removed]
            if request.path == "/ids":
                ids = [one.id for one in there if one.id > int(query.get("after", 0))]
                return _json(200, {"ids": ids[: int(query["limit"])]})
            if request.path != "/wares":
                return _json(404, {"error": "no such place"})
            if "ids" in query:
                ids = [int(one) for one in query["ids"].split(",")][:MOST_IDS]
                return self._told([one for one in there if one.id in ids])
            return self._told(self._selected(wares, query))

    def _selected(self, wares: list[Ware], query: Mapping[str, str]) -> list[Ware]:
        start, then = query.get("from", ""), int(query.get("then", 0))
        later, until = query.get("later", ""), query.get("until", "~")
        chosen = [
            one
            for one in wares
            if later < (time := self._time(one.changed)) < until and (time, one.id) > (start, then)
        ]
        ordered = sorted(chosen, key=lambda one: (self._time(one.changed), one.id))
        offset = int(query.get("offset", 0))
        return ordered[offset : offset + int(query["limit"])]

    def _told(self, wares: list[Ware]) -> Reply:
        now = self.clock.now().replace(microsecond=0)
        return _json(200, {"now": int(now.timestamp()), "wares": [self._shown(w) for w in wares]})

    def _shown(self, ware: Ware) -> dict[str, Any]:
        shown = {"id": ware.id, "stall": ware.stall, "changed": self._time(ware.changed)}
        if ware.removed:
            return {**shown, "removed": True}
        return {**shown, "code": f"{ware.id:05}", "title": ware.title, "price": 19.90}

    def _time(self, moment: datetime) -> str:
        if self.zone is None:
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")


def _json(status: int, told: Any) -> Reply:
    body = json.dumps(told, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": "application/json"})


def earliest(moment: datetime, zone: ZoneInfo | None) -> str:
    """The least time that the bazaar tells at this moment or later."""
    if zone is None:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    local = moment.astimezone(zone)
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    back = max((first or timedelta()) - (second or timedelta()), timedelta())
    return (local.replace(tzinfo=None) - back).strftime("%Y-%m-%d %H:%M:%S")
