"""Orders, invoices and quotes: a header, lines, and sums that only the server may make.

Nothing is atomic, as on the real one: the header is written first and stays when a line fails.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crosstie_vtiger.sandbox import records
from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.final_details import final_details
from crosstie_vtiger.sandbox.lines import add_line, drop_lines, first_line, line_items, rows_of
from crosstie_vtiger.sandbox.modules import INVENTORY, Module
from crosstie_vtiger.sandbox.records import Element, php_number
from crosstie_vtiger.sandbox.refusals import CrashError, RefusalError, wrong_id
from crosstie_vtiger.sandbox.shelf import Row
from crosstie_vtiger.sandbox.totals import totals
from crosstie_vtiger.sandbox.values import fold, is_numeric, number, php_text, plain

CHARGE = "shipping_&_handling"
_SUMS = ("hdnSubTotal", "hdnGrandTotal", "pre_tax_total")
_RECURRING = ("recurring_frequency", "start_period", "end_period", "payment_duration")


def create(crm: Crm, user: User, module: Module, element: Element) -> dict[str, Any]:
    """Create a record with lines; `element` has been checked."""
    lines = _lines(element)
    if not lines:
        raise RefusalError("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing..")
    if crm.version.inventory == "refuses" or _names_no_product(crm, lines):
        raise wrong_id()
    at = records.create(crm, user, module, _header(element))
    _settle_header(crm, module, at, element, with_lines=True)
    sums = _replace_lines(crm, module, at, lines)
    _clear_recurring(crm, module, at)
    answer = _answer_to_write(crm, module, at, element, sums)
    answer["LineItems"] = line_items(crm, module, at)
    if module.name == "Invoice":
        answer["balance"] = plain(Decimal(0), 8)
        crm.shelves["Invoice"].change(at, {"balance": plain(sums[1], 8)})
    return {"id": crm.id_of(module.name, at), **answer, "new": True}


def update(
    crm: Crm, user: User, module: Module, at: int, element: Element, *, whole: bool
) -> dict[str, Any]:
    """Update (`whole`) or revise a record; lines replace all lines, no lines leave them alone."""
    lines = _lines(element)
    if lines and _names_no_product(crm, lines):
        raise wrong_id()
    records.change(crm, user, module, at, _header(element), whole=whole)
    _settle_header(crm, module, at, element, with_lines=bool(lines))
    _clear_recurring(crm, module, at)
    if not lines:
        items = line_items(crm, module, at)
        told = {**element, **records.shown(crm, module, at), **first_line(crm, module, items)}
        return {**told, "LineItems": items}
    sums = _replace_lines(crm, module, at, lines)
    answer = _answer_to_write(crm, module, at, element, sums)
    if whole:
        empty = first_line(crm, module, [])
        answer |= {**empty, "productid": answer["productid"], "LineItems": []}
        return answer
    answer["LineItems"] = line_items(crm, module, at)
    if module.name == "SalesOrder":
        answer["invoicestatus"] = crm.shelves[module.name].rows[at]["invoicestatus"] or ""
    return answer


def retrieve(crm: Crm, module: Module, at: int) -> dict[str, Any]:
    """A record with its lines, charges and details."""
    header = crm.shelves[module.name].rows[at]
    items = line_items(crm, module, at)
    return {
        **records.shown(crm, module, at),
        **_charges(header),
        "LineItems": items,
        "productid": items[0]["productid"] if items else "",
        "LineItems_FinalDetails": final_details(crm, header, rows_of(crm, at)),
    }


def delete(crm: Crm, module: Module, at: int) -> None:
    """Delete a record, its lines, and give back the stock that it took."""
    _move_stock(crm, module, rows_of(crm, at), 1)
    drop_lines(crm, at)
    records.delete(crm, module, at)


def _lines(element: Element) -> list[Any]:
    lines = element.get("LineItems") or []
    if isinstance(lines, dict):
        lines = list(lines.values())
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise CrashError
    if CHARGE in element and not is_numeric(element[CHARGE]):
        raise CrashError
    return lines


def _names_no_product(crm: Crm, lines: Sequence[Element]) -> bool:
    """Whether a line lacks its product, the one fault that 8.4 finds before it writes."""
    loose = crm.version.inventory == "loose"
    return not loose and any(not php_text(line.get("productid")) for line in lines)


def _header(element: Element) -> Element:
    """The element's own fields, with the rate that vtiger puts in when there is none."""
    header = {name: value for name, value in element.items() if name != "LineItems"}
    if not php_text(header.get("conversion_rate")) or not number(str(header["conversion_rate"])):
        header["conversion_rate"] = 1
    if CHARGE in header:
        header["hdnS_H_Amount"] = header[CHARGE]
    return header


def _settle_header(
    crm: Crm, module: Module, at: int, element: Element, *, with_lines: bool
) -> None:
    """What a save does to columns on its own account.

    With lines, what the request leaves out of tax type, discount, shipping and adjustment is
    cleared.
    """
    row = crm.shelves[module.name].rows[at]
    changes: Row = {}
    if with_lines:
        shipping = php_text(element.get(CHARGE, element.get("hdnS_H_Amount")))
        changes[CHARGE] = shipping or None
        for name in ("hdnDiscountPercent", "hdnDiscountAmount"):
            if name not in element:
                changes[name] = None
        for name in ("hdnS_H_Amount", "txtAdjustment"):
            if name not in element and not (name == "hdnS_H_Amount" and CHARGE in element):
                changes[name] = plain(Decimal(0), 8)
        if not php_text(element.get("hdnTaxType")):
            changes["hdnTaxType"] = None
    if changes.get("hdnDiscountAmount", row["hdnDiscountAmount"]):
        changes["hdnDiscountPercent"] = None
    crm.shelves[module.name].change(at, changes)


def _clear_recurring(crm: Crm, module: Module, at: int) -> None:
    """Empty the fields that a sales order keeps only if it recurs; `invoicestatus` is one."""
    shelf = crm.shelves[module.name]
    if module.name == "SalesOrder" and shelf.rows[at]["enable_recurring"] != "1":
        shelf.change(at, dict.fromkeys((*_RECURRING, "invoicestatus")))


def _replace_lines(
    crm: Crm, module: Module, at: int, lines: Sequence[Element]
) -> tuple[Decimal, Decimal, Decimal]:
    """Put these lines in place of the old ones and add up; a fault leaves totals of 0."""
    header = crm.shelves[module.name]
    old = rows_of(crm, at)
    _move_stock(crm, module, old, 2 if module.name == "Invoice" else 1)
    drop_lines(crm, at)
    header.change(at, dict.fromkeys(_SUMS, plain(Decimal(0), 8)))
    individual = fold(header.rows[at]["hdnTaxType"] or "") == "individual"
    if individual and crm.version.inventory == "loose":
        raise CrashError
    moves = module.name in crm.version.stock_is_moved_by
    for sequence, line in enumerate(lines, 1):
        add_line(crm, at, line, sequence, moves_stock=moves)
    rows = rows_of(crm, at)
    _move_stock(crm, module, rows, -1)
    if crm.version.inventory == "refuses":
        raise CrashError
    exact = totals(rows, header.rows[at], Decimal)
    sums = (exact.subtotal, exact.grand, exact.pre_tax)
    changes = {name: plain(amount, 8) for name, amount in zip(_SUMS, sums, strict=True)}
    header.change(at, changes)
    return sums


def _move_stock(crm: Crm, module: Module, lines: Sequence[Row], sign: int) -> None:
    """Give to (1) or take from (-1) the stock; an updated invoice gives back twice (2)."""
    if module.name not in crm.version.stock_is_moved_by:
        return
    products = crm.shelves["Products"]
    for line in lines:
        product = products.rows.get(int(line["productid"] or 0))
        if product is not None:
            moved = number(product["qtyinstock"] or "0") + sign * number(line["quantity"] or "0")
            products.change(int(line["productid"] or 0), {"qtyinstock": plain(moved, 3)})


def _answer_to_write(
    crm: Crm, module: Module, at: int, element: Element, sums: tuple[Decimal, Decimal, Decimal]
) -> dict[str, Any]:
    """The answer to a write with lines: sums are numbers, the details those of an empty order."""
    header = crm.shelves[module.name].rows[at]
    amounts: Sequence[float] = [float(amount) for amount in sums]
    if crm.version.adds_in_binary:
        binary = totals(rows_of(crm, at), header, float)
        amounts = (binary.subtotal, binary.grand, binary.pre_tax)
    answer = records.shown(crm, module, at) | _charges(header)
    answer |= {name: php_number(amount) for name, amount in zip(_SUMS, amounts, strict=True)}
    if module.name == "SalesOrder":
        answer["invoicestatus"] = php_text(element.get("invoicestatus"))
    answer["productid"] = None if crm.version.inventory == "loose" else ""
    answer["LineItems_FinalDetails"] = final_details(crm, header, [])
    return answer


def _charges(header: Row) -> dict[str, Any]:
    taxes = {f"{CHARGE}_shtax{at}": 0 for at in (1, 2, 3)}
    return {CHARGE: header.get(CHARGE), **taxes}


def is_inventory(module: Module) -> bool:
    """Whether the module has line items."""
    return module.name in INVENTORY
