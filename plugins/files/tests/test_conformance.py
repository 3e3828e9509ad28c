"""Whether the tables of files keep what Crosstie relies on: the conformance kit.

Files are no server, so the kit's faults of a network have nothing to spoil and are skipped.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import attrs
import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from crosstie import Clock
from crosstie.commerce import Customer
from crosstie.sandbox import Reply, Request
from crosstie.testing import PackageConformance, Rig, TableConformance


@attrs.frozen
class Drive:
    """A folder for files, where a sandbox has a server."""

    folder: Path

    def respond(self, request: Request) -> Reply:
        return Reply(404)


class FilesRig(Rig):
    """A new folder."""

    kind = "files"
    format: ClassVar[str]

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> Path:
        self._folder = tmp_path / "export"
        return self._folder

    def sandbox(self, clock: Clock) -> Drive:
        return Drive(self._folder)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"folder": str(self._folder), "format": self.format}


class Customers(FilesRig, TableConformance):
    table = "customers"
    amounts = ()
    alike = False  # the key is the row's id
    folded = False  # and is told apart as it is

    def data(self, number: int, text: str) -> Customer:
        return Customer(email=f"c{number}@example.com", lastname=text)


class TestPackage(PackageConformance):
    package = "crosstie_files"


class TestCsv(Customers):
    format = "csv"

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        path = sandbox.folder / "customers.csv"
        if not path.exists():
            return {}
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["key"]: row for row in csv.DictReader(file)}


@pytest.mark.full
class TestExcel(Customers):
    format = "xlsx"
    refused = Customer(email="long@example.com", note="x" * 40_000)
    refusal = "note has 40,000 characters, and a cell of Excel 32,767"

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        path = sandbox.folder / "customers.xlsx"
        if not path.exists():
            return {}
        header, *rows = cast(Any, load_workbook(path).worksheets[0].values)
        named = (dict(zip(header, map(_unescaped, row), strict=True)) for row in rows)
        return {row["key"]: row for row in named}


def _unescaped(value: Any) -> Any:
    return unescape(value) if isinstance(value, str) else value


@pytest.mark.full
class TestJsonLines(Customers):
    format = "jsonl"

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        path = sandbox.folder / "customers.jsonl"
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        return {row["key"]: row for row in map(json.loads, filter(None, lines))}
