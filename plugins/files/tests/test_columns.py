"""The config chooses the columns of a file and their order."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from crosstie import Live, Write
from crosstie_files import Files

Connect = Callable[..., Live]
ROW = {"key": "1", "total": "12.30", "number": "A1", "note": "=1+1"}
CHOSEN: dict[str, tuple[str, ...]] = {"orders": ("number", "weight", "total")}


@pytest.fixture
def written(connect: Connect, write: Callable[..., Write]) -> Callable[..., None]:
    """Write `ROW` into the table ``orders``, with these settings."""

    def written(**settings: Any) -> None:
        live = connect(**settings)
        live.tables()["orders"].write([write(**ROW)])
        live.close()

    return written


Written = Callable[..., None]


def lines(folder: Path) -> list[list[str]]:
    with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_has_the_chosen_columns_in_their_order(folder: Path, written: Written) -> None:
    written(columns=CHOSEN)
    assert [["number", "weight", "total"], ["A1", "", "12.30"]] == lines(folder)


def test_a_workbook_has_the_chosen_columns_in_their_order(folder: Path, written: Written) -> None:
    written(columns=CHOSEN, format="xlsx")
    (sheet,) = load_workbook(folder / "orders.xlsx").worksheets
    assert [("number", "weight", "total"), ("A1", None, "12.30")] == list(sheet.values)


def test_json_lines_have_the_chosen_fields_in_their_order(folder: Path, written: Written) -> None:
    written(columns=CHOSEN, format="jsonl")
    row = json.loads((folder / "orders.jsonl").read_text())
    assert [("number", "A1"), ("weight", None), ("total", "12.30")] == list(row.items())


def test_other_tables_have_all_columns(folder: Path, written: Written) -> None:
    written(columns={"customers": ("key",)})
    assert list(ROW) == lines(folder)[0]


def test_another_choice_makes_the_file_anew_from_what_was_kept(
    folder: Path, connect: Connect, written: Written
) -> None:
    written(columns=CHOSEN)
    connect(columns={"orders": ("note", "key")}).close()
    assert [["note", "key"], ["'=1+1", "1"]] == lines(folder)
    connect().close()
    assert list(ROW) == lines(folder)[0]


def test_formulas_can_be_kept_for_programs(
    folder: Path, connect: Connect, written: Written
) -> None:
    written()
    assert "'=1+1" == lines(folder)[1][-1]
    connect(formulas="keep").close()
    assert "=1+1" == lines(folder)[1][-1]


def test_another_encoding_makes_the_file_anew(
    folder: Path, connect: Connect, write: Callable[..., Write]
) -> None:
    live = connect(encoding="cp1252")
    answers = live.tables()["rows"].write([write(key="1", a="Zoë"), write(key="2", a="Łódź")])
    live.close()
    said = "the encoding cp1252 has no 'Ł': take utf-8, which has all characters"
    assert ["Written", said] == [type(answers[0]).__name__, str(answers[1])]
    assert "key,a\r\n1,Zoë\r\n" == (folder / "rows.csv").read_bytes().decode("cp1252")
    connect(encoding="utf-8-sig").close()
    assert "\ufeffkey,a\r\n1,Zoë\r\n" == (folder / "rows.csv").read_bytes().decode()


@pytest.mark.parametrize("chosen", [(), ("a", "a"), ("a", "")])
def test_a_choice_of_no_column_is_refused(folder: Path, chosen: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="columns: orders needs columns, each with a name and"):
        Files(folder=folder, columns={"orders": chosen})


def test_a_database_has_all_columns(folder: Path) -> None:
    with pytest.raises(ValueError, match="columns: a SQLite table has all columns"):
        Files(folder=folder, columns=CHOSEN, format="sqlite")
