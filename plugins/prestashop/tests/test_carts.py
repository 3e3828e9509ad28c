"""A cart is told with its customer and products, bought or not."""

from decimal import Decimal
from typing import Any

from crosstie import Ref


def test_a_cart_tells_what_is_in_it_and_whose_it_is(reach: Any) -> None:
    carts, people = reach.shop["carts"], reach.read("customers").by_key
    for record in reach.read("carts").records:
        row = carts[int(record.key)]
        lines = row.get("associations", {}).get("cart_rows", [])
        told = [(line.product.key, line.quantity) for line in record.data.lines]
        assert told == [(line["id_product"], Decimal(line["quantity"])) for line in lines]
        if record.data.customer and record.data.customer.key in people:
            person = people[record.data.customer.key].data
            assert record.data.customer.embedded.email == person.email


def test_products_are_embedded_as_their_stream_tells_them(reach: Any) -> None:
    products = {record.key: record.data for record in reach.read("products").records}
    for record in reach.read("carts").records:
        for line in record.data.lines:
            assert line.product.embedded == products.get(line.product.key)


def test_a_cart_of_nobody_points_to_nobody(reach: Any) -> None:
    reach.shop["carts"].change(3, id_customer="0")
    assert reach.read("carts").by_key["3"].data.customer is None


def test_a_cart_of_somebody_gone_points_to_them(reach: Any) -> None:
    reach.shop["carts"].change(3, id_customer="9999")
    assert reach.read("carts").by_key["3"].data.customer == Ref("customers", "9999")


def test_a_page_of_carts_costs_three_requests(reach: Any) -> None:
    reach.wire.log.clear()
    reach.read("carts")
    asked = reach.wire.asked()
    assert (asked["carts"], asked["customers"], asked["products"]) == (2, 1, 1)


def test_without_rights_to_people_and_products_their_keys_are_told(reach: Any) -> None:
    key = reach.limit("carts", "configurations")
    for record in reach.read("carts", key=key).records:
        assert record.data.customer is None or record.data.customer.embedded is None
        assert {line.product.embedded for line in record.data.lines} <= {None}
