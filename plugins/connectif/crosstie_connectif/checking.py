"""What `crosstie check` says about a store in Connectif; nothing is changed to find it out."""

from collections.abc import Iterator, Mapping

from crosstie import Finding, FlowError, RejectedError
from crosstie_connectif.api import Api, ScopeError, quoted

NOBODY = "nobody@crosstie.invalid"
LOOKED_AT: Mapping[str, tuple[str, str]] = {
    "contacts": ("Contacts", f"contacts/email/{quoted(NOBODY)}"),
    "products": ("Products", "products/product-id/crosstie-check"),
    "purchases": ("Purchases", "purchases/purchase-id/crosstie-check"),
}
"""For each table what its scope is called, and where there is certainly nothing to be read."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "contacts": ("contacts",),
    "products": ("products",),
    "purchases": ("contacts", "products", "purchases"),
}
"""Which tables are written with a table: a purchase brings its contact and products with it."""


def findings(api: Api, use: Mapping[str, frozenset[str]], *, trigger: bool) -> Iterator[Finding]:
    """Whether the key works and may read, how much may be asked, and what is worth a look."""
    limit: str | None = None
    for table in tables_of(use):
        scope, path = LOOKED_AT[table]
        try:
            limit = api.limit(path) or limit
        except ScopeError as error:
            yield Finding("problem", f"{table}: {error}")
        except (FlowError, RejectedError) as error:
            yield Finding("problem", str(error))
            return
        else:
            text = f"the key may read {table}; that it has Write {scope} shows with the first one"
            yield Finding("ok", text)
    if limit is not None:
        yield Finding("ok", f"{limit} requests a minute are allowed, and Crosstie keeps to that")
    writing = [flow for flow, needs in use.items() if "write:purchases" in needs]
    if trigger and writing:
        yield Finding(
            "warning",
            f"{', '.join(writing)}: trigger is true, so that each purchase starts Connectif's"
            " On-Purchase workflows, also one of years ago",
        )


def tables_of(use: Mapping[str, frozenset[str]]) -> list[str]:
    """The tables that the flows write, with what comes with them."""
    written = {need.removeprefix("write:") for needs in use.values() for need in needs}
    return [table for table in LOOKED_AT if any(table in NEEDED.get(one, ()) for one in written)]
