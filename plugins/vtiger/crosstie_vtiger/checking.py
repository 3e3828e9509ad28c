"""What `crosstie check` says about a vtiger; nothing is written to find it out."""

import re
from collections.abc import Iterable, Iterator, Mapping

from crosstie import Finding, FlowError, UnauthorisedError
from crosstie_vtiger.catalog import BASE
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.line_items import REFUSES, WORKS, remembered
from crosstie_vtiger.modules import INVENTORY, Module

MODULES: Mapping[str, tuple[str, ...]] = {
    "customers": ("Contacts", "Accounts"),
    "accounts": ("Accounts",),
    "products": ("Products", "Currency"),
    "currencies": ("Currency",),
    "orders": ("SalesOrder", "Accounts", "Contacts", "Products", "Currency"),
}
"""The modules that each commerce table writes, those it points to included."""

MAPPED: Mapping[str, frozenset[str]] = {
    "Contacts": frozenset({"lastname", "email"}),
    "Accounts": frozenset({"accountname", "email1"}),
    "Products": frozenset({"productname", "productcode"}),
    "Currency": frozenset({"currency_code", "currency_name", "defaultid", "deleted"}),
    "SalesOrder": frozenset(
        {"subject", "sostatus", "account_id", "productid", "invoicestatus", "vtiger_purchaseorder"}
    ),
}
"""The fields that the commerce tables always give a value."""

RIGHTS = {
    "createable": "creation",
    "updateable": "update",
    "retrieveable": "retrieving",
    "deleteable": "deletion",
}
CHECKED = ((8, 0), (8, 4))
EXPECTED = (6, 0)
DOUBTFUL = ((8, 3), (8, 4))


def findings(crm: Crm, use: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """One line after the other: reachable, version, user, then each module that is needed."""
    try:
        crm.session.open()
    except FlowError as error:
        yield Finding("problem", str(error))
        return
    yield Finding("ok", f"user {crm.session.username!r} logs in with the access key")
    yield _version(crm)
    modules = needed(use)
    described: dict[str, Module] = {}
    for name in modules:
        try:
            described[name] = crm.module(name)
        except FlowError as error:
            yield Finding("problem", str(error))
    for name, module in described.items():
        yield from _rights(name, module)
        yield from _mandatory(crm, module)
    yield from _defaults(crm, described)
    if "Currency" in described:
        yield from _currencies(crm)
    for name in sorted(INVENTORY.intersection(described)):
        yield from _line_items(crm, described[name])


def needed(use: Mapping[str, Iterable[str]]) -> list[str]:
    """The modules that the configured flows write, by their names in vtiger."""
    modules: dict[str, None] = {}
    for wants in use.values():
        for want in sorted(wants):
            verb, _, table = want.partition(":")
            if verb == "write":
                modules |= dict.fromkeys(MODULES.get(table, (table,)))
    return list(modules)


def version_of(text: str) -> tuple[int, int]:
    """Major and minor number; (0, 0) where there are none."""
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _version(crm: Crm) -> Finding:
    version = version_of(crm.session.version)
    text = f"vtiger {crm.session.version}"
    if CHECKED[0] <= version <= CHECKED[1]:
        return Finding("ok", text)
    if EXPECTED <= version:
        return Finding("warning", f"{text}: untested, checked are 8.0 to 8.4")
    return Finding("problem", f"{text}: line items need 6.0 at least, checked are 8.0 to 8.4")


def _rights(name: str, module: Module) -> Iterator[Finding]:
    allowed = [word for right, word in RIGHTS.items() if getattr(module, right)]
    denied = [word for word in RIGHTS.values() if word not in allowed]
    text = f"{name}: {', '.join(allowed) or 'nothing'} authorised"
    if denied == ["deletion"]:
        yield Finding("warning", f'{text}; deletion is not, which on_delete = "delete" needs')
    elif denied:
        yield Finding("problem", f"{text}, but not {', '.join(denied)}: see the user's profile")
    else:
        yield Finding("ok", text)


def _mandatory(crm: Crm, module: Module) -> Iterator[Finding]:
    """Mandatory fields that nobody gives a value, and those that get a harmless one."""
    today = crm.clock.now().date()
    given = MAPPED.get(module.name, frozenset())
    for field in module.fields.values():
        name = f"{module.name}.{field.name}"
        if not field.mandatory or field.type == "owner" or field.name in given:
            continue
        if crm.defaults.get(name):
            yield Finding("ok", f"{name} is mandatory, where unknown: {crm.defaults[name]!r}")
        elif (value := field.stopgap(today)) is not None:
            yield Finding(
                "warning",
                f"{name} is mandatory, where unknown: {value!r}; choose another value with"
                f' "{name}" in the system\'s `defaults`',
            )
        else:
            yield Finding(
                "problem",
                f"{name} is mandatory and of type {field.type}: a record without it is not"
                f' written; map it, or give "{name}" a value in the system\'s `defaults`',
            )


def _defaults(crm: Crm, described: Mapping[str, Module]) -> Iterator[Finding]:
    """Defaults that name no field."""
    for name in crm.defaults:
        module, _, field = name.partition(".")
        if module in described and field not in described[module].fields:
            yield Finding("problem", f"defaults: {module} has no field {field!r} in vtiger")
        elif module not in described:
            yield Finding("warning", f"defaults: {name!r} is of no module that a flow writes")


def _currencies(crm: Crm) -> Iterator[Finding]:
    try:
        told = crm.query("select * from Currency;", "Currency")
    except UnauthorisedError as error:
        yield Finding("problem", str(error))
        return
    active = sorted(row["currency_code"] for row in told if row["currency_status"] == "Active")
    base = [row["currency_code"] for row in told if str(row.get("defaultid")) == BASE]
    yield Finding(
        "ok",
        f"currencies {', '.join(active)} are active; vtiger counts in {' '.join(base) or '?'},"
        " which should be the shop's default too",
    )


def _line_items(crm: Crm, module: Module) -> Iterator[Finding]:
    if module.name == "SalesOrder" and "vtiger_purchaseorder" not in module.fields:
        yield Finding(
            "problem",
            "SalesOrder has no field vtiger_purchaseorder (Purchase Order) for this user: orders"
            " are recognised by it, so switch it on",
        )
    what, version = remembered(crm), crm.session.version
    if what == WORKS:
        yield Finding("ok", f"{module.name}: this vtiger takes line items, as seen before")
    elif what == REFUSES:
        yield Finding(
            "problem",
            f"{module.name}: this vtiger ({version}) has refused line items before, a known fault"
            " of 8.3 and 8.4 as shipped: have its web service for inventory records mended",
        )
    elif version_of(version) in DOUBTFUL:
        yield Finding(
            "warning",
            f"{module.name}: vtiger 8.3 and 8.4 as shipped refuse line items; the first order will"
            " show whether this one has been mended, and nothing is lost if not",
        )
