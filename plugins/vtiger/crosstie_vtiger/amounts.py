"""An order's money in vtiger's terms, so that vtiger's own sum is the shop's total to the cent.

vtiger cannot express several VAT rates in one order, so lines are gross and no tax is named.
It sums ``quantity * listprice`` without rounding, subtracts the discount, adds charges and the
adjustment (read from its source and from recorded answers; `listprice` keeps 8 decimals, a
quantity 3, every other amount is rounded to 2).
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import attrs

from crosstie import RejectedError
from crosstie.commerce import Currency, Order, OrderLine
from crosstie_vtiger.texts import plain

CENT = Decimal("0.01")
PRICE = Decimal("0.00000001")
QUANTITY = Decimal("0.001")
NOISE = Decimal("0.001")
"""What the lines may miss of whole coins; it is lost when vtiger's total is rounded to coins."""

ZERO = Decimal(0)
MILLES = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies of three decimals (ISO 4217)."""


@attrs.frozen(slots=True)
class Price:
    """A line as vtiger is told it: pieces, and gross price of one."""

    quantity: Decimal
    listprice: Decimal

    @property
    def total(self) -> Decimal:
        """What vtiger makes of the line."""
        return self.quantity * self.listprice


@attrs.frozen(slots=True)
class Amounts:
    """An order's money in vtiger's terms; `total` is what vtiger must come to."""

    prices: tuple[Price, ...]
    discount: Decimal
    charges: Decimal
    adjustment: Decimal
    total: Decimal


def smallest(currency: str | None) -> Decimal:
    """The smallest coin that counts: a thousandth for a few currencies, else a hundredth.

    A currency without decimals has whole amounts by itself.
    """
    return Decimal("0.001") if currency in MILLES else CENT


def amounts_of(order: Order, currency: str | None) -> Amounts:
    """Express an order's money.

    Prices are whole cents where that meets the shop's total (the shop rounds each piece), else
    each line comes to whole cents by a price of up to 8 decimals (it rounds each line). What then
    still differs goes into the adjustment, at most one cent per line.
    Raises `RejectedError` when that is not enough, or for a total that is negative or not known.
    """
    coin = smallest(currency)
    total = whole(_known(order, currency), coin)
    discount = whole(order.discounts_total or ZERO, coin)
    charges = whole((order.shipping or ZERO) + (order.wrapping or ZERO), coin)
    goods = total - charges + discount
    most = coin * len(order.lines)
    near: tuple[tuple[Price, ...], Decimal] | None = None
    for priced in (_by_piece, _by_line):
        prices = priced(order.lines, coin)
        lines = sum((price.total for price in prices), ZERO)
        rest = (goods - lines).quantize(coin, ROUND_HALF_UP)
        if abs(goods - lines - rest) > NOISE:
            continue  # a quantity such as 1.5: the sum is no whole number of coins
        if rest == 0:
            return Amounts(prices, discount, charges, rest, total)
        if near is None and abs(rest) <= most:
            near = prices, rest
    if near is None:
        raise RejectedError(_mismatch(order, currency, lines, rest))
    return Amounts(near[0], discount, charges, near[1], total)


def currency_of(order: Order) -> Currency | None:
    """The order's currency, where it is known."""
    embedded = order.currency.embedded if order.currency else None
    return embedded if isinstance(embedded, Currency) else None


def rate_of(order: Order) -> Decimal:
    """Units of the order's currency per unit of the shop's own; 1 where nobody knows."""
    currency = currency_of(order)
    return order.currency_rate or (currency and currency.rate) or Decimal(1)


def whole(amount: Decimal, coin: Decimal) -> Decimal:
    """An amount in whole coins; vtiger's own sums may carry the noise of a binary number."""
    return amount.quantize(coin, ROUND_HALF_UP)


def _known(order: Order, currency: str | None) -> Decimal:
    if order.total is None:
        raise RejectedError(f"the total of order {order.number} is not known")
    if order.total < 0:
        raise RejectedError(
            f"the total of order {order.number} is negative ({plain(order.total, 2)}"
            f" {currency or ''}): vtiger's sales orders have no such thing"
        )
    return order.total


def _pieces(quantity: Decimal) -> Decimal:
    """The quantity as vtiger keeps it."""
    return quantity.quantize(QUANTITY, ROUND_HALF_UP)


def _by_piece(lines: Sequence[OrderLine], coin: Decimal) -> tuple[Price, ...]:
    """Prices in whole coins."""
    return tuple(
        Price(_pieces(line.quantity), line.unit_price_with_tax.quantize(coin, ROUND_HALF_UP))
        for line in lines
    )


def _by_line(lines: Sequence[OrderLine], coin: Decimal) -> tuple[Price, ...]:
    """Prices by which each line comes to whole coins, whatever the quantity loses."""
    prices = []
    for line in lines:
        quantity = _pieces(line.quantity)
        total = (line.quantity * line.unit_price_with_tax).quantize(coin, ROUND_HALF_UP)
        price = total / quantity if quantity else line.unit_price_with_tax
        prices.append(Price(quantity, price.quantize(PRICE, ROUND_HALF_UP)))
    return tuple(prices)


def _mismatch(order: Order, currency: str | None, lines: Decimal, rest: Decimal) -> str:
    parts = {
        "shipping": order.shipping,
        "wrapping": order.wrapping,
        "discounts": order.discounts_total,
    }
    figures = ", ".join(f"{name} {plain(part, 2)}" for name, part in parts.items() if part)
    return (
        f"order {order.number} does not add up: its lines come to {plain(whole(lines, CENT), 2)}"
        f"{f', {figures}' if figures else ''}, its total is {plain(order.total or ZERO, 2)}"
        f" {currency or ''}; the difference of {plain(rest, 2)} is more than a cent per line"
    )
