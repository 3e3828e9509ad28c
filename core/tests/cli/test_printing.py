import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import Ref
from crosstie.canonical import canonical
from crosstie.cli.printing import clean, counted, flattened, print_table, shown


@given(st.text())
def test_what_is_printed_cannot_act_on_a_terminal(text: str) -> None:
    assert clean(text).isprintable()


def test_what_can_be_printed_stays_as_it_is() -> None:
    assert clean("Łukasz 山田 😀") == "Łukasz 山田 😀"
    assert clean("red\x1b[31m\nalert") == r"red\x1b[31m\nalert"


def test_a_value_is_shown_on_one_line() -> None:
    values = [None, "", "two\nlines", Decimal("1.50"), True, datetime(2026, 1, 1, tzinfo=UTC)]

    assert [shown(value) for value in values] == [
        "–",
        "–",
        r"two\nlines",
        "1.50",
        "true",
        "2026-01-01T00:00:00+00:00",
    ]


def test_counts_that_are_zero_are_not_told_except_how_many_were_read() -> None:
    assert counted({"read": 0, "created": 0}) == "0 read"
    assert counted({"read": 1200, "created": 1, "aside": 2}) == "1,200 read, 1 created, 2 set aside"


def test_nested_data_is_told_field_by_field_without_what_is_unknown() -> None:
    row = {"who": Ref("customers", "7", table="accounts"), "lines": [{"code": "007"}]}
    data = json.loads(canonical({"name": "Ada", "note": None, "address": {"city": "Rome"}, **row}))

    assert list(flattened(data)) == [
        ("address.city", "Rome"),
        ("lines.0.code", "007"),
        ("name", "Ada"),
        ("who", "→ customers 7"),
    ]


def test_a_table_stands_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("a", "bb", "the rest"), ("aaa", "b", "")], indent="  ")

    assert capsys.readouterr().out == "  a    bb  the rest\n  aaa  b\n"


def test_a_table_of_nothing_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([])

    assert capsys.readouterr().out == ""
