"""The webservice's values become Python ones, and unknown stays unknown."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie_prestashop.values import (
    VAT_RATES,
    day,
    flag,
    key,
    moments,
    money,
    price,
    tax_rate,
    text,
)

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize("nothing", [None, "", False, 0, "   "])
def test_an_empty_text_is_unknown(nothing: object) -> None:
    assert text(nothing) is None


def test_a_text_stays_as_it_is() -> None:
    assert text(" Paris 🎂 ]]> 0012345 ") == " Paris 🎂 ]]> 0012345 "


@pytest.mark.parametrize("nowhere", [None, "", "0", 0, False])
def test_an_id_of_zero_points_nowhere(nowhere: object) -> None:
    assert key(nowhere) is None


def test_an_id_is_text_whether_it_came_as_a_number_or_not() -> None:
    assert (key(7), key("7")) == ("7", "7")


@pytest.mark.parametrize(
    ("told", "known"), [("1", True), ("0", False), (1, True), (0, False), ("", None), (None, None)]
)
def test_a_flag_that_is_not_told_is_unknown(told: object, known: bool | None) -> None:
    assert flag(told) is known


@pytest.mark.parametrize("told", [None, "", False, True, "abc", "NaN", "Infinity"])
def test_an_amount_that_is_no_number_is_unknown_and_not_zero(told: object) -> None:
    assert (money(told), price(told)) == (None, None)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("68.200000", "68.20"),
        ("0.000000", "0.00"),
        ("-5.500000", "-5.50"),
        ("10.821849", "10.821849"),
        ("1.234000", "1.234000"),
        ("100000", "100000"),
        ("1000.000000", "1000.00"),
        (0, "0"),
        (7, "7"),
    ],
)
def test_a_total_is_exact_and_shows_cents(told: object, shown: str) -> None:
    assert str(money(told)) == shown


def test_a_unit_price_keeps_its_six_decimals() -> None:
    assert str(price("23.900000")) == "23.900000"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_no_amount_is_changed(amount: Decimal) -> None:
    assert (money(str(amount)), price(str(amount))) == (amount, amount)


@pytest.mark.parametrize("nothing", [None, "", "0000-00-00", "2026-02-30", "2026-00-00"])
def test_a_date_that_no_calendar_has_is_unknown(nothing: str | None) -> None:
    assert day(nothing) is None


def test_a_birthday_is_a_date() -> None:
    assert day("1970-01-15") == date(1970, 1, 15)


@pytest.mark.parametrize("nothing", [None, "", "0000-00-00 00:00:00", "2026-02-30 10:00:00"])
def test_a_time_that_no_clock_showed_is_unknown(nothing: str | None) -> None:
    assert moments(PARIS)(nothing) is None


def test_a_time_knows_the_shops_zone() -> None:
    moment = moments(PARIS)("2026-11-21 21:54:51")
    assert moment == datetime(2026, 11, 21, 20, 54, 51, tzinfo=UTC)


def test_of_two_equal_local_times_the_first_counts() -> None:
    moment = moments(PARIS)("2026-10-25 02:30:00")
    assert moment is not None
    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("net", "gross", "rate"),
    [
        ("29.000000", "34.800000", "20"),
        ("1.67", "2.00", "20"),
        ("10.00", "10.81", "8.1"),
        ("10.00", "10.55", "5.5"),
        ("100.00", "108.90", "8.9"),
        ("23.90", "23.90", "0"),
        ("-10.00", "-12.00", "20"),
        ("0.05", "0.06", "20"),
    ],
)
def test_the_tax_rate_is_the_usual_one_that_explains_both_prices(
    net: str, gross: str, rate: str
) -> None:
    assert tax_rate(net, gross) == Decimal(rate)


@pytest.mark.parametrize(
    ("net", "gross"), [("0.000000", "0.000000"), ("0", "5"), ("5", "-5"), (None, "5"), ("5", None)]
)
def test_prices_that_tell_nothing_leave_the_tax_rate_unknown(
    net: str | None, gross: str | None
) -> None:
    assert tax_rate(net, gross) is None


@given(
    st.sampled_from([rate for rate in VAT_RATES if rate == rate.to_integral_value()]),
    st.integers(min_value=2000, max_value=10**7),
)
def test_a_rate_is_found_again_though_the_price_was_rounded(rate: Decimal, cents: int) -> None:
    net = Decimal(cents) / 100
    gross = (net * (1 + rate / 100)).quantize(Decimal("0.01"))
    assert tax_rate(str(net), str(gross)) == rate
