"""Files that are read: their lines, each with its place, whatever the format.

A file is opened once, and must stay as it is until it has been read: a half of an old one and a
half of a new one are no snapshot.
"""

import codecs
import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

import attrs

from crosstie import FlowError, RecordError, RejectedError, UnavailableError, plain_cell
from crosstie_files.layouts import Formulas

AT_ONCE = 500
"""Lines that are read, and the file looked at again, before they are told."""

LARGEST_CELL = 2**24
"""Characters; without a limit a quote that is not closed would take in all the rest."""

csv.field_size_limit(max(csv.field_size_limit(), LARGEST_CELL))


@attrs.frozen
class Line:
    """One row of a file: where it stands, what its columns hold, and what is wrong with it."""

    place: str
    cells: Mapping[str, Any]
    error: RecordError | None = None


@attrs.frozen
class Content:
    """What is in a file; `columns` is None where each line names its own."""

    columns: tuple[str, ...] | None
    lines: Iterator[Line]


class Source(Protocol):
    """A file, or a table of a database, that can be read."""

    @property
    def path(self) -> Path:
        """The file."""

    def opened(self) -> AbstractContextManager[Content]:
        """What is in it, for the length of a `with` block.

        Raises `FlowError` when it cannot be read, also in the middle of its lines.
        """


@attrs.frozen
class SteadyFile:
    """A file that is being read, and as which it was opened."""

    path: Path
    handle: BinaryIO
    known: tuple[int, ...]

    def steady(self, lines: Iterator[Line]) -> Iterator[Line]:
        """The lines, some at a time; raises `UnavailableError` once the file has changed."""
        while True:
            some = list(islice(lines, AT_ONCE))
            if _known(self.path) != self.known:
                raise UnavailableError(
                    f"{self.path} was changed while it was read: the next run reads it anew"
                )
            yield from some
            if len(some) < AT_ONCE:
                return


@contextmanager
def steady(path: Path) -> Iterator[SteadyFile]:
    """Open a file to read; raises `FlowError` where that cannot be done."""
    try:
        known = _known(path)
        with path.open("rb") as handle:
            yield SteadyFile(path, handle, known)
    except FileNotFoundError:
        raise FlowError(f"{path} is not there: put it there, or look at `folder`") from None
    except OSError as error:
        raise FlowError(f"{path} cannot be read: {error.strerror or error}") from error


def _known(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@attrs.frozen
class Header:
    """The names of the columns; an empty one is that of a column that is not read."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, names: Sequence[str]) -> "Header":
        """Raises `FlowError` for a name that two columns have."""
        named = [name for name in names if name]
        if doubled := sorted({name for name in named if named.count(name) > 1}):
            raise FlowError(f"{path} has two columns called {' and '.join(map(repr, doubled))}")
        return cls(tuple(names))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(name for name in self.names if name)

    def line(self, place: str, cells: Sequence[Any]) -> Line:
        """The cells of a row by their names."""
        named = {name: cell for name, cell in zip(self.names, cells, strict=False) if name}
        if len(cells) == len(self.names):
            return Line(place, named)
        said = f"{place}: it has {len(cells)} cells, and the header {len(self.names)}"
        return Line(place, named, RejectedError(said))


@attrs.frozen
class CsvFile:
    """A CSV file, whose first line names the columns; see `Source`."""

    path: Path
    delimiter: str
    formulas: Formulas
    encoding: str

    @contextmanager
    def opened(self) -> Iterator[Content]:
        """See `Source`."""
        with steady(self.path) as file, _text(file, self.encoding, newline="") as text:
            rows = self._rows(text)
            _, names, error = next(rows, (1, [], None))
            if error is not None:
                raise FlowError(f"{self.path}, line 1: {error}")
            header = Header.of(self.path, names)
            yield Content(header.columns, file.steady(self._lines(rows, header)))

    def _lines(self, rows: Iterator["_Row"], header: Header) -> Iterator[Line]:
        for number, cells, error in rows:
            place = f"{self.path.name}, line {number}"
            if error is not None:
                yield Line(place, {}, RejectedError(f"{place}: {error}"))
            elif any(cells):
                yield header.line(place, [cell or None for cell in cells])

    def _rows(self, text: TextIO) -> Iterator["_Row"]:
        """The number of each row's first line and its cells, or what is wrong with it."""
        told = plain_cell if self.formulas == "neutralise" else str
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except UnicodeDecodeError as error:
                raise _undecodable(self, number) from error
            except csv.Error as error:
                if reader.line_num > number or "end of data" in str(error):
                    raise FlowError(
                        f"{self.path}, lines {number} to {reader.line_num}: a quote is not closed,"
                        f" or stands within a cell and is not doubled ({error})"
                    ) from error
                yield number, [], str(error)
            else:
                if cells is None:
                    return
                yield number, [told(cell) for cell in cells], None


_Row = tuple[int, list[str], str | None]


@attrs.frozen
class JsonLinesFile:
    """A file with one JSON object a line; see `Source`."""

    path: Path
    encoding: str

    @contextmanager
    def opened(self) -> Iterator[Content]:
        """See `Source`."""
        with steady(self.path) as file, _text(file, self.encoding, newline="\n") as text:
            yield Content(None, file.steady(self._lines(text)))

    def _lines(self, text: TextIO) -> Iterator[Line]:
        number = 0
        while True:
            number += 1
            try:
                line = text.readline()
            except UnicodeDecodeError as error:
                raise _undecodable(self, number) from error
            if not line:
                return
            if not line.strip():
                continue
            place = f"{self.path.name}, line {number}"
            try:
                yield Line(place, _object(line))
            except (ValueError, RecursionError) as error:
                seen = {"line": line[:1000].strip()}
                yield Line(place, seen, RejectedError(f"{place}: it is no JSON object: {error}"))


def _object(line: str) -> Mapping[str, Any]:
    found = json.loads(line, parse_float=Decimal, parse_constant=_refuse)
    if not isinstance(found, dict):
        raise ValueError(f"it begins with {line[:20]!r}")
    if "\\u" in line:
        json.dumps(found, default=str, ensure_ascii=False).encode()  # no half of a character
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


@contextmanager
def _text(file: SteadyFile, encoding: str, *, newline: str) -> Iterator[TextIO]:
    """The file as text; a byte order mark is no part of it."""
    marked = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    text = TextIOWrapper(file.handle, marked, newline=newline)
    try:
        yield text
    finally:
        text.detach()


def _undecodable(file: CsvFile | JsonLinesFile, number: int) -> FlowError:
    return FlowError(
        f"{file.path}, at line {number} or after it, is not {file.encoding}: say what it is, such"
        ' as encoding = "cp1252"'
    )
