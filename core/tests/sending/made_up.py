"""A shop that tells orders by date and a register that takes purchases, both made up.

They live in the test's own process, so that a test can look into them at any instant.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs

from crosstie import (
    Checkpoint,
    ConflictError,
    Limits,
    Record,
    RecordError,
    RejectedError,
    Selection,
    UncertainError,
    Write,
    Written,
    hookimpl,
    setting,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PAGE = 10
PARIS = ZoneInfo("Europe/Paris")
LIMITS = Limits(years=1, back=5, filters=("status",), one_language=True)


@attrs.define
class Shop:
    """The orders of a shop by key, each with its time; what was asked of it is noted.

    Without a `zone` or `languages` it does not know them. `meanwhile` is called with the number of
    records told so far before each one.
    """

    orders: dict[str, tuple[datetime, Record]] = attrs.field(factory=dict)
    zone: ZoneInfo | None = PARIS
    languages: Sequence[str] | None = ("es",)
    rereads: bool = True
    selections: list[Selection] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)
    meanwhile: Callable[[int], object] = lambda _: None
    told: int = 0

    def put(
        self,
        key: str,
        at: datetime = NOW - timedelta(days=1),
        *,
        error: RecordError | None = None,
        deleted: bool = False,
        **fields: Any,
    ) -> None:
        data = {"number": key, "status": "paid", **fields}
        self.orders[key] = (at, Record(key, data, error=error, deleted=deleted))

    def fill(self, count: int) -> None:
        for number in range(count):
            self.put(f"{number:05}")

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        self.selections.append(selection)
        past = int(selection.since or 0)
        for number, order in enumerate(list(self.orders.values())[past:], past + 1):
            if _is_chosen(order, selection):
                self.meanwhile(self.told)
                self.told += 1
                yield order[1]
            if number % PAGE == 0:
                yield Checkpoint(str(number))
        yield Checkpoint(str(len(self.orders)))


def _is_chosen(order: tuple[datetime, Record], selection: Selection) -> bool:
    at, record = order
    wanted = selection.filters.get("status")
    inside = selection.window is None or selection.window[0] <= at < selection.window[1]
    return inside and (not wanted or record.data["status"] in wanted)


@attrs.define
class Register:
    """Rows by table and id; every request is noted as ``find NUMBER`` or ``write NUMBER``.

    `faults` hold for a number what becomes of its next writes: ``lost`` (done, and nobody knows),
    ``dropped`` (not done, and nobody knows), ``late`` (landing when it is written again), or an
    error to raise; those in `refused` are. `before` and `after` are called around each request's
    effect.
    """

    rows: dict[str, dict[str, dict[str, Any]]] = attrs.field(
        factory=lambda: {"purchases": {}, "notes": {}, "exact": {}, "cards": {}}
    )
    known: dict[tuple[str, str], list[str]] = attrs.field(factory=dict)
    made: int = 0
    limits: Limits = LIMITS
    requests: list[str] = attrs.field(factory=list)
    faults: dict[str, list[Any]] = attrs.field(factory=dict)
    refused: set[str] = attrs.field(factory=set)
    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def numbers(self, table: str = "purchases") -> list[str]:
        return sorted(row["number"] for row in self.rows[table].values())

    def told(self, verb: str) -> list[str]:
        return [one.partition(" ")[2] for one in self.requests if one.startswith(verb)]

    def ids(self, table: str, number: str) -> list[str]:
        known = self.known.get((table, _folded(table, number)), ())
        return [one for one in known if one in self.rows[table]]

    def add(self, table: str, one: str, **fields: Any) -> None:
        """Add a row, or change the given fields of one."""
        row = self.rows[table].setdefault(one, {})
        row.update(fields)
        ids = self.known.setdefault((table, _folded(table, row["number"])), [])
        if one not in ids:
            ids.append(one)

    def put(self, table: str, write: Write) -> Written | RecordError:
        """Take one row, or tell that it is there already."""
        number = str(write.row["number"])
        with self.lock:
            self.requests.append(f"write {number}")
            fault = self.faults[number].pop(0) if self.faults.get(number) else ""
            if isinstance(fault, Exception):
                raise fault
            self.before()
            answer = self._effect(table, number, write, fault)
            self.after()
        return answer

    def _effect(self, table: str, number: str, write: Write, fault: str) -> Written | RecordError:
        if number in self.refused:
            return RejectedError(f"{number} is not welcome")
        if fault == "dropped":
            return UncertainError("no answer")
        known = table != "notes" and bool(self.ids(table, number))
        self.made += write.id is None
        if not known:
            self.add(table, write.id or f"{table} {self.made}", **write.row)
        if fault == "lost":
            return UncertainError("no answer")
        if known or fault == "late":
            return ConflictError(f"409: {number} already exists")
        return Written(write.id or f"{table} {self.made}")


def _folded(table: str, number: str) -> str:
    return number if table == "exact" else number.strip().casefold()


@attrs.frozen
class Orders:
    """The stream of a shop."""

    shop: Shop
    name: ClassVar[str] = "orders"

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        return self.shop.read(selection)

    def count(self, selection: Selection) -> int:
        return sum(_is_chosen(one, selection) for one in self.shop.orders.values())


@attrs.frozen
class SingleOrders(Orders):
    """The same with single records."""

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> list[Record]:
        self.shop.asked += keys
        return [self.shop.orders[key][1] for key in keys if key in self.shop.orders]


@attrs.frozen
class Notes:
    """An ordinary table."""

    register: Register
    name: str = "notes"
    key: ClassVar[tuple[str, ...]] = ("number",)

    def find(self, keys: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        numbers = [str(key["number"]) for key in keys]
        with self.register.lock:
            self.register.requests += [f"find {number}" for number in numbers]
            return [self.register.ids(self.name, number) for number in numbers]

    def write(self, writes: Sequence[Write]) -> list[Written | RecordError]:
        return [self.register.put(self.name, write) for write in writes]


@attrs.frozen
class Exacts(Notes):
    """A table that only creates, and keeps apart what differs in case."""

    name: str = "exact"
    only_creates: ClassVar[bool] = True
    exact: ClassVar[bool] = True


@attrs.frozen
class Cards(Notes):
    """A table that only creates, and adopts what is there."""

    name: str = "cards"
    only_creates: ClassVar[bool] = True
    adopts: ClassVar[bool] = True


@attrs.frozen
class Purchases(Notes):
    """A table that only creates, within limits."""

    name: str = "purchases"
    only_creates: ClassVar[bool] = True

    @property
    def limits(self) -> Limits:
        return self.register.limits


@attrs.frozen
class LiveShop:
    shop: Shop

    def streams(self) -> Mapping[str, Any]:
        return {"orders": SingleOrders(self.shop) if self.shop.rereads else Orders(self.shop)}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        """Nothing to end."""


@attrs.frozen
class SpokenShop(LiveShop):
    """One that knows its zone and its languages."""

    def time_zone(self) -> ZoneInfo | None:
        return self.shop.zone

    def languages(self) -> Sequence[str] | None:
        return self.shop.languages


@attrs.frozen
class LiveRegister:
    register: Register

    def streams(self) -> Mapping[str, Any]:
        return {}

    def tables(self) -> Mapping[str, Any]:
        return {
            "purchases": Purchases(self.register),
            "notes": Notes(self.register),
            "exact": Exacts(self.register),
            "cards": Cards(self.register),
        }

    def close(self) -> None:
        """Nothing to end."""


def plugin(shop: Shop, register: Register) -> object:
    """A plugin whose systems are just these two."""

    @attrs.frozen
    class ShopConnector:
        kind: ClassVar[str] = "shop"
        streams_offered: ClassVar[tuple[str, ...]] = ("orders",)
        tables_offered: ClassVar[tuple[str, ...]] = ()

        def connect(self, env: Any) -> LiveShop:
            return LiveShop(shop) if shop.zone is None else SpokenShop(shop)

    @attrs.frozen
    class RegisterConnector:
        kind: ClassVar[str] = "register"
        streams_offered: ClassVar[tuple[str, ...]] = ()
        tables_offered: ClassVar[tuple[str, ...]] = ("purchases", "notes", "exact", "cards")
        workers: int = setting("Parallel writers", default=2)
        settle: timedelta = setting("How long a write may land late", default=timedelta(seconds=5))

        def connect(self, env: Any) -> LiveRegister:
            return LiveRegister(register)

    class Plugin:
        @hookimpl
        def register_sources(self) -> list[Any]:
            return [ShopConnector]

        @hookimpl
        def register_sinks(self) -> list[Any]:
            return [RegisterConnector]

    return Plugin()
