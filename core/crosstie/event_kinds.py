"""The kinds of events: noticed by looking at a source, whatever system it is, or received.

Each that is noticed needs streams of the commerce vocabulary; a source that has them has the kind.
"""

from collections.abc import Iterable, Mapping

import attrs

from crosstie.commerce import Cart, CreditSlip, Customer, Order, OrderState, Product
from crosstie.connectors import Connector


@attrs.frozen
class PolledKind:
    """One kind of event: it is noticed in the `streams`, and is about a `thing`.

    `more` has further variables that automations know, with what they are.
    """

    streams: tuple[str, ...]
    thing: type
    more: Mapping[str, type] = attrs.field(factory=dict)


POLLED: Mapping[str, PolledKind] = {
    "customer_registered": PolledKind(("customers",), Customer),
    "customer_updated": PolledKind(("customers",), Customer),
    "order_placed": PolledKind(("orders",), Order, {"customer": Customer}),
    "order_status_changed": PolledKind(
        ("orders",), Order, {"customer": Customer, "old": OrderState, "new": OrderState}
    ),
    "order_refunded": PolledKind(("credit_slips",), CreditSlip, {"customer": Customer}),
    "product_created": PolledKind(("products",), Product),
    "cart_abandoned": PolledKind(("carts", "orders"), Cart, {"customer": Customer, "after": int}),
}
"""By name. A cart is abandoned when nobody has touched it for so long and no order has come of it;
``old`` and ``new`` are the states of an order, ``after`` is the rest of the cart in seconds."""


def polled_kinds(streams: Iterable[str] | None) -> tuple[str, ...]:
    """The kinds that a source with these streams has; all of them where they are not known yet."""
    if streams is None:
        return tuple(POLLED)
    offered = set(streams)
    return tuple(name for name, kind in POLLED.items() if offered.issuperset(kind.streams))


def received_kinds(connector: type[Connector]) -> tuple[str, ...] | None:
    """The kinds of events that such a system sends itself; None for any."""
    kinds: tuple[str, ...] | None = getattr(connector, "events_offered", ())
    return kinds
