"""An order is told with its people, places, lines, amounts and state, in the shop's own words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crosstie import Ref
from crosstie.commerce import Order, OrderState

DETAILS = ("payments", "discounts", "slips", "image")


@pytest.fixture
def orders(reach: Any) -> dict[str, Order]:
    """All orders of the made-up shop with all their details."""
    return {key: r.data for key, r in reach.read("orders", uses=DETAILS).by_key.items()}


def test_every_order_adds_up_to_the_cent(orders: dict[str, Order]) -> None:
    for order in orders.values():
        parts = (order.products, order.shipping, order.wrapping)
        assert None not in (*parts, order.discounts_total, order.total)
        assert order.total == sum(filter(None, parts)) - (order.discounts_total or 0)


def test_every_line_is_there(reach: Any, orders: dict[str, Order]) -> None:
    details = reach.shop["order_details"]
    told = sorted(int(line.key) for order in orders.values() for line in order.lines)
    existing = [
        key for key in details if int(details.value(key, "id_order")) in reach.shop["orders"]
    ]
    assert told == existing


def test_the_lines_tell_the_products_total(orders: dict[str, Order]) -> None:
    for order in orders.values():
        assert order.products is not None
        lines = sum(line.quantity * line.unit_price_with_tax for line in order.lines)
        assert abs(lines - order.products) <= Decimal("0.03")


def test_the_customer_comes_with_the_orders_invoice_address(orders: dict[str, Order]) -> None:
    for order in orders.values():
        assert order.customer is not None
        person = order.customer.embedded
        if person is not None:
            assert (person.address, person.addresses) == (order.invoice_address, None)
            assert person.email


def test_a_customer_who_is_gone_is_only_pointed_to(reach: Any) -> None:
    customer = reach.shop["orders"].value(7, "id_customer")
    reach.shop["customers"].remove(int(customer))
    order = reach.read("orders").by_key["7"].data
    assert (order.customer, order.customer.embedded) == (Ref("customers", str(customer)), None)
    assert order.invoice_address is not None


def test_an_order_of_nobody_points_to_nobody(reach: Any) -> None:
    reach.shop["orders"].change(7, id_customer="0")
    assert reach.read("orders").by_key["7"].data.customer is None


def test_an_address_that_is_gone_is_unknown(reach: Any) -> None:
    address = int(reach.shop["orders"].value(7, "id_address_delivery"))
    reach.shop["addresses"].remove(address)
    assert reach.read("orders").by_key["7"].data.delivery_address is None


def test_an_address_that_was_replaced_since_still_belongs_to_its_order(reach: Any) -> None:
    address = int(reach.shop["orders"].value(7, "id_address_delivery"))
    reach.shop["addresses"].change(address, deleted="1")
    assert reach.read("orders").by_key["7"].data.delivery_address.key == str(address)


def test_the_state_tells_its_flags(orders: dict[str, Order]) -> None:
    states = {order.state for order in orders.values()}
    delivered = next(state for state in states if state and state.key == "5")
    expected = OrderState(
        key="5",
        name="Delivered",
        paid=True,
        shipped=True,
        delivered=True,
        invoice=True,
        cancelled=delivered.cancelled,
    )
    assert delivered == expected


def test_the_state_that_means_cancelled_is_told_by_the_shops_settings(reach: Any) -> None:
    reach.shop["configurations"].insert({"name": "PS_OS_CANCELED", "value": "6"})
    states = {
        key: record.data.cancelled for key, record in reach.read("order_states").by_key.items()
    }
    assert (states["6"], states["5"]) == (True, False)


def test_without_that_setting_nobody_knows_what_means_cancelled(bare: Any) -> None:
    settings = bare.shop["configurations"]
    for key in [key for key in settings if settings.value(key, "name") == "PS_OS_CANCELED"]:
        settings.remove(key)
    assert {r.data.cancelled for r in bare.read("order_states").records} == {None}


def test_amounts_are_in_the_orders_own_currency(reach: Any, orders: dict[str, Order]) -> None:
    codes = {str(key): reach.shop["currencies"].value(key, "iso_code") for key in (1, 2, 3)}
    for key, order in orders.items():
        assert order.currency is not None
        assert order.currency.key == str(reach.shop["orders"].value(int(key), "id_currency"))
        assert order.currency.embedded.code == codes[order.currency.key]
    assert len({order.currency.key for order in orders.values() if order.currency}) > 1


def test_a_line_carries_what_a_sink_needs_to_make_its_product(orders: dict[str, Order]) -> None:
    for order in orders.values():
        for line in order.lines:
            assert line.product is not None
            told = line.product.embedded
            assert (told.code, told.name, told.currency) == (line.code, line.name, order.currency)


def test_an_order_points_to_the_cart_it_was_made_from(reach: Any) -> None:
    reach.shop["orders"].change(7, id_cart="0")
    told = reach.read("orders").by_key
    assert (told["7"].data.cart, told["8"].data.cart) == (
        None,
        Ref("carts", str(reach.shop["orders"].value(8, "id_cart"))),
    )
    assert told["8"].data.cart.embedded is None


def test_a_line_knows_its_products_page_and_picture(orders: dict[str, Order], reach: Any) -> None:
    products = {record.key: record.data for record in reach.read("products").records}
    pictures = set()
    for order in orders.values():
        for line in order.lines:
            assert line.product is not None
            if (product := products.get(line.product.key)) is not None:
                told = line.product.embedded
                assert (told.url, told.image) == (product.url, product.image)
                pictures.add(told.image)
    assert None in pictures
    assert len(pictures) > 2


def test_a_line_tells_no_picture_unless_it_is_used(reach: Any) -> None:
    lines = [line for record in reach.read("orders").records for line in record.data.lines]
    assert {line.product.embedded.image for line in lines} == {None}
    assert {bool(line.product.embedded.url) for line in lines} == {True}
    assert reach.wire.asked()["products"] == 0


def test_a_product_that_is_gone_has_an_address_and_no_picture(reach: Any) -> None:
    def product() -> Any:
        lines = reach.read("orders", uses=("image",)).by_key["7"].data.lines
        return next(line.product for line in lines if line.key == detail)

    detail = str(reach.shop.details_of(7)[0])
    reach.shop["order_details"].change(int(detail), product_id="1")
    reach.shop["products"].change(1, id_default_image="12")
    there = product()
    reach.shop["products"].remove(1)
    gone = product()
    assert (there.key, gone.key, gone.embedded.url) == ("1", "1", there.embedded.url)
    pictures = ("http://127.0.0.1:8081/img/p/1/2/12.jpg", None)
    assert (there.embedded.image, gone.embedded.image) == pictures


def test_a_product_without_a_code_has_none(orders: dict[str, Order]) -> None:
    codes = {line.code for order in orders.values() for line in order.lines}
    assert None in codes
    assert "" not in codes


def test_tax_rates_are_the_ones_that_were_charged(reach: Any, orders: dict[str, Order]) -> None:
    rates = {"0": "0", "1": "20", "2": "10", "3": "5.5", "4": "2.1"}
    details = reach.shop["order_details"]
    told = {line.key: line.tax_rate for order in orders.values() for line in order.lines}
    charged = {key: details.value(int(key), "id_tax_rules_group") for key in told}
    assert told == {key: Decimal(rates[group]) for key, group in charged.items()}
    assert len(set(charged.values())) > 2


def test_a_gift_has_a_price_of_zero_and_no_tax_rate(reach: Any) -> None:
    detail = reach.shop.details_of(7)[0]
    free = {"unit_price_tax_incl": "0.000000", "unit_price_tax_excl": "0.000000"}
    reach.shop["order_details"].change(detail, **free)
    line = reach.read("orders").by_key["7"].data.lines[0]
    assert (line.unit_price, line.unit_price_with_tax, line.tax_rate) == (0, 0, None)


def test_times_are_aware_and_in_the_shops_zone(reach: Any) -> None:
    reach.shop["orders"].change(7, date_add="2026-07-01 14:00:00")
    created = reach.read("orders").by_key["7"].data.created
    assert (created, created.tzinfo.key) == (
        datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
        "Europe/Paris",
    )


def test_what_the_shop_leaves_empty_is_unknown(reach: Any) -> None:
    nothing = {"note": "", "shipping_number": "", "invoice_number": "0", "current_state": "0"}
    reach.shop["orders"].change(7, **{**nothing, "date_upd": "0000-00-00 00:00:00"})
    order = reach.read("orders").by_key["7"].data
    seen = (order.note, order.tracking_number, order.invoice_number, order.state, order.updated)
    assert seen == (None,) * 5


def test_an_order_without_rows_has_no_lines(reach: Any) -> None:
    for detail in reach.shop.details_of(7):
        reach.shop["order_details"].remove(detail)
    assert reach.read("orders").by_key["7"].data.lines == ()


def test_a_note_that_hurts_xml_survives(reach: Any) -> None:
    note = "Léa 🎂 said: ]]> & <b>0012345</b>"
    reach.shop["orders"].change(7, note=note)
    assert reach.read("orders").by_key["7"].data.note == note


def test_no_secret_is_in_the_raw_answer(reach: Any) -> None:
    for name in ("orders", "customers", "carts"):
        for record in reach.read(name, uses=("raw",)).records:
            assert record.raw is not None
            assert not {"passwd", "secure_key", "reset_password_token"} & set(record.raw)


def test_the_raw_answer_is_kept_only_where_it_is_used(reach: Any) -> None:
    for name in reach.connect().streams():
        assert {record.raw for record in reach.read(name).records} <= {None}


def test_details_are_unknown_unless_they_are_used(reach: Any) -> None:
    order = reach.read("orders").by_key["7"].data
    assert (order.payments, order.discounts, order.slips) == (None, None, None)
    assert {line.quantity_refunded for line in order.lines} == {None}


def test_payments_are_told(reach: Any, orders: dict[str, Order]) -> None:
    table = reach.shop["order_payments"]
    told = {p.key: p.amount for order in orders.values() for p in order.payments or ()}
    assert told == {str(key): Decimal(table.value(key, "amount")) for key in table}
    assert () in {order.payments for order in orders.values()}


@pytest.mark.parametrize("reference", ["", None, "A[B]", "A|B"])
def test_payments_that_cannot_be_looked_up_are_unknown(reach: Any, reference: str | None) -> None:
    reach.shop["orders"].change(7, reference=reference)
    assert reach.read("orders", uses=("payments",)).by_key["7"].data.payments is None


def test_payments_of_orders_that_share_a_reference_are_told_for_each(reach: Any) -> None:
    reach.shop["orders"].change(8, reference=reach.shop["orders"].value(7, "reference"))
    told = reach.read("orders", uses=("payments",)).by_key
    assert told["7"].data.payments == told["8"].data.payments


def test_discounts_are_told_and_explain_the_total(reach: Any, orders: dict[str, Order]) -> None:
    discounted = [order for order in orders.values() if order.discounts]
    assert discounted
    for order in discounted:
        assert sum(discount.value for discount in order.discounts or ()) == order.discounts_total


def test_a_discount_that_was_taken_back_is_not_told(reach: Any) -> None:
    rules = reach.shop["order_cart_rules"]
    rule = next(iter(rules))
    rules.change(rule, deleted="1")
    order = str(rules.value(rule, "id_order"))
    assert reach.read("orders", uses=("discounts",)).by_key[order].data.discounts == ()


def test_slips_tell_what_came_back(reach: Any, orders: dict[str, Order]) -> None:
    slips = [slip for order in orders.values() for slip in order.slips or ()]
    assert sorted(slip.key for slip in slips) == [str(key) for key in reach.shop["order_slip"]]
    for order in orders.values():
        for slip in order.slips or ():
            assert slip.currency == (order.currency and order.currency.embedded.code)
            returned = {line: quantity for line, quantity, _ in slip.lines or ()}
            for line in order.lines:
                assert line.quantity_refunded == returned.get(line.key, 0)


def test_the_stream_of_slips_tells_the_same_as_the_orders(
    reach: Any, orders: dict[str, Order]
) -> None:
    slips = {slip.key: slip for order in orders.values() for slip in order.slips or ()}
    assert {r.key: r.data for r in reach.read("credit_slips").records} == slips
