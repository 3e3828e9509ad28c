"""Deeds: what a shop does, and which of its times move."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crosstie.testing import SimulatedClock
from crosstie_prestashop.sandbox import (
    DEEDS,
    Shop,
    add_address,
    change_product,
    change_state,
    change_stock,
    delete_customer,
    delete_order,
    delete_product,
    edit_address,
    edit_customer,
    generate,
    leave_cart,
    place_order,
    refund,
    register_customer,
    remove_order_row,
    subscribe,
    track,
)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 11, 20, 12, tzinfo=UTC))


@pytest.fixture
def village(clock: SimulatedClock) -> Shop:
    """A small made-up shop whose clock has moved on a minute since."""
    shop = generate(customers=30, orders=40, clock=clock)
    clock.sleep(60)
    return shop


NOW = "2026-11-20 13:01:00"


def touched(shop: Shop, resource: str, key: int) -> bool:
    return bool(shop[resource][key]["date_upd"] == NOW)


def test_a_customer_registers(village: Shop) -> None:
    key = register_customer(village, email="new@example.com", newsletter=True, company="New")
    found = village["customers"][key]
    assert (NOW, NOW, NOW) == (found["date_add"], found["date_upd"], found["newsletter_date_add"])
    assert ("1", "New") == (found["active"], found["company"])


def test_only_the_accounts_own_form_touches_a_customer(village: Shop) -> None:
    address = add_address(village, 3)
    edit_address(village, address, city="Nantes")
    subscribe(village, 3)
    place_order(village, 3, [(1, 1)])
    assert not touched(village, "customers", 3)
    edit_customer(village, 3, firstname="Zed")
    assert touched(village, "customers", 3)


def test_an_address_in_use_is_copied(village: Shop) -> None:
    order = village["orders"][5]
    old = int(order["id_address_delivery"])
    new = edit_address(village, old, city="Nantes")
    assert ("1", "Nantes", "0") == (
        village["addresses"][old]["deleted"],
        village["addresses"][new]["city"],
        village["addresses"][new]["deleted"],
    )
    assert order == village["orders"][5]
    assert old == edit_address(village, old, in_place=True, city="Tours")


def test_an_order_comes_with_all_that_belongs_to_it(village: Shop) -> None:
    names = ("carts", "order_details", "order_carriers", "order_histories", "order_payments")
    before = {name: len(village[name]) for name in names}
    place_order(village, 3, [(1, 2), (4, 1)], state=2)
    more = {name: len(village[name]) - before[name] for name in names}
    assert dict(zip(names, (1, 2, 1, 1, 1), strict=True)) == more


def test_a_cart_that_is_left_makes_no_order(village: Shop) -> None:
    orders = len(village["orders"])
    cart = village["carts"][leave_cart(village, 3, [(1, 2)])]
    assert (orders, NOW, "2") == (
        len(village["orders"]),
        cart["date_upd"],
        cart["associations"]["cart_rows"][0]["quantity"],
    )


def test_a_state_touches_the_order(village: Shop) -> None:
    order = place_order(village, 3, [(1, 1)])
    village.clock.sleep(60)
    assert change_state(village, order, 2) == village["order_histories"].last_id
    assert "2026-11-20 13:02:00" == village["orders"][order]["date_upd"]


def test_a_refund_touches_the_row_and_adds_a_slip_but_not_the_order(village: Shop) -> None:
    order = place_order(village, 3, [(1, 3)], state=2)
    before = village["orders"][order]
    village.clock.sleep(60)
    slip = village["order_slip"][refund(village, order, shipping=True)]
    assert before == village["orders"][order]
    row = village["order_details"][village.details_of(order)[0]]
    assert ("1", slip["total_products_tax_incl"]) == (
        row["product_quantity_refunded"],
        row["total_refunded_tax_incl"],
    )
    assert [{"1"}] == [
        {one["product_quantity"]} for one in slip["associations"]["order_slip_details"]
    ]


def test_a_removed_row_takes_its_money_along(village: Shop) -> None:
    order = place_order(village, 3, [(1, 1), (4, 2)])
    before, gone = village["orders"][order], village["order_details"][village.details_of(order)[1]]
    village.clock.sleep(60)
    remove_order_row(village, order)
    after = village["orders"][order]
    assert 1 == len(after["associations"]["order_rows"])
    less = Decimal(before["total_paid"]) - Decimal(after["total_paid"])
    assert Decimal(gone["total_price_tax_incl"]) == less
    assert before["date_upd"] < after["date_upd"]


def test_deletions_leave_no_trace_but_dangling_ids(village: Shop) -> None:
    customer = int(village["orders"][5]["id_customer"])
    delete_customer(village, customer)
    assert customer not in village["customers"]
    assert str(customer) == village["orders"][5]["id_customer"]
    rows = village.details_of(6)
    delete_order(village, 6)
    assert rows == village.details_of(6)


def test_a_soft_deletion_is_a_change(village: Shop) -> None:
    delete_customer(village, 3, softly=True)
    assert ("1", True) == (village["customers"][3]["deleted"], touched(village, "customers", 3))


def test_stock_does_not_touch_the_product(village: Shop) -> None:
    change_stock(village, 1, 7)
    stocks = village["stock_availables"]
    assert ["7"] == [stocks[key]["quantity"] for key in stocks.with_value("id_product", 1)]
    assert not touched(village, "products", 1)
    change_product(village, 1, price="12.000000")
    assert touched(village, "products", 1)


def test_rows_outlive_their_product(village: Shop) -> None:
    order = place_order(village, 3, [(1, 1)])
    delete_product(village, 1)
    assert "1" == village["orders"][order]["associations"]["order_rows"][0]["product_id"]


def test_an_unknown_state_or_order_is_an_error(village: Shop) -> None:
    with pytest.raises(KeyError, match="order_states 999"):
        change_state(village, 1, 999)
    with pytest.raises(KeyError, match="orders 999"):
        change_state(village, 999, 2)


def test_a_tracking_number_shows_on_the_order_but_does_not_touch_it(village: Shop) -> None:
    order = place_order(village, 3, [(1, 1)])
    before = village["orders"][order]
    village.clock.sleep(60)
    track(village, order, "0042")
    assert before | {"shipping_number": "0042"} == village["orders"][order]


def test_every_deed_is_known_by_its_name_and_says_what_it_does() -> None:
    assert all(name == deed.__name__ and deed.__doc__ for name, deed in DEEDS.items())
