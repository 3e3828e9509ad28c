"""Made-up shops: the same for the same seed, consistent, and with all that hurts."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from crosstie_prestashop.sandbox import Shop, generate

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
CENT = Decimal("0.01")


def made(**options: Any) -> Shop:
    return generate(**{"customers": 120, "orders": 400, "now": NOW, **options})


@pytest.fixture(scope="module")
def village() -> Shop:
    return made()


def every(shop: Shop, resource: str) -> list[dict[str, Any]]:
    return [shop[resource][key] for key in shop[resource]]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def test_the_same_seed_and_time_make_the_same_shop(village: Shop) -> None:
    again, other = made(), made(seed=2)
    for name in village.tables:
        assert every(village, name) == every(again, name)
    assert every(village, "orders") != every(other, "orders")


@pytest.mark.parametrize(("customers", "orders"), [(0, 0), (1, 0), (1, 1), (3, 7), (40, 100)])
def test_any_size_can_be_made(customers: int, orders: int) -> None:
    shop = made(customers=customers, orders=orders)
    assert orders == len(shop["orders"])
    assert customers - len(shop["customers"]) in {0, 1, 2}


def test_every_total_is_the_sum_of_its_parts_to_the_cent(village: Shop) -> None:
    for order in every(village, "orders"):
        amount = {name: Decimal(text) for name, text in order.items() if name.startswith("total_")}
        for tax, products in (("tax_incl", "total_products_wt"), ("tax_excl", "total_products")):
            expected = amount[products]
            expected += amount[f"total_shipping_{tax}"] + amount[f"total_wrapping_{tax}"]
            assert expected - amount[f"total_discounts_{tax}"] == amount[f"total_paid_{tax}"]


def test_products_are_the_sum_of_the_rows_as_the_order_rounds_them(village: Shop) -> None:
    kinds: Counter[str] = Counter()
    for order in every(village, "orders"):
        rows = order.get("associations", {}).get("order_rows", [])
        totals = []
        for row in rows:
            unit, quantity = Decimal(row["unit_price_tax_incl"]), int(row["product_quantity"])
            totals.append(
                {"1": cents(unit) * quantity, "2": cents(unit * quantity), "3": unit * quantity}[
                    order["round_type"]
                ]
            )
        assert cents(sum(totals, Decimal(0))) == Decimal(order["total_products_wt"])
        kinds[order["round_type"]] += 1
    assert kinds.keys() == {"1", "2", "3"}


def test_payments_add_up_to_what_was_paid(village: Shop) -> None:
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in every(village, "order_payments"):
        paid[payment["order_reference"]] += Decimal(payment["amount"])
    for order in every(village, "orders"):
        assert Decimal(order["total_paid_real"]) == paid[order["reference"]]


def test_it_has_what_the_recorded_shop_lacks(village: Shop) -> None:
    orders, customers = every(village, "orders"), every(village, "customers")
    assert {"1", "2", "3"} == {order["id_currency"] for order in orders}
    assert every(village, "order_cart_rules")
    assert every(village, "order_slip")
    assert any(row["product_quantity_refunded"] != "0" for row in every(village, "order_details"))
    assert len(village["carts"]) > len(orders)
    assert any(order["shipping_number"] for order in orders)
    assert any(customer["is_guest"] == "1" for customer in customers)
    assert any(order["total_wrapping"] != "0.000000" for order in orders)
    assert any(order["total_shipping"] == "0.000000" for order in orders)
    assert any(address["deleted"] == "1" for address in every(village, "addresses"))
    assert any(customer["deleted"] == "1" for customer in customers)
    assert 50 <= Counter(order["date_upd"] for order in orders).most_common(1)[0][1]
    assert [60 + 1] == [order["id"] for order in orders if "associations" not in order]


def test_some_emails_belong_to_a_customer_and_a_guest(village: Shop) -> None:
    customers = every(village, "customers")
    own = {one["email"] for one in customers if one["is_guest"] == "0"}
    guests = {one["email"] for one in customers if one["is_guest"] == "1"}
    assert own & guests
    assert {email for email in guests if email != email.lower() and email.lower() in own}
    assert len(own) == sum(one["is_guest"] == "0" for one in customers)


def test_people_have_names_in_many_scripts_and_notes_that_hurt(village: Shop) -> None:
    names = "".join(one["lastname"] + one["firstname"] for one in every(village, "customers"))
    assert all(letter in names for letter in ("Π", "Щ", "王", "ز", "ı", "'"))
    notes = "".join(one["note"] or "" for one in every(village, "customers"))
    assert all(text in notes for text in ("]]>", "🎁", "&", "\n"))
    assert any("&" in one["company"] for one in every(village, "addresses"))


def test_codes_of_products_are_missing_shared_or_begin_with_zeros(village: Shop) -> None:
    codes = Counter(one["reference"] for one in every(village, "products"))
    assert codes[""] >= 2
    assert 2 == codes["CANDLE"]
    assert 1 == codes["0012345"]
    rows = every(village, "order_details")
    assert any(row["product_reference"] == "SHIRT-M" for row in rows)
    assert any(row["unit_price_tax_incl"] == "3.516666" for row in rows)


def test_most_products_have_pictures_and_some_none(village: Shop) -> None:
    main = {one["id"]: one["id_default_image"] for one in every(village, "products")}
    all_of = {
        one["id"]: [image["id"] for image in one["associations"].get("images", [])]
        for one in every(village, "products")
    }
    assert main == {key: (images or [""])[0] for key, images in all_of.items()}
    assert {0, 2} == {len(images) for images in all_of.values()}
    assert len({*filter(None, main.values())}) == len([*filter(None, main.values())])


def test_some_orders_point_to_what_is_gone(village: Shop) -> None:
    orders = every(village, "orders")
    assert any(int(order["id_customer"]) not in village["customers"] for order in orders)
    rows = every(village, "order_details")
    assert any(int(row["product_id"]) not in village["products"] for row in rows)


def test_one_order_has_several_rates_of_vat(village: Shop) -> None:
    rates: dict[str, set[str]] = {}
    for row in every(village, "order_details"):
        rates.setdefault(row["id_order"], set()).add(row["id_tax_rules_group"])
    assert max(len(one) for one in rates.values()) >= 3


def test_nothing_happens_in_the_future(village: Shop) -> None:
    for name in ("customers", "addresses", "orders", "order_slip", "order_histories", "carts"):
        for record in every(village, name):
            assert record["date_add"] <= "2026-11-21 21:00:00"
            assert record.get("date_upd", "") <= "2026-11-21 21:00:00"
            assert record["date_add"] <= record.get("date_upd", record["date_add"])


def test_the_zone_is_where_the_shop_says_it_is() -> None:
    shop = made(customers=1, orders=0, zone="America/New_York")
    assert ("America/New_York", "America/New_York") == (shop.setting("PS_TIMEZONE"), shop.zone.key)


@pytest.mark.full
def test_fifty_thousand_orders_are_made_in_seconds() -> None:
    begun = datetime.now(UTC)
    shop = made(customers=20_000, orders=50_000)
    assert (datetime.now(UTC) - begun).total_seconds() < 60
    assert 50_000 == len(shop["orders"])
