"""The other ends that the kit plays: a source that tells what a test puts in, and a sink that
keeps what a flow writes. Both live in the test's process; only the author's system has a socket.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie.canonical import canonical
from crosstie.connectors import Env
from crosstie.errors import RecordError
from crosstie.hookspecs import hookimpl
from crosstie.records import Checkpoint, Record, Row, Selection, Write, Written


@attrs.define
class Script:
    """A stream of records in the order in which they were told last.

    `name` is the stream's; a flow whose rows point to other records reads it under the name
    that these have.
    """

    name: str = "records"
    told: list[Record] = attrs.field(factory=list)

    def tell(self, key: str, data: Any, *, deleted: bool = False) -> None:
        """Add a record, or a change of it."""
        self.told.append(Record(key, data, version=str(len(self.told)), deleted=deleted))

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `Stream`."""
        start = int(selection.since or 0)
        yield from self.told[start:]
        yield Checkpoint(str(len(self.told)))

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `Gets`."""
        latest = {record.key: record for record in self.told}
        return [latest[key] for key in keys if key in latest and not latest[key].deleted]


@attrs.define
class Shelf:
    """A table that keeps rows in memory: the key and, as `data`, all that the record told."""

    name: ClassVar[str] = "rows"
    key: ClassVar[tuple[str, ...]] = ("key",)
    accepts: ClassVar[type] = object
    refers_to: ClassVar[tuple[str, ...]] = ()
    batch: ClassVar[int] = 100
    uses: frozenset[str] = frozenset()
    rows: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    writes: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`."""
        return {"key": record.key, "data": canonical(record.data)}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`: the key is the id."""
        return [[str(key["key"])] if str(key["key"]) in self.rows else [] for key in keys]

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `Table`."""
        with self._lock:
            for write in writes:
                self.writes += 1
                self.rows.setdefault(write.id or write.key, {}).update(write.row)
        return [Written(write.id or write.key) for write in writes]

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        """See `Deletes`."""
        for one in ids:
            self.rows.pop(one, None)
        return [None] * len(ids)


@attrs.frozen
class Connected:
    """A connected counterpart."""

    _streams: Mapping[str, Script]
    _tables: Mapping[str, Shelf]

    def streams(self) -> Mapping[str, Script]:
        """See `Live`."""
        return self._streams

    def tables(self) -> Mapping[str, Shelf]:
        """See `Live`."""
        return self._tables

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen(eq=False)
class Counterparts:
    """The plugin that offers them, as the kinds ``kit-source`` and ``kit-sink``."""

    scripts: Mapping[str, Script]
    shelf: Shelf

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        """The source."""
        live, offered = Connected(self.scripts, {}), tuple(self.scripts)

        @attrs.frozen
        class KitSource:
            """Tells what a test puts in."""

            kind: ClassVar[str] = "kit-source"
            streams_offered: ClassVar[tuple[str, ...]] = offered
            tables_offered: ClassVar[tuple[str, ...]] = ()

            def connect(self, env: Env) -> Connected:
                return live

        return [KitSource]

    @hookimpl
    def register_sinks(self) -> Sequence[type[Any]]:
        """The sink."""
        live = Connected({}, {"rows": self.shelf})

        @attrs.frozen
        class KitSink:
            """Keeps what a flow writes."""

            kind: ClassVar[str] = "kit-sink"
            streams_offered: ClassVar[tuple[str, ...]] = ()
            tables_offered: ClassVar[tuple[str, ...]] = ("rows",)

            def connect(self, env: Env) -> Connected:
                return live

        return [KitSink]
