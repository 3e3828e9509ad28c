"""A SQLite file that is made when the first row comes, and shared with other processes."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import sqlite_utils

from crosstie_files.trouble import told_plainly

PATIENCE = 60.0
"""Seconds to wait for another process that writes rows."""

LONG_PATIENCE = 600.0
"""Seconds to wait for another process that writes a whole file."""


@attrs.define
class SqliteFile:
    """One connection to the file; `prepare` makes the tables that are missing."""

    path: Path
    prepare: Callable[[sqlite_utils.Database], None]
    _db: sqlite_utils.Database | None = None

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; none while there is no file."""
        return list(self.stream(sql, values))

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one; none while there is no file."""
        if self.path.exists():
            with told_plainly(self.path):
                yield from self._opened().conn.execute(sql, values)

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite_utils.Database]:
        """Change the file, all or nothing; once it is left, the changes are safe on the disk."""
        with told_plainly(self.path):
            db = self._opened()
            with _transaction(db.conn, kind):
                yield db

    def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _opened(self) -> sqlite_utils.Database:
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(self.path)
            try:
                db = sqlite_utils.Database(connection, execute_plugins=False)
                self.prepare(db)
            except BaseException:
                connection.close()
                raise
            self._db = db
        return self._db


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One at a time, across threads and processes: SQLite's lock, which ends with its process."""
    with told_plainly(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(_connect(lock, LONG_PATIENCE)) as connection,
            _transaction(connection, "EXCLUSIVE"),
        ):
            yield


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _connect(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    return sqlite3.connect(path, patience, isolation_level=None, check_same_thread=False)


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str) -> Iterator[None]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise
