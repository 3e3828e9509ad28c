"""Excel: how a table becomes a workbook, and how the first sheet of one is read.

Everything that is text stays text: a cell of text is never run as a formula, keeps its leading
zeros, and Excel leaves it as it is also when somebody edits it.
"""

import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from xml.etree.ElementTree import ParseError

import attrs
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from crosstie import FlowError, RejectedError, Row
from crosstie_files.reading import Content, Header, Line, steady

MOST_ROWS = 1_048_575
"""Rows of a sheet, beside its header."""

MOST_COLUMNS = 16_384

LONGEST = 32_767
"""Characters of a cell, counted as Excel does: an emoji is two of them."""

DIGITS = 15
"""Digits of a number; more than these are kept as text."""

TEXT = "@"
"""The number format of a cell that Excel must not take for a number when it is edited."""

UNWRITABLE = re.compile("[\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold or does not keep, and what looks like its stand-in."""

STAND_IN = re.compile("_x(00[01][0-9A-Fa-f]|005[Ff]|[Ff]{3}[EeFf])_")

UNREADABLE = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    zlib.error,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What openpyxl raises for files that are no workbooks, or broken ones."""

warnings.filterwarnings("ignore", module=r"openpyxl\.")
"""openpyxl tells what it would lose if it wrote the file again; it is only read."""


@attrs.frozen
class Excel:
    """One sheet with a header and a row for each row.

    `columns` are those to show, in their order; none stands for all.
    """

    suffix: ClassVar[str] = "xlsx"

    columns: tuple[str, ...] = ()

    def check(self, row: Row) -> None:
        """See `Layout`."""
        if reason := self.too_large(1, len(row)):
            raise RejectedError(reason)
        shown = self.columns or tuple(row)
        _contents({field: field for field in shown}, shown)
        _contents(row, shown)

    def too_large(self, rows: int, fields: int) -> str | None:
        """See `Layout`."""
        if rows > MOST_ROWS:
            return f"Excel has at most {MOST_ROWS:,} rows: take another format, or a filter"
        if (len(self.columns) or fields) > MOST_COLUMNS:
            return f"Excel has at most {MOST_COLUMNS:,} columns: choose some with `columns`"
        return None

    def write(self, out: BinaryIO, fields: Sequence[str], rows: Iterable[str]) -> None:
        """See `Layout`."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet("rows")
        sheet.freeze_panes = "A2"
        shown = self.columns or fields
        try:
            sheet.append([_cell(sheet, _content(field)) for field in shown])
            for row in rows:
                values = json.loads(row)
                sheet.append([_cell(sheet, content) for content in _contents(values, shown)])
        finally:
            book.save(out)  # also where it stays unfinished: this is what drops temporary files


@attrs.frozen
class Sheet:
    """The first sheet of a workbook; see `Source`."""

    path: Path

    @contextmanager
    def opened(self) -> Iterator[Content]:
        """See `Source`."""
        with steady(self.path) as file:
            with _told_plainly(self.path):
                book = load_workbook(file.handle, read_only=True, data_only=True, keep_links=False)
            with closing(book):
                if not book.worksheets:
                    raise FlowError(f"{self.path} has no sheet")
                sheet = book.worksheets[0]
                sheet.reset_dimensions()  # what the file says of them may be wrong
                rows = self._rows(sheet)
                names = _trimmed(next(rows, []))
                header = Header.of(self.path, [str(name or "") for name in names])
                yield Content(header.columns, file.steady(self._lines(rows, header)))

    def _rows(self, sheet: Any) -> Iterator[list[Any]]:
        with _told_plainly(self.path):
            for cells in sheet.iter_rows(values_only=True):
                yield [_told(value) for value in cells]

    def _lines(self, rows: Iterator[list[Any]], header: Header) -> Iterator[Line]:
        for number, cells in enumerate(rows, 2):
            filled = _trimmed(cells)
            if filled:
                missing = [None] * (len(header.names) - len(filled))
                yield header.line(f"{self.path.name}, row {number}", [*filled, *missing])


def _contents(row: Row, fields: Sequence[str]) -> list[Any]:
    """What the row's cells hold; raises `RejectedError` for a text that is too long."""
    contents = []
    for field in fields:
        content = _content(row.get(field))
        if isinstance(content, str) and (length := _length(content)) > LONGEST:
            key = f"row {row['key']}: " if "key" in row else ""
            raise RejectedError(
                f"{key}{field[:50]} has {length:,} characters, and a cell of Excel {LONGEST:,}"
            )
        contents.append(content)
    return contents


def _content(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**DIGITS else str(value)
    if isinstance(value, float):
        return value if float(f"{value:.{DIGITS}g}") == value else repr(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _cell(sheet: Any, content: Any) -> Any:
    if not isinstance(content, str) or not content:
        return None if content == "" else content
    cell = WriteOnlyCell(sheet, content)
    cell.data_type = "s"  # openpyxl would take it for a formula or an error
    cell.number_format = TEXT
    return cell


def _told(value: Any) -> Any:
    """What a cell says: text, true, false or None."""
    if isinstance(value, str):
        return STAND_IN.sub(lambda found: chr(int(found[1], 16)), value) or None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        exact = value if isinstance(value, int) else f"{value:.{DIGITS}g}"
        return format(Decimal(exact), "f")
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _trimmed(cells: Sequence[Any]) -> list[Any]:
    """The cells without the empty ones at the end."""
    filled = [number for number, cell in enumerate(cells, 1) if cell is not None]
    return list(cells[: filled[-1]]) if filled else []


@contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        hint = "is it an Excel workbook (.xlsx), whole and without a password?"
        raise FlowError(f"{path} cannot be read ({error}): {hint}") from error
