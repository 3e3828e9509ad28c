"""Rows as canonical text."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import MappingError, Ref
from crosstie.canonical import canonical, digest, natural_key
from crosstie.commerce import Customer

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES))
def test_equal_rows_give_equal_text_in_whatever_order(row: dict[str, Any]) -> None:
    turned = dict(reversed(row.items()))
    assert digest(canonical(row)) == digest(canonical(turned))


def test_a_row_with_every_type_is_readable() -> None:
    row = {
        "b": Decimal("10.50"),
        "a": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "c": [Ref("customers", "7", Customer(email="x")), Ref("customers", "7", table="accounts")],
        "d": None,
    }
    expected = (
        '{"a":"2026-01-02T03:04:00+00:00","b":"10.50",'
        '"c":[{"$ref":["customers","7"]},{"$ref":["customers","7","accounts"]}],"d":null}'
    )
    assert expected == canonical(row)


def test_what_a_row_cannot_hold_is_named() -> None:
    with pytest.raises(MappingError, match="cannot hold a object"):
        canonical({"a": object()})


def test_a_natural_key_is_folded_and_never_empty() -> None:
    folded, values = natural_key({"email": " Ada@Example.COM "}, ("email",), "crm.people")
    assert ("ada@example.com", {"email": " Ada@Example.COM "}) == (folded, values)
    for missing in ({}, {"email": None}, {"email": "  "}):
        with pytest.raises(MappingError, match=r"email is empty, and crm\.people recognises"):
            natural_key(missing, ("email",), "crm.people")
