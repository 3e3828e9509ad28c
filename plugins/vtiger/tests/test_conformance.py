"""Whether vtiger's connector keeps what Crosstie relies on: the conformance kit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest

from crosstie import Clock, Ref, Secret
from crosstie.commerce import Currency, Customer, Order, OrderLine, OrderState, Product
from crosstie.testing import TEXTS, PackageConformance, Rig, TableConformance
from crosstie_vtiger.invoices import KEY as ORDER_KEY
from crosstie_vtiger.sandbox import VtigerSandbox

KEY = "openSesame1234"
KEPT = {
    name: text
    for name, text in TEXTS.items()
    # vtiger loses emoji, decodes entities, and cuts what its column cannot hold.
    if name not in {"emoji", "ampersands", "long"}
}


class VtigerRig(Rig):
    """A fresh vtiger 8.4 whose inventory web service has been mended."""

    kind = "vtiger"

    def sandbox(self, clock: Clock) -> VtigerSandbox:
        return VtigerSandbox(access_key=KEY, clock=clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "username": "admin", "access_key": Secret(KEY)}


def records(sandbox: Any, module: str) -> dict[str, Mapping[str, Any]]:
    return {record["id"]: record for record in sandbox.records(module)}


class TestPackage(PackageConformance):
    package = "crosstie_vtiger"


@pytest.mark.full
class TestCustomers(VtigerRig, TableConformance):
    table = "customers"
    stream = "customers"
    texts: ClassVar[Mapping[str, str]] = KEPT
    amounts = ()
    refused = Customer(lastname="Without an address")
    refusal = "no e-mail"

    def data(self, number: int, text: str) -> Customer:
        return Customer(email=f"c{number}@example.com", firstname="Ada", lastname=text)

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        return records(sandbox, "Leads") | records(sandbox, "Contacts")


@pytest.mark.full
class TestCustomersWhoHaveOrdered(TestCustomers):
    """Contacts, each with an Account."""

    texts: ClassVar[Mapping[str, str]] = {"leading zeros": KEPT["leading zeros"]}

    def data(self, number: int, text: str) -> Customer:
        return attrs.evolve(super().data(number, text), has_ordered=True)


@pytest.mark.full
class TestProducts(VtigerRig, TableConformance):
    table = "products"
    stream = "products"
    texts = KEPT
    amounts = ()
    refused = Product(name="Too long", code="x" * 41)
    refusal = "vtiger keeps 40"

    def data(self, number: int, text: str) -> Product:
        euro = Ref("currencies", "1", Currency(code="EUR", name="Euro"))
        price = Decimal("19.99")
        return Product(code=f"P-{number}", name=text, price=price, currency=euro)

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        return records(sandbox, "Products")


class TestOrders(VtigerRig, TableConformance):
    table = "orders"
    stream = "orders"
    texts: ClassVar[Mapping[str, str]] = {}
    amounts = ()
    refused = Order(number="empty", customer=Ref("customers", "1"), total=Decimal(0))
    refusal = "has no lines"

    def data(self, number: int, text: str) -> Order:
        euro = Ref("currencies", "1", Currency(code="EUR", name="Euro"))
        return Order(
            number=str(number),
            customer=Ref("customers", "1", Customer(email="ada@example.com", lastname="Ada")),
            currency=euro,
            lines=(
                OrderLine(
                    key="1",
                    product=Ref("products", "1", Product(code="P-1", name="Tea", currency=euro)),
                    name="Tea",
                    quantity=Decimal(2),
                    unit_price=Decimal("8.00"),
                    unit_price_with_tax=Decimal("9.60"),
                ),
            ),
            state=OrderState(key="2", paid=True, invoice=True),
            total=Decimal("19.20"),
            note=text,
        )

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        for module, field in (("Invoice", ORDER_KEY), ("Potentials", "description")):
            keys = [record[field] for record in sandbox.records(module)]
            assert sorted(set(keys)) == sorted(keys), f"{module} are there twice"
        return records(sandbox, "SalesOrder")


@pytest.mark.full
class TestOrdersWithPotentials(TestOrders):
    def settings(self, url: str) -> Mapping[str, Any]:
        return {**super().settings(url), "create_potential": True}


@pytest.mark.full
class TestPotentials(TestOrders):
    """Written by a flow of their own, whose names change with the number that is in them."""

    table = "potentials"
    match = ("description",)
    refused = Order(number="nobody's", total=Decimal(0))
    refusal = "has no customer"

    def data(self, number: int, text: str) -> Order:
        return attrs.evolve(super().data(number, text), number=text)

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        return records(sandbox, "Potentials")


@pytest.mark.full
class TestAnyModule(VtigerRig, TableConformance):
    table = "Leads"
    match = ("email",)
    texts = KEPT
    amounts = ()

    def data(self, number: int, text: str) -> Mapping[str, Any]:
        return {"email": f"c{number}@example.com", "lastname": "Ada", "company": text}

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        return records(sandbox, "Leads")
