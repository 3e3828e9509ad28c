"""What a first config should know of a vtiger: the values of mandatory fields that nobody gives,
what may become of orders besides, and what is not as it should be.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from crosstie import Advice, FlowError
from crosstie_vtiger.catalog import BASE, code_of, currencies_of
from crosstie_vtiger.checking import GIVEN_BY_VTIGER, findings
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.modules import Field, Module
from crosstie_vtiger.requirements import MAPPED, needed, tables_written
from crosstie_vtiger.rules import Rules

BESIDES = {
    "create_invoice": ("Invoice", "An order whose state allows an invoice gets one"),
    "create_potential": ("Potentials", "Each order gets a potential"),
}
LISTED = 8
VALUES = "defaults"


def introduce(
    crm: Crm, rules: Rules, use: Mapping[str, frozenset[str]], address: str
) -> Iterator[Advice]:
    """Look at the CRM without changing anything, see `crosstie.Introduces`."""
    crm.session.open()
    yield Advice(f"vtiger {crm.session.version}")
    if "Currency" in needed(use, rules):
        yield Advice(f"currencies: {_currencies(crm)}")
    values, named = dict(crm.defaults), set(crm.defaults)
    if "orders" in tables_written(use):
        for setting, (name, text) in BESIDES.items():
            there, wanted = _creatable(crm, name), getattr(rules, setting)
            state = "is there" if there else "is not there, or the user may not create in it"
            # Chosen only where it has to be switched off.
            told = f"{text}: the module {name}, which that needs, {state}."
            yield Advice(told, setting, there, chosen=wanted and not there)
            done: dict[str, Any] = {setting: wanted and there}
            rules = attrs.evolve(rules, **done)
    for module in _modules(crm, needed(use, rules)):
        for advice in _mandatory(crm, module):
            values |= advice.value if advice.chosen else {}
            named |= set(advice.value)
            yield advice
    for finding in findings(attrs.evolve(crm, defaults=values), rules, use, address):
        if finding.level != "ok" and finding.text.partition(" ")[0] not in named:
            yield Advice(f"note: {finding.text}")


def _currencies(crm: Crm) -> str:
    told = [row for row in currencies_of(crm) if row["currency_status"] == "Active"]
    base = [code_of(row) for row in told if str(row.get("defaultid")) == BASE]
    others = sorted(code_of(row) for row in told if code_of(row) not in base)
    return ", ".join([*(f"{code} (vtiger counts in it)" for code in base), *others])


def _modules(crm: Crm, names: list[str]) -> Iterator[Module]:
    """Those that can be described; the findings say what is with the others."""
    for name in names:
        try:
            yield crm.module(name)
        except FlowError:
            continue


def _creatable(crm: Crm, name: str) -> bool:
    return any(module.createable for module in _modules(crm, [name]))


def _mandatory(crm: Crm, module: Module) -> Iterator[Advice]:
    """A value for each mandatory field that the shop may leave without one."""
    today = crm.clock.now().date()
    given = MAPPED.get(module.name, frozenset())
    for field in module.fields.values():
        name = f"{module.name}.{field.name}"
        if field.mandatory and field.type not in GIVEN_BY_VTIGER and field.name not in given:
            value = field.stopgap(today)
            text = f"mandatory ({field.type}{_choices(field)}), where the shop has nothing"
            if value is None:
                text += ": a record without it is not written; map it, or give a value here"
            elif field.type == "date":
                text += ": the day of writing, unless another is given"
            known = value is not None and field.type != "date"
            yield Advice(text, VALUES, {name: value or ""}, chosen=known)


def _choices(field: Field) -> str:
    more = ", …" if len(field.choices) > LISTED else ""
    return f": {', '.join(field.choices[:LISTED])}{more}" if field.choices else ""
