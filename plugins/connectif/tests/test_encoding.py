"""Rows as JSON: exact numbers, or none."""

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import RejectedError
from crosstie_connectif.encoding import encoded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("19.99"), "19.99"),
        (Decimal("19.990000"), "19.99"),
        (Decimal("0.1"), "0.1"),
        (Decimal("-3.30"), "-3.3"),
        (Decimal("9999999999999.99"), "9999999999999.99"),
        (7, "7"),
        (True, "true"),
        (None, "null"),
        ("0012345", '"0012345"'),
        (date(1990, 5, 6), '"1990-05-06T00:00:00Z"'),
        (
            datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1))),
            '"2026-10-25T02:30:00+01:00"',
        ),
        ([Decimal("1.5"), {"a": "é"}], '[1.5, {"a": "é"}]'),
    ],
)
def test_values_are_written_as_they_are(value: Any, text: str) -> None:
    assert f'{{"it": {text}}}' == encoded({"it": value}).decode()


@given(st.decimals(-(10**9), 10**9, places=6, allow_nan=False, allow_infinity=False))
def test_an_amount_is_the_same_decimal_on_the_other_side(amount: Decimal) -> None:
    read = json.loads(encoded({"it": amount}), parse_float=Decimal, parse_int=Decimal)
    assert amount == read["it"]


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1234567890123.4567"),
        Decimal("1E+400"),
        Decimal("1E-400"),
        Decimal("NaN"),
        Decimal("Infinity"),
        12345678901234567890,
    ],
)
def test_a_number_that_would_be_bent_is_refused(value: Any) -> None:
    with pytest.raises(RejectedError, match=r"products\[0\]\.price is "):
        encoded({"products": [{"price": value}]})


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(RejectedError, match="tags: Connectif has no place for a set"):
        encoded({"tags": {"a"}})
