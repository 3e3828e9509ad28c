"""Whether the shop's connector keeps what Crosstie relies on: the conformance kit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import pytest

from crosstie import Clock, Secret
from crosstie.testing import PackageConformance, Rig, SourceConformance
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, generate
from crosstie_prestashop.sandbox.fulfilment import place_order
from crosstie_prestashop.sandbox.people import new_customer, register_customer
from crosstie_prestashop.sandbox.resources import blank


class ShopRig(Rig):
    """A shop with its settings and nobody in it, in Paris."""

    kind = "prestashop"

    def sandbox(self, clock: Clock) -> PrestaShopSandbox:
        return PrestaShopSandbox(generate(customers=0, orders=0, clock=clock))

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key": Secret(DEFAULT_KEY)}


def local(sandbox: PrestaShopSandbox, at: datetime) -> str:
    return at.astimezone(sandbox.shop.zone).strftime("%Y-%m-%d %H:%M:%S")


class TestPackage(PackageConformance):
    package = "crosstie_prestashop"


@pytest.mark.full
class TestCurrencies(ShopRig, SourceConformance):
    stream = "currencies"
    # Symbols and codes are short: no text of any length, and none with markup.
    texts: ClassVar[Mapping[str, str]] = {"leading zeros": "0012345", "right to left": "שלום"}

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        currency = {"iso_code": f"X{number:02d}", "name": text, "conversion_rate": "1.250000"}
        return str(sandbox.shop["currencies"].insert(blank("currencies") | currency))

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> None:
        sandbox.shop["currencies"].change(int(key), name=text)

    def remove(self, sandbox: Any, key: str, at: datetime) -> None:
        sandbox.shop["currencies"].remove(int(key))


@pytest.mark.full
class TestCustomers(ShopRig, SourceConformance):
    stream = "customers"

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        new = new_customer(f"c{number}@example.com", local(sandbox, at), guest=False, salt=number)
        return str(sandbox.shop["customers"].insert(new | {"firstname": "Ada", "lastname": text}))

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> None:
        sandbox.shop["customers"].change(int(key), lastname=text, date_upd=local(sandbox, at))

    def remove(self, sandbox: Any, key: str, at: datetime) -> None:
        sandbox.shop["customers"].remove(int(key))


class TestOrders(ShopRig, SourceConformance):
    stream = "orders"

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        buyer = register_customer(sandbox.shop, email=f"c{number}@example.com")
        order = place_order(sandbox.shop, buyer, [(1, 2)])
        sandbox.shop["orders"].change(order, date_add=local(sandbox, at))
        self.change(sandbox, str(order), at, text)
        return str(order)

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> None:
        sandbox.shop["orders"].change(int(key), note=text, date_upd=local(sandbox, at))

    def remove(self, sandbox: Any, key: str, at: datetime) -> None:
        sandbox.shop["orders"].remove(int(key))
