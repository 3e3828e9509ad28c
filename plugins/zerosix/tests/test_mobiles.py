"""Mobiles, as they are written in a shop and to ZEROSIX."""

import pytest

from crosstie import RejectedError
from crosstie.commerce import Address, Customer
from crosstie_zerosix.mobiles import Mobiles

FRANCE = Mobiles("FR")


@pytest.mark.parametrize(
    ("text", "country", "national", "international"),
    [
        ("06 12 34 56 78", None, "0612345678", "+33612345678"),
        ("+33 (0)6.12.34.56.78", "BE", "0612345678", "+33612345678"),
        ("0033612345678", None, "0612345678", "+33612345678"),
        ("0470 12 34 56", "BE", "+32470123456", "+32470123456"),
        ("612 34 56 78", "ES", "+34612345678", "+34612345678"),
        ("01 12 34 56 78", None, None, None),
        ("0612345678", "BE", None, None),
        ("ask for Ada", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_mobile_is_written_in_the_form_that_was_chosen(
    text: str, country: str | None, national: str | None, international: str | None
) -> None:
    assert national == FRANCE.written(text, country)
    assert international == Mobiles("FR", "international").written(text, country)


def test_a_number_of_another_region_keeps_its_own_national_form() -> None:
    assert "612345678" == Mobiles("ES").written("612 34 56 78")
    assert "0470123456" == Mobiles("BE").written("0470 12 34 56")


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (Customer(mobile="0612345678", phone="0698765432"), "0612345678"),
        (Customer(phone="0698765432"), "0698765432"),
        (Customer(phone="0112345678", address=Address(mobile="0612345678")), "0612345678"),
        (Customer(address=Address(phone="06 12 34 56 78")), "0612345678"),
        (Customer(mobile="0470123456", address=Address(country="BE")), "+32470123456"),
    ],
)
def test_a_customer_is_known_by_the_first_number_that_is_a_mobile(
    customer: Customer, expected: str
) -> None:
    assert expected == FRANCE.of(customer, "17")


def test_a_customer_without_a_mobile_is_told_in_a_sentence() -> None:
    customer = Customer(phone="0112345678", address=Address(country="FR"))
    with pytest.raises(RejectedError) as refused:
        FRANCE.of(customer, "17")
    expected = (
        "customer 17 has no mobile number, and ZEROSIX knows people by it: give them one in the"
        " shop"
    )
    assert expected == str(refused.value)
