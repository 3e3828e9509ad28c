"""Creating, changing and deleting records, with the checks in the order of the real server."""

import re
from collections.abc import Mapping
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.modules import INVENTORY, Module
from crosstie_vtiger.sandbox.refusals import RefusalError, denied, missing, wrong_id
from crosstie_vtiger.sandbox.shelf import Row
from crosstie_vtiger.sandbox.values import number, php_text, plain, stored

Element = dict[str, Any]

_KEPT_BY_SERVER = {"id", "createdtime", "modifiedtime", "modifiedby", "source"}
_PRICED = {"Products", "Services"}
_PRICE = re.compile(r"currency(\d+)")


def checked(crm: Crm, user: User, module: Module, element: Element, *, whole: bool) -> Element:
    """The element after the checks that stand before every write.

    `whole` is the way of create and update: empty references are dropped, and all mandatory
    fields must have a value; a revise may leave them out but not empty them.
    """
    element = dict(element)
    for name, refers_to in _reference_fields(module):
        if php_text(element.get(name)):
            _check_reference(crm, name, php_text(element[name]), refers_to)
        elif whole and element.get(name) is not None:
            del element[name]
    for name in module.mandatory:
        given = element.get(name)
        if (whole or name in element) and not isinstance(given, list) and not php_text(given):
            raise missing(name)
    for name in module.owners:
        if php_text(element.get(name)):
            _check_owner(crm, user, php_text(element[name]))
    return element


def _reference_fields(module: Module) -> list[tuple[str, tuple[str, ...]]]:
    fields = [(name, field.refers_to) for name, field in module.references.items()]
    if module.name in INVENTORY:
        fields.append(("productid", module.lines["productid"].refers_to))
    return fields


def _check_reference(crm: Crm, name: str, text: str, refers_to: tuple[str, ...]) -> None:
    prefix, _, digits = text.partition("x")
    target = crm.by_prefix.get(prefix)
    if target is None:
        raise denied(" for id") if crm.version.garbage_id_is_denied else wrong_id()
    if target.name not in refers_to:
        raise RefusalError("REFERENCE_INVALID", f"Invalid reference specified for {name}")
    if target.name == "Currency" and digits.isdigit():
        currency = crm.shelves["Currency"].rows.get(int(digits))
        if currency is not None and currency["currency_status"] != "Active":
            raise RefusalError("CURRENCY_INACTIVE", "Currency is inactive")


def _check_owner(crm: Crm, user: User, text: str) -> None:
    digits = text.partition("x")[2] or text
    if not user.is_admin and not crm.resolve_owner(digits).partition("x")[2]:
        raise RefusalError("ACCESS_DENIED", "Cannot assign record to the given user")


def create(crm: Crm, user: User, module: Module, element: Element) -> int:
    """Store a checked element as a new record and return its number."""
    given = columns(crm, module, element)
    row: Row = {**module.initial, **given}
    _check_unique(crm, module, row, 0)
    now = crm.now()
    if module.is_entity:
        row |= {"createdtime": now, "modifiedtime": now, "source": "WEBSERVICE"}
        row["modifiedby"] = str(user.number)
        for name in module.numbered:
            row[name] = crm.next_series(module.name)
    at = crm.add(module.name, row)
    if module.name in _PRICED:
        known = module.name == "Products" or crm.version.inventory == "loose"
        _price(crm, at, element, row["unit_price"] if known else "0", whole=True)
    return at


def change(crm: Crm, user: User, module: Module, at: int, element: Element, *, whole: bool) -> None:
    """Write a checked element's fields into a record; it counts as modified in any case."""
    changes = columns(crm, module, element)
    _check_unique(crm, module, changes, at)
    if module.is_entity:
        changes |= {"modifiedtime": crm.now(), "modifiedby": str(user.number)}
    crm.shelves[module.name].change(at, changes)
    if module.name in _PRICED:
        price = crm.shelves[module.name].rows[at]["unit_price"]
        _price(crm, at, element, price, whole=whole)


def columns(crm: Crm, module: Module, element: Mapping[str, Any]) -> Row:
    """What an element puts into the columns; fields that are unknown or not its own are ignored."""
    loose = crm.version.inventory == "loose"
    return {
        name: stored(module.fields[name], value, loose=loose)
        for name, value in element.items()
        if name in module.fields and element_may_set(module, name)
    }


def element_may_set(module: Module, name: str) -> bool:
    """Whether a write may set this field, or the server keeps it for itself."""
    return name not in _KEPT_BY_SERVER and name not in module.numbered


def _check_unique(crm: Crm, module: Module, row: Row, at: int) -> None:
    for name in module.unique:
        text = row.get(name)
        if text and crm.shelves[module.name].with_value(name, [text]) - {at}:
            raise RefusalError(0, "Duplicate(s) detected!")


def _price(crm: Crm, at: int, element: Element, price: str | None, *, whole: bool) -> None:
    """Keep the prices per currency; a write without a currency falls back to the user's.

    A revise changes the price of the record but not the one of its currency (8.4).
    """
    prices = crm.prices.setdefault(at, {})
    for name, value in element.items():
        if found := _PRICE.fullmatch(name):
            prices[found[1]] = plain(number(php_text(value)), 2)
    own = php_text(element.get("currency_id")).partition("x")[2] or "1"
    prices["own"] = own
    if whole or own not in prices:
        prices[own] = price or "0"


def delete(crm: Crm, module: Module, at: int) -> None:
    """Delete a record; what points to it reads back as empty from then on."""
    row = crm.shelves[module.name].remove(at)
    if module.name in _PRICED:
        crm.gone_products[at] = (module.name, row)
    if module.is_entity:
        del crm.homes[at]
        owner = next((row[name] or "" for name in module.owners), "")
        crm.deleted[at] = (module.name, owner, int(crm.clock.now().timestamp()))


def shown(crm: Crm, module: Module, at: int) -> dict[str, Any]:
    """A record as create, update, revise and retrieve answer it (without line items)."""
    record: dict[str, Any] = dict(crm.show(module, at))
    if module.name in _PRICED:
        prices = crm.prices[at]
        for currency, row in crm.shelves["Currency"].rows.items():
            if row["currency_status"] == "Active" or str(currency) == prices["own"]:
                amount = number(prices.get(str(currency), "0"))
                record[f"currency{currency}"] = php_number(float(amount))
        record["currency_id"] = crm.id_of("Currency", int(prices["own"]))
    return record


def php_number(amount: float) -> int | float:
    """A number as PHP writes it in JSON: without a fraction where there is none."""
    return int(amount) if amount.is_integer() else amount
