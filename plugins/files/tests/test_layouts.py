"""What the cells of a CSV say, and what they never do."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie_files.layouts import cell, write_csv, write_jsonl


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (1.5, "1.5"),
        (["é", None], '["é", null]'),
        ({"a": "1"}, '{"a": "1"}'),
    ],
)
def test_a_value_has_one_text(value: object, expected: str) -> None:
    assert cell(value) == expected


def test_a_csv_is_as_rfc_4180_has_it() -> None:
    out = io.StringIO(newline="")
    rows = [{"key": "1", "text": 'say "hi", twice\nnow'}, {"key": "2", "=more": "x"}]
    write_csv(out, ["key", "text", "=more"], map(json.dumps, rows), ",")
    assert out.getvalue() == (
        "key,text,'=more\r\n" + '1,"say ""hi"", twice\nnow",\r\n' + "2,,x\r\n"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@given(st.lists(st.fixed_dictionaries({"key": st.text(min_size=1), "text": st.text()}), max_size=5))
def test_a_csv_can_be_read_back(delimiter: str, rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    write_csv(out, ["key", "text"], map(json.dumps, rows), delimiter)
    out.seek(0)
    read = list(csv.DictReader(out, delimiter=delimiter))
    assert read == [{name: cell(text) for name, text in row.items()} for row in rows]


def test_json_lines_are_the_rows_themselves() -> None:
    out = io.StringIO()
    write_jsonl(out, ["key"], ['{"key":"1"}', '{"key":"2","lines":[{"a":null}]}'])
    assert out.getvalue() == '{"key":"1"}\n{"key":"2","lines":[{"a":null}]}\n'
