"""Purchases as a table: written by import jobs, which take their time."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any, ClassVar

import attrs

from crosstie import (
    FlowError,
    MappingError,
    Record,
    RecordError,
    Row,
    UncertainError,
    Write,
    Written,
    poll,
)
from crosstie.commerce import Currency, Order, OrderLine, OrderState
from crosstie_pelican.api import Api, RefusedError, lines_of, unanswered
from crosstie_pelican.contacts import external_id, folded, found_by_key, outcomes
from crosstie_pelican.people import moment

LOOKUP = "/v1/purchases:lookup"
MOST_LINES = 1000
EVERY = 5.0
"""Seconds between two looks at a job: each costs one of the sixty requests of a minute."""

CENT = Decimal("0.01")

FIELDS: Mapping[str, str] = {
    "external_id": "text of up to 128 characters, the key",
    "contact_external_id": "whose purchase it is; mandatory",
    "number": "text of up to 64 characters",
    "ordered_at": "a time; mandatory",
    "total": "an amount with two decimals; mandatory",
    "currency": "three capital letters, such as EUR; mandatory",
    "status": "open, paid, shipped, cancelled or refunded",
    "items": "a list of sku, name, quantity and price",
}
"""What can be written of a purchase."""


@attrs.frozen
class PurchaseTable:
    """Orders as purchases of contacts; `patience` is how long a job may take."""

    name: ClassVar[str] = "purchases"
    key: ClassVar[tuple[str, ...]] = ("external_id",)
    batch: ClassVar[int] = MOST_LINES
    accepts: ClassVar[type] = Order
    refers_to: ClassVar[tuple[str, ...]] = ("customers",)
    uses: ClassVar[frozenset[str]] = frozenset()
    api: Api
    patience: timedelta

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`; raises `MappingError` for an order without customer."""
        order: Order = record.data
        if order.customer is None:
            raise MappingError(f"order {order.number} has no customer, and Pelican wants a contact")
        currency = order.currency.embedded if order.currency else None
        row = {
            "external_id": external_id(source, record.key),
            "contact_external_id": attrs.evolve(order.customer, table="contacts"),
            "number": order.reference or order.number,
            "ordered_at": order.created and order.created.replace(microsecond=0),
            "total": money(order.total),
            "currency": currency.code if isinstance(currency, Currency) else None,
            "status": status_of(order.state) if order.state else None,
            "items": [item_of(line) for line in order.lines],
        }
        return {name: value for name, value in row.items() if value is not None}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`; the ids are external ids as Pelican keeps them."""
        return found_by_key(self.api, LOOKUP, self.name, keys)

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`: begins an import, waits for it, and reads its results.

        Once it has begun, whatever goes wrong leaves the rows uncertain: the job may go on.
        """
        params = {"type": "purchases"}
        job = self.api.post("/v1/imports", lines_of([_line(w) for w in writes]), params=params)
        what = f"import {job.get('id')}"
        path = f"/v1/imports/{job.get('id')}"
        try:
            seconds = self.patience.total_seconds()
            ended = poll(self.api.clock, lambda: self._ended(path), every=EVERY, at_most=seconds)
            if ended is None:
                raise UncertainError(f"{what} was not done within {seconds:g} s (see `settle`)")
            pages = self.api.pages(f"{path}/results", "results")
            results = sorted(chain.from_iterable(pages), key=lambda line: int(line["line"]))
        except (FlowError, RefusedError) as error:
            raise unanswered(what, error) from error
        except (KeyError, TypeError, ValueError) as error:
            raise UncertainError(f"{what}: its results cannot be read ({error!r})") from error
        return outcomes(writes, results, what)

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `crosstie.Shows`."""
        told = self.api.lookup(LOOKUP, self.name, ids)
        rows = {folded(row["external_id"]): shown_row(row) for row in told}
        return [rows.get(folded(one)) for one in ids]

    def fields(self) -> Mapping[str, str]:
        """See `crosstie.Discovers`."""
        return FIELDS

    def _ended(self, path: str) -> bool | None:
        return self.api.get(path).get("status") == "done" or None


def money(amount: Decimal | None) -> Decimal | None:
    """An amount with the two decimals that Pelican takes."""
    return None if amount is None else amount.quantize(CENT, ROUND_HALF_UP)


def status_of(state: OrderState) -> str:
    """Pelican's word for what the shop's state means."""
    if state.cancelled:
        return "cancelled"
    if state.shipped or state.delivered:
        return "shipped"
    return "paid" if state.paid else "open"


def item_of(line: OrderLine) -> Row:
    """A line of an order as an item, at the price that was paid."""
    row = {
        "sku": line.code,
        "name": line.name,
        "quantity": format(line.quantity.normalize(), "f"),
        "price": money(line.unit_price_with_tax),
    }
    return {name: value for name, value in row.items() if value is not None}


def shown_row(purchase: Mapping[str, Any]) -> Row:
    """A purchase as a row, with its values in the types in which they are mapped."""
    row = {name: purchase[name] for name in FIELDS if name in purchase}
    items = [{**item, "price": Decimal(item["price"])} for item in row.get("items", ())]
    return {
        **row,
        "ordered_at": moment(purchase, "ordered_at"),
        "total": Decimal(row["total"]),
        "items": items,
    }


def _line(write: Write) -> dict[str, Any]:
    """A row as a line of an import; one that is known to be there must still be."""
    if write.id is None:
        return dict(write.row)
    return {**write.row, "external_id": write.id, "must_exist": True}
