"""A picture of the CRM in which only what was written counts, so that two can be compared."""

import json
from collections.abc import Sequence
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm
from crosstie_vtiger.sandbox.lines import rows_of
from crosstie_vtiger.sandbox.modules import INVENTORY, Field, Module
from crosstie_vtiger.sandbox.shelf import Row

_LEFT_OUT = {"createdtime", "modifiedtime", "modifiedby", "last_recurring_date"}
_TELLING = ("email", "email1", "productcode", "vtiger_purchaseorder", "currency_code", "user_name")


def content(crm: Crm, modules: Sequence[str] | None) -> dict[str, list[dict[str, Any]]]:
    """Records by module, in an order that depends on nothing but their content.

    Without `modules`: all entity modules and currencies that have records. Empty fields are left
    out, references are told as what they point to. Leads that were converted are gone, as they are
    from queries.
    """
    names = modules or [
        name
        for name, module in crm.modules.items()
        if crm.shelves[name].rows and (module.is_entity or name == "Currency") and name != "Users"
    ]
    return {
        name: sorted(
            (
                _told(crm, crm.modules[name], at)
                for at in crm.shelves[name].rows
                if name != "Leads" or at not in crm.converted
            ),
            key=lambda record: json.dumps(record, sort_keys=True),
        )
        for name in names
    }


def _told(crm: Crm, module: Module, at: int) -> dict[str, Any]:
    told: dict[str, Any] = _fields(crm, module, crm.shelves[module.name].rows[at])
    if module.name in INVENTORY:
        line_module = crm.modules["LineItem"]
        lines = [_fields(crm, line_module, row) for row in rows_of(crm, at)]
        told["LineItems"] = [_without(line, "parent_id") for line in lines]
    if module.name == "Products" and at in crm.prices:
        own = crm.prices[at]["own"]
        told["currency"] = _pointed(crm, Field("", "reference", refers_to=("Currency",)), own)
    return told


def _fields(crm: Crm, module: Module, row: Row) -> dict[str, str]:
    told = {}
    for name, field in module.fields.items():
        text = row[name]
        if not text or name in _LEFT_OUT or name in module.numbered:
            continue
        if field.kind == "reference":
            told[name] = _pointed(crm, field, text)
        elif field.kind == "owner":
            told[name] = _pointed(crm, Field(name, "owner", refers_to=("Users", "Groups")), text)
        else:
            told[name] = text
    return told


def _without(told: dict[str, str], name: str) -> dict[str, str]:
    return {each: text for each, text in told.items() if each != name}


def _pointed(crm: Crm, field: Field, digits: str) -> str:
    """What stands for a reference: the module, label and telling fields of its target."""
    at = int(digits) if digits.isdigit() else 0
    for name in field.refers_to:
        row = crm.shelves[name].rows.get(at)
        if row is not None and crm.homes.get(at, name) == name:
            module = crm.modules[name]
            parts = [crm.label(module, row), *(row.get(each) or "" for each in _TELLING)]
            return f"{name}: " + " / ".join(filter(None, parts))
    return "nothing"
