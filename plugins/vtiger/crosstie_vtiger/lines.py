"""Comparing the lines and amounts that were wanted with those that vtiger has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crosstie import Row
from crosstie_vtiger.amounts import CENT, whole
from crosstie_vtiger.texts import in_sequence, number, plain, same

Lines = Sequence[Mapping[str, Any]]
TOTAL = "hdnGrandTotal"
WITH_LINES = ("hdnTaxType", "hdnDiscountAmount", "hdnS_H_Amount", "txtAdjustment", "LineItems")
"""What is only sent together with the lines, and must be then."""


def sum_problem(told: Any, row: Row) -> str:
    """A sentence when vtiger's total is not the one that the row wants, else nothing."""
    wanted, reached = number(row.get(TOTAL)), number(told)
    if wanted is None:
        return ""
    coin = min(CENT, Decimal(1).scaleb(int(wanted.as_tuple().exponent)))
    if reached is not None and whole(reached, coin) == wanted:
        return ""
    return (
        f"vtiger comes to a total of {told} where the shop has {plain(wanted, 2)}: does it add"
        " taxes or charges of its own?"
    )


def placed(lines: Lines, record: Mapping[str, Any]) -> bool:
    """Whether a record, as vtiger tells it, has the lines, each with its product."""
    there = [line.get("productid") for line in in_sequence(record.get("LineItems", []))]
    return there == [line["productid"] for line in lines]


def lines_stand(shown: Mapping[str, Any], element: Mapping[str, Any], row: Row) -> bool:
    """Whether lines and amounts of a shown record are as wanted: the header alone can be changed.

    So it is for an element without lines.
    """
    lines, there = element.get("LineItems"), shown.get("LineItems", [])
    if lines is None:
        return True
    if sum_problem(shown.get(TOTAL), row) or len(lines) != len(there):
        return False
    amounts = [name for name in WITH_LINES if name in element and name != "LineItems"]
    return all(same(element[name], shown.get(name)) for name in amounts) and all(
        same(value, old.get(name))
        for line, old in zip(lines, there, strict=True)
        for name, value in line.items()
    )
