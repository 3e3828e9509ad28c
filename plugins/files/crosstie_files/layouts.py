"""How a file shows its rows: the seam, and CSV and JSON Lines; `workbooks` has Excel."""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, BinaryIO, ClassVar, Literal, Protocol, TextIO

import attrs

from crosstie import RejectedError, Row, safe_cell

Formulas = Literal["neutralise", "keep"]


class Layout(Protocol):
    """How the rows of a table become a file.

    Its `repr` names all that shapes the file: when that changes, the file is made anew.
    """

    suffix: ClassVar[str]

    def check(self, row: Row) -> None:
        """Raise `RejectedError` for a plain row that the file cannot hold."""

    def too_large(self, rows: int, fields: int) -> str | None:
        """Why the file cannot have so many rows with so many fields; None where it can."""

    def write(self, out: BinaryIO, fields: Sequence[str], rows: Iterable[str]) -> None:
        """Write a whole file: all fields there are, and the rows as JSON texts, both in order.

        Raises `RejectedError` where it meets a row that the file cannot hold.
        """


@attrs.frozen
class Csv:
    """A header and a line for each row, as RFC 4180 has it: quoted where needed, ended by CR LF.

    `columns` are those to show, in their order; none stands for all.
    """

    suffix: ClassVar[str] = "csv"

    delimiter: str = ","
    formulas: Formulas = "neutralise"
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()

    def check(self, row: Row) -> None:
        """See `Layout`."""
        _check_characters(row, self.encoding)

    def too_large(self, rows: int, fields: int) -> str | None:
        """See `Layout`."""
        return None

    def write(self, out: BinaryIO, fields: Sequence[str], rows: Iterable[str]) -> None:
        """See `Layout`."""
        shown = self.columns or fields
        safe = safe_cell if self.formulas == "neutralise" else str
        with _text(out, self.encoding) as text:
            writer = csv.writer(text, delimiter=self.delimiter)
            writer.writerow([safe(field) for field in shown])
            for row in rows:
                values = json.loads(row)
                writer.writerow([cell(values.get(field), safe) for field in shown])


@attrs.frozen
class JsonLines:
    """One JSON object a line; a field that a row never had is not there, unless it is chosen."""

    suffix: ClassVar[str] = "jsonl"

    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()

    def check(self, row: Row) -> None:
        """See `Layout`."""
        _check_characters(row, self.encoding)

    def too_large(self, rows: int, fields: int) -> str | None:
        """See `Layout`."""
        return None

    def write(self, out: BinaryIO, fields: Sequence[str], rows: Iterable[str]) -> None:
        """See `Layout`."""
        with _text(out, self.encoding) as text:
            text.writelines(f"{self._shown(row)}\n" for row in rows)

    def _shown(self, row: str) -> str:
        if not self.columns:
            return row
        values = json.loads(row)
        return as_json({column: values.get(column) for column in self.columns})


def cell(value: Any, safe: Callable[[str], str]) -> str:
    """A plain value as the text of one cell; `safe` neutralises formulas, or does not."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return safe(str(value))


as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A row as the one JSON text that is kept and shown of it."""


def _check_characters(row: Row, encoding: str) -> None:
    if not codecs.lookup(encoding).name.startswith("utf"):
        try:
            as_json(row).encode(encoding)
        except UnicodeEncodeError as error:
            raise _unknown(error, encoding) from error


@contextmanager
def _text(out: BinaryIO, encoding: str) -> Iterator[TextIO]:
    text = TextIOWrapper(out, encoding, newline="")
    try:
        yield text
    except UnicodeEncodeError as error:
        raise _unknown(error, encoding) from error
    finally:
        text.detach()


def _unknown(error: UnicodeEncodeError, encoding: str) -> RejectedError:
    character = error.object[error.start]
    return RejectedError(
        f"the encoding {encoding} has no {character!r}: take utf-8, which has all characters"
    )
