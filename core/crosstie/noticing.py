"""What a change of a record means: the events that it is, and what is known of it afterwards.

Each function takes a record and what was known of it before (None for nothing), and returns what
is known now with the events, as plain values that can be packed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from crosstie.canonical import canonical, digest
from crosstie.packing import packed
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


def packed_fact(known: Known) -> str:
    """What is known, as text."""
    return packed(dict(known))


def _version(record: Record) -> str:
    return record.version or digest(canonical(record.data))


def customer(record: Record, before: Known | None) -> Noticed:
    """Registered as soon as there is an account; a guest has none."""
    person = record.data
    registered, version = person.guest is not True, _version(record)
    known = {"registered": registered, "version": version}
    if registered and not (before and before["registered"]):
        return known, [Notice("customer_registered", "registered", person.created)]
    if before is not None and before["version"] != version:
        return known, [Notice("customer_updated", version, person.updated)]
    return known, []


def order(record: Record, before: Known | None) -> Noticed:
    """Placed when it is first seen; then every other state is a change."""
    sale = record.data
    known = {"state": sale.state}
    if before is None:
        return known, [Notice("order_placed", "placed", sale.created)]
    old, new = before["state"], sale.state
    old_key, new_key = (None if state is None else state.key for state in (old, new))
    if old_key == new_key or new is None:
        return known if new is not None else before, []
    version = f"{_version(record)} {old_key} to {new_key}"
    more = {"old": old, "new": new}
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


def cart(record: Record, before: Known | None) -> Noticed:
    """No event by itself: when it was touched, and whether it could be abandoned at all."""
    basket = record.data
    able = basket.customer is not None and bool(basket.lines) and basket.updated is not None
    told = 0 if before is None or before["touched"] != basket.updated else before["told"]
    ordered = before is not None and before["ordered"]
    known = {"touched": basket.updated, "told": told, "able": able, "ordered": ordered}
    return known, []


def is_touched(before: Known, after: Known) -> bool:
    """Whether somebody has changed a cart since."""
    return bool(before["touched"] != after["touched"])


NOTICED: Mapping[str, Callable[[Record, Known | None], Noticed]] = {
    "carts": cart,
    "credit_slips": credit_slip,
    "customers": customer,
    "orders": order,
    "products": product,
}
"""By stream."""
