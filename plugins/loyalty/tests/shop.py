"""A shop of which a test tells orders, as a source for whole flows."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from crosstie import Checkpoint, Env, Live, Record, Ref, Selection, Stream, Table, hookimpl
from crosstie.commerce import CreditSlip, Currency, Customer, Order, OrderLine, OrderState

PAID = OrderState(key="2", name="Paid", paid=True)
DELIVERED = OrderState(key="5", name="Delivered", paid=True, delivered=True)
CANCELLED = OrderState(key="6", name="Cancelled", cancelled=True)
PLACED = OrderState(key="1", name="Placed")


def order(key: str, email: str, price: str = "30", **told: Any) -> Order:
    """An order of two pieces at this price with tax, paid."""
    with_tax = Decimal(price)
    line = OrderLine(
        key=f"{key}-1",
        code="MUG",
        quantity=Decimal(2),
        unit_price=with_tax * 5 / 6,
        unit_price_with_tax=with_tax,
    )
    usual: dict[str, Any] = {
        "number": key,
        "customer": Ref("customers", f"c-{email}", Customer(email=email)),
        "currency": Ref("currencies", "1", Currency(code="EUR")),
        "state": PAID,
        "lines": (line,),
        "slips": (),
        "created": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return Order(**{**usual, **told})


def slip(key: str, products: str) -> CreditSlip:
    """Some of it was given back."""
    return CreditSlip(key=key, products=Decimal(products), amount=Decimal(products))


@attrs.define
class Orders:
    """What has been told so far."""

    name: ClassVar[str] = "orders"
    told: list[Record] = attrs.field(factory=list)

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `crosstie.Stream`."""
        yield from self.told[int(selection.since or 0) :]
        yield Checkpoint(str(len(self.told)))


@attrs.frozen
class ShopLive:
    """The connected shop."""

    orders: Orders

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`."""
        return {"orders": self.orders}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen(eq=False)
class Shop:
    """The plugin with the shop, the kind ``told``."""

    orders: Orders = attrs.field(factory=Orders)

    def tell(self, order: Order) -> None:
        """Tell an order, or a change of it."""
        self.orders.told.append(Record(order.number, order, version=str(len(self.orders.told))))

    @hookimpl
    def register_sources(self) -> list[type[Any]]:
        """The shop."""
        live = ShopLive(self.orders)

        @attrs.frozen
        class ToldShop:
            """What a test has told."""

            kind: ClassVar[str] = "told"
            streams_offered: ClassVar[tuple[str, ...]] = ("orders",)
            tables_offered: ClassVar[tuple[str, ...]] = ()

            def connect(self, env: Env) -> Live:
                return live

        return [ToldShop]
