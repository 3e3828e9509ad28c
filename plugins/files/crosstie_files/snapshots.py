"""Tables of a SQLite database that are read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from crosstie import FlowError, RejectedError
from crosstie_files.reading import Content, Line
from crosstie_files.sqlitefile import PATIENCE, quoted


@attrs.frozen
class DatabaseTable:
    """A table (or view) of a SQLite database; see `Source`.

    It is copied into a temporary database first: so it is read as it was at one moment, and others,
    this process among them, may write while a flow takes its time.
    """

    path: Path
    table: str

    @contextmanager
    def opened(self) -> Iterator[Content]:
        """See `Source`."""
        if not self.path.is_file():
            raise FlowError(f"{self.path} is not there: put it there, or look at `folder`")
        connected = sqlite3.connect(
            "", PATIENCE, isolation_level=None, check_same_thread=False, uri=True
        )
        with closing(connected) as db:
            try:
                self._copy(db)
                rows = db.execute("SELECT * FROM copy ORDER BY rowid")
                columns = tuple(name for name, *_ in rows.description)
                yield Content(columns, self._lines(columns, rows))
            except sqlite3.DatabaseError as error:
                raise FlowError(f"{self.path} cannot be read: {error}") from error

    def _copy(self, db: sqlite3.Connection) -> None:
        db.execute("ATTACH ? AS source", (f"{self.path.absolute().as_uri()}?mode=ro",))
        among = "SELECT name FROM source.sqlite_master WHERE type IN ('table', 'view')"
        names = [name for (name,) in db.execute(among)]
        if self.table.lower() not in map(str.lower, names):
            has = ", ".join(sorted(names)) or "none"
            raise FlowError(f"{self.path} has no table {self.table!r}; there are: {has}")
        copied = f"SELECT * FROM source.{quoted(self.table)}"  # noqa: S608 (a quoted name)
        db.execute(f"CREATE TABLE copy AS {copied}")
        db.execute("DETACH source")

    def _lines(self, columns: tuple[str, ...], rows: sqlite3.Cursor) -> Iterator[Line]:
        for number, values in enumerate(rows, 1):
            place = f"{self.path.name}, {self.table}, row {number}"
            cells = dict(zip(columns, map(_exact, values), strict=True))
            bytes_in = [name for name, value in cells.items() if isinstance(value, bytes)]
            error = RejectedError(f"{place}: {bytes_in[0]} holds bytes") if bytes_in else None
            yield Line(place, cells, error)


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value
