"""Files are read row by row: what cannot be understood is told by its place, the others go on."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import Workbook

from crosstie import (
    Checkpoint,
    Checks,
    ConfigError,
    FlowError,
    Gets,
    ListsKeys,
    Live,
    MappingError,
    Record,
    RejectedError,
    Selection,
    Snapshots,
    UnavailableError,
    Write,
)
from crosstie.commerce import Customer
from crosstie_files import Files
from crosstie_files.reading import AT_ONCE

Connect = Callable[..., Live]
FORMATS = ["csv", "jsonl", "xlsx", "sqlite"]
DAY = datetime(2026, 1, 31)  # noqa: DTZ001 (Excel knows no zones)


@pytest.fixture
def put(folder: Path) -> Callable[..., Path]:
    """Put a file into the folder, as somebody else's program would."""
    folder.mkdir()

    def put(name: str, content: str | bytes) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


@pytest.fixture
def workbook(folder: Path) -> Callable[..., Path]:
    """Put a workbook with these rows into the folder."""
    folder.mkdir()

    def workbook(*rows: list[Any]) -> Path:
        book = Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.create_sheet("second").append(["not read"])
        book.save(folder / "people.xlsx")
        return folder / "people.xlsx"

    return workbook


@pytest.fixture
def read(connect: Connect) -> Callable[..., list[Record]]:
    """Read the stream ``people`` (or another), with these settings."""

    def read(stream: str = "people", **settings: Any) -> list[Record]:
        *records, end = connect(**settings).streams()[stream].read(Selection())
        assert isinstance(end, Checkpoint)
        return cast(list[Record], records)

    return read


def data(records: list[Record]) -> list[Any]:
    assert [None] * len(records) == [record.error for record in records]
    return [record.data for record in records]


def errors(records: list[Record]) -> list[str]:
    return [f"{record.key}: {record.error}" for record in records if record.error is not None]


Put = Callable[..., Path]
Read = Callable[..., list[Record]]


def test_a_csv_tells_its_columns(put: Put, read: Read) -> None:
    put("people.csv", 'key,name,code\r\n1,"Ada, of ""L""\r\nLondon",0012\r\n\r\n2,,\r\n,,\r\n')
    ada = {"key": "1", "name": 'Ada, of "L"\r\nLondon', "code": "0012"}
    records = read()
    assert [ada, {"key": "2", "name": None, "code": None}] == data(records)
    assert ["1", "2"] == [record.key for record in records]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read(put: Put, read: Read, encoding: str) -> None:
    put("people.csv", "key;name\n1;Zoë\n".encode(encoding))
    put("people.jsonl", '{"key": "1", "name": "Zoë"}\n'.encode(encoding))
    told = [{"key": "1", "name": "Zoë"}]
    assert told == data(read(encoding=encoding, delimiter=";"))
    assert told == data(read(encoding=encoding, format="jsonl"))


def test_a_byte_order_mark_is_no_part_of_the_first_column(put: Put, read: Read) -> None:
    put("people.csv", "key,name\n1,Ada\n".encode("utf-8-sig"))
    put("people.jsonl", '{"key": "1"}\n'.encode("utf-8-sig"))
    assert [{"key": "1", "name": "Ada"}] == data(read())
    assert [{"key": "1"}] == data(read(format="jsonl"))


def test_the_apostrophe_of_a_neutralised_cell_is_taken_off(put: Put, read: Read) -> None:
    put("people.csv", "key,'=name\n1,'=1+1\n2,''=1\n3,'s\n")
    assert ["=1+1", "'=1", "'s"] == [row["=name"] for row in data(read())]
    kept = [row["'=name"] for row in data(read(formulas="keep"))]
    assert ["'=1+1", "''=1", "'s"] == kept


def test_json_lines_tell_exact_values(put: Put, read: Read) -> None:
    put("people.jsonl", '{"key": 7, "price": 19.90, "n": 5, "in": {"a": [null, true]}}\r\n\r\n')
    (record,) = read(format="jsonl")
    assert ("7", "19.90") == (record.key, str(record.data["price"]))
    assert {"key": 7, "price": Decimal("19.90"), "n": 5, "in": {"a": [None, True]}} == record.data


def test_a_workbook_tells_texts(workbook: Put, read: Read) -> None:
    workbook(
        ["key", "value", None],
        [1, "0012"],
        [2.0, 12.3],
        ["3", 36.900000000000006],
        ["4", True],
        [],
        ["5", DAY],
        ["6", DAY.replace(hour=9)],
        ["7", time(9, 30)],
        ["8", timedelta(hours=30)],
        ["9", 10**20],
        ["10", "_x000D__x0041_"],
        ["11", None, None],
    )
    told = {row["key"]: row["value"] for row in data(read(format="xlsx"))}
    assert {
        "1": "0012",
        "2": "12.3",
        "3": "36.9",
        "4": True,
        "5": "2026-01-31",
        "6": "2026-01-31T09:00:00",
        "7": "09:30:00",
        "8": "1 day, 6:00:00",
        "9": "1" + "0" * 20,
        "10": "\r_x0041_",
        "11": None,
    } == told


def test_a_database_tells_a_table_as_it_was_when_reading_began(
    folder: Path, connect: Connect, put: Put
) -> None:
    with closing(sqlite3.connect(folder / "out.db", isolation_level=None)) as db:
        db.execute("CREATE TABLE people (key, price REAL, n, blob)")
        db.execute("INSERT INTO people VALUES (7, 19.9, '007', NULL), ('8', 1, 2, x'00')")
        reading = iter(connect(format="sqlite").streams()["PEOPLE"].read(Selection()))
        first = next(reading)
        db.execute("DELETE FROM people")  # the table is not locked
        rest = list(reading)
    assert {"key": 7, "price": Decimal("19.9"), "n": "007", "blob": None} == first.data  # type: ignore[union-attr]
    assert ["8: out.db, PEOPLE, row 2: blob holds bytes"] == errors(cast(Any, rest[:-1]))


def test_rows_become_records_of_the_vocabulary(put: Put, read: Read) -> None:
    put("people.csv", "id,email,birthday,newsletter,shoe\nc1,ada@example.com,1815-12-10,TRUE,38\n")
    (record,) = read(kinds={"people": "customer"}, keys={"people": "id"})
    ada = Customer(email="ada@example.com", birthday=date(1815, 12, 10), newsletter=True)
    assert ("c1", ada) == (record.key, record.data)
    assert record.raw is not None
    assert "38" == record.raw["shoe"]


def test_a_key_of_the_records_own_class_is_the_rows(put: Put, read: Read) -> None:
    put("states.csv", "id,name\n5,Paid\n")
    (record,) = read("states", kinds={"states": "order_state"}, keys={"states": "id"})
    assert ("5", "Paid") == (record.data.key, record.data.name)


def test_what_is_wrong_is_told_by_its_place_and_the_others_go_on(put: Put, read: Read) -> None:
    put(
        "people.csv",
        'key,birthday\n1,1815-12-10\n2,10.12.1815\n3\n4,,x\n,1815-12-10\n1,\n5,"a"b\n6,"\n"\n7,\n',
    )
    records = read(kinds={"people": "customer"})
    assert ["1", "7"] == [record.key for record in records if record.error is None]
    assert [
        "2: people.csv, line 3: birthday: '10.12.1815' is no date such as 2026-11-21",
        "3: people.csv, line 4: it has 1 cells, and the header 2",
        "4: people.csv, line 5: it has 3 cells, and the header 2",
        "people.csv, line 6: people.csv, line 6: key holds no key, but None",
        "1, people.csv, line 7: people.csv, line 7: an earlier row has the key '1' already",
        "people.csv, line 8: people.csv, line 8: ',' expected after '\"'",
        "6: people.csv, line 9: birthday: '\\n' is no date such as 2026-11-21",
    ] == errors(records)
    kinds = {type(record.error) for record in records} - {type(None)}
    assert {RejectedError, MappingError} == kinds
    assert {"key": "3"} == records[2].data


def test_lines_that_are_no_json_objects_are_told(put: Put, read: Read) -> None:
    lines = ['{"key": "1"', "[1]", '{"key": NaN}', '{"key": [1]}', '{"key": "\\ud800"}', "[" * 9999]
    put("people.jsonl", "\n".join([*lines, '{"key": "7"}']))
    records = read(format="jsonl")
    assert [f"people.jsonl, line {number}" for number in range(1, 7)] == [
        record.key for record in records[:-1]
    ]
    assert [True] * 6 == ["people.jsonl, line" in error for error in errors(records)]
    assert "people.jsonl, line 3: it is no JSON object: NaN is no number" == str(records[2].error)
    assert {"line": '{"key": "1"'} == records[0].data
    assert records[-1].error is None


def test_rows_of_a_workbook_that_are_too_long_are_told(workbook: Put, read: Read) -> None:
    workbook(["key", "name"], ["1", "Ada", "more"], ["2"], [None, "x"])
    records = read(format="xlsx")
    assert [
        "1: people.xlsx, row 2: it has 3 cells, and the header 2",
        "people.xlsx, row 4: people.xlsx, row 4: key holds no key, but None",
    ] == errors(records)
    assert {"key": "2", "name": None} == records[1].data


@pytest.mark.parametrize("form", FORMATS)
def test_a_missing_file_stops_the_flow(folder: Path, read: Read, form: str) -> None:
    with pytest.raises(FlowError, match=r"is not there: put it there, or look at `folder`"):
        read(format=form)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no column 'key' for the keys of people, but no columns"),
        ("key;name\n1;Ada\n", "but key;name: is `delimiter` right"),
        ("id,name\n", r"but id, name: .* as keys = \{ people = \"…\" \}"),
        ("key,a,a\n", "has two columns called 'a'"),
        ('key,"a\n1,Ada\n', "a quote is not closed"),
        ('key,a\n1,"Ada\n2,"Bob"\n', "lines 2 to 3: a quote is not closed"),
        ('key,a\n1,"Ada\n2,Bob\n', "lines 2 to 3: a quote is not closed"),
        ('"key"x,a\n', "line 1: ',' expected"),
        ("key,a\n1,Zoë\n".encode("cp1252"), 'is not utf-8: say what it is, .*"cp1252"'),
    ],
)
def test_a_csv_that_cannot_be_understood_stops_the_flow(
    put: Put, read: Read, content: str | bytes, said: str
) -> None:
    put("people.csv", content)
    with pytest.raises(FlowError, match=said):
        read()


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\3\4 cut off"])
def test_what_is_no_workbook_stops_the_flow(put: Put, read: Read, content: bytes) -> None:
    put("people.xlsx", content)
    with pytest.raises(FlowError, match="is it an Excel workbook"):
        read(format="xlsx")


def test_a_workbook_that_is_cut_off_stops_the_flow(workbook: Put, read: Read) -> None:
    path = workbook(["key"], *([str(number)] for number in range(1000)))
    content = path.read_bytes()
    for length in range(100, len(content), 997):
        path.write_bytes(content[:length])
        with pytest.raises(FlowError, match="is it an Excel workbook"):
            read(format="xlsx")


def test_a_table_that_is_not_there_stops_the_flow(folder: Path, put: Put, read: Read) -> None:
    put("out.db", b"")
    with pytest.raises(FlowError, match="has no table 'people'; there are: none"):
        read(format="sqlite")
    put("out.db", b"this is no database at all, whatever its name says" * 99)
    with pytest.raises(FlowError, match=r"out\.db cannot be read: file is not a database"):
        read(format="sqlite")


def test_a_folder_in_place_of_a_file_stops_the_flow(folder: Path, read: Read) -> None:
    (folder / "people.csv").mkdir(parents=True)
    with pytest.raises(FlowError, match="cannot be read: Is a directory"):
        read()


def changed_in_place(path: Path) -> None:
    with path.open("a") as file:
        file.write("1000000,x\n")


def cut(path: Path) -> None:
    path.write_text("key,name\n")


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize("change", [changed_in_place, cut, replaced, Path.unlink])
@pytest.mark.parametrize("more", [0, 1])
def test_a_file_that_changes_while_it_is_read_is_never_taken_for_whole(
    put: Put, connect: Connect, change: Callable[[Path], object], more: int
) -> None:
    rows = "".join(f"{number},Name {number}\n" for number in range(AT_ONCE + more))
    path = put("people.csv", f"key,name\n{rows}")
    reading = iter(connect().streams()["people"].read(Selection()))
    next(reading)
    change(path)
    with pytest.raises(UnavailableError, match="was changed while it was read: the next run"):
        list(reading)


def test_single_rows_can_be_read_again(put: Put, connect: Connect) -> None:
    put("people.csv", "key,name\n1,Ada\n2,Bob\n,Eve\n2,Dan\n3,Cy\n")
    stream = connect().streams()["people"]
    assert isinstance(stream, Gets)
    assert isinstance(stream, ListsKeys)
    assert isinstance(stream, Snapshots)
    assert stream.whole
    known = list(stream.keys())
    assert ["1", "2", "people.csv, line 4", "2, people.csv, line 5", "3"] == known
    assert known == [record.key for record in stream.get(known, frozenset())]
    again = list(stream.get(["3", "gone", "2"], frozenset()))
    assert [("2", "Bob"), ("3", "Cy")] == [(record.key, record.data["name"]) for record in again]


def test_dates_and_filters_are_refused(put: Put, connect: Connect) -> None:
    put("people.csv", "key\n1\n")
    stream = connect().streams()["people"]
    window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    for selection in (Selection(window=window), Selection(filters={"status": ("paid",)})):
        with pytest.raises(ConfigError, match="a file is read whole, without dates and filters"):
            list(stream.read(selection))


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_system_writes_it_reads_as_it_was(connect: Connect, form: str) -> None:
    texts = ["=1+1", "'=1", "''", "-5.00", "0012", "a\r\nb", "1E5", "TRUE", "é🎁", " x ", None]
    rows = [{"key": f"k{n}", "=v": text} for n, text in enumerate(texts)]
    live = connect(format=form)
    live.tables()["rows"].write([Write(None, row, str(row["key"]), "once") for row in rows])
    live.close()
    *records, _ = connect(format=form).streams()["rows"].read(Selection())
    assert rows == [dict(cast(Record, record).data) for record in records]


def findings(live: Live, *needs: str) -> Iterator[tuple[str, str]]:
    for finding in cast(Checks, live).check({"flow": frozenset(needs)}):
        yield finding.level, finding.text


def test_check_tells_what_cannot_be_read(put: Put, connect: Connect) -> None:
    put("people.csv", "key,fristname,email\n")
    live = connect(kinds={"people": "customer"})
    needs = ("read:people", "read:people.payments")
    (ok, good), (warning, lost) = findings(live, *needs)
    assert ("ok", "warning") == (ok, warning)
    assert good.endswith("people.csv can be read")
    assert "flow: no field of customer is called fristname; see `raw`" == lost
    ((level, text),) = findings(live, "read:others")
    assert "problem" == level
    assert text.endswith("others.csv is not there: put it there, or look at `folder`")
    ((level, _),) = findings(live, "read:a/b")
    assert "problem" == level


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kinds": {"people": "custmer"}}, "kinds: people is no 'custmer'; there are address, "),
        ({"encoding": "utf-9"}, "encoding: unknown encoding: utf-9; take such as"),
        ({"encoding": "hex"}, "encoding: 'hex' is not a text encoding"),
        ({"encoding": "a\0b"}, "encoding: embedded null character"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    folder: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Files(folder=folder, **settings)


def test_large_cells_are_read(put: Put, read: Read) -> None:
    text = "x" * 300_000
    put("people.csv", f"key,text\n1,{text}\n")
    put("people.jsonl", json.dumps({"key": "1", "text": text}))
    told = [{"key": "1", "text": text}]
    assert told == data(read())
    assert told == data(read(format="jsonl"))
