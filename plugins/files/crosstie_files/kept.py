"""Rows kept as JSON in a small database beside the file that shows them.

A row is safe as soon as `put` returns. The file follows when the run ends or, should the run have
been killed, when the next one begins. It is replaced as a whole, so nobody ever reads half of it.
"""

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import sqlite_utils

from crosstie import FlowError, RejectedError, Row
from crosstie_files.layouts import Layout, as_json
from crosstie_files.rows import by_id, matching
from crosstie_files.sqlitefile import SqliteFile, alone
from crosstie_files.trouble import told_plainly

BESIDE = ".crosstie"
"""The folder, beside the files, of the databases that they are made from."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS rows (place INTEGER PRIMARY KEY, key TEXT UNIQUE, row TEXT)",
    "CREATE TABLE IF NOT EXISTS fields (place INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    "CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, look TEXT, version INTEGER)",
    "CREATE TABLE IF NOT EXISTS versions (version INTEGER)",
    "INSERT INTO versions SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM versions)",
)


@attrs.define
class KeptRows:
    """The rows behind a file of the folder, laid out by `layout`; see `Rows` for the promises."""

    folder: Path
    name: str
    layout: Layout
    target: Path = attrs.field(init=False)
    _look: str = attrs.field(init=False)
    _file: SqliteFile = attrs.field(init=False)
    _lock: Path = attrs.field(init=False)
    _changed: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.target = self.folder / f"{self.name}.{self.layout.suffix}"
        self._look = repr(self.layout)
        beside = self.folder / BESIDE
        self._file = SqliteFile(beside / f"{self.name}.db", self._prepare)
        self._lock = beside / f"{self.name}.lock"

    def check(self, row: Row) -> None:
        """See `Rows`."""
        self.layout.check(row)

    def put(self, rows: Sequence[tuple[str, Row]]) -> None:
        """See `Rows`."""
        with self._file.transaction() as db:
            before = self._texts([row_id for row_id, _ in rows])
            merged = {row_id: json.loads(text) for row_id, text in before.items()}
            for row_id, row in rows:
                merged[row_id] = {**merged.get(row_id, {}), **row}
            after = ((key, as_json(row)) for key, row in merged.items())
            changed = [(key, text) for key, text in after if before.get(key) != text]
            if not changed:
                return
            db.conn.executemany(
                "INSERT INTO rows (key, row) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET row = excluded.row",
                changed,
            )
            fields = dict.fromkeys(field for _, row in rows for field in row)
            db.conn.execute(
                "INSERT OR IGNORE INTO fields (name) SELECT value FROM json_each(?) ORDER BY key",
                (json.dumps(list(fields)),),
            )
            self._check_size()
            self._note_change(db)

    def get(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        """See `Rows`."""
        texts = self._texts(ids)
        return by_id(ids, {row_id: json.loads(text) for row_id, text in texts.items()})

    def find(self, keys: Sequence[Row]) -> list[list[str]]:
        """See `Rows`; by other fields than the key it has to look at every row."""
        fields = list(keys[0])
        if fields == ["key"]:
            ids = [str(key["key"]) for key in keys]
            there = self._texts(ids)
            return [[row_id] if row_id in there else [] for row_id in ids]
        parts = ", json_extract(row, ?)" * len(fields)
        sql = f"SELECT key{parts} FROM rows"  # noqa: S608 (nothing but question marks)
        return matching(keys, self._file.stream(sql, [f'$."{field}"' for field in fields]))

    def delete(self, ids: Sequence[str]) -> None:
        """See `Rows`."""
        with self._file.transaction() as db:
            sql = "DELETE FROM rows WHERE key IN (SELECT value FROM json_each(?))"
            if db.conn.execute(sql, (json.dumps(list(ids)),)).rowcount:
                self._note_change(db)

    def close(self) -> None:
        """See `Rows`."""
        try:
            if self._changed:
                self.refresh()
        finally:
            self._file.close()

    def is_behind(self) -> bool:
        """Whether there are changes that the file, once begun, does not show."""
        return bool(self._shown()) and not self._is_current()

    def refresh(self) -> None:
        """Bring the file up to date, unless it is."""
        if self._is_current():
            return
        with alone(self._lock):
            with self._file.transaction("DEFERRED") as db:
                if self._is_current():  # thanks to another process, meanwhile
                    return
                self._check_size()
                version = self._version()
                names = db.conn.execute("SELECT name FROM fields ORDER BY place").fetchall()
                rows = db.conn.execute("SELECT row FROM rows ORDER BY place")
                self._replace([name for (name,) in names], (text for (text,) in rows))
            with self._file.transaction() as db:
                shown = {"name": self.target.name, "look": self._look, "version": version}
                db.table("files").upsert(shown, pk="name")
        self._changed = False

    def _prepare(self, db: sqlite_utils.Database) -> None:
        if "versions" in db.table_names():
            return
        with alone(self._lock):  # of several that change the journal at once, all but one fail
            db.conn.execute("PRAGMA journal_mode = WAL")
            for statement in SCHEMA:
                db.conn.execute(statement)

    def _texts(self, ids: Sequence[str]) -> dict[str, str]:
        sql = "SELECT key, row FROM rows WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._file.query(sql, (json.dumps(list(ids)),)))

    def _check_size(self) -> None:
        for size in ("max(place)", "count(*)"):  # the first is quick; deleted rows leave gaps in it
            sql = f"SELECT (SELECT {size} FROM rows), (SELECT {size} FROM fields)"  # noqa: S608
            ((rows, fields),) = self._file.query(sql)
            reason = self.layout.too_large(rows or 0, fields or 0)
            if reason is None:
                return
        raise FlowError(f"{self.target}: {reason}")

    def _note_change(self, db: sqlite_utils.Database) -> None:
        db.conn.execute("UPDATE versions SET version = version + 1")
        begun = (self.target.name, self._look)
        db.conn.execute("INSERT OR IGNORE INTO files (name, look, version) VALUES (?, ?, 0)", begun)
        self._changed = True

    def _shown(self) -> list[tuple[Any, ...]]:
        name = self.target.name
        return self._file.query("SELECT look, version FROM files WHERE name = ?", (name,))

    def _version(self) -> int:
        return sum(version for (version,) in self._file.query("SELECT version FROM versions"))

    def _is_current(self) -> bool:
        return self._shown() == [(self._look, self._version())] and self.target.exists()

    def _replace(self, fields: Sequence[str], rows: Iterable[str]) -> None:
        part = self._lock.with_name(f"{self.target.name}.part")
        with told_plainly(self.target):
            try:
                with part.open("wb") as out:
                    self.layout.write(out, fields, rows)
                    out.flush()
                    os.fsync(out.fileno())
                if self.target.exists():
                    shutil.copymode(self.target, part)
                part.replace(self.target)
            except RejectedError as error:
                raise FlowError(
                    f"{self.target} cannot hold what is kept for it: {error}"
                ) from error
            finally:
                part.unlink(missing_ok=True)
            _settle(self.target.parent)


def _settle(folder: Path) -> None:
    """Make a file's new name in this folder safe from a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
