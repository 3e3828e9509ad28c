"""Money: whatever the shop's way of rounding, vtiger's own sum is the shop's total."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import RejectedError
from crosstie.commerce import Order, OrderLine
from crosstie_vtiger.amounts import CENT, Amounts, amounts_of

D = Decimal

prices = st.decimals("0", "2000", places=6)
quantities = st.one_of(st.integers(1, 2000).map(D), st.decimals("0.001", "50", places=3))
money = st.decimals("0", "500", places=2)


def line(quantity: Decimal | str | int, price: Decimal | str) -> OrderLine:
    return OrderLine(
        key="1", quantity=D(quantity), unit_price=D(price), unit_price_with_tax=D(price)
    )


def order(lines: list[OrderLine], total: Decimal | str, **more: Any) -> Order:
    return Order(number="1", lines=tuple(lines), total=D(total), **more)


def vtigers_total(amounts: Amounts) -> Decimal:
    """As vtiger computes it: lines unrounded, other amounts with two decimals."""
    lines = sum((price.quantity * price.listprice for price in amounts.prices), D(0))
    return lines - amounts.discount + amounts.charges + amounts.adjustment


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def test_prices_are_whole_cents_where_the_shop_rounds_each_piece() -> None:
    amounts = amounts_of(order([line(3, "10.333333"), line(1, "5.0")], "35.99"), "EUR")
    assert [D("10.33"), D("5.00")] == [price.listprice for price in amounts.prices]
    assert (D(0), D("35.99")) == (amounts.adjustment, vtigers_total(amounts))


def test_lines_are_whole_cents_where_the_shop_rounds_each_line() -> None:
    amounts = amounts_of(order([line(1000, "0.123456")], "123.46"), "EUR")
    assert [D("0.12346")] == [price.listprice.normalize() for price in amounts.prices]
    assert (D(0), D("123.46")) == (amounts.adjustment, vtigers_total(amounts))


def test_a_cent_per_line_goes_into_the_adjustment() -> None:
    lines = [line(1, "10.00"), line(1, "10.00")]
    for total, adjustment in (("20.02", "0.02"), ("19.98", "-0.02"), ("20.00", "0")):
        amounts = amounts_of(order(lines, total), "EUR")
        assert (D(adjustment), D(total)) == (amounts.adjustment, vtigers_total(amounts))


def test_more_than_a_cent_per_line_is_rejected_with_the_figures() -> None:
    wrong = order([line(1, "10.00")], "13.52", shipping=D("3.5"), discounts_total=D("0"))
    with pytest.raises(RejectedError) as caught:
        amounts_of(wrong, "EUR")
    text = "its lines come to 10.00, shipping 3.50, its total is 13.52 EUR"
    assert text in str(caught.value)
    assert "the difference of 0.02 is more than a cent per line" in str(caught.value)


def test_shipping_and_wrapping_are_charges_and_discounts_a_discount() -> None:
    whole = order(
        [line(2, "10.00")],
        "18.00",
        shipping=D("5"),
        wrapping=D("2"),
        discounts_total=D("9"),
    )
    amounts = amounts_of(whole, "EUR")
    assert (D("7.00"), D("9.00"), D(0)) == (amounts.charges, amounts.discount, amounts.adjustment)


@pytest.mark.parametrize(("total", "reason"), [(D("-0.01"), "is negative"), (None, "is not known")])
def test_a_total_that_cannot_be_is_rejected(total: Decimal | None, reason: str) -> None:
    strange = Order(number="1", lines=(line(1, "1"),), total=total)
    with pytest.raises(RejectedError, match=reason):
        amounts_of(strange, "EUR")


def test_a_quantity_finer_than_vtiger_counts_keeps_the_lines_price() -> None:
    [price] = amounts_of(order([line("0.12345", "80.00")], "9.88"), "EUR").prices
    assert (D("0.123"), D("9.88")) == (price.quantity, cents(price.total))


def test_yen_have_no_cents_and_dinars_have_thousandths() -> None:
    assert amounts_of(order([line(3, "1200")], "3600"), "JPY").total == D("3600")
    amounts = amounts_of(order([line(3, "1.234")], "3.702"), "KWD")
    assert (D("3.702"), D(0)) == (vtigers_total(amounts), amounts.adjustment)


@given(
    lines=st.lists(st.tuples(quantities, prices), min_size=1, max_size=12),
    rounding=st.sampled_from(["item", "line", "total"]),
    shipping=money,
    wrapping=money,
    share=st.decimals("0", "1", places=2),
    off=st.integers(-1, 1),
)
def test_vtigers_sum_is_the_shops_total_to_the_cent(
    *,
    lines: list[tuple[Decimal, Decimal]],
    rounding: str,
    shipping: Decimal,
    wrapping: Decimal,
    share: Decimal,
    off: int,
) -> None:
    """For each of PrestaShop's three ways to round, and for totals a cent off."""
    if rounding == "item":
        goods = cents(sum((cents(price) * quantity for quantity, price in lines), D(0)))
    elif rounding == "line":
        goods = sum((cents(price * quantity) for quantity, price in lines), D(0))
    else:
        goods = cents(sum((price * quantity for quantity, price in lines), D(0)))
    discount = cents(goods * share)
    total = goods + shipping + wrapping - discount
    total = max(D(0), total + CENT * off) if rounding != "total" else total
    sold = order(
        [line(quantity, price) for quantity, price in lines],
        total,
        shipping=shipping,
        wrapping=wrapping,
        discounts_total=discount,
    )
    if rounding == "item" and any(quantity % 1 for quantity, _ in lines):
        return  # no shop sells by weight and rounds each piece
    amounts = amounts_of(sold, "EUR")
    assert total == cents(vtigers_total(amounts))
    assert abs(amounts.adjustment) <= CENT * len(lines)


@given(
    lines=st.lists(st.tuples(quantities, prices), min_size=1, max_size=5),
    off=st.decimals("0.01", "50", places=2),
)
def test_no_amount_is_ever_made_up(lines: list[tuple[Decimal, Decimal]], off: Decimal) -> None:
    """Either the sum is the total and the rest a cent per line, or the order is rejected."""
    goods = cents(sum((price * quantity for quantity, price in lines), D(0)))
    sold = order([line(quantity, price) for quantity, price in lines], goods + off)
    try:
        amounts = amounts_of(sold, "EUR")
    except RejectedError:
        return
    assert goods + off == cents(vtigers_total(amounts))
    assert abs(amounts.adjustment) <= CENT * len(lines)
