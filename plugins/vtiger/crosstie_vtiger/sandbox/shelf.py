"""The rows of one module, found by number, by range of numbers and by equal values."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping

from crosstie_vtiger.sandbox.values import fold

Row = dict[str, str | None]
"""Field name to what the column holds; references hold the bare number of their target."""


class Shelf:
    """Rows by number, in the order of their numbers.

    An index of a column is made when it is first asked for and kept up from then on.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self._numbers: list[int] = []
        self._indexes: dict[str, dict[str, set[int]]] = {}

    def add(self, number: int, row: Row) -> None:
        """Put a row under a free number."""
        self.rows[number] = row
        if self._numbers and number < self._numbers[-1]:
            insort(self._numbers, number)
        else:
            self._numbers.append(number)
        for column, index in self._indexes.items():
            _enter(index, row.get(column), number)

    def change(self, number: int, changes: Mapping[str, str | None]) -> None:
        """Change columns of a row."""
        row = self.rows[number]
        for column in self._indexes.keys() & changes.keys():
            if row.get(column) != changes[column]:
                _leave(self._indexes[column], row.get(column), number)
                _enter(self._indexes[column], changes[column], number)
        row.update(changes)

    def remove(self, number: int) -> Row:
        """Take a row out and return it."""
        row = self.rows.pop(number)
        del self._numbers[bisect_left(self._numbers, number)]
        for column, index in self._indexes.items():
            _leave(index, row.get(column), number)
        return row

    @property
    def last(self) -> int:
        """The highest number in use, 0 if there is none."""
        return self._numbers[-1] if self._numbers else 0

    def numbers(self, at_least: int = 0) -> Iterator[int]:
        """The numbers from `at_least` on, ascending."""
        yield from (
            self._numbers[bisect_left(self._numbers, at_least) :] if at_least else (self._numbers)
        )

    def with_value(self, column: str, texts: Iterable[str]) -> set[int]:
        """The numbers of the rows whose column equals one of the texts, as the collation sees."""
        index = self._indexes.get(column)
        if index is None:
            index = self._indexes[column] = {}
            for number, row in self.rows.items():
                _enter(index, row.get(column), number)
        found: set[int] = set()
        for text in texts:
            found |= index.get(fold(text), set())
        return found


def _enter(index: dict[str, set[int]], text: str | None, number: int) -> None:
    if text is not None:
        index.setdefault(fold(text), set()).add(number)


def _leave(index: dict[str, set[int]], text: str | None, number: int) -> None:
    if text is not None:
        numbers = index[fold(text)]
        numbers.discard(number)
        if not numbers:
            del index[fold(text)]
