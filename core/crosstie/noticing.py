"""What a change of a record means: the events that it is, and what is known of it afterwards.

Each function takes a record and what was known of it before (None for nothing), and returns what
is known now with the events, as plain values that can be packed. Carts have `crosstie.resting`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from crosstie.canonical import canonical, digest
from crosstie.records import Record

Known = Mapping[str, Any]
Noticed = tuple[Known, Sequence["Notice"]]


@attrs.frozen
class Notice:
    """An event of a record: with the record's key, `kind` and `version` are its identity."""

    kind: str
    version: str
    at: datetime | None = None
    more: Mapping[str, Any] = attrs.field(factory=dict)


def customer(record: Record, before: Known | None) -> Noticed:
    """Registered as soon as there is an account; a guest has none."""
    person = record.data
    registered = person.guest is not True
    version = record.version or digest(canonical(person))
    known = {"registered": registered, "version": version, "changes": 0}
    if before is not None:
        known["changes"] = before["changes"] + (version != before["version"])
    if registered and not (before and before["registered"]):
        at = person.created if before is None else person.updated
        return known, [Notice("customer_registered", "registered", at)]
    if before is not None and version != before["version"]:
        told = f"{known['changes']} {version}"
        return known, [Notice("customer_updated", told, person.updated)]
    return known, []


def order(record: Record, before: Known | None) -> Noticed:
    """Placed when it is first seen; then every other state is a change."""
    sale = record.data
    if before is None:
        placed = Notice("order_placed", "placed", sale.created)
        return {"state": sale.state, "changes": 0}, [placed]
    old, new = before["state"], sale.state
    old_key, new_key = (None if state is None else state.key for state in (old, new))
    if new is None or old_key == new_key:
        return before, []
    changes = before["changes"] + 1
    version, more = f"{changes} {old_key} to {new_key}", {"old": old, "new": new}
    known = {"state": new, "changes": changes}
    return known, [Notice("order_status_changed", version, sale.updated, more)]


def credit_slip(record: Record, before: Known | None) -> Noticed:
    """Each slip is a refund."""
    if before is not None:
        return before, []
    return {}, [Notice("order_refunded", "refunded", record.data.created)]


def product(record: Record, before: Known | None) -> Noticed:
    """Created when it is first seen."""
    if before is not None:
        return before, []
    return {}, [Notice("product_created", "created", record.data.created)]


NOTICED: Mapping[str, Callable[[Record, Known | None], Noticed]] = {
    "credit_slips": credit_slip,
    "customers": customer,
    "orders": order,
    "products": product,
}
"""By stream."""
