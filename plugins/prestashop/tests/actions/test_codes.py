"""Codes: readable, unguessable, the same for the same deed and for no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie.testing import Surroundings
from crosstie_prestashop.actions.codes import ALPHABET, LONGEST, SHORTEST, readable

ONCES = st.text(max_size=30)
LENGTHS = st.integers(SHORTEST, LONGEST)


def code(once: str, length: int = 12) -> str:
    return readable(Surroundings().derive(f"coupon {once}"), length)


@pytest.mark.feature("F25")
@given(once=ONCES, length=LENGTHS)
def test_a_code_is_readable(once: str, length: int) -> None:
    groups = code(once, length).split("-")
    assert sum(map(len, groups)) == length
    assert {len(group) for group in groups[:-1]} <= {4}
    assert not set("".join(groups)) - set(ALPHABET)
    assert not set(ALPHABET) & set("01IO")


@pytest.mark.feature("F25")
@given(onces=st.sets(ONCES, min_size=2, max_size=20), length=LENGTHS)
def test_no_two_deeds_have_one_code(onces: set[str], length: int) -> None:
    assert len({code(once, length) for once in onces}) == len(onces)


@given(once=ONCES, length=LENGTHS)
def test_one_deed_has_one_code(once: str, length: int) -> None:
    assert code(once, length) == code(once, length)


def test_the_shortest_code_has_fifty_bits() -> None:
    assert len(ALPHABET) ** SHORTEST == 2**50


def test_every_character_comes_up() -> None:
    assert set(ALPHABET) == set("".join(code(str(n)).replace("-", "") for n in range(60)))
