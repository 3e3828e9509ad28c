"""A flow's way to its sink: look-ups and writes on the workers, for real or dry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import attrs

from crosstie.abilities import Deletes, Exact, OnlyCreates, Shows
from crosstie.connectors import Live, Table
from crosstie.errors import ConflictError, FlowError, RecordError
from crosstie.pools import Pool
from crosstie.records import Row, Write, Written

LOOKUPS = 100
Thing = TypeVar("Thing")
Answers = Future[Sequence[Written | RecordError]]


class Sink(Protocol):
    """What a run does with the system that it writes."""

    @property
    def system(self) -> str:
        """The system's name."""

    @property
    def workers(self) -> int:
        """How many writes run in parallel."""

    def table(self, name: str) -> Table:
        """The table, for its rules (key, map, batch); not for look-ups or writes."""

    def find(self, table: str, keys: Sequence[Row]) -> list[list[str]]:
        """The ids that match each natural key, looked up in batches on all workers."""

    def write(self, table: str, match: tuple[str, ...], writes: Sequence[Write]) -> Answers:
        """Begin to write; the future holds an answer for each row. `match` is the natural key."""

    def delete(self, table: str, ids: Sequence[str]) -> list[RecordError | None]:
        """Delete rows."""


@attrs.frozen
class LiveSink:
    """The real sink."""

    pool: Pool

    @property
    def system(self) -> str:
        """The system's name."""
        return self.pool.system.name

    @property
    def workers(self) -> int:
        """See `Sink`."""
        return self.pool.size

    def table(self, name: str) -> Table:
        """See `Sink`; raises `FlowError` when the system has no such table."""
        return _table(self.pool.live(), name, self.system)

    def find(self, table: str, keys: Sequence[Row]) -> list[list[str]]:
        """See `Sink`."""
        return self._in_batches(keys, lambda live, some: self._at(live, table).find(some))

    def write(self, table: str, match: tuple[str, ...], writes: Sequence[Write]) -> Answers:
        """See `Sink`."""
        return self.pool.call(lambda live: self._at(live, table).write(writes))

    def delete(self, table: str, ids: Sequence[str]) -> list[RecordError | None]:
        """See `Sink`; raises `FlowError` when rows of this table cannot be deleted."""

        def delete(live: Live, some: Sequence[str]) -> Sequence[RecordError | None]:
            place = self._at(live, table)
            if not isinstance(place, Deletes):
                raise FlowError(f"{self.system}.{table}: rows cannot be deleted there")
            return place.delete(some)

        return self._in_batches(ids, delete)

    def show(self, table: str, ids: Sequence[str]) -> list[Row | None]:
        """The present rows, None for each where the table cannot show them."""

        def show(live: Live, some: Sequence[str]) -> Sequence[Row | None]:
            place = self._at(live, table)
            return place.show(some) if isinstance(place, Shows) else [None] * len(some)

        return self._in_batches(ids, show)

    def _at(self, live: Live, table: str) -> Table:
        return _table(live, table, self.system)

    def _in_batches(
        self, things: Sequence[Thing], work: Callable[[Live, Sequence[Thing]], Sequence[Any]]
    ) -> list[Any]:
        def on(some: Sequence[Thing]) -> Future[Sequence[Any]]:
            return self.pool.call(lambda live: work(live, some))

        calls = [on(some) for some in chunks(things, LOOKUPS)]
        return [answer for call in calls for answer in call.result()]


@attrs.frozen
class Planned:
    """One row that a run would write. `changes` holds, by field, what is there and what would be.

    `op` is create, update or delete, or aside for a record that would be set aside, with the
    reason in `why`; `id` is None for a create.
    """

    flow: str
    op: str
    table: str
    id: str | None
    key: str
    changes: Mapping[str, tuple[Any, Any]]
    why: str = ""


@attrs.define
class DrySink:
    """A sink that only looks: what would be written is told to `tell` and kept in mind."""

    real: LiveSink
    tell: Callable[[Planned], None]
    flow: str = ""
    _new: dict[tuple[str, tuple[str, ...]], list[str]] = attrs.field(factory=dict)
    _number: int = 0

    @property
    def system(self) -> str:
        """The system's name."""
        return self.real.system

    @property
    def workers(self) -> int:
        """See `Sink`."""
        return self.real.workers

    def table(self, name: str) -> Table:
        """See `Sink`."""
        return self.real.table(name)

    def find(self, table: str, keys: Sequence[Row]) -> list[list[str]]:
        """See `Sink`: rows that were planned before count as being there."""
        planned = [self._new.get((table, self._fold(table, key)), []) for key in keys]
        missing = [number for number, ids in enumerate(planned) if not ids]
        found = self.real.find(table, [keys[number] for number in missing]) if missing else []
        for number, ids in zip(missing, found, strict=True):
            planned[number] = list(ids)
        return planned

    def write(self, table: str, match: tuple[str, ...], writes: Sequence[Write]) -> Answers:
        """See `Sink`: tells what would be written and answers as if it had been."""
        done: Answers = Future()
        known = [write.id for write in writes if write.id and not write.id.startswith("new:")]
        present = dict(zip(known, self.real.show(table, known), strict=True)) if known else {}
        there = self._there(table, match, writes)
        done.set_result(
            [
                ConflictError(f"{self.system}.{table} has {write.key} already")
                if write.key in there
                else self._plan(table, match, write, present)
                for write in writes
            ]
        )
        return done

    def _there(self, table: str, match: tuple[str, ...], writes: Sequence[Write]) -> set[str]:
        """The keys of rows to create that are there already, in a table that only creates."""
        place = self.table(table)
        if not (isinstance(place, OnlyCreates) and place.only_creates):
            return set()
        found = self.find(table, [{field: w.row.get(field) for field in match} for w in writes])
        return {write.key for write, ids in zip(writes, found, strict=True) if ids}

    def _plan(
        self, table: str, match: tuple[str, ...], write: Write, present: Mapping[str, Row | None]
    ) -> Written:
        before = present.get(write.id or "") or {}
        changes = {
            field: (before.get(field), value)
            for field, value in write.row.items()
            if not _same(before.get(field), value)
        }
        self.tell(
            Planned(
                flow=self.flow,
                op="update" if write.id else "create",
                table=f"{self.system}.{table}",
                id=write.id,
                key=write.key,
                changes=changes,
            )
        )
        if write.id:
            return Written(write.id)
        self._number += 1
        new = f"new:{self._number}"
        key = {field: write.row.get(field) for field in match}
        self._new.setdefault((table, self._fold(table, key)), []).append(new)
        return Written(new)

    def _fold(self, table: str, key: Row) -> tuple[str, ...]:
        place = self.table(table)
        texts = [str(value) for value in key.values()]
        exact = isinstance(place, Exact) and place.exact
        return tuple(texts if exact else [text.strip().casefold() for text in texts])

    def delete(self, table: str, ids: Sequence[str]) -> list[RecordError | None]:
        """See `Sink`."""
        for id in ids:  # noqa: A001 (the field's word)
            self.tell(Planned(self.flow, "delete", f"{self.system}.{table}", id, "", {}))
        return [None] * len(ids)


def chunks(things: Sequence[Thing], size: int) -> Iterator[Sequence[Thing]]:
    """The things in slices of at most `size`."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _same(before: Any, after: Any) -> bool:
    return before == after or ("" if before is None else str(before)) == (
        "" if after is None else str(after)
    )


def _table(live: Live, name: str, system: str) -> Table:
    tables = live.tables()
    table = tables.get(name)
    if table is None:
        raise FlowError(
            f"{system}: there is no table {name!r}; there are {', '.join(sorted(tables))}"
        )
    return table
