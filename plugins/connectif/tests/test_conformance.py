"""Whether the connector keeps what Crosstie relies on: the conformance kit, on the sandbox."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Clock, Ref, Secret
from crosstie.commerce import Customer, Order, OrderLine, Product
from crosstie.testing import PackageConformance, Rig, TableConformance
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox

FAST = 1_000_000


class ConnectifRig(Rig):
    """How Connectif is played, and what a config says of it."""

    kind = "connectif"

    def sandbox(self, clock: Clock) -> ConnectifSandbox:
        return ConnectifSandbox(clock, per_minute=FAST, domains=["https://shop.example"])

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key_id": KEY_ID, "key_secret": Secret(KEY_SECRET)}

    def secrets(self, sandbox: ConnectifSandbox) -> Iterable[str]:
        return [f"{KEY_ID}:{KEY_SECRET}"]


@pytest.mark.full
class TestContacts(ConnectifRig, TableConformance):
    table = "contacts"
    alike = False
    upserts = True
    refused = Customer(email="nonsense", lastname="refused")
    refusal = "email"

    def data(self, number: int, text: str) -> Customer:
        return Customer(email=f"c{number}@example.com", lastname=text)

    def rows(self, sandbox: ConnectifSandbox) -> Mapping[str, Mapping[str, Any]]:
        return sandbox.told("contacts")

    def remove(self, sandbox: ConnectifSandbox, row_id: str) -> None:
        del sandbox.store.contacts[row_id]


def sold(number: int, text: str) -> Product:
    return Product(
        name=text,
        price=Decimal("19.99"),
        url=f"https://shop.example/{number}",
        image=f"https://shop.example/{number}.jpg",
    )


@pytest.mark.full
class TestProducts(ConnectifRig, TableConformance):
    table = "products"
    alike = False
    folded = False
    upserts = True
    refused = Product(name="refused", url="https://elsewhere.example/9")
    refusal = "non authorized domain"

    def data(self, number: int, text: str) -> Product:
        return sold(number, text)

    def rows(self, sandbox: ConnectifSandbox) -> Mapping[str, Mapping[str, Any]]:
        return sandbox.told("products")

    def remove(self, sandbox: ConnectifSandbox, row_id: str) -> None:
        del sandbox.store.products[row_id]


class TestPurchases(ConnectifRig, TableConformance):
    table = "purchases"
    stream = "orders"
    alike = False
    folded = False
    refusal = "products[0].imageUrl: is required"

    def data(self, number: int, text: str) -> Order:
        line = OrderLine(
            key="1",
            product=Ref("products", "7", sold(7, "Tea")),
            name=text,
            quantity=Decimal(2),
            unit_price=Decimal("16.66"),
            unit_price_with_tax=Decimal("19.99"),
        )
        return Order(
            number=str(number),
            customer=Ref("customers", "1", Customer(email="ada@example.com", lastname="Ada")),
            cart=Ref("carts", f"c{number}"),
            lines=(line,),
            total=Decimal("44.98"),
            created=datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
        )

    @property
    def refused(self) -> Order:
        unseen = Ref("products", "7", Product(name="Tea", url="https://shop.example/7"))
        (line,) = self.data(9, "refused").lines
        return attrs.evolve(self.data(9, "refused"), lines=(attrs.evolve(line, product=unseen),))

    def rows(self, sandbox: ConnectifSandbox) -> Mapping[str, Mapping[str, Any]]:
        return sandbox.told("purchases")


class TestPackage(PackageConformance):
    package = "crosstie_connectif"
    examples = {"key_id": KEY_ID}  # noqa: RUF012
