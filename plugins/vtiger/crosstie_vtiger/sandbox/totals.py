"""What an order costs, by vtiger's own rules."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

import attrs

Amount = TypeVar("Amount", Decimal, float)


@attrs.frozen(slots=True)
class Totals(Generic[Amount]):
    """The three sums that the server computes, unrounded."""

    subtotal: Amount
    pre_tax: Amount
    grand: Amount


def line_total(line: Mapping[str, str | None], amount: Callable[[str], Amount]) -> Amount:
    """What one line adds to the subtotal: a discount amount goes before a percentage."""
    total = amount(line["quantity"] or "0") * amount(line["listprice"] or "0")
    by_amount = amount(line["discount_amount"] or "0")
    by_percent = amount(line["discount_percent"] or "0")
    return total - (by_amount or total * by_percent / amount("100"))


def discount(
    header: Mapping[str, str | None], subtotal: Amount, amount: Callable[[str], Amount]
) -> Amount:
    """What is taken off the whole order."""
    by_amount = amount(header["hdnDiscountAmount"] or "0")
    if by_amount > 0:
        return by_amount
    return subtotal * amount(header["hdnDiscountPercent"] or "0") / amount("100")


def totals(
    lines: Sequence[Mapping[str, str | None]],
    header: Mapping[str, str | None],
    amount: Callable[[str], Amount],
) -> Totals[Amount]:
    """Add up an order; `amount` makes numbers of texts, exact ones or binary ones.

    The taxes of the first line apply to the whole order unless the tax type is individual;
    then only taxes assigned to the product would count, and products here have none.
    """
    subtotal = sum((line_total(line, amount) for line in lines), amount("0"))
    taxable = subtotal - discount(header, subtotal, amount)
    pre_tax = taxable + amount(header["hdnS_H_Amount"] or "0")
    percent = amount("0")
    if lines and (header["hdnTaxType"] or "").lower() != "individual":
        percent = sum((amount(lines[0][f"tax{at}"] or "0") for at in (1, 2, 3)), percent)
    tax = taxable * percent / amount("100")
    return Totals(subtotal, pre_tax, pre_tax + tax + amount(header["txtAdjustment"] or "0"))
