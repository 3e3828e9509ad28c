"""The seven GET rights suffice for customers and orders; what else is missing is unknown."""

import logging
from typing import Any

import pytest

from crosstie import UnauthorisedError, UnavailableError

DETAILS = ("payments", "discounts", "slips", "image")


@pytest.fixture
def limited(reach: Any, seven: tuple[str, ...]) -> dict[str, Any]:
    """Settings of a connection that has the seven rights and nothing else."""
    return {"key": reach.limit(*seven), "time_zone": reach.shop.zone}


@pytest.mark.feature("T16", "T17", "T18", "T19", "T20", "T21", "T22", "T23")
def test_seven_rights_suffice_for_customers_and_orders(reach: Any, limited: Any) -> None:
    people = reach.read("customers", uses=("has_ordered",), **limited)
    orders = reach.read("orders", **limited)
    assert (len(people.records), len(orders.records)) == (
        len(reach.shop["customers"]),
        len(reach.shop["orders"]),
    )
    order = orders.by_key["7"].data
    assert order.currency.embedded.code
    assert order.state.name
    assert order.invoice_address.country
    assert order.customer.embedded.email
    assert order.shop == "RealShop"
    assert {request.method for request in reach.wire.log} == {"GET"}


def test_what_the_seven_rights_do_not_show_is_unknown_and_not_zero(
    reach: Any, limited: Any
) -> None:
    for record in reach.read("orders", uses=DETAILS, **limited).records:
        order = record.data
        assert (order.payments, order.discounts, order.slips, order.language) == (None,) * 4
        assert {line.quantity_refunded for line in order.lines} <= {None}
        assert {line.product.embedded.image for line in order.lines} <= {None}


@pytest.mark.parametrize(
    ("missing", "unknown"),
    [
        ("addresses", lambda order: (order.invoice_address, order.delivery_address)),
        ("customers", lambda order: (order.customer.embedded,)),
        ("currencies", lambda order: (order.currency,)),
        ("order_states", lambda order: (order.state.name, order.state.paid)),
        ("countries", lambda order: (order.invoice_address.country,)),
        ("shops", lambda order: (order.shop,)),
    ],
)
def test_each_missing_right_leaves_its_part_unknown(
    reach: Any, seven: tuple[str, ...], missing: str, unknown: Any
) -> None:
    key = reach.limit(*(name for name in seven if name != missing))
    order = reach.read("orders", key=key, time_zone=reach.shop.zone).by_key["7"].data
    assert set(unknown(order)) == {None}


def test_a_missing_right_is_asked_for_once_and_logged_once(
    reach: Any, limited: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        reach.read("orders", page=10, uses=DETAILS, **limited)
    refused = ("order_payments", "order_cart_rules", "order_slip", "languages")
    assert {name: reach.wire.asked()[name] for name in refused} == dict.fromkeys(refused, 1)
    warnings = [record.message for record in caplog.records]
    assert sum("may not read order_payments" in text for text in warnings) == 1


def test_a_right_that_was_given_since_is_found_within_an_hour(reach: Any, limited: Any) -> None:
    stream = reach.stream("orders", **limited)
    assert next(iter(stream.get(["1"], frozenset({"slips"})))).data.slips is None
    reach.sandbox.keys[limited["key"]].grant("order_slip", ("GET",))
    reach.clock.sleep(3600)
    assert next(iter(stream.get(["1"], frozenset({"slips"})))).data.slips is not None


def test_a_right_that_was_taken_away_is_noticed_at_once(reach: Any, limited: Any) -> None:
    stream = reach.stream("orders", **limited)
    assert next(iter(stream.get(["1"], frozenset()))).data.invoice_address is not None
    reach.sandbox.keys[limited["key"]].deny("addresses")
    assert next(iter(stream.get(["1"], frozenset()))).data.invoice_address is None


def test_a_stream_that_may_not_be_read_says_which_right_it_lacks(reach: Any, seven: Any) -> None:
    key = reach.limit(*(name for name in seven if name != "orders"))
    with pytest.raises(UnauthorisedError, match="give it the right GET on orders"):
        reach.read("orders", key=key, time_zone=reach.shop.zone)
    people = reach.read("customers", key=key, time_zone=reach.shop.zone, uses=("has_ordered",))
    assert {record.data.has_ordered for record in people.records} == {None}


def test_a_right_without_get_counts_as_missing(reach: Any, limited: Any) -> None:
    reach.sandbox.keys[limited["key"]].deny("orders", ("GET",))
    reach.sandbox.keys[limited["key"]].grant("orders", ("PUT",))
    with pytest.raises(UnauthorisedError, match="give it the right GET on orders"):
        reach.read("orders", **limited)


def test_without_the_time_zone_the_error_says_what_to_do(reach: Any, seven: Any) -> None:
    with pytest.raises(UnauthorisedError, match="set time_zone in the config"):
        reach.read("orders", key=reach.limit(*seven))


def test_a_time_zone_that_nobody_knows_says_what_to_do(reach: Any) -> None:
    settings = reach.shop["configurations"]
    key = next(key for key in settings if settings.value(key, "name") == "PS_TIMEZONE")
    settings.change(key, value="Mars/Olympus")
    with pytest.raises(Exception, match="'Mars/Olympus' is not known here; set time_zone"):
        reach.read("orders")


@pytest.mark.feature("T06")
def test_an_address_and_a_key_are_enough_to_read(reach: Any) -> None:
    assert len(reach.read("customers").records) == len(reach.shop["customers"])


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("X" * 32, "does not know this key"),
        ("short", "has 32 characters"),
        ("", "has 32 characters"),
    ],
)
def test_a_wrong_key_is_explained_and_never_shown(reach: Any, key: str, text: str) -> None:
    with pytest.raises(UnauthorisedError, match=text) as told:
        reach.read("customers", key=key)
    assert not key or key not in str(told.value)


def test_an_inactive_key_is_refused(reach: Any) -> None:
    reach.sandbox.key.active = False
    with pytest.raises(UnauthorisedError, match="or it is disabled"):
        reach.read("customers")


def test_a_key_of_another_shop_is_refused(reach: Any) -> None:
    reach.sandbox.key.shops = {2}
    with pytest.raises(UnauthorisedError, match="not valid for this shop of the multishop"):
        reach.read("customers")


def test_a_webservice_that_is_switched_off_is_said_to_be(reach: Any) -> None:
    reach.sandbox.switched_on = False
    with pytest.raises(UnavailableError, match="webservice is switched off"):
        reach.read("customers")


def test_a_wrong_host_is_told_with_the_right_one(reach: Any) -> None:
    reach.sandbox.domain = "shop.example"
    with pytest.raises(UnavailableError, match=r"it redirects to http://shop\.example/"):
        reach.read("customers")


def test_an_unknown_shop_of_a_multishop_is_told(reach: Any) -> None:
    with pytest.raises(UnavailableError, match="it has no shop 99"):
        reach.read("customers", id_shop=99)
