"""A text in a cell is never run, and can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import plain_cell, safe_cell

TEXTS = st.text() | st.text("'=+-@\t\r\n＝1.a")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1|cmd",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "=cmd|' /C calc'!A0",
        "-",
        "＝1+1",
        "+48 600 100 200",
        "-5,00",
        "-٣",
    ],
)
def test_what_a_spreadsheet_might_run_is_neutralised(text: str) -> None:
    assert f"'{text}" == safe_cell(text)


@pytest.mark.parametrize("text", ["'=1", "''=1", "'-5.00"])
def test_a_text_that_looks_neutralised_already_gets_one_more_apostrophe(text: str) -> None:
    assert f"'{text}" == safe_cell(text)


@pytest.mark.parametrize(
    "text", ["-5.00", "+48600100200", "-1", "0012345", "a=b", " =1", "'a", "'", "''", ""]
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert text == safe_cell(text)
    assert text == plain_cell(text)


@given(TEXTS)
def test_no_cell_begins_dangerously_but_a_number(text: str) -> None:
    shown = safe_cell(text)
    assert shown in {text, f"'{text}"}
    if shown[:1] and shown[0] in "=+-@\t\r\n":
        float(shown)


@given(TEXTS)
def test_every_text_is_read_back_as_it_was(text: str) -> None:
    assert text == plain_cell(safe_cell(text))
