"""A code is good once, for ten minutes, for five attempts, and for whoever asked for it."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie.testing import Surroundings
from crosstie_loyalty.members_schema import MEMBERS
from crosstie_loyalty.people import Account, Person

from .club import ADA, EVE, OTHER, PHONE, Club, refused


def test_after_five_wrong_attempts_the_code_is_dead(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    wrong, right = club.wrong(), club.code()
    for attempt in range(5):
        assert refused(club.desk.confirm, ADA, asked.challenge, wrong, f"{attempt}")
    assert refused(club.desk.confirm, ADA, asked.challenge, right, "6")
    assert club.desk.asked(ADA) is None
    assert [] == club.gifts


def test_the_fifth_attempt_may_still_be_right(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    wrong = club.wrong()
    for attempt in range(4):
        assert refused(club.desk.confirm, ADA, asked.challenge, wrong, f"{attempt}")
        assert refused(club.desk.confirm, ADA, asked.challenge, wrong, f"{attempt}")
    assert club.desk.confirm(ADA, asked.challenge, club.code(), "5").created


def test_an_attempt_is_counted_before_it_is_compared(club: Club) -> None:
    class CutOffError(Exception):
        """The program dies."""

    @attrs.define
    class Dying:
        """An environment that dies when a code is compared."""

        env: Surroundings

        def __getattr__(self, name: str) -> Any:
            return getattr(self.env, name)

        def derive(self, text: str) -> bytes:
            if text == "loyalty codes":
                raise CutOffError
            return self.env.derive(text)

    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    right = club.code()
    env: Any = Dying(club.env)
    dying = attrs.evolve(club.desk, codes=attrs.evolve(club.desk.codes, env=env))
    for attempt in range(5):
        with pytest.raises(CutOffError):
            dying.confirm(ADA, asked.challenge, right, f"{attempt}")
    assert refused(club.desk.confirm, ADA, asked.challenge, right, "6")


def test_a_code_is_good_for_ten_minutes(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    assert club.env.clock.now() + timedelta(minutes=10) == asked.expires
    club.env.clock.sleep(599)
    assert asked == club.desk.asked(ADA)
    club.env.clock.sleep(1)
    assert refused(club.desk.confirm, ADA, asked.challenge, club.code(), "1")
    assert club.desk.asked(ADA) is None


def test_a_code_is_good_once(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    code = club.code()
    club.desk.confirm(ADA, asked.challenge, code, "1")
    club.desk.members.unlink(ADA)
    assert refused(club.desk.confirm, ADA, asked.challenge, code, "2")


@pytest.mark.parametrize(("account", "phone"), [(ADA, OTHER), (EVE, PHONE)])
def test_a_new_code_kills_the_old_one(club: Club, account: Account, phone: str) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    old = club.code()
    club.env.clock.sleep(60)
    new = club.desk.enrol(account, Person(phone=phone), "b")
    assert refused(club.desk.confirm, ADA, asked.challenge, old, "1")
    assert club.desk.confirm(account, new.challenge, club.code(), "2").created


@given(st.text(max_size=20))
def test_no_text_but_the_code_is_the_code(text: str) -> None:
    with closing(Surroundings(migrations=MEMBERS)) as env, closing(Club(env)) as club:
        asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
        code, right = club.code(), "".join(text.split()) == club.code()
        assert right != refused(club.desk.confirm, ADA, asked.challenge, text, "1")
        spaced = f" {code[:3]} {code[3:]}"
        assert right or club.desk.confirm(ADA, asked.challenge, spaced, "2").created


def test_codes_are_six_digits_with_their_zeros(club: Club) -> None:
    for number in range(60):
        account = Account(identity="shop", key=f"{number}")
        club.desk.enrol(account, Person(phone=f"+336123456{number:02}"), f"{number}")
    codes = [code for _, code in club.sent()]
    assert [6] * 60 == [len(code) for code in codes]
    assert len(set(codes)) > 50
