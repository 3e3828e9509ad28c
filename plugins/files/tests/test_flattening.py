"""A record of the vocabulary, or of a system's own, becomes one flat row of plain values."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import Live, MappingError, Record, Ref, RejectedError, Row, commerce
from crosstie.commerce import (
    Address,
    Cart,
    CartLine,
    Coupon,
    CreditSlip,
    Currency,
    Customer,
    Order,
    OrderLine,
    OrderState,
    Payment,
    Product,
)
from crosstie_files.flattening import flat, plain

ADA = Ref("customers", "7", embedded=Customer(email="ada@example.com"))
EURO = Ref("currencies", "1", embedded=Currency(code="EUR"))
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LINE = OrderLine(
    key="31",
    product=Ref("products", "9"),
    code="0012345",
    quantity=Decimal(2),
    unit_price=Decimal("10.00"),
    unit_price_with_tax=Decimal("12.30"),
)
WORDS: list[Any] = [
    Currency(code="EUR"),
    Customer(),
    Product(),
    OrderState(key="1"),
    Order(number="1"),
    Cart(),
    Coupon(code="HELLO"),
    CreditSlip(key="1"),
]


@pytest.fixture
def mapped(connect: Callable[..., Live]) -> Callable[..., Row]:
    """Map a record with the key 17, as a flow does."""
    table: Any = connect().tables()["rows"]

    def mapped(data: Any) -> Row:
        row: Row = table.map(Record(key="17", data=data), "shop")
        return row

    return mapped


def test_an_object_inside_gives_columns_of_its_own(mapped: Callable[..., Row]) -> None:
    row = mapped(Order(number="1", invoice_address=Address(city="Łódź", postcode="00-123")))
    assert (row["invoice_address_city"], row["invoice_address_postcode"]) == ("Łódź", "00-123")
    assert "invoice_address" not in row


def test_a_missing_object_empties_the_same_columns(mapped: Callable[..., Row]) -> None:
    full = mapped(Order(number="1", delivery_address=Address(city="Rome"), customer=ADA))
    empty = mapped(Order(number="1"))
    assert list(full) == list(empty)
    assert (empty["delivery_address_city"], empty["customer"]) == (None, None)


def test_the_key_comes_first(mapped: Callable[..., Row]) -> None:
    assert next(iter(mapped(Order(number="100")))) == "key"
    assert mapped(OrderState(key="5", name="Paid"))["key"] == "17"


def test_a_pointer_is_its_key_and_what_people_know_it_by(mapped: Callable[..., Row]) -> None:
    row = mapped(Order(number="1", customer=ADA, currency=EURO))
    assert (row["customer"], row["customer_email"]) == ("7", "ada@example.com")
    assert (row["currency"], "currency_code" in row) == ("EUR", False)


def test_a_pointer_of_which_nothing_is_known_is_its_key(mapped: Callable[..., Row]) -> None:
    row = mapped(Order(number="1", customer=Ref("customers", "7"), currency=Ref("currencies", "1")))
    assert (row["customer"], row["customer_email"], row["currency"]) == ("7", None, None)


def test_lines_are_a_list_of_flat_rows(mapped: Callable[..., Row]) -> None:
    (line,) = mapped(Order(number="1", lines=(LINE,)))["lines"]
    assert (line["product"], line["code"], line["quantity"]) == ("9", "0012345", "2")
    cart = mapped(Cart(lines=(CartLine(product=Ref("products", "9"), quantity=Decimal(1)),)))
    assert cart["lines"] == [{"product": "9", "product_code": None, "quantity": "1"}]


def test_pairs_and_texts_are_lists(mapped: Callable[..., Row]) -> None:
    slip = mapped(CreditSlip(key="1", lines=(("31", Decimal(1), Decimal("12.30")),)))
    assert slip["lines"] == [["31", "1", "12.30"]]
    assert mapped(Customer(groups=("1", "3")))["groups"] == ["1", "3"]


def test_a_systems_own_record_keeps_its_fields(mapped: Callable[..., Row]) -> None:
    own = {"id": 5, "name": "Zoë", "associations": {"rows": [{"id": "1"}]}, "key": "other"}
    assert mapped(own) == {"key": "17", **{name: own[name] for name in own if name != "key"}}


@pytest.mark.parametrize("data", WORDS, ids=lambda data: type(data).__name__)
def test_every_word_of_the_vocabulary_is_a_row(mapped: Callable[..., Row], data: Any) -> None:
    row = mapped(data)
    assert json.loads(json.dumps(row)) == row


@pytest.mark.parametrize(
    "kind", [vars(commerce)[name] for name in ("Customer", "Order", "Product")]
)
def test_every_known_field_is_in_the_row(mapped: Callable[..., Row], kind: type) -> None:
    row = mapped(kind(**({"number": "1"} if kind is Order else {})))
    missing = [
        field.name
        for field in attrs.fields(kind)
        if not any(column == field.name or column.startswith(f"{field.name}_") for column in row)
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("10.50"), "10.50"),
        (Decimal("-0.005"), "-0.005"),
        (Decimal("1E+3"), "1000"),
        (NOON, "2026-11-21T12:00:00+00:00"),
        (date(2026, 11, 21), "2026-11-21"),
        ("0012345", "0012345"),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (None, None),
        ("half \ud800 a character", "half � a character"),
        (("b", Decimal(1)), ["b", "1"]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Payment(key="1", amount=Decimal("5.00")).amount, "5.00"),
        ({"deep": [Decimal(1), {"deeper": NOON}]}, {"deep": ["1", {"deeper": NOON.isoformat()}]}),
        (HTTPStatus.OK, 200),
    ],
)
def test_a_value_becomes_plain(value: Any, expected: Any) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"at": datetime(2026, 11, 21)}, "at: the time 2026-11-21 00:00:00 has no zone"),  # noqa: DTZ001 (the point)
        ({"it": b"bytes"}, "it: a file cannot hold a value of type bytes"),
        ({"deep": [{"it": object()}]}, "deep: it: a file cannot hold a value of type object"),
        ({"": 1}, "'' is no name for a field"),
        ({5: 1}, "5 is no name for a field"),
        (17, "a file cannot hold a value of type int"),
        (None, "a file cannot hold a value of type NoneType"),
    ],
)
def test_what_no_file_can_hold_is_rejected_by_name(data: Any, reason: str) -> None:
    with pytest.raises(RejectedError) as caught:
        flat(data)
    assert str(caught.value) == reason
    assert not isinstance(caught.value, MappingError)


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_can_be_written(text: str) -> None:
    plain(text).encode()
