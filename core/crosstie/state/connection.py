"""One SQLite connection behind a lock: queries, changes and transactions, told in plain words."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import sqlite_utils

from crosstie.clock import Clock
from crosstie.errors import LeaseError, StateError
from crosstie.state.values import Lease


class StateFile:
    """What the parts of a `SqliteState` stand on; usable from several threads."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self.clock = clock
        self.db = sqlite_utils.Database(connection)
        self._lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def transaction(self, lease: Lease | None) -> Iterator[None]:
        """See `State`; transactions nest, the outermost one commits."""
        with self._lock, told_plainly():
            if self._depth == 0:
                self.db.conn.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                if lease is not None:
                    self._check(lease)
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0 and self.db.conn.in_transaction:
                    self.db.conn.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self.db.conn.execute("COMMIT")

    def _check(self, lease: Lease) -> None:
        rows = self.query("SELECT token, owner FROM leases WHERE name = ?", (lease.name,))
        if not rows or rows[0] != (lease.token, lease.owner):
            holder = rows[0][1] if rows else "nobody"
            raise LeaseError(f"{lease.name}: this run lost its lease to {holder} and stops here")

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock, told_plainly():
            return self.db.conn.execute(sql, values).fetchall()

    def change(self, sql: str, *rows: Sequence[Any]) -> int:
        """Run a statement for each row of values, all or nothing; returns the rows changed."""
        with self.transaction(None):
            return self.db.conn.executemany(sql, rows).rowcount

    @contextmanager
    def synced(self) -> Iterator[None]:
        """What is changed inside survives even a power cut, unless it is part of a transaction.

        The runner can do a page again; a used-up refresh token has no second.
        """
        with self._lock, told_plainly():
            if self._depth:
                yield
                return
            self.db.conn.execute("PRAGMA synchronous = FULL")
            try:
                yield
            finally:
                self.db.conn.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """See `State`."""
        with self._lock:
            self.db.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn SQLite's errors into sentences: what is wrong with the state file and what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "full" in text:
            text = "the disk is full: free some space and run again, nothing is lost"
        elif "disk I/O" in text:
            text = "the disk cannot be read or written: is it full, or a quota used up?"
        elif "locked" in text:
            text = "another process has kept the state file locked for a minute: try again"
        elif "readonly" in text or "unable to open" in text:
            text = f"the state file cannot be written ({error}): check its folder's rights"
        raise StateError(f"state: {text}") from error
    except sqlite3.DatabaseError as error:
        raise StateError(f"state: the file is damaged ({error}): restore a backup of it") from error
