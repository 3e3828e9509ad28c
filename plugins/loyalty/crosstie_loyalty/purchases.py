"""Purchases as a table: a flow ``shop.orders → loyalty.purchases`` makes points follow orders.

An order of somebody who is no member is a purchase as well: it is noted as nobody's, and earns
when it is told again after they have become one.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Protocol

import attrs

from crosstie import MappingError, Record, RecordError, RejectedError, Row, Write, Written
from crosstie.commerce import CreditSlip, Order, OrderLine
from crosstie_loyalty.amounts import ZERO
from crosstie_loyalty.points import Points
from crosstie_loyalty.terms import Purchase, PurchaseLine

FIELDS = {
    "source": "text, whose keys orders have",
    "order": "text, the order's key there",
    "customer": "text, the key of the customer who bought",
    "email": "text, the customer's e-mail",
    "lines": "list of lines, each with amount, amount_with_tax, code and category",
    "discounts": "decimal, without tax",
    "discounts_with_tax": "decimal",
    "shipping": "decimal, without tax",
    "shipping_with_tax": "decimal",
    "refunded": "decimal, what was given back of the products so far, with tax",
    "refunded_shipping": "decimal, what was given back of the shipping so far, with tax",
    "paid": "true or false",
    "delivered": "true or false",
    "cancelled": "true or false",
}


class Known(Protocol):
    """A member, by an id."""

    @property
    def id(self) -> str:
        """What the ledger knows them by."""


class Finds(Protocol):
    """Who knows the members."""

    def find(self, identity: str, key: str | None, email: str | None) -> Known | None:
        """Who a source's customer is; None for somebody who is no member."""


@attrs.frozen
class PurchaseTable:
    """Purchases, known by the order's key in its source."""

    name: ClassVar[str] = "purchases"
    key: ClassVar[tuple[str, ...]] = ("source", "order")
    exact: ClassVar[bool] = True
    batch: ClassVar[int] = 100
    accepts: ClassVar[type] = Order
    refers_to: ClassVar[tuple[str, ...]] = ("customers",)
    uses: ClassVar[frozenset[str]] = frozenset({"slips"})
    points: Points
    members: Finds

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`; raises `MappingError` for an order in another currency."""
        order: Order = record.data
        code = getattr(order.currency and order.currency.embedded, "code", None)
        if code not in (None, self.points.programme.currency):
            raise MappingError(
                f"order {record.key} is in {code}, and the programme counts in"
                f" {self.points.programme.currency}: filter such orders, or give its amounts in"
                " that currency"
            )
        products, shipping = refunded(order.slips or ())
        state, customer = order.state, order.customer
        return {
            "source": source,
            "order": record.key,
            "customer": customer and customer.key,
            "email": getattr(customer and customer.embedded, "email", None),
            "lines": lines(order),
            "discounts": _known(order.discounts_total_without_tax, order.discounts_total),
            "discounts_with_tax": _known(order.discounts_total, order.discounts_total_without_tax),
            "shipping": _known(order.shipping_without_tax, order.shipping),
            "shipping_with_tax": _known(order.shipping, order.shipping_without_tax),
            "refunded": products,
            "refunded_shipping": shipping,
            "paid": bool(state and state.paid),
            "delivered": bool(state and state.delivered),
            "cancelled": bool(state and state.cancelled),
        }

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`."""
        return [self._find(str(key["source"]), str(key["order"])) for key in keys]

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`."""
        return [self._write(write) for write in writes]

    def fields(self) -> Mapping[str, str]:
        """See `crosstie.Discovers`."""
        return FIELDS

    def _find(self, source: str, order: str) -> list[str]:
        rows = self.points.ledger.store.query(
            'SELECT 1 FROM loyalty_purchases WHERE programme = ? AND source = ? AND "order" = ?',
            (self.points.ledger.programme, source, order),
        )
        return [f"{source} {order}" for _ in rows]

    def _write(self, write: Write) -> Written | RecordError:
        try:
            purchase = purchase_of(write.row)
            customer, email = write.row.get("customer"), write.row.get("email")
            member = self.members.find(purchase.source, customer, email)
            self.points.purchase(purchase, None if member is None else member.id)
        except RecordError as error:
            return error
        return Written(purchase.key)


def lines(order: Order) -> list[dict[str, Any]]:
    """What was bought; an order whose rows are not told is one line of all its products."""
    if order.lines:
        return [_line(line) for line in order.lines]
    amount = _known(order.products_without_tax, order.products)
    with_tax = _known(order.products, order.products_without_tax)
    return [{"amount": amount, "amount_with_tax": with_tax, "code": None, "category": None}]


def refunded(slips: Sequence[CreditSlip]) -> tuple[Decimal, Decimal]:
    """What slips gave back of the products, and of the shipping, with tax."""
    shipping = sum((slip.shipping or ZERO for slip in slips), ZERO)
    products = sum(
        (
            (slip.amount or ZERO) - (slip.shipping or ZERO)
            if slip.products is None
            else slip.products
            for slip in slips
        ),
        ZERO,
    )
    return products, shipping


def purchase_of(row: Row) -> Purchase:
    """The purchase that a row tells; raises `RejectedError` naming the field that is no such."""
    told: dict[str, Any] = {}
    for field in attrs.fields(Purchase):
        value = row.get(field.name)
        if field.name == "lines":
            told["lines"] = tuple(_line_of(line) for line in value or ())
        elif value is not None:
            told[field.name] = _checked(field.name, value, field.type)
    return Purchase(**told)


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "amount": line.unit_price * line.quantity,
        "amount_with_tax": line.unit_price_with_tax * line.quantity,
        "code": line.code,
        "category": None,
    }


def _line_of(row: Any) -> PurchaseLine:
    if not isinstance(row, Mapping):
        raise RejectedError(f"lines: a line is a table of fields, not {row!r}")
    fields = {field.name: field.type for field in attrs.fields(PurchaseLine)}
    return PurchaseLine(
        **{name: _checked(f"lines: {name}", row.get(name), kind) for name, kind in fields.items()}
    )


def _checked(name: str, value: Any, kind: Any) -> Any:
    if kind is Decimal and isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, kind):
        wanted = {Decimal: "a decimal", bool: "true or false"}.get(kind, "a text")
        raise RejectedError(f"{name}: expected {wanted}, found {value!r}")
    return value


def _known(first: Decimal | None, second: Decimal | None) -> Decimal:
    """An amount; a source that does not tell it with tax, or without, may tell the other."""
    return first if first is not None else second if second is not None else ZERO
