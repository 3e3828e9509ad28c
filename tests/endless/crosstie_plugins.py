"""A shop of any size, whose orders are made up as they are read, and a store that takes many
purchases with one request; the file beside a config, for `test_many_purchases.py`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import attrs

from crosstie import (
    ConflictError,
    Env,
    Http,
    Limits,
    Record,
    RecordError,
    Ref,
    Row,
    Selection,
    Stream,
    Table,
    UncertainError,
    Write,
    Written,
    hookimpl,
    setting,
)
from crosstie.commerce import Customer, Order, OrderLine, OrderState, Product

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=1)
STATES = ("shipped", "delivered")
ORDERS_OF_EACH = 20
PRODUCTS = 200


@attrs.frozen
class EndlessShop:
    """A shop that sells something every minute."""

    kind: ClassVar[str] = "endless"
    streams_offered: ClassVar[tuple[str, ...] | None] = ("orders",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    orders: int = setting("How many orders there are")

    def connect(self, env: Env) -> "EndlessShop":
        return self

    def streams(self) -> Mapping[str, Stream]:
        return {"orders": Orders(self.orders)}

    def tables(self) -> Mapping[str, Table]:
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen
class Orders:
    """Its orders, read by their dates and states."""

    name: ClassVar[str] = "orders"
    number: int

    def read(self, selection: Selection) -> Iterator[Record]:
        assert selection.window is not None
        since, until = selection.window
        for number in range(self.number):
            moment, state = OPENED + number * EVERY, STATES[number % len(STATES)]
            if since <= moment < until and state in selection.filters["status"]:
                yield Record(str(number), order(number, moment, state))


def order(number: int, moment: datetime, state: str) -> Order:
    """One order, of a customer who has others and for a product that others buy."""
    buyer, product = number // ORDERS_OF_EACH, number % PRODUCTS
    page = f"https://shop.example/{product}"
    line = OrderLine(
        key=str(number),
        product=Ref("products", str(product), Product(name="Tea", url=page, image=f"{page}.jpg")),
        name="Tea",
        quantity=Decimal(2),
        unit_price=Decimal("8.25"),
        unit_price_with_tax=Decimal("9.99"),
    )
    return Order(
        number=str(number),
        customer=Ref("customers", str(buyer), Customer(email=f"person{buyer}@example.com")),
        state=OrderState(key=state, name=state),
        lines=(line,),
        total=Decimal("19.98"),
        created=moment,
    )


@attrs.frozen
class Bulk:
    """A store that takes many purchases with one request."""

    kind: ClassVar[str] = "bulk"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ("purchases",)

    url: str = setting("Where it is")

    def connect(self, env: Env) -> "BulkStore":
        return BulkStore(env.http(self.url))


@attrs.frozen
class BulkStore:
    """One that is connected."""

    http: Http

    def streams(self) -> Mapping[str, Stream]:
        return {}

    def tables(self) -> Mapping[str, Table]:
        return {"purchases": Purchases(self.http)}

    def close(self) -> None:
        """The core closes the client."""


@attrs.frozen
class Purchases:
    """What was bought there: created once, never changed."""

    name: ClassVar[str] = "purchases"
    key: ClassVar[tuple[str, ...]] = ("number",)
    exact: ClassVar[bool] = True
    only_creates: ClassVar[bool] = True
    batch: ClassVar[int] = 100
    limits: ClassVar[Limits] = Limits(years=1, back=5, filters=("status",))
    accepts: ClassVar[type] = Order
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset()
    http: Http

    def map(self, record: Record, source: str) -> Row:
        sold: Order = record.data
        return {"number": sold.number, "total": sold.total, "sold": sold.created}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        raise AssertionError("no answer is lost")

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        numbers = [write.row["number"] for write in writes]
        answer = self.http.request("POST", "bulk", content=json.dumps(numbers).encode())
        if answer.status != 200:
            return [UncertainError(f"answered {answer.status}")] * len(writes)
        new = set(answer.json())
        return [
            Written(number) if number in new else ConflictError(f"Purchase {number} exists.")
            for number in numbers
        ]


@hookimpl
def register_sources() -> list[type]:
    return [EndlessShop]


@hookimpl
def register_sinks() -> list[type]:
    return [Bulk]
