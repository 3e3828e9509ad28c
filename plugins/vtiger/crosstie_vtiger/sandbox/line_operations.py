"""The operations on single line items, which nobody should use: they do what vtiger's do."""

from typing import Any

from crosstie_vtiger.sandbox.crm import Crm
from crosstie_vtiger.sandbox.lines import add_line, drop_lines, rows_of
from crosstie_vtiger.sandbox.records import Element
from crosstie_vtiger.sandbox.refusals import CrashError, RefusalError, denied
from crosstie_vtiger.sandbox.values import php_text


def create(crm: Crm, element: Element) -> dict[str, Any]:
    """Add a line to an order; its totals are not touched."""
    _, parent = crm.find(php_text(element.get("parent_id")))
    at = add_line(crm, parent, element, 0, moves_stock=True)
    answer = crm.show(crm.modules["LineItem"], at)
    crm.shelves["LineItem"].change(at, {"incrementondel": "0"})
    return dict(answer)


def change(crm: Crm, given: Element, *, whole: bool) -> dict[str, Any]:
    """Change a line: all lines of the order get new ids; 8.0 loses them, an update dies (8.4)."""
    module, at = crm.find(str(given["id"]))
    row = crm.shelves[module.name].rows[at]
    parent = int(row["parent_id"] or 0)
    if crm.version.inventory == "loose":
        drop_lines(crm, parent)
        raise RefusalError("RECORD_NOT_FOUND", "Record not found") if whole else denied()
    lines = [
        {**_given_back(crm, line), **(given if line is row else {})}
        for line in rows_of(crm, parent)
    ]
    drop_lines(crm, parent)
    for sequence, line in enumerate(lines, 1):
        add_line(crm, parent, line, sequence, moves_stock=True)
    if whole:
        raise CrashError
    return dict(crm.show(module, crm.lines[parent][0]))


def _given_back(crm: Crm, row: dict[str, str | None]) -> Element:
    product = crm.resolve(crm.modules["LineItem"].references["productid"], row["productid"])
    return {**row, "productid": product}


def delete(crm: Crm, id_: str) -> None:
    """Delete a line: always dies, on 8.4 with HTTP 500."""
    crm.find(id_)
    raise CrashError
