"""What holds the rows of a table, whatever the format, and how rows are recognised."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from crosstie import Row


class Rows(Protocol):
    """The rows of one table. Several processes may hold the same rows at the same time."""

    def check(self, row: Row) -> None:
        """Raise `RejectedError` for a plain row that cannot be held."""

    def put(self, rows: Sequence[tuple[str, Row]]) -> None:
        """Keep plain rows under their ids, all or none; fields that a row does not name stay.

        Once it returns, the rows survive the end of this process and of the machine.
        """

    def get(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        """The rows with these ids, None where there is none."""

    def find(self, keys: Sequence[Row]) -> list[list[str]]:
        """For each key the ids of the rows that match it; all keys have the same fields."""

    def delete(self, ids: Sequence[str]) -> None:
        """Drop rows; one that is not there counts as dropped."""

    def close(self) -> None:
        """Bring the file up to date where that is due, and let go of it."""


def matching(keys: Sequence[Row], rows: Iterable[tuple[Any, ...]]) -> list[list[str]]:
    """For each key the ids of the rows, (id, value, …), whose values are exactly the key's."""
    found: dict[tuple[str | None, ...], list[str]] = {_texts(key.values()): [] for key in keys}
    for row_id, *values in rows:
        ids = found.get(_texts(values))
        if ids is not None:
            ids.append(row_id)
    return [found[_texts(key.values())] for key in keys]


def by_id(ids: Sequence[str], rows: Mapping[str, dict[str, Any]]) -> list[dict[str, Any] | None]:
    """The rows in the order in which they were asked for."""
    return [rows.get(row_id) for row_id in ids]


def _texts(values: Iterable[Any]) -> tuple[str | None, ...]:
    return tuple(None if value is None else str(value) for value in values)
