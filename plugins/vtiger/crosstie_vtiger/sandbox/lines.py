"""The line items of an order: reading them from a request, storing them, telling them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm
from crosstie_vtiger.sandbox.final_details import product_of
from crosstie_vtiger.sandbox.modules import Module
from crosstie_vtiger.sandbox.refusals import CrashError, wrong_id
from crosstie_vtiger.sandbox.shelf import Row
from crosstie_vtiger.sandbox.values import escaped, is_numeric, php_text, stored

TAXED = ("tax1", "tax2", "tax3")


def add_line(
    crm: Crm, parent: int, given: Mapping[str, Any], sequence: int, *, moves_stock: bool
) -> int:
    """Store one line under the next line id; dies or refuses as the real one, nothing stored."""
    module = crm.modules["LineItem"]
    product = _product(crm, php_text(given.get("productid")))
    line = dict(given)
    if line.get("listprice") is None:
        line["listprice"] = _unit_price(crm, product)
    _calculable(line)
    row: Row = dict(module.initial)
    for name, field in module.fields.items():
        if name in line and name not in {"parent_id", "productid", "sequence_no"}:
            row[name] = stored(field, line[name], loose=crm.version.inventory == "loose")
    row |= {
        "parent_id": str(parent),
        "productid": str(product),
        "sequence_no": str(sequence),
        "incrementondel": "1" if moves_stock else "0",
    }
    at = crm.add("LineItem", row)
    crm.lines.setdefault(parent, []).append(at)
    return at


def _product(crm: Crm, id_: str) -> int:
    """The number of a line's product; 8.0 takes anything, 8.4 only what is there."""
    prefix, _, digits = id_.partition("x")
    at = int(digits) if digits.isdigit() else 0
    if crm.version.inventory == "loose":
        return at
    module = crm.by_prefix.get(prefix)
    if module is None or module.name not in {"Products", "Services"} or crm.homes.get(at) is None:
        raise wrong_id()
    return at


def _unit_price(crm: Crm, product: int) -> str:
    """The price of a line that names none; only products are looked up for it, not services."""
    row = crm.shelves["Products"].rows.get(product, {})
    return row.get("unit_price") or "0"


def _calculable(line: Mapping[str, Any]) -> None:
    """Die where PHP 8 does when it calculates with a text that is no number."""
    for name in ("quantity", "listprice"):
        if line.get(name) is not None and not is_numeric(line[name]):
            raise CrashError
    for name in ("discount_amount", "discount_percent"):
        if php_text(line.get(name)) and not is_numeric(line[name]):
            raise CrashError
    for name in TAXED:
        if name in line and not is_numeric(line[name]):
            raise CrashError


def drop_lines(crm: Crm, parent: int) -> None:
    """Delete all lines of an order; their ids are free again."""
    for at in crm.lines.pop(parent, []):
        crm.shelves["LineItem"].remove(at)


def rows_of(crm: Crm, parent: int) -> list[Row]:
    """The stored lines of an order, in their order."""
    rows = crm.shelves["LineItem"].rows
    return [rows[at] for at in crm.lines.get(parent, ())]


def line_items(crm: Crm, module: Module, parent: int) -> list[dict[str, Any]]:
    """`LineItems` as an order's answer carries them (8.0 mangles the parent's id)."""
    line_module = crm.modules["LineItem"]
    told = []
    for at in crm.lines.get(parent, ()):
        line: dict[str, Any] = dict(crm.show(line_module, at))
        row = crm.shelves["LineItem"].rows[at]
        home, product = product_of(crm, row)
        line["parent_id"] = crm.id_of(module.name, parent)
        if crm.version.inventory == "loose":
            line["parent_id"] = f"{module.prefix}xArray"
        name = product.get("productname") or product.get("servicename") or ""
        line["product_name"] = escaped(name)
        line["entity_type"] = home
        line["deleted"] = "0" if int(row["productid"] or 0) in crm.homes else "1"
        told.append(line)
    return told


def first_line(crm: Crm, module: Module, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The line columns that a header-only answer shows: those of the first line."""
    empty = crm.version.empty_reference
    names: Iterable[str] = (name for name in module.lines if name != "productid")
    first = lines[0] if lines else {}
    told: dict[str, Any] = {name: first.get(name, "") for name in names}
    told["productid"] = first.get("productid", empty)
    return told | {"image": empty, "purchase_cost": empty, "margin": empty}
