"""Reading costs little: no request per record, few per page, two or less for nothing."""

from typing import Any

import pytest

SMALL = (
    "configurations",
    "countries",
    "currencies",
    "languages",
    "order_states",
    "shops",
    "states",
)
DETAILS = {
    "payments": "order_payments",
    "discounts": "order_cart_rules",
    "slips": "order_slip",
    "image": "products",
}


@pytest.fixture
def hundred(reach_of: Any, made_up: Any) -> Any:
    """A shop with exactly one page of 100 orders."""
    return reach_of(made_up(80, 100))


def costs(reach: Any) -> dict[str, int]:
    """Requests by resource, without the small tables; each of those costs at most one."""
    asked = reach.wire.asked()
    assert all(asked.pop(name, 0) <= 1 for name in SMALL)
    reach.wire.log.clear()
    return dict(asked)


def test_a_page_of_100_orders_costs_three_requests(hundred: Any) -> None:
    cursor = hundred.read("orders", page=100).cursors[-1]
    listing = {"orders": 1}
    assert costs(hundred) == {"orders": 1 + listing["orders"], "customers": 1, "addresses": 1}
    hundred.clock.sleep(3600)
    for key in range(1, 101):
        hundred.shop["orders"].change(key, date_upd=hundred.shop.now())
    assert len(hundred.read("orders", page=101, since=cursor).keys) == 100
    assert costs(hundred) == {"orders": 1, "customers": 1, "addresses": 1}


@pytest.mark.parametrize("detail", DETAILS)
def test_each_detail_that_is_used_costs_one_request_for_a_page(hundred: Any, detail: str) -> None:
    hundred.read("orders", page=100, uses=(detail,))
    assert costs(hundred)[DETAILS[detail]] == 1
    hundred.read("orders", page=100, uses=tuple(DETAILS))
    asked = costs(hundred)
    assert [asked[resource] for resource in DETAILS.values()] == [1, 1, 1, 1]


def test_a_page_of_customers_costs_one_request_for_addresses_and_one_for_orders(
    hundred: Any,
) -> None:
    hundred.read("customers", uses=("has_ordered",))
    assert costs(hundred) == {"customers": 2, "addresses": 1, "orders": 1}
    hundred.read("customers")
    assert costs(hundred) == {"customers": 2, "addresses": 1}


def test_a_second_run_costs_one_request_for_each_stream_and_none_to_start(reach: Any) -> None:
    names = ("customers", "products", "orders")
    cursors = {name: reach.read(name).cursors[-1] for name in names}
    reach.wire.log.clear()
    reach.clock.sleep(60)
    live = reach.connect()
    for name in names:
        assert reach.read(name, since=cursors[name]).records == []
    live.close()
    assert dict(reach.wire.asked()) == dict.fromkeys(names, 1)


def test_the_shops_settings_are_remembered_for_a_day(reach: Any) -> None:
    reach.read("customers")
    reach.read("customers")
    assert reach.wire.asked()["configurations"] == 1
    reach.clock.sleep(86401)
    reach.read("customers")
    assert reach.wire.asked()["configurations"] == 2


def test_the_settings_of_one_shop_are_not_taken_for_anothers(reach: Any) -> None:
    zone = {"name": "PS_TIMEZONE", "value": "America/New_York", "id_shop": "1"}
    reach.shop["configurations"].insert(zone)
    whole = reach.read("customers").records[0].data.created
    one = reach.read("customers", id_shop=1).records[0].data.created
    assert (whole.tzinfo.key, one.tzinfo.key) == ("Europe/Paris", "America/New_York")


def test_small_tables_are_read_once_for_a_connection(reach: Any) -> None:
    stream = reach.stream("orders", page=5)
    list(stream.get(["1"], frozenset()))
    list(stream.get(["2"], frozenset()))
    assert {name: reach.wire.asked()[name] for name in ("currencies", "order_states")} == {
        "currencies": 1,
        "order_states": 1,
    }


def test_small_tables_are_read_again_after_an_hour(reach: Any) -> None:
    stream = reach.stream("orders")
    reach.shop["orders"].change(1, current_state="6")
    assert next(iter(stream.get(["1"], frozenset()))).data.state.name == "Canceled"
    reach.shop["order_states"].change(6, name=[{"id": "1", "value": "Scrapped"}])
    reach.clock.sleep(3601)
    assert next(iter(stream.get(["1"], frozenset()))).data.state.name == "Scrapped"


def test_a_state_that_came_later_is_known_at_once(reach: Any) -> None:
    stream = reach.stream("orders")
    list(stream.get(["1"], frozenset()))
    states = reach.shop["order_states"]
    new = states.insert({**states[5], "id": None, "name": [{"id": "1", "value": "Brand new"}]})
    reach.shop["orders"].change(1, current_state=str(new))
    reach.clock.sleep(61)
    assert next(iter(stream.get(["1"], frozenset()))).data.state.name == "Brand new"


def test_no_url_is_too_long(reach_of: Any, made_up: Any) -> None:
    shop = made_up(5, 5)
    orders = shop["orders"]
    for key in range(10_000_000, 10_000_900):
        orders.insert({**orders[1], "id": key, "id_customer": str(key), "id_address_invoice": key})
    reach = reach_of(shop)
    reach.read("orders", page=1000, uses=tuple(DETAILS))
    assert max(len(request.target) for request in reach.wire.log) < 6000
