"""An order as a shop tells it, to change one thing of."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crosstie import Record, Ref
from crosstie.commerce import Currency, Customer, Order, OrderLine, Product

TEA = Product(
    name="Tea",
    price=Decimal("16.658333"),
    url="https://shop.example/tea",
    image="https://shop.example/tea.jpg",
)
ADA = Customer(email="ada@example.com", firstname="Ada", lastname="Lovelace")


def line(**changes: Any) -> OrderLine:
    """Three packets of tea at 19.99."""
    usual = OrderLine(
        key="1",
        product=Ref("products", "7", TEA),
        name="Tea, green",
        quantity=Decimal(3),
        unit_price=Decimal("16.658333"),
        unit_price_with_tax=Decimal("19.990000"),
    )
    return attrs.evolve(usual, **changes)


def order(**changes: Any) -> Order:
    """Order 1042 of Ada's."""
    usual = Order(
        number="1042",
        customer=Ref("customers", "17", ADA),
        cart=Ref("carts", "88"),
        currency=Ref("currencies", "1", Currency(code="EUR", rate=Decimal(1))),
        currency_rate=Decimal("1.000000"),
        lines=(line(),),
        total=Decimal("64.970000"),
        payment_method="Card",
        created=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Madrid")),
    )
    return attrs.evolve(usual, **changes)


def dollars(rate: str) -> dict[str, Any]:
    """The fields of an order in dollars at this rate."""
    currency = Ref("currencies", "2", Currency(code="USD", rate=Decimal("1.2")))
    return {"currency": currency, "currency_rate": Decimal(rate)}


def record(**changes: Any) -> Record:
    """Order 1042 as a record."""
    return Record("1042", order(**changes))
