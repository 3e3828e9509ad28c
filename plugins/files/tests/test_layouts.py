"""What the cells of a CSV say, and what they never do."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import safe_cell
from crosstie_files.layouts import Csv, JsonLines, cell


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
    assert expected == cell(value, safe_cell)


def test_a_csv_is_as_rfc_4180_has_it() -> None:
    out = io.BytesIO()
    rows = [{"key": "1", "text": 'say "hi", twice\nnow'}, {"key": "2", "=more": "x"}]
    Csv().write(out, ["key", "text", "=more"], map(json.dumps, rows))
    expected = "key,text,'=more\r\n" + '1,"say ""hi"", twice\nnow",\r\n' + "2,,x\r\n"
    assert expected.encode() == out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@given(st.lists(st.fixed_dictionaries({"key": st.text(min_size=1), "text": st.text()}), max_size=5))
def test_a_csv_can_be_read_back(delimiter: str, rows: list[dict[str, str]]) -> None:
    out = io.BytesIO()
    Csv(delimiter, "keep").write(out, ["key", "text"], map(json.dumps, rows))
    text = io.StringIO(out.getvalue().decode(), newline="")
    assert rows == list(csv.DictReader(text, delimiter=delimiter))


def test_json_lines_are_the_rows_themselves() -> None:
    out = io.BytesIO()
    JsonLines().write(out, ["key"], ['{"key":"1"}', '{"key":"2","lines":[{"a":null}]}'])
    assert b'{"key":"1"}\n{"key":"2","lines":[{"a":null}]}\n' == out.getvalue()
