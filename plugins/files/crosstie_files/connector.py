"""Files as a system: what a config says, and the connected folder."""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs

from crosstie import Env, Finding, Live, Stream, Table, setting
from crosstie.commerce import Cart, Customer, Order, Product
from crosstie_files.database import DatabaseRows
from crosstie_files.kept import BESIDE, KeptRows
from crosstie_files.layouts import write_csv, write_jsonl
from crosstie_files.rows import Rows
from crosstie_files.tables import NAME, NAME_RULE, Tables

FIELDS = {field for word in (Customer, Order, Product, Cart) for field in attrs.fields_dict(word)}


@attrs.frozen
class Files:
    """Rows in CSV, JSON Lines or SQLite files."""

    kind: ClassVar[str] = "files"
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = None

    folder: Path = setting("The folder to write into; it is made when it is not there")
    format: Literal["csv", "jsonl", "sqlite"] = setting(
        "csv and jsonl: a file for each table; sqlite: one database, called as the system",
        default="csv",
    )
    delimiter: Literal[",", ";", "\t", "|"] = setting("What separates cells in CSV", default=",")
    details: tuple[str, ...] = setting(
        "Fields that cost the source requests of their own and are empty otherwise:"
        " payments, discounts, slips, has_ordered",
        default=(),
    )
    workers: int = setting("How many writers run in parallel", default=1)

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
    _tables: Tables = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        details = frozenset(self.files.details)
        object.__setattr__(self, "_tables", Tables(self._rows, details))

    def streams(self) -> Mapping[str, Stream]:
        """None: files are only written."""
        return {}

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
        """Whether the folder can be written, and the tables can be files."""
        folder = self.files.folder
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            yield Finding("problem", f"{folder} cannot be written: look at the rights of {there}")
        else:
            yield Finding("ok", f"{folder} can be written")
        for flow, needs in use.items():
            for name in (need.removeprefix("write:") for need in needs):
                if not NAME.fullmatch(name):
                    yield Finding("problem", f"{flow}: {name!r} cannot be a file: {NAME_RULE}")

    def close(self) -> None:
        """Make the files current; what is written stays safe should that fail."""
        for table in self._tables.opened.values():
            table.rows.close()

    def _rows(self, name: str) -> Rows:
        if self.files.format == "sqlite":
            return DatabaseRows(self.files.folder / f"{self.system}.db", name)
        return self._kept(name)

    def _kept(self, name: str) -> KeptRows:
        if self.files.format == "jsonl":
            return KeptRows(self.files.folder / f"{name}.jsonl", write_jsonl, "jsonl")
        delimiter = self.files.delimiter
        layout = partial(write_csv, delimiter=delimiter)
        return KeptRows(self.files.folder / f"{name}.csv", layout, f"csv {delimiter}")
