"""What is written is in the file, once, and nothing else is touched; in every format."""

import csv
import json
import sqlite3
import string
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from crosstie import (
    Batches,
    Checks,
    Deletes,
    Env,
    Exact,
    Live,
    Maps,
    RejectedError,
    Shows,
    UnavailableError,
    Write,
    Written,
    safe_cell,
)
from crosstie_files import Files
from crosstie_files.flattening import plain
from crosstie_files.layouts import cell

FORMATS = ["csv", "jsonl", "xlsx", "sqlite"]
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Connect = Callable[..., Live]
MakeWrite = Callable[..., Write]


def read(folder: Path, table: str, form: str) -> list[dict[str, Any]]:
    """The rows as an independent reader sees them."""
    if form == "csv":
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if form == "jsonl":
        lines = (folder / f"{table}.jsonl").read_text(encoding="utf-8").split("\n")
        assert lines.pop() == ""
        return [json.loads(line) for line in lines]
    if form == "xlsx":
        (sheet,) = load_workbook(folder / f"{table}.xlsx").worksheets
        header, *rows = ([_unescaped(cell) for cell in row] for row in sheet.values)
        return [dict(zip(header, row, strict=True)) for row in rows]
    with closing(sqlite3.connect(folder / "out.db")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f'SELECT * FROM "{table}" ORDER BY rowid')]


def _unescaped(value: Any) -> Any:
    return unescape(value) if isinstance(value, str) else value


def as_read(row: dict[str, Any], form: str) -> dict[str, Any]:
    """A row as the reader of that format should see it."""
    values = {name: plain(value) for name, value in row.items()}
    if form == "jsonl":
        return values
    if form == "csv":
        return {safe_cell(name): cell(value, safe_cell) for name, value in values.items()}
    largest = 10**15 if form == "xlsx" else 2**63
    for name, value in values.items():
        if isinstance(value, list | dict):
            values[name] = json.dumps(value, ensure_ascii=False)
        elif type(value) is int and abs(value) >= largest:
            values[name] = str(value)
        elif value == "" and form == "xlsx":
            values[name] = None
    return values


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    """Each format in turn."""
    return str(request.param)


@pytest.fixture
def live(connect: Connect, form: str) -> Live:
    return connect(format=form)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.text(),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.one_of(st.none(), st.text(), st.integers(-9, 9)), max_size=3),
    st.dictionaries(st.text(min_size=1).filter(lambda t: "\0" not in t), st.text(), max_size=2),
)
NAMES = st.text(min_size=1, max_size=9).filter(lambda t: "\0" not in t and t.lower() != "key")
TABLES = st.lists(NAMES, unique_by=str.lower, min_size=1, max_size=5).flatmap(
    lambda names: st.dictionaries(
        st.text(string.ascii_letters + string.digits, min_size=1, max_size=5),
        st.fixed_dictionaries(dict.fromkeys(names, VALUES)),
        min_size=1,
        max_size=8,
    )
)


@settings(deadline=None, max_examples=30)
@given(rows=TABLES)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_is_read_back(form: str, rows: dict[str, dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        files = Files(folder=Path(name), format=cast(Any, form))
        live = files.connect(cast(Env, SimpleNamespace(system="out")))
        writes = [Write(None, {"key": key, **row}, key, "once") for key, row in rows.items()]
        assert live.tables()["rows"].write(writes) == [Written(key) for key in rows]
        live.close()
        expected = [as_read({"key": key, **row}, form) for key, row in rows.items()]
        assert read(Path(name), "rows", form) == expected


def test_a_table_keeps_the_order_of_first_appearance(
    folder: Path, live: Live, form: str, write: MakeWrite
) -> None:
    table = live.tables()["rows"]
    table.write([write(key=key, n="1") for key in ("30", "4", "100")])
    table.write([write("4", key="4", n="2"), write(key="1", n="2")])
    live.close()
    assert [row["key"] for row in read(folder, "rows", form)] == ["30", "4", "100", "1"]


def test_the_same_row_twice_is_one_row(
    folder: Path, connect: Connect, form: str, write: MakeWrite
) -> None:
    for _ in range(2):
        live = connect(format=form)
        twice = [write(key="1", name="Ada"), write(key="1", name="Ada L.")]
        assert live.tables()["rows"].write(twice) == [Written("1"), Written("1")]
        live.close()
    assert read(folder, "rows", form) == [{"key": "1", "name": "Ada L."}]


def test_a_change_leaves_other_fields_and_rows_alone(
    folder: Path, live: Live, form: str, write: MakeWrite
) -> None:
    table = live.tables()["rows"]
    table.write(
        [write(key="1", name="Ada", city="London"), write(key="2", name="Bob", city="Rome")]
    )
    assert table.write([write("1", city="Turin")]) == [Written("1")]
    live.close()
    assert read(folder, "rows", form) == [
        {"key": "1", "name": "Ada", "city": "Turin"},
        {"key": "2", "name": "Bob", "city": "Rome"},
    ]


def test_columns_grow_in_the_order_of_first_appearance(
    folder: Path, connect: Connect, form: str, write: MakeWrite
) -> None:
    rows_to_come: list[dict[str, Any]] = [
        {"a": "1", "b": "1"},
        {"c": "1", "a": "2"},
        {"d": None, "b": "3"},
    ]
    for number, row in enumerate(rows_to_come):
        live = connect(format=form)
        live.tables()["rows"].write([write(key=str(number), **row)])
        live.close()
    rows = read(folder, "rows", form)
    assert list(dict.fromkeys(name for row in rows for name in row)) == ["key", "a", "b", "c", "d"]


def test_a_row_gets_its_id_from_its_key_else_from_the_record(live: Live, write: MakeWrite) -> None:
    table = live.tables()["rows"]
    given_key = Write(None, {"key": "fr-1"}, "1", "once")
    number = Write(None, {"key": 5}, "1", "once")
    no_key = Write(None, {"name": "Ada"}, "2", "once")
    assert table.write([given_key, number, no_key]) == [Written("fr-1"), Written("5"), Written("2")]
    assert table.write([write("2", key="other")]) == [Written("2")]


def test_rows_are_found_by_their_key(live: Live, write: MakeWrite) -> None:
    table = live.tables()["rows"]
    assert table.find([{"key": "1"}]) == [[]]
    table.write([write(key="1"), write(key="0012")])
    found = table.find([{"key": "0012"}, {"key": "12"}, {"key": "1"}])
    assert found == [["0012"], [], ["1"]]


def test_rows_are_found_by_other_fields_exactly(live: Live, write: MakeWrite) -> None:
    table = live.tables()["rows"]
    assert table.find([{"email": "ada@example.com"}]) == [[]]
    table.write([write(key="1", email="ada@example.com", n=5), write(key="2", email=None, n=6)])
    table.write([write(key="3", email="ada@example.com", n=6), write(key="4", email="ADA", n=6)])
    assert table.find([{"email": "ada@example.com"}, {"email": "x"}]) == [["1", "3"], []]
    assert table.find([{"email": "ada@example.com", "n": 6}]) == [["3"]]
    assert table.find([{"email": "ada"}, {"email": "ADA "}, {"email": "None"}]) == [[], [], []]
    assert table.find([{"nothing": "like that"}]) == [[]]


def test_rows_can_be_shown_as_they_were_mapped(live: Live) -> None:
    table: Any = live.tables()["rows"]
    row = {
        "key": "1",
        "total": "12.30",
        "paid": True,
        "lines": [{"a": None}],
        "odd": "[x",
        "no": None,
    }
    assert table.show(["1"]) == [None]
    table.write([Write(None, row, "1", "once")])
    assert table.show(["2", "1"]) == [None, row]


def test_rows_can_be_deleted(folder: Path, live: Live, form: str, write: MakeWrite) -> None:
    table: Any = live.tables()["rows"]
    assert table.delete(["1"]) == [None]
    table.write([write(key="1"), write(key="2")])
    assert table.delete(["1", "gone"]) == [None, None]
    live.close()
    assert read(folder, "rows", form) == [{"key": "2"}]


def test_a_row_that_no_file_can_hold_is_rejected_and_the_others_kept(
    folder: Path, live: Live, form: str, write: MakeWrite
) -> None:
    answers = live.tables()["rows"].write(
        [write(key="1"), write(key="2", at=NOON.replace(tzinfo=None))]
    )
    assert answers[0] == Written("1")
    assert isinstance(answers[1], RejectedError)
    live.close()
    assert read(folder, "rows", form) == [{"key": "1"}]


def test_a_database_cannot_tell_fields_apart_by_case(connect: Connect, write: MakeWrite) -> None:
    both = write(key="1", Email="a", email="b")
    (answer,) = connect(format="sqlite").tables()["rows"].write([both])
    assert isinstance(answer, RejectedError)
    table = connect(format="sqlite").tables()["others"]
    table.write([write(key="1", Email="a")])
    table.write([write("1", email="b")])
    assert cast(Any, table).show(["1"]) == [{"key": "1", "Email": "b"}]
    assert connect(format="csv").tables()["rows"].write([both]) == [Written("1")]


def test_a_leading_zero_survives_after_a_number(
    folder: Path, live: Live, form: str, write: MakeWrite
) -> None:
    live.tables()["rows"].write([write(key="1", code=12345), write(key="2", code="0012345")])
    live.close()
    assert read(folder, "rows", form)[1]["code"] == "0012345"


def test_what_a_spreadsheet_might_run_is_neutralised_in_csv_only(
    folder: Path, live: Live, form: str, write: MakeWrite
) -> None:
    formula = '=HYPERLINK("https://evil.example","x")'
    live.tables()["rows"].write([write(key="1", name=formula, total=Decimal("-5.00"))])
    live.close()
    (row,) = read(folder, "rows", form)
    assert row["total"] == "-5.00"
    assert row["name"] == (f"'{formula}" if form == "csv" else formula)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_can_be_chosen_and_changed(
    folder: Path, connect: Connect, write: MakeWrite, delimiter: str
) -> None:
    live = connect()
    live.tables()["rows"].write([write(key="1", name="a,b;c")])
    live.close()
    connect(delimiter=delimiter).close()
    with (folder / "rows.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, delimiter=delimiter)) == [["key", "name"], ["1", "a,b;c"]]


def test_another_format_of_the_same_folder_has_all_rows(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    for form, key in (("csv", "1"), ("jsonl", "2")):
        live = connect(format=form)
        live.tables()["rows"].write([write(key=key)])
        live.close()
    assert read(folder, "rows", "jsonl") == [{"key": "1"}, {"key": "2"}]


def test_all_tables_of_a_database_are_in_one_file(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    live = connect(format="sqlite")
    live.tables()["orders"].write([write(key="1", customer="7")])
    live.tables()["customers"].write([write(key="7", email="ada@example.com")])
    live.close()
    with closing(sqlite3.connect(folder / "out.db")) as db:
        sql = "SELECT email FROM orders JOIN customers ON customers.key = orders.customer"
        assert db.execute(sql).fetchall() == [("ada@example.com",)]
    assert [path.name for path in folder.iterdir()] == ["out.db"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "../x", "a\0b", "x" * 101, "a.", "a "]
)
def test_a_name_that_cannot_be_a_file_is_refused(connect: Connect, name: str) -> None:
    with pytest.raises(UnavailableError, match="cannot be a file"):
        connect().tables()[name]


@pytest.mark.parametrize("name", ["customers", "a", "Zamówienia 2026", "orders.v2", "x" * 100])
def test_any_other_name_is_a_table(
    folder: Path, live: Live, form: str, name: str, write: MakeWrite
) -> None:
    assert live.tables().get(name) is live.tables()[name]
    live.tables()[name].write([write(key="1")])
    live.close()
    assert read(folder, name, form) == [{"key": "1"}]


def test_looking_makes_no_file(folder: Path, live: Live) -> None:
    table: Any = live.tables()["rows"]
    table.find([{"key": "1"}])
    table.find([{"email": "a"}])
    table.show(["1"])
    list(cast(Checks, live).check({"flow": frozenset({"write:rows"})}))
    live.close()
    assert not folder.exists()


def test_nothing_is_written_where_nothing_changed(
    folder: Path, connect: Connect, form: str, write: MakeWrite
) -> None:
    def once() -> dict[str, int]:
        live = connect(format=form)
        live.tables()["rows"].write([write(key="1", name="Ada")])
        live.close()
        names = [path for path in folder.iterdir() if path.is_file()]
        return {path.name: path.stat().st_ino for path in names}

    assert once() == once()


def test_a_file_that_was_deleted_comes_back_whole(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    live = connect()
    live.tables()["rows"].write([write(key="1")])
    live.close()
    (folder / "rows.csv").unlink()
    connect().close()
    assert read(folder, "rows", "csv") == [{"key": "1"}]


def test_a_files_rights_stay(folder: Path, connect: Connect, write: MakeWrite) -> None:
    for key in ("1", "2"):
        live = connect()
        live.tables()["rows"].write([write(key=key)])
        live.close()
        if key == "1":
            (folder / "rows.csv").chmod(0o640)
    assert (folder / "rows.csv").stat().st_mode & 0o777 == 0o640


def test_a_table_has_the_abilities_that_the_core_asks_for(live: Live) -> None:
    table = live.tables()["rows"]
    assert isinstance(table, Maps)
    assert isinstance(table, Batches)
    assert isinstance(table, Shows)
    assert isinstance(table, Deletes)
    assert isinstance(table, Exact)
    assert isinstance(live, Checks)
    assert (table.key, table.refers_to, table.uses) == (("key",), (), frozenset())


def test_costly_details_are_asked_for_by_name(folder: Path, connect: Connect) -> None:
    table: Any = connect(details=("payments", "has_ordered")).tables()["rows"]
    assert table.uses == {"payments", "has_ordered"}
    with pytest.raises(ValueError, match="details: no record has a field 'payment' or 'slip'"):
        Files(folder=folder, details=("payment", "slips", "slip"))


def levels(live: Live, *needs: str) -> Iterator[str]:
    yield from (finding.level for finding in cast(Checks, live).check({"flow": frozenset(needs)}))


def test_check_tells_what_will_not_work(folder: Path, connect: Connect) -> None:
    assert list(levels(connect(), "write:rows")) == ["ok"]
    assert list(levels(connect(), "write:a/b")) == ["ok", "problem"]
    folder.write_text("in the way")
    assert list(levels(connect(), "write:rows")) == ["problem"]
