"""Mobile phones in the international format, and what is left out."""

from typing import Any

import pytest

from crosstie.commerce import Address, Customer
from crosstie_connectif.phones import mobile, mobile_of


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("0033 6 12 34 56 78", "FR", "+33612345678"),
        ("+34 612 34 56 78", "FR", "+34612345678"),
        ("+34 612 34 56 78", None, "+34612345678"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("01 42 68 53 00", "FR", None),
        ("06 12", "FR", None),
        ("06 12 34 56 78", None, None),
        ("06 12 34 56 78", "XX", None),
        ("call me", "FR", None),
        ("", "FR", None),
    ],
)
def test_a_number_is_a_mobile_phone_or_left_out(
    text: str, country: str | None, expected: str | None
) -> None:
    assert expected == mobile(text, country)


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        ({"mobile": "06 12 34 56 78", "phone": "07 56 12 34 56"}, "+33612345678"),
        ({"mobile": "wrong", "phone": "07 56 12 34 56"}, "+33756123456"),
        ({"phone": "01 42 68 53 00"}, None),
        ({"address": Address(country="ES", mobile="612 34 56 78")}, "+34612345678"),
        ({}, None),
    ],
)
def test_the_first_number_that_is_a_mobile_phone_counts(
    phones: dict[str, Any], expected: str | None
) -> None:
    customer = Customer(**{"address": Address(country="FR"), **phones})
    assert expected == mobile_of(customer)
