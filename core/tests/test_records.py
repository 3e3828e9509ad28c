"""What travels through Crosstie is a value: it cannot change under way and shows no raw answer."""

import pickle
from typing import Any

import attrs
import pytest

from crosstie import Checkpoint, Record, Ref, Selection, Write, Written
from crosstie.commerce import Customer

ADA = Customer(email="ada@example.com")
VALUES: list[Any] = [
    Record(key="1", data=ADA),
    Checkpoint(cursor="2026-11-21"),
    Selection(),
    Ref("customers", "1"),
    Write(id=None, row={}, key="1", once="a"),
    Written(id="7x1"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_cannot_be_changed(value: Any) -> None:
    name = attrs.fields(type(value))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, "other")


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_holds_nothing_but_its_fields(value: Any) -> None:
    with pytest.raises(AttributeError):
        object.__setattr__(value, "other", 1)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_survives_a_journey(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


def test_a_records_raw_answer_is_neither_shown_nor_compared() -> None:
    record = Record(key="1", data=ADA, raw={"secure_key": "s3cret"})
    assert "s3cret" not in repr(record)
    assert record == Record(key="1", data=ADA)


def test_a_ref_is_the_record_it_points_to_whatever_is_known_of_it() -> None:
    known = Ref("customers", "1", embedded=ADA)
    assert known == Ref("customers", "1")
    assert hash(known) == hash(Ref("customers", "1"))
    assert "ada@example.com" not in repr(known)
    assert known != Ref("customers", "2")
    assert known != Ref("customers", "1", table="Leads")


def test_a_selection_wants_everything_unless_told() -> None:
    everything = Selection()
    assert (everything.since, everything.window) == (None, None)
    assert (everything.filters, everything.uses) == ({}, frozenset())
