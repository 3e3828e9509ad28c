"""The tables that a flow writes to."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from crosstie import (
    GoneError,
    Record,
    RecordError,
    RejectedError,
    Row,
    Write,
    Written,
)
from crosstie_files.flattening import flat, plain
from crosstie_files.rows import Rows


@attrs.define
class FileTable:
    """The rows of one file. The key of the record is the row's id and its first column, `key`."""

    name: str
    rows: Rows
    uses: frozenset[str]
    key: tuple[str, ...] = ("key",)
    accepts: type = object
    refers_to: tuple[str, ...] = ()
    batch: int = 500
    exact: bool = True

    def map(self, record: Record, source: str) -> Row:
        """Any object or mapping as a flat row; see `crosstie_files.flattening`."""
        return {"key": plain(record.key), **_without_key(flat(record.data))}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`."""
        return self.rows.find([flat(key) for key in keys])

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `Table`: a row that cannot be held is rejected, all others are kept together."""
        answers: list[Written | RecordError] = []
        rows = []
        gone = self._gone([write.id for write in writes if write.id is not None])
        for write in writes:
            if write.id in gone:
                answers.append(GoneError(f"{self.name} {write.id} is no longer in the file"))
                continue
            try:
                row_id, row = self._row(write)
            except RejectedError as error:
                answers.append(error)
            else:
                rows.append((row_id, row))
                answers.append(Written(row_id))
        if rows:
            self.rows.put(rows)
        return answers

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`."""
        return self.rows.get(ids)

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        """See `Deletes`."""
        self.rows.delete(ids)
        return [None] * len(ids)

    def _gone(self, ids: Sequence[str]) -> set[str]:
        there = self.rows.get(ids) if ids else ()
        return {row_id for row_id, row in zip(ids, there, strict=True) if row is None}

    def _row(self, write: Write) -> tuple[str, dict[str, Any]]:
        row = flat(write.row)
        row_id = write.id or str(row.get("key") or plain(write.key))
        whole = {"key": row_id, **_without_key(row)}
        self.rows.check(whole)
        return row_id, whole


def _without_key(row: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in row.items() if field != "key"}
