"""Files as streams: each read tells all that is in the file, and what is not told is gone."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from crosstie import (
    Checkpoint,
    ConfigError,
    FlowError,
    MappingError,
    Record,
    RejectedError,
    Selection,
)
from crosstie_files.reading import Content, Line, Source
from crosstie_files.unflattening import unflat


@attrs.frozen
class FileStream:
    """The rows of a file. The column `key` holds their keys; `kind` is what they are turned into.

    A row that cannot be understood is told with its error. One without a key of its own, or with
    that of an earlier row, goes by its place in the file.
    """

    name: str
    source: Source
    key: str = "key"
    kind: type | None = None
    whole: ClassVar[bool] = True

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `Stream`: all there is, whatever the cursor."""
        if selection.window is not None or selection.filters:
            raise ConfigError([f"{self.name}: a file is read whole, without dates and filters"])
        for key, line in self._lines():
            yield self._record(key, line)
        yield Checkpoint("read")

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `Gets`."""
        wanted = set(keys)
        return (self._record(key, line) for key, line in self._lines() if key in wanted)

    def keys(self) -> Iterator[str]:
        """See `ListsKeys`."""
        return (key for key, _ in self._lines())

    def columns(self) -> tuple[str, ...] | None:
        """The columns of the file, None where each line has its own; raises `FlowError`."""
        with self._opened() as content:
            return content.columns

    def _lines(self) -> Iterator[tuple[str, Line]]:
        """Every line with its key, or with what serves for one."""
        with self._opened() as content, closing(_Seen()) as seen:
            for line in content.lines:
                yield self._known(line, seen)

    @contextmanager
    def _opened(self) -> Iterator[Content]:
        with self.source.opened() as content:
            if content.columns is not None and self.key not in content.columns:
                has = ", ".join(content.columns) or "no columns"
                raise FlowError(
                    f"{self.source.path} has no column {self.key!r} for the keys of {self.name},"
                    f" but {has}: is `delimiter` right? Else say which one holds them, as"
                    f' keys = {{ {self.name} = "…" }}'
                )
            yield content

    def _known(self, line: Line, seen: "_Seen") -> tuple[str, Line]:
        key = line.cells.get(self.key)
        if isinstance(key, int | Decimal) and not isinstance(key, bool):
            key = str(key)
        if not isinstance(key, str) or not key.strip():
            error = RejectedError(f"{line.place}: {self.key} holds no key, but {key!r}")
            return line.place, attrs.evolve(line, error=line.error or error)
        if not seen.add(key):
            error = RejectedError(f"{line.place}: an earlier row has the key {key!r} already")
            return f"{key}, {line.place}", attrs.evolve(line, error=line.error or error)
        return key, line

    def _record(self, key: str, line: Line) -> Record:
        if line.error is not None or self.kind is None:
            return Record(key, line.cells, error=line.error)
        try:
            data = unflat(self.kind, {"key": key, **line.cells})
        except MappingError as error:
            return Record(key, line.cells, error=MappingError(f"{line.place}: {error}"))
        return Record(key, data, raw=line.cells)


class _Seen:
    """The keys so far, on the disk: a temporary database, so that memory stays flat."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def add(self, key: str) -> bool:
        """Whether the key was not there yet."""
        added: Any = self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,))
        return bool(added.rowcount)

    def close(self) -> None:
        """Drop them all."""
        self._db.close()
