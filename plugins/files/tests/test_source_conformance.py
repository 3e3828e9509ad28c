"""Whether files as streams keep what Crosstie relies on: the conformance kit.

The files are written by other programs than ours, as a colleague's would be.
"""

import csv
import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from openpyxl import Workbook

from crosstie import Clock
from crosstie.sandbox import Reply, Request
from crosstie.testing import SourceConformance


@attrs.frozen
class Colleague:
    """Keeps a list of people in one file, where a sandbox has a server."""

    path: Path
    people: dict[str, str] = attrs.field(factory=dict)

    def respond(self, request: Request) -> Reply:
        return Reply(404)

    def save(self) -> None:
        """Write the whole file anew."""
        rows = [("id", "name"), *self.people.items()]
        if self.path.suffix == ".csv":
            with self.path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        elif self.path.suffix == ".jsonl":
            lines = (json.dumps({"id": key, "name": name}) for key, name in rows[1:])
            self.path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        elif self.path.suffix == ".xlsx":
            book = Workbook()
            for row in rows:
                book.worksheets[0].append([_for_xml(text) for text in row])
            book.save(self.path)
        else:
            with closing(sqlite3.connect(self.path)) as db, db:
                db.execute("CREATE TABLE IF NOT EXISTS people (id TEXT, name TEXT)")
                db.execute("DELETE FROM people")
                db.executemany("INSERT INTO people VALUES (?, ?)", rows[1:])


def _for_xml(text: str) -> str:
    return re.sub("[\0-\x08\x0b-\x1f]", lambda found: f"_x{ord(found[0]):04X}_", text)


class People(SourceConformance):
    kind = "files"
    stream = "people"
    page = None
    page_size = 2
    format: ClassVar[str]
    file: ClassVar[str]

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> Path:
        self._folder = tmp_path / "import"
        return self._folder

    def sandbox(self, clock: Clock) -> Colleague:
        self._folder.mkdir(exist_ok=True)
        colleague = Colleague(self._folder / self.file)
        colleague.save()
        return colleague

    def settings(self, url: str) -> Mapping[str, Any]:
        keys = {"people": "id"}
        return {"folder": str(self._folder), "format": self.format, "keys": keys}

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        sandbox.people[f"p{number}"] = text
        sandbox.save()
        return f"p{number}"

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> None:
        sandbox.people[key] = text
        sandbox.save()

    def remove(self, sandbox: Any, key: str, at: datetime) -> None:
        del sandbox.people[key]
        sandbox.save()


class TestCsv(People):
    format, file = "csv", "people.csv"


@pytest.mark.full
class TestJsonLines(People):
    format, file = "jsonl", "people.jsonl"


@pytest.mark.full
class TestExcel(People):
    format, file = "xlsx", "people.xlsx"


@pytest.mark.full
class TestSqlite(People):
    format, file = "sqlite", "system.db"
