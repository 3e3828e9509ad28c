"""Rows in a table of a SQLite database that is itself the file."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs
import sqlite_utils

from crosstie import RejectedError, Row
from crosstie_files.rows import by_id, matching
from crosstie_files.sqlitefile import SqliteFile, quoted

LARGEST = 2**63 - 1
"""The largest whole number that SQLite can hold."""


@attrs.define
class DatabaseRows:
    """The rows of one table in the database `path`; see `Rows` for the promises.

    Columns have no declared type, because SQLite would turn the text 0012345 into a number in a
    numeric column, and a number into text in a textual one.
    """

    path: Path
    table: str
    _file: SqliteFile = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._file = SqliteFile(self.path, lambda _: None)

    def check(self, row: Row) -> None:
        """See `Rows`."""
        if len({field.lower() for field in row}) < len(row):
            raise RejectedError("it has fields that differ only in upper and lower case")

    def put(self, rows: Sequence[tuple[str, Row]]) -> None:
        """See `Rows`."""
        with self._file.transaction() as db:
            columns = self._grown(db, dict.fromkeys(field for _, row in rows for field in row))
            for fields, group in groupby(rows, lambda row: tuple(row[1])):
                names = [columns[field.lower()] for field in fields if field != "key"]
                values = ([row_id, *_values(row)] for row_id, row in group)
                db.conn.executemany(self._upsert(names), values)

    def get(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        """See `Rows`; lists and objects are told apart from text by how they begin."""
        columns = list(self._columns().values())
        among = "WHERE key IN (SELECT value FROM json_each(?))"
        sql = f"SELECT * FROM {quoted(self.table)} {among}"  # noqa: S608 (a quoted name)
        rows = self._file.query(sql, (json.dumps(list(ids)),)) if columns else []
        found = [dict(zip(columns, map(_told, row), strict=True)) for row in rows]
        return by_id(ids, {row["key"]: row for row in found})

    def find(self, keys: Sequence[Row]) -> list[list[str]]:
        """See `Rows`; by other fields than the key it has to look at every row."""
        fields = list(keys[0])
        if fields == ["key"]:
            ids = [str(key["key"]) for key in keys]
            return [[row_id] if row else [] for row_id, row in zip(ids, self.get(ids), strict=True)]
        columns = self._columns()
        if not all(field.lower() in columns for field in fields):
            return [[] for _ in keys]
        parts = ", ".join(quoted(columns[field.lower()]) for field in fields)
        sql = f"SELECT key, {parts} FROM {quoted(self.table)}"  # noqa: S608 (quoted names)
        return matching(keys, self._file.stream(sql))

    def delete(self, ids: Sequence[str]) -> None:
        """See `Rows`."""
        if self._columns():
            with self._file.transaction() as db:
                table = db.table(self.table)
                table.delete_where(
                    "key IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))]
                )

    def close(self) -> None:
        """See `Rows`: the database is up to date at all times."""
        self._file.close()

    def _columns(self) -> dict[str, str]:
        """The table's columns by their names in lower case; none when there is no table."""
        sql = "SELECT name FROM pragma_table_info(?)"
        return {name.lower(): name for (name,) in self._file.query(sql, (self.table,))}

    def _grown(self, db: sqlite_utils.Database, fields: Iterable[str]) -> dict[str, str]:
        """The columns, after adding those that are missing."""
        table = quoted(self.table)
        columns = self._columns()
        if not columns:
            db.conn.execute(f'CREATE TABLE {table} ("key" TEXT PRIMARY KEY NOT NULL)')
            columns["key"] = "key"
        for field in fields:
            if field.lower() not in columns:
                db.conn.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(field)}")
                columns[field.lower()] = field
        return columns

    def _upsert(self, names: Sequence[str]) -> str:
        columns = ", ".join(['"key"', *map(quoted, names)])
        values = ", ".join("?" * (len(names) + 1))
        sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in names)
        change = f"UPDATE SET {sets}" if names else "NOTHING"
        into = f"INTO {quoted(self.table)} ({columns}) VALUES ({values})"
        return f'INSERT {into} ON CONFLICT ("key") DO {change}'


def _values(row: Row) -> list[Any]:
    return [_value(value) for field, value in row.items() if field != "key"]


def _value(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and abs(value) > LARGEST:
        return str(value)
    return value


def _told(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
