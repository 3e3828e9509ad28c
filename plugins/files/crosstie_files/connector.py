"""Files as a system: what a config says, and the connected folder.

openpyxl takes longer to import than all the rest of a command, so that is done where it is needed.
"""

# ruff: noqa: PLC0415 (imports inside functions, as said above)

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs

from crosstie import CrosstieError, Env, Finding, Live, Stream, Table, setting
from crosstie.commerce import VOCABULARY, Cart, Customer, Order, Product
from crosstie_files.database import DatabaseRows
from crosstie_files.kept import BESIDE, KeptRows
from crosstie_files.layouts import Csv, Formulas, JsonLines, Layout
from crosstie_files.names import NAME, NAME_RULE, ByName
from crosstie_files.reading import CsvFile, JsonLinesFile, Source
from crosstie_files.rows import Rows
from crosstie_files.snapshots import DatabaseTable
from crosstie_files.streams import FileStream
from crosstie_files.tables import FileTable
from crosstie_files.unflattening import columns

FIELDS = {field for word in (Customer, Order, Product, Cart) for field in attrs.fields_dict(word)}


@attrs.frozen
class Files:
    """Rows in CSV, JSON Lines, Excel or SQLite files, written and read."""

    kind: ClassVar[str] = "files"
    streams_offered: ClassVar[tuple[str, ...] | None] = None
    tables_offered: ClassVar[tuple[str, ...] | None] = None

    folder: Path = setting(
        "The folder of the files; to write, it is made when it is not there", identifies=True
    )
    format: Literal["csv", "jsonl", "xlsx", "sqlite"] = setting(
        "csv, jsonl and xlsx: a file for each table; sqlite: one database, called as the system",
        default="csv",
    )
    columns: dict[str, tuple[str, ...]] = setting(
        "Table to its columns, in this order and only these; not for sqlite",
        default=attrs.Factory(dict),
    )
    keys: dict[str, str] = setting(
        "Stream to the column that holds its keys, by default key", default=attrs.Factory(dict)
    )
    kinds: dict[str, str] = setting(
        "Stream to the word of the commerce vocabulary that its rows are: customer, product, order;"
        " without it a record is the mapping of its columns",
        default=attrs.Factory(dict),
    )
    delimiter: Literal[",", ";", "\t", "|"] = setting("What separates cells in CSV", default=",")
    formulas: Formulas = setting(
        "In CSV, whether a text that a spreadsheet might run gets an apostrophe before it, which"
        " is taken off when the file is read, or everything is kept as it is",
        default="neutralise",
    )
    encoding: str = setting(
        "How characters are encoded in CSV and JSON Lines; utf-8 is read with or without a byte"
        " order mark, and utf-8-sig writes one",
        default="utf-8",
    )
    details: tuple[str, ...] = setting(
        "Fields that cost the source requests of their own and are empty otherwise:"
        " payments, discounts, slips, has_ordered",
        default=(),
    )
    workers: int = setting("How many writers run in parallel", default=1)

    @columns.validator
    def _check_columns(self, _: Any, chosen: Mapping[str, tuple[str, ...]]) -> None:
        if chosen and self.format == "sqlite":
            raise ValueError("columns: a SQLite table has all columns; choose some in a query")
        for table, names in chosen.items():
            if not names or "" in names or len(set(names)) < len(names):
                raise ValueError(f"columns: {table} needs columns, each with a name and only once")

    @kinds.validator
    def _check_kinds(self, _: Any, kinds: Mapping[str, str]) -> None:
        for stream, kind in kinds.items():
            if kind not in VOCABULARY:
                raise ValueError(
                    f"kinds: {stream} is no {kind!r}; there are {', '.join(VOCABULARY)}"
                )

    @encoding.validator
    def _check_encoding(self, _: Any, encoding: str) -> None:
        try:
            " ".encode(encoding)
        except (LookupError, ValueError) as error:
            raise ValueError(f'encoding: {error}; take such as "utf-8" or "cp1252"') from error

    @details.validator
    def _check_details(self, _: Any, details: tuple[str, ...]) -> None:
        unknown = [name for name in details if name not in FIELDS]
        if unknown:
            raise ValueError(f"details: no record has a field {' or '.join(map(repr, unknown))}")

    def connect(self, env: Env) -> Live:
        """Open the folder, and finish the files of a run that was killed."""
        folder = Folder(self, env.system)
        folder.finish()
        return folder


@attrs.frozen
class Folder:
    """A connected folder."""

    files: Files
    system: str
    _tables: ByName[FileTable] = attrs.field(init=False)
    _streams: ByName[FileStream] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_tables", ByName(self._table))
        object.__setattr__(self, "_streams", ByName(self._stream))

    def streams(self) -> Mapping[str, Stream]:
        """Any name that can be a file's; whether it is there is seen when it is read."""
        return self._streams

    def tables(self) -> Mapping[str, Table]:
        """Any name that can be a file's."""
        return self._tables

    def finish(self) -> None:
        """Bring every file up to date that a killed run has left behind its rows."""
        if self.files.format == "sqlite":
            return
        for path in sorted((self.files.folder / BESIDE).glob("*.db")):
            rows = self._kept(path.stem)
            try:
                if rows.is_behind():
                    rows.refresh()
            finally:
                rows.close()

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """Whether the folder can be written, and the tables and streams can be files."""
        if not use or any(need.startswith("write:") for needs in use.values() for need in needs):
            yield self._writable()
        for flow, needs in use.items():
            for need in sorted(needs):
                deed, _, name = need.partition(":")
                if f"{deed}:{name.rpartition('.')[0]}" in needs:
                    continue  # a detail of a stream
                if not NAME.fullmatch(name):
                    yield Finding("problem", f"{flow}: {name!r} cannot be a file: {NAME_RULE}")
                elif deed == "read":
                    yield from self._readable(flow, name)

    def close(self) -> None:
        """Make the files current; what is written stays safe should that fail."""
        for table in self._tables.made.values():
            table.rows.close()

    def _writable(self) -> Finding:
        folder = self.files.folder
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            return Finding("problem", f"{folder} cannot be written: look at the rights of {there}")
        return Finding("ok", f"{folder} can be written")

    def _readable(self, flow: str, name: str) -> Iterable[Finding]:
        stream = self._streams[name]
        try:
            known = stream.columns()
        except CrosstieError as error:
            yield Finding("problem", f"{flow}: {error}")
            return
        yield Finding("ok", f"{flow}: {stream.source.path} can be read")
        if stream.kind is not None and known is not None:
            lost = [name for name in known if name not in {stream.key, *columns(stream.kind)}]
            if lost:
                kind = self.files.kinds[name]
                text = f"{flow}: no field of {kind} is called {', '.join(lost)}; see `raw`"
                yield Finding("warning", text)

    def _table(self, name: str) -> FileTable:
        return FileTable(name, self._rows(name), frozenset(self.files.details))

    def _rows(self, name: str) -> Rows:
        if self.files.format == "sqlite":
            return DatabaseRows(self.files.folder / f"{self.system}.db", name)
        return self._kept(name)

    def _kept(self, name: str) -> KeptRows:
        return KeptRows(self.files.folder, name, self._layout(name))

    def _layout(self, name: str) -> Layout:
        files, chosen = self.files, self.files.columns.get(name, ())
        if files.format == "xlsx":
            from crosstie_files.workbooks import Excel

            return Excel(chosen)
        if files.format == "jsonl":
            return JsonLines(files.encoding, chosen)
        return Csv(files.delimiter, files.formulas, files.encoding, chosen)

    def _stream(self, name: str) -> FileStream:
        kind = self.files.kinds.get(name)
        known = VOCABULARY[kind] if kind else None
        return FileStream(name, self._source(name), self.files.keys.get(name, "key"), known)

    def _source(self, name: str) -> Source:
        files, folder = self.files, self.files.folder
        if files.format == "sqlite":
            return DatabaseTable(folder / f"{self.system}.db", name)
        if files.format == "xlsx":
            from crosstie_files.workbooks import Sheet

            return Sheet(folder / f"{name}.xlsx")
        if files.format == "jsonl":
            return JsonLinesFile(folder / f"{name}.jsonl", files.encoding)
        path = folder / f"{name}.csv"
        return CsvFile(path, files.delimiter, files.formulas, files.encoding)
