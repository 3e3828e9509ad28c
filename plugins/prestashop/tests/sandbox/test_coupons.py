"""Coupons in the sandbox: a code is typed into a cart, and the shop says what it thinks of it."""

import json
from typing import Any

import httpx
import pytest

from crosstie.sandbox import Request
from crosstie_prestashop.sandbox import PrestaShopSandbox, Shop, check_coupon, use_coupon
from crosstie_prestashop.sandbox.control import Control
from crosstie_prestashop.sandbox.resources import blank

CART = [(1, 2)]


def add(shop: Shop, **fields: Any) -> int:
    """A cart rule of 10 % that everybody can use, unless the fields say otherwise."""
    rule = {
        "code": "TEN",
        "name": [{"id": "1", "value": "Ten"}],
        "date_from": "2020-01-01 00:00:00",
        "date_to": "2099-01-01 00:00:00",
        "quantity": "9",
        "quantity_per_user": "9",
        "reduction_percent": "10.00",
        "minimum_amount_currency": "1",
        "reduction_currency": "1",
        "active": "1",
    }
    return shop["cart_rules"].insert(blank("cart_rules") | rule | fields)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"code": "ten"}, None),
        ({"code": ""}, "there is no such code"),
        ({"active": "0"}, "it is switched off"),
        ({"quantity": "0"}, "it is used up"),
        ({"date_from": "2098-01-01 00:00:00"}, "it is not valid yet"),
        ({"date_to": "2020-01-02 00:00:00"}, "it has expired"),
        ({"quantity_per_user": "0"}, "this customer has used it up"),
        ({"id_customer": "9"}, "it is for another customer"),
        ({"minimum_amount": "1000.000000"}, "the cart is below its minimum"),
    ],
)
def test_a_code_that_does_not_help_says_why(
    shop: Shop, fields: dict[str, str], reason: str | None
) -> None:
    add(shop, **fields)
    told = check_coupon(shop, "TEN", CART, 2)
    assert {"valid": reason is None, "reason": reason} == {
        name: told[name] for name in ("valid", "reason")
    }
    if reason is not None:
        with pytest.raises(ValueError, match=reason):
            use_coupon(shop, 2, "TEN", CART)


def test_an_empty_cart_and_an_empty_code_get_nothing(shop: Shop) -> None:
    add(shop)
    assert "the cart is empty" == check_coupon(shop, "TEN", [])["reason"]
    assert "there is no such code" == check_coupon(shop, "", CART)["reason"]


def test_an_amount_is_never_more_than_the_cart(shop: Shop) -> None:
    add(shop, reduction_percent="0.00", reduction_amount="9999.000000", reduction_tax="1")
    order = use_coupon(shop, 2, "TEN", CART)
    found = shop["orders"].plain(order)
    assert found["total_discounts_tax_incl"] == found["total_products_wt"]
    assert found["total_discounts_tax_excl"] == found["total_products"]


def test_an_order_with_a_code_uses_it_up_by_one(shop: Shop) -> None:
    rule = add(shop)
    order = use_coupon(shop, 2, "ten", CART)
    assert "8" == shop["cart_rules"].value(rule, "quantity")
    used = shop["order_cart_rules"][shop["order_cart_rules"].last_id]
    assert (str(order), str(rule), "Ten") == (used["id_order"], used["id_cart_rule"], used["name"])


def test_the_back_door_checks_and_uses_codes(shop: Shop) -> None:
    control = Control(PrestaShopSandbox(shop))
    add(shop)

    def ask(name: str, **arguments: Any) -> tuple[int, Any]:
        body = json.dumps({"name": name, "arguments": arguments}).encode()
        reply = control.respond(Request("POST", "/_sandbox/deed", {}, {}, body, "/_sandbox/deed"))
        return reply.status, json.loads(reply.body)

    status, told = ask("check_coupon", code="TEN", products=[[1, 2]])
    assert (200, True) == (status, told["result"]["valid"])
    assert 200 == ask("use_coupon", customer=2, code="TEN", products=[[1, 2]])[0]
    status, told = ask("use_coupon", customer=2, code="NONE", products=[[1, 2]])
    assert (400, {"error": "ValueError: there is no such code"}) == (status, told)


def test_a_mail_about_a_state_is_sent_where_it_is_asked_for_and_the_state_has_one(
    web: httpx.Client, shop: Shop
) -> None:
    for state, query in ((2, ""), (4, "?sendemail=1"), (5, "?sendemail=1")):
        new = f"<id_order>1</id_order><id_order_state>{state}</id_order_state>"
        body = f"<prestashop><order_history>{new}</order_history></prestashop>"
        assert 201 == web.post(f"/api/order_histories{query}", content=body).status_code
    assert [(1, 4)] == shop.mails
