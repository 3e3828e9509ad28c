"""What is packed comes back as it was, in another process and under another version."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstie import Ref
from crosstie.commerce import VOCABULARY, Address, Cart, CartLine, Customer, OrderState
from crosstie.packing import packed, unpacked
from crosstie.settings import without_none

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-5))])
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 (the zone is drawn)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
MARKED = st.sampled_from(
    ["$ref", "$row", "$decimal", "$time", "$date", "$customer", "$", "embedded"]
)
PLAIN = st.one_of(
    *(st.none(), st.booleans(), st.integers(), DECIMALS, TEXTS, TIMES, st.dates(), MARKED)
)
MAPPINGS = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | MARKED, inner, max_size=3),
    max_leaves=8,
)


def values_of(hint: Any, depth: int) -> st.SearchStrategy[Any]:
    """Values of a field of the vocabulary; below `depth` nothing is nested further."""
    plain = without_none(hint)
    optional = st.none() if plain is not hint else st.nothing()
    if get_origin(plain) is Literal:
        return optional | st.sampled_from(get_args(plain))
    if get_origin(plain) is tuple:
        inner = [one for one in get_args(plain) if one is not ...]
        if len(inner) < len(get_args(plain)):
            return optional | st.lists(values_of(inner[0], depth - 1), max_size=2).map(tuple)
        return optional | st.tuples(*(values_of(one, depth - 1) for one in inner))
    if plain is Ref:
        return optional | refs(depth - 1)
    if attrs.has(plain):
        return optional | (things(plain, depth - 1) if depth > 0 or plain is hint else st.nothing())
    known = {str: TEXTS, Decimal: DECIMALS, datetime: TIMES, date: st.dates(), int: st.integers()}
    return optional | known.get(plain, st.booleans())


def refs(depth: int) -> st.SearchStrategy[Ref]:
    embedded = st.none() | MAPPINGS.filter(lambda one: isinstance(one, dict))
    if depth > 0:
        embedded |= st.sampled_from(sorted(VOCABULARY)).flatmap(
            lambda name: things(VOCABULARY[name], depth - 1)
        )
    return st.builds(Ref, TEXTS, TEXTS, embedded, st.none() | TEXTS)


def things(kind: type, depth: int = 1) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.fixed_dictionaries(
        {name: values_of(hint, depth) for name, hint in hints.items()}
    ).map(lambda given: kind(**given))


@pytest.mark.parametrize("name", sorted(VOCABULARY))
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_an_object_of_the_vocabulary_comes_back(name: str, data: st.DataObject) -> None:
    thing = data.draw(things(VOCABULARY[name]))
    assert thing == unpacked(packed(thing))


@given(MAPPINGS | refs(1))
@settings(max_examples=60, deadline=None)
def test_anything_nested_comes_back_also_with_marks_in_it(value: Any) -> None:
    assert value == unpacked(packed(value))
    assert packed(value) == packed(unpacked(packed(value)))


def test_tuples_come_back_as_lists_but_in_the_vocabulary() -> None:
    line = CartLine(product=Ref("products", "1", {"tags": ("a", ["b"])}), quantity=Decimal(1))
    back = unpacked(packed({"cart": Cart(lines=(line,)), "codes": ("x", "y")}))

    assert ["x", "y"] == back["codes"]
    assert ((line.quantity,), tuple) == (
        tuple(one.quantity for one in back["cart"].lines),
        type(back["cart"].lines),
    )


def test_what_is_packed_is_exact() -> None:
    told = {
        "money": Decimal("10.50"),
        "time": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=1))),
        "card": "0012345",
        "whole": 2**70,
    }
    assert list(map(repr, told.values())) == list(map(repr, unpacked(packed(told)).values()))


def test_what_a_newer_version_knows_besides_is_left_out() -> None:
    text = packed(Customer(email="ada@example.com"))
    newer = json.loads(text)
    newer["$customer"] |= {"shoe_size": 38, "address": {"$address": {"city": "x", "planet": "y"}}}

    back = unpacked(json.dumps(newer))

    assert Customer(email="ada@example.com", address=Address(city="x")) == back


def test_fields_that_are_not_known_take_no_room() -> None:
    assert '{"$order_state":{"key":"2","paid":false}}' == packed(OrderState(key="2", paid=False))
    assert '{"$cart":{}}' == packed(Cart())


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.5, "not exact"),
        (datetime(2026, 1, 1), "has no zone"),  # noqa: DTZ001 (that is the point)
        ({"deep": [Customer(created=datetime(2026, 1, 1))]}, "has no zone"),  # noqa: DTZ001
        (object(), "cannot hold a object"),
        (b"bytes", "cannot hold a bytes"),
        (timedelta(hours=1), "cannot hold a timedelta"),
        ("\ud83d", "half a character"),
        ({"\ud83d": 1}, "half a character"),
        ("x" * 1_000_001, "more than 1000000"),
        (["x" * 600_000] * 2, "more than 1000000"),
    ],
)
def test_what_cannot_be_kept_is_refused(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        packed(value)
