"""Whether the shop's actions keep what Crosstie relies on: the conformance kit."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import pytest

from crosstie import Clock, Secret
from crosstie.testing import ActionConformance, Rig
from crosstie_prestashop.sandbox import (
    DEFAULT_KEY,
    PrestaShopSandbox,
    Shop,
    generate,
    place_order,
    register_customer,
)
from crosstie_prestashop.sandbox.resources import blank

DATES = {"date_from": "2020-01-01 00:00:00", "date_to": "2099-01-01 00:00:00"}


@cache
def tables() -> dict[str, list[dict[str, Any]]]:
    """A shop's settings and products; a new shop is quickly made of them."""
    made = generate(customers=0, orders=0)
    return {name: [table[key] for key in table] for name, table in made.tables.items()}


class ShopRig(Rig):
    """A shop with two customers who have ordered, and two coupons."""

    kind = "prestashop"

    def sandbox(self, clock: Clock) -> PrestaShopSandbox:
        shop = Shop(clock=clock)
        for name, records in tables().items():
            shop.fill(name, records)
        for name in ("ada", "grace"):
            customer = register_customer(shop, email=f"{name}@example.com")
            place_order(shop, customer, [(1, 2)])
            code = {"code": name.upper(), "active": "1", "name": [{"id": "1", "value": name}]}
            shop["cart_rules"].insert(blank("cart_rules") | code | DATES)
        return PrestaShopSandbox(shop)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key": Secret(DEFAULT_KEY)}


@pytest.mark.full
class TestCreateCoupon(ShopRig, ActionConformance):
    action = "create_coupon"
    parameters: ClassVar[Mapping[str, Any]] = {
        "name": "Welcome & hello",
        "amount": "5.50",
        "minimum_spend": 30,
        "expires_after": "24h",
    }
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = (
        {"amount": 0},
        {"percent": 10},
        {"amount": None, "percent": 150},
        {"expires_on": "2030-01-31"},
        {"max_uses": 0},
        {"name": " "},
    )
    refused: ClassVar[Mapping[str, Any]] = {"description": "<script>"}
    reason = "Property CartRule->description is not valid"

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        rules = sandbox.shop["cart_rules"]
        return [key for key in rules if rules.value(key, "minimum_amount") == "30.000000"]


@pytest.mark.full
class TestCancelCoupon(ShopRig, ActionConformance):
    action = "cancel_coupon"
    parameters: ClassVar[Mapping[str, Any]] = {"code": "ADA"}
    other: ClassVar[Mapping[str, Any]] = {"code": "GRACE"}
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = ({"code": ""}, {"code": "A|B"})
    refused: ClassVar[Mapping[str, Any]] = {"code": "NOBODYS"}
    reason = "there is no coupon 'NOBODYS'"

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        rules = sandbox.shop["cart_rules"]
        return [key for key in rules if rules.value(key, "active") == "0"]


@pytest.mark.full
class TestSetOrderState(ShopRig, ActionConformance):
    action = "set_order_state"
    parameters: ClassVar[Mapping[str, Any]] = {"order": "1", "state": "Shipped"}
    other: ClassVar[Mapping[str, Any]] = {"order": "2"}
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = ({"order": "0"}, {"state": ""})
    refused: ClassVar[Mapping[str, Any]] = {"state": "paid"}
    reason = "'paid' means several states"

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        histories = sandbox.shop["order_histories"]
        return [key for key in histories if histories.value(key, "id_order_state") == "4"]


@pytest.mark.full
class TestAddCustomerToGroup(ShopRig, ActionConformance):
    action = "add_customer_to_group"
    parameters: ClassVar[Mapping[str, Any]] = {"customer": "1", "group": "Guest"}
    other: ClassVar[Mapping[str, Any]] = {"customer": "2"}
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = ({"customer": "ada"}, {"group": " "})
    refused: ClassVar[Mapping[str, Any]] = {"group": "Gold"}
    reason = "there is no group 'Gold'"

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        customers = sandbox.shop["customers"]
        return [key for key in customers if {"id": "2"} in customers[key]["associations"]["groups"]]


@pytest.mark.full
class TestAddOrderNote(ShopRig, ActionConformance):
    action = "add_order_note"
    parameters: ClassVar[Mapping[str, Any]] = {"order": "1", "text": "Gift-wrap ]]> & <b>"}
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = ({"text": ""}, {"text": "\x00"})
    refused: ClassVar[Mapping[str, Any]] = {"order": "99"}
    reason = "there is no 99 among the orders"

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        return [line for line in sandbox.shop["orders"][1]["note"].splitlines() if line]
