"""A flat row becomes a record of the vocabulary again, equal to the one that it was."""

import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import MappingError, Ref
from crosstie.commerce import (
    VOCABULARY,
    Address,
    Cart,
    CartLine,
    CreditSlip,
    Currency,
    Customer,
    Order,
    OrderLine,
    OrderState,
    Payment,
    Product,
)
from crosstie_files.flattening import KNOWN_BY, flat
from crosstie_files.layouts import cell
from crosstie_files.unflattening import columns, unflat

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
NUMBER = st.decimals(allow_nan=False, allow_infinity=False, places=4)
ZONES = st.builds(lambda hours: timezone(timedelta(hours=hours)), st.integers(-12, 14))
KINDS: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    Decimal: NUMBER,
    date: st.dates(),
    datetime: st.datetimes(timezones=ZONES),
}
CURRENCY = st.sampled_from(["EUR", "PLN"]).map(
    lambda code: Ref("currencies", code, Currency(code=code))
)
CUSTOMER = st.builds(Ref, st.just("customers"), TEXT, st.none() | st.builds(Customer, email=TEXT))


def things(kind: type, **special: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects of a class with any values in its fields."""
    fields = typing.get_type_hints(kind).items()
    return st.builds(kind, **{n: any_of(hint) for n, hint in fields if n not in special}, **special)


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field, which may be None where its type says so."""
    union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    parts = typing.get_args(hint) if union else (hint,)
    return st.one_of([KINDS[part] if part in KINDS else st.from_type(part) for part in parts])


ADDRESSES = things(Address).filter(lambda address: address != Address())
CUSTOMERS = things(
    Customer,
    address=st.none() | ADDRESSES,
    addresses=st.none() | st.lists(ADDRESSES, max_size=2).map(tuple),
    groups=st.none() | st.lists(TEXT, max_size=2).map(tuple),
)
PRODUCTS = things(Product, currency=st.none() | CURRENCY)
LINES = things(OrderLine, product=st.none() | st.builds(Ref, st.just("products"), TEXT))
ORDERS = st.builds(
    Order,
    number=TEXT,
    customer=st.none() | CUSTOMER,
    cart=st.none() | st.builds(Ref, st.just("carts"), TEXT),
    invoice_address=st.none() | ADDRESSES,
    currency=st.none() | CURRENCY,
    state=st.none() | things(OrderState),
    lines=st.lists(LINES, max_size=3).map(tuple),
    total=st.none() | NUMBER,
    note=st.none() | TEXT,
    payments=st.none() | st.lists(things(Payment), max_size=2).map(tuple),
    created=st.none() | KINDS[datetime],
)


def as_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as a CSV tells it."""
    return {name: cell(value, str) or None for name, value in row.items()}


def as_json(row: Mapping[str, Any]) -> Any:
    """The row as JSON Lines tell it."""
    return json.loads(json.dumps(row), parse_float=Decimal)


def known(data: Any) -> Any:
    """What is known of a record, with what is embedded in its Refs, which `==` leaves out."""
    if isinstance(data, Ref):
        return data.stream, data.key, known(data.embedded)
    if isinstance(data, tuple):
        return tuple(map(known, data))
    if attrs.has(type(data)):
        return {field.name: known(getattr(data, field.name)) for field in attrs.fields(type(data))}
    return data


def is_read_back(data: Any) -> None:
    row = {"key": "17", **flat(data)}
    for told in (as_cells(row), as_json(row)):
        assert known(data) == known(unflat(type(data), told))


@given(CUSTOMERS)
def test_a_customer_is_read_back(customer: Customer) -> None:
    is_read_back(customer)


@given(PRODUCTS)
def test_a_product_is_read_back(product: Product) -> None:
    is_read_back(product)


@given(ORDERS)
def test_an_order_is_read_back_with_its_lines(order: Order) -> None:
    lines = tuple(attrs.evolve(line, product=told(line)) for line in order.lines)
    is_read_back(attrs.evolve(order, lines=lines))


def told(line: OrderLine) -> Ref | None:
    """What a line tells of its product: its code, and with it its name and EAN."""
    if line.product is None or line.code is None:
        return line.product
    return attrs.evolve(
        line.product, embedded=Product(code=line.code, name=line.name, ean=line.ean)
    )


@pytest.mark.parametrize(
    "data",
    [
        Cart(
            customer=Ref("customers", "7", Customer(email="ada@example.com")),
            lines=(CartLine(product=Ref("products", "9"), quantity=Decimal(2)),),
        ),
        CreditSlip(
            key="17", order=Ref("orders", "5"), lines=(("31", Decimal(1), Decimal("12.30")),)
        ),
        OrderState(key="17", name="Paid", paid=True),
        Currency(code="EUR", rate=Decimal("1.0")),
    ],
    ids=lambda data: type(data).__name__,
)
def test_other_words_are_read_back(data: Any) -> None:
    is_read_back(data)


@pytest.mark.parametrize("kind", VOCABULARY.values(), ids=VOCABULARY)
def test_every_column_that_is_written_is_known(kind: type) -> None:
    required = {Decimal: Decimal(1), str: "x", Ref: Ref("products", "9")}
    given = {
        field.name: required[field.type]
        for field in attrs.fields(kind)
        if field.default is attrs.NOTHING and field.type
    }
    assert set(flat(kind(**given))) == columns(kind)


def test_what_a_record_is_known_by_has_a_class_of_its_own() -> None:
    assert set(KNOWN_BY) <= set(VOCABULARY)


def test_a_customer_without_a_key_goes_by_the_email() -> None:
    order = unflat(Order, {"number": "1", "customer_email": "ada@example.com"})
    assert known(Ref("customers", "ada@example.com", Customer(email="ada@example.com"))) == known(
        order.customer
    )


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("newsletter", "TRUE", True),
        ("newsletter", 0, False),
        ("firstname", 5, "5"),
        ("firstname", "", ""),
        ("birthday", "", None),
        ("created", "2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("groups", ["1"], ("1",)),
    ],
)
def test_what_others_write_is_understood(column: str, value: Any, expected: Any) -> None:
    assert expected == getattr(unflat(Customer, {column: value}), column)


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        (Customer, {"birthday": "31.12.1999"}, "birthday: '31.12.1999' is no date such as"),
        (Customer, {"birthday": 5}, "birthday: 5 is no date"),
        (Customer, {"created": "now"}, "created: 'now' is no time such as"),
        (Customer, {"created": "2026-11-21T12:00"}, "created: the time '2026-11-21T12:00' has no"),
        (Customer, {"newsletter": "perhaps"}, "newsletter: 'perhaps' is neither true nor false"),
        (Customer, {"firstname": True}, "firstname: True is no text"),
        (Customer, {"firstname": ["x"]}, "firstname: ['x'] is no text"),
        (Customer, {"title": "Dr"}, "title: 'Dr' is none of mr, mrs"),
        (Customer, {"groups": "1,2"}, "groups: '1,2' is no list as JSON writes it"),
        (Customer, {"addresses": ["x"]}, "addresses: 1: 'x' is no object as JSON writes it"),
        (Customer, {"address_updated": "x"}, "address_updated: 'x' is no time"),
        (Product, {"price": "12,30"}, "price: '12,30' is no number such as 1234.50"),
        (Product, {"price": "NaN"}, "price: 'NaN' is no number"),
        (Product, {"price": True}, "price: True is no number"),
        (Product, {"stock": "1.5"}, "stock: '1.5' is no whole number"),
        (Order, {"total": "1"}, "number is empty, and has to be there"),
        (Order, {"number": "1", "state_name": "Paid"}, "state_key is empty"),
        (Order, {"number": "1", "lines": '[{"key":"1"}]'}, "lines: 1: quantity is empty"),
        (CreditSlip, {"key": "1", "lines": '[["31"]]'}, "lines: 1: ['31'] has 1 parts instead"),
    ],
)
def test_what_is_not_understood_is_told_by_its_column(
    kind: type, row: dict[str, Any], said: str
) -> None:
    with pytest.raises(MappingError) as caught:
        unflat(kind, row)
    assert str(caught.value).startswith(said)
