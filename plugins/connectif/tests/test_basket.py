"""Orders as purchases: what becomes of each part, and what keeps an order from being one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import MappingError, Ref
from crosstie.commerce import Customer
from crosstie_connectif.basket import Basket

from .orders import ADA, TEA, dollars, line, order


def row(basket: Basket | None = None, **changes: Any) -> Mapping[str, Any]:
    return (basket or Basket()).row(order(**changes))


def test_an_order_is_a_purchase_with_the_shops_own_amounts() -> None:
    expected = {
        "purchaseId": "1042",
        "cartId": "88",
        "contactEmail": Ref("customers", "17", ADA, table="contacts"),
        "paymentMethod": "Card",
        "products": [
            {
                "productId": Ref("products", "7", TEA, table="products"),
                "name": "Tea, green",
                "quantity": 3,
                "unitPrice": Decimal("19.990000"),
                "unitPriceWithoutVAT": Decimal("16.658333"),
                "price": Decimal("59.970000"),
                "productDetailUrl": "https://shop.example/tea",
                "imageUrl": "https://shop.example/tea.jpg",
            }
        ],
        "purchaseDate": order().created,
        "totalPrice": Decimal("64.970000"),
        "totalQuantity": 3,
    }
    assert expected == row()


def test_the_date_keeps_the_offset_of_the_hour_that_comes_twice() -> None:
    assert "2026-10-25T02:30:00+01:00" == row()["purchaseDate"].isoformat()


def test_without_a_cart_the_order_stands_for_it() -> None:
    assert "1042" == row(cart=None)["cartId"]


def test_several_rows_of_one_product_stay_several_lines() -> None:
    told = row(lines=(line(), line(key="2", name="Tea, black", quantity=Decimal("2.000000"))))
    assert [("Tea, green", 3), ("Tea, black", 2)] == [
        (one["name"], one["quantity"]) for one in told["products"]
    ]
    assert 5 == told["totalQuantity"]


def test_a_product_without_a_picture_gets_the_one_of_the_settings() -> None:
    unseen = Ref("products", "7", attrs.evolve(TEA, image=None))
    nothing = "https://shop.example/nothing.jpg"
    told = row(Basket(no_image=nothing), lines=(line(product=unseen),))
    assert nothing == told["products"][0]["imageUrl"]
    assert "imageUrl" not in row(lines=(line(product=unseen),))["products"][0]


def test_a_deleted_customer_may_still_be_known_from_before() -> None:
    told = row(customer=Ref("customers", "17"))
    assert Ref("customers", "17", table="contacts") == told["contactEmail"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"customer": None}, "order 1042 has no customer"),
        ({"customer": Ref("customers", "17", Customer(email=" "))}, "17 has no e-mail"),
        ({"created": None}, "order 1042 has no date"),
        ({"total": None}, "order 1042 has no total"),
        ({"lines": ()}, "order 1042 has no lines"),
        ({"lines": (line(product=None),)}, "order 1042: Tea, green has no product"),
        ({"lines": (line(product=None, name=None),)}, "order 1042: the line 1 has no product"),
        ({"lines": (line(quantity=Decimal("1.5")),)}, "its quantity is 1.5"),
        (dollars("1.25"), 'order 1042 is in USD.*other_currencies = "convert".*1.25'),
        (dollars("0"), "order 1042 is in USD at a rate of 0"),
    ],
)
def test_an_order_that_cannot_be_a_purchase_says_why(changes: Any, reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        row(**changes)


def test_amounts_in_another_currency_are_divided_by_the_orders_own_rate() -> None:
    convert = Basket(other_currencies="convert")
    told = row(convert, **dollars("1.17"), total=Decimal("64.97"))
    (tea,) = told["products"]
    assert Decimal("17.09") == tea["unitPrice"]
    assert Decimal("14.24") == tea["unitPriceWithoutVAT"]
    assert Decimal("51.27") == tea["price"]
    assert Decimal("55.53") == told["totalPrice"]


def test_amounts_in_the_shops_currency_are_left_alone() -> None:
    assert row() == row(Basket(other_currencies="convert"))
    assert row() == row(currency_rate=None)
