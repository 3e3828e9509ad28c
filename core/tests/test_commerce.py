"""The vocabulary keeps its promises on what is unknown, on money and on names."""

import inspect
import types
import typing
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Ref, commerce
from crosstie.commerce import Customer, Order, OrderLine, customer_rank

WORDS = [each for each in vars(commerce).values() if inspect.isclass(each) and attrs.has(each)]
WORDS.remove(Ref)
MONEY = {"price", "amount", "total", "shipping", "wrapping", "products", "value", "unit_price"}


def kinds(hint: Any) -> set[Any]:
    """The types that a field may have, seen through unions and tuples."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is tuple:
        return {kind for part in typing.get_args(hint) for kind in kinds(part)}
    return {hint}


def fields(word: type) -> dict[str, Any]:
    return typing.get_type_hints(word)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_cannot_change_and_is_made_by_names(word: Any) -> None:
    needed = {each.name: "x" for each in attrs.fields(word) if each.default is attrs.NOTHING}
    value = word(**needed)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, attrs.fields(word)[0].name, "other")
    with pytest.raises(AttributeError):
        object.__setattr__(value, "misspelt", "other")
    with pytest.raises(TypeError):
        word("by place")


@pytest.mark.parametrize("word", WORDS)
def test_what_is_not_known_is_none(word: Any) -> None:
    given = {each.name: each.default for each in attrs.fields(word)}
    known = {name for name, default in given.items() if default not in (None, attrs.NOTHING)}
    assert known <= {"lines"}


@pytest.mark.parametrize("word", WORDS)
def test_nothing_is_a_float(word: type) -> None:
    assert [name for name, hint in fields(word).items() if float in kinds(hint)] == []


@pytest.mark.parametrize("word", WORDS)
def test_money_is_decimal(word: type) -> None:
    money = {name: kinds(hint) for name, hint in fields(word).items() if name in MONEY}
    assert [name for name, found in money.items() if not found <= {Decimal, type(None)}] == []


@pytest.mark.parametrize("word", WORDS)
def test_identifiers_are_text(word: type) -> None:
    names = {"key", "number", "code", "reference", "ean", "postcode", "phone", "mobile", "shop"}
    found = {name: kinds(hint) for name, hint in fields(word).items() if name in names}
    assert [name for name, each in found.items() if not each <= {str, type(None)}] == []


@pytest.mark.parametrize("word", WORDS)
def test_a_word_says_what_it_is(word: type) -> None:
    assert word.__doc__


def test_a_leading_zero_stays() -> None:
    assert Customer(phone="0012345").phone == "0012345"


def test_an_order_is_compared_by_what_it_says() -> None:
    line = OrderLine(
        key="1",
        quantity=Decimal(2),
        unit_price=Decimal("10.00"),
        unit_price_with_tax=Decimal("12.30"),
    )
    order = Order(number="1", customer=Ref("customers", "7"), lines=(line,))
    same = attrs.evolve(order, customer=Ref("customers", "7", embedded=Customer(email="a@b.c")))
    assert order == same
    assert order != attrs.evolve(order, updated=datetime.fromisoformat("2026-11-21T10:00:00+01:00"))


def test_an_account_ranks_before_a_guest_and_a_newer_one_before_an_older() -> None:
    guest, account = Customer(guest=True), Customer(guest=False)
    told = [("9", account), ("200", guest), ("20", account), ("a", account)]
    ranked = sorted(told, key=lambda one: customer_rank(*one))
    assert ["200", "a", "9", "20"] == [key for key, _ in ranked]
