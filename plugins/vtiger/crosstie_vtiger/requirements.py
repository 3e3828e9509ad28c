"""What the commerce tables need of vtiger: modules, and in them fields."""

from collections.abc import Iterable, Iterator, Mapping

from crosstie_vtiger.rules import Rules

PEOPLE = ("Leads", "Contacts", "Accounts")
CATALOGUE = ("Products", "Currency")
MODULES: Mapping[str, tuple[str, ...]] = {
    "customers": PEOPLE,
    "accounts": ("Accounts",),
    "companies": ("Accounts",),
    "products": CATALOGUE,
    "currencies": ("Currency",),
    "orders": ("SalesOrder", *PEOPLE, *CATALOGUE),
    "potentials": ("Potentials", *PEOPLE),
}
"""The modules that each commerce table writes, those it points to included."""

MAPPED: Mapping[str, frozenset[str]] = {
    "Leads": frozenset({"lastname", "email", "leadsource"}),
    "Contacts": frozenset({"lastname", "email", "leadsource"}),
    "Accounts": frozenset({"accountname", "email1", "accounttype"}),
    "Products": frozenset({"productname", "productcode"}),
    "Currency": frozenset({"currency_code", "currency_name", "defaultid", "deleted"}),
    "SalesOrder": frozenset(
        {"subject", "sostatus", "account_id", "productid", "invoicestatus", "vtiger_purchaseorder"}
    ),
    "Invoice": frozenset(
        {"subject", "account_id", "productid", "invoicestatus", "vtiger_purchaseorder"}
    ),
    "Potentials": frozenset({"potentialname", "description", "sales_stage", "leadsource"}),
}
"""The fields that the commerce tables always give a value."""


def needed(use: Mapping[str, Iterable[str]], rules: Rules) -> list[str]:
    """The modules that the configured flows write, by their names in vtiger."""
    modules: dict[str, None] = {}
    for table in tables_written(use):
        modules |= dict.fromkeys(MODULES.get(table, (table,)))
        if table == "orders" and rules.create_invoice:
            modules["Invoice"] = None
        if table == "orders" and rules.create_potential:
            modules["Potentials"] = None
    return list(modules)


def tables_written(use: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The tables that the configured flows write."""
    for wants in use.values():
        for want in sorted(wants):
            verb, _, table = want.partition(":")
            if verb == "write":
                yield table
