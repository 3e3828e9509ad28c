"""What a workbook can hold, and what is said of the rest."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from crosstie import FlowError, Live, RejectedError, Write, Written
from crosstie_files.workbooks import LONGEST, MOST_COLUMNS, MOST_ROWS, Excel

Connect = Callable[..., Live]
MakeWrite = Callable[..., Write]


def cells(folder: Path) -> list[tuple[Any, ...]]:
    return list(load_workbook(folder / "rows.xlsx").worksheets[0].values)


def test_a_cell_holds_what_excel_can_hold_and_no_more(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    live = connect(format="xlsx")
    texts = ["x" * LONGEST, "x" * (LONGEST + 1), "🎁" * (LONGEST // 2), "🎁" * (LONGEST // 2 + 1)]
    writes = [write(key=str(number), note=text) for number, text in enumerate(texts)]
    answers = live.tables()["rows"].write(writes)
    live.close()
    assert [Written, RejectedError, Written, RejectedError] == [type(one) for one in answers]
    assert "row 1: note has 32,768 characters, and a cell of Excel 32,767" == str(answers[1])
    assert [("key", "note"), ("0", texts[0]), ("2", texts[2])] == cells(folder)


def test_a_row_with_too_many_columns_is_refused_and_the_others_kept(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    live = connect(format="xlsx", columns={"few": ("key",)})
    wide = {f"c{number}": None for number in range(MOST_COLUMNS)}
    answers = live.tables()["rows"].write([write(key="1"), write(key="2", **wide)])
    assert [Written, RejectedError] == [type(one) for one in answers]
    assert "Excel has at most 16,384 columns: choose some with `columns`" == str(answers[1])
    assert [Written("2")] == live.tables()["few"].write([write(key="2", **wide)])
    live.close()
    assert [("key",), ("1",)] == cells(folder)


def test_rows_that_make_too_many_columns_together_stop_the_flow(
    connect: Connect, write: MakeWrite
) -> None:
    table = connect(format="xlsx").tables()["rows"]
    half = MOST_COLUMNS // 2
    table.write([write(key="1", **{f"a{number}": None for number in range(half)})])
    with pytest.raises(FlowError, match=r"rows\.xlsx: Excel has at most 16,384 columns"):
        table.write([write(key="2", **{f"b{number}": None for number in range(half)})])
    assert [["1"], []] == table.find([{"key": "1"}, {"key": "2"}])


def test_too_many_rows_are_refused_with_the_limit_and_the_way_out() -> None:
    assert Excel().too_large(MOST_ROWS, 1) is None
    said = "Excel has at most 1,048,575 rows: take another format, or a filter"
    assert said == Excel().too_large(MOST_ROWS + 1, 1)


def test_gaps_between_rows_do_not_count(folder: Path, connect: Connect, write: MakeWrite) -> None:
    live = connect(format="xlsx")
    live.tables()["rows"].write([write(key="1")])
    live.close()
    with closing(sqlite3.connect(folder / ".crosstie" / "rows.db")) as db, db:
        db.execute("UPDATE rows SET place = ?", (MOST_ROWS,))
    live = connect(format="xlsx")
    assert [Written("2")] == live.tables()["rows"].write([write(key="2")])
    live.close()
    assert [("key",), ("1",), ("2",)] == cells(folder)


@pytest.mark.full
def test_a_run_that_would_make_too_many_rows_stops(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    live = connect()
    live.tables()["rows"].write([write(key="0")])
    live.close()
    with closing(sqlite3.connect(folder / ".crosstie" / "rows.db")) as db, db:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)"
        row = """SELECT i, '{"key":"' || i || '"}' FROM n"""
        db.execute(f"{numbers} INSERT INTO rows (key, row) {row}", (MOST_ROWS - 1,))
    table: Any = connect(format="xlsx").tables()["rows"]
    table.write([write("0", key="0", name="one of those that are there")])
    with pytest.raises(FlowError, match=r"rows\.xlsx: Excel has at most 1,048,575 rows: take"):
        table.write([write(key="one more")])
    table.delete(["0"])
    assert [Written("one more")] == table.write([write(key="one more")])
    with closing(sqlite3.connect(folder / ".crosstie" / "rows.db")) as db, db:
        db.execute("DELETE FROM rows")  # to write them all takes minutes


def test_a_kept_row_that_the_new_format_cannot_hold_is_told(
    folder: Path, connect: Connect, write: MakeWrite
) -> None:
    for form in ("xlsx", "csv"):
        live = connect(format=form)
        live.tables()["rows"].write([write(key="7", note="x" * 40_000 if form == "csv" else "")])
        live.close()
    said = r"rows\.xlsx cannot hold what is kept for it: row 7: note has 40,000 characters"
    with pytest.raises(FlowError, match=said):
        connect(format="xlsx")
    assert [("key", "note"), ("7", None)] == cells(folder)
    connect(format="xlsx", columns={"rows": ("key",)}).close()
    assert [("key",), ("7",)] == cells(folder)
