"""Programs that others wrote read every value as it was given, whatever the format."""

import csv
import json
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from crosstie import Env, Write, Written, safe_cell
from crosstie_files import Files

NASTY = {
    "leading zeros": "0012345",
    "twenty digits": "12345678901234567890",
    "a formula": "=1+1",
    "a formula with quotes": '=HYPERLINK("https://evil.example","x")',
    "a command": "@SUM(A1)",
    "a negative amount": "-5.00",
    "a phone number": "+48600100200",
    "a phone number with blanks": "+48 600 100 200",
    "an apostrophe": "'",
    "a text in apostrophes": "'so'",
    "a formula neutralised before": "'=1+1",
    "and twice": "''=1+1",
    "commas": "a,b;c|d",
    "quotes": 'say "hi", "twice"',
    "one quote": '"',
    "a line break": "one\ntwo",
    "a line break of Windows": "one\r\ntwo",
    "a carriage return": "one\rtwo",
    "line breaks at both ends": "\r\nin between\n",
    "tabs": "\tone\ttwo\t",
    "blanks at both ends": "  in between \u00a0",
    "accents": "Łódź, Zoë, e\u0301",
    "emoji": "🎁 👩‍👩‍👧",
    "a control character": "bell \x07 \x1b",
    "what XML cannot hold": "\ufffe \uffff",
    "what looks escaped": "_x0041_ _x000D_ _x005F_",
    "what looks like a number": "1E5",
    "what looks like a date": "2026-01-02",
    "what looks like a truth": "TRUE",
    "what looks like an error": "#N/A",
    "what looks like nothing": "NULL",
    "a backslash": "C:\\new\\table \\N",
    "separators of lines": "\u2028 \u2029 \u0085",
    "nothing": None,
}
EMPTY = {"no text": "", "a text": "x"}
"""An empty text: as nothing in CSV and Excel, and itself elsewhere."""

TEXTS = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
    | st.text("'=+-@\t\r\n\",;x0_DA5", max_size=9),
    min_size=1,
    max_size=20,
)
Values = Mapping[str, str | None]
Reader = Callable[[Path], dict[str, Any]]


def written(folder: Path, values: Values, **options: Any) -> None:
    """Write a table ``rows``: each value in a row of its own, beside one that is never empty."""
    files = Files(folder=folder, **options)
    live = files.connect(cast(Env, SimpleNamespace(system="out")))
    rows = [{"key": f"k{n}", "value": value} for n, value in enumerate(values.values())]
    writes = [Write(None, row, str(row["key"]), "once") for row in rows]
    assert live.tables()["rows"].write(writes) == [Written(str(row["key"])) for row in rows]
    live.close()


def by_duckdb_csv(folder: Path) -> dict[str, Any]:
    dialect = r"""delim=',', quote='"', escape='"', new_line='\r\n'"""
    sql = f"SELECT key, value FROM read_csv(?, all_varchar=true, header=true, {dialect})"
    return dict(duckdb.execute(sql, [str(folder / "rows.csv")]).fetchall())


def by_csv(folder: Path) -> dict[str, Any]:
    with (folder / "rows.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: row["value"] or None for row in csv.DictReader(file)}


def by_duckdb_json(folder: Path) -> dict[str, Any]:
    how = "format='newline_delimited', columns={key: 'VARCHAR', value: 'VARCHAR'}"
    sql = f"SELECT key, value FROM read_json(?, {how})"
    return dict(duckdb.execute(sql, [str(folder / "rows.jsonl")]).fetchall())


def by_json(folder: Path) -> dict[str, Any]:
    lines = (folder / "rows.jsonl").read_text(encoding="utf-8").split("\n")
    return {row["key"]: row["value"] for row in map(json.loads, lines[:-1])}


def by_openpyxl(folder: Path) -> dict[str, Any]:
    (sheet,) = load_workbook(folder / "rows.xlsx").worksheets
    cells: list[Any] = list(sheet.iter_rows(min_row=2))
    assert {"s", "n"} >= {cell.data_type for row in cells for cell in row}  # n: an empty one
    return {key.value: unescape(cell.value) if cell.value else None for key, cell in cells}


def by_sqlite(folder: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(folder / "out.db")) as db:
        return dict(db.execute("SELECT key, value FROM rows"))


READERS: Mapping[str, tuple[Reader, dict[str, str]]] = {
    "csv by DuckDB": (by_duckdb_csv, {"formulas": "keep"}),
    "csv by Python": (by_csv, {"formulas": "keep"}),
    "jsonl by DuckDB": (by_duckdb_json, {"format": "jsonl"}),
    "jsonl by Python": (by_json, {"format": "jsonl"}),
    "xlsx by openpyxl": (by_openpyxl, {"format": "xlsx"}),
    "sqlite by SQLite": (by_sqlite, {"format": "sqlite"}),
}


@pytest.fixture(params=READERS, ids=lambda name: name.replace(" ", "-"))
def reader(request: pytest.FixtureRequest) -> tuple[Reader, dict[str, str]]:
    """Each reader, and the settings with which its file is written."""
    return READERS[request.param]


def expected(values: Values) -> dict[str, str | None]:
    return {f"k{number}": value for number, value in enumerate(values.values())}


def test_nasty_values_are_read_as_they_were(
    folder: Path, reader: tuple[Reader, dict[str, str]]
) -> None:
    read, options = reader
    written(folder, NASTY, **options)
    assert expected(NASTY) == read(folder)


def test_an_empty_text_is_nothing_only_where_nothing_else_can_be_said(
    folder: Path, reader: tuple[Reader, dict[str, str]]
) -> None:
    read, options = reader
    written(folder, EMPTY, **options)
    tells = options.get("format") in {"jsonl", "sqlite"}
    assert {"k0": "" if tells else None, "k1": "x"} == read(folder)


@pytest.mark.parametrize("read", [by_duckdb_csv, by_csv])
def test_neutralised_values_differ_by_the_apostrophe_alone(folder: Path, read: Reader) -> None:
    written(folder, NASTY)
    shown = {key: value and safe_cell(value) for key, value in expected(NASTY).items()}
    assert shown == read(folder)
    assert "'=1+1" == shown["k2"]
    assert "-5.00" == shown["k5"]


@pytest.mark.parametrize("name", READERS)
@settings(deadline=None, max_examples=15)
@given(values=TEXTS)
def test_any_text_is_read_as_it_was(name: str, values: dict[str, str]) -> None:
    read, options = READERS[name]
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder), values, **options)
        tells = options.get("format") in {"jsonl", "sqlite"}
        given = {key: value if tells else value or None for key, value in expected(values).items()}
        assert given == read(Path(folder))


def test_numbers_and_truths_of_a_workbook_are_such(folder: Path) -> None:
    files = Files(folder=folder, format="xlsx")
    live = files.connect(cast(Env, SimpleNamespace(system="out")))
    row = {"key": "1", "count": 7, "paid": True, "big": 10**15 - 1, "bigger": 10**15, "half": 0.5}
    live.tables()["rows"].write([Write(None, row, "1", "once")])
    live.close()
    (sheet,) = load_workbook(folder / "rows.xlsx").worksheets
    header, values = sheet.values
    expected = {**row, "bigger": "1000000000000000"}
    assert expected == dict(zip(header, values, strict=True))
