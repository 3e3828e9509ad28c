"""Nothing tells whether there is a card: not the answer, not the work, not the state."""

import logging
from contextlib import closing
from typing import Any

import attrs
import pytest

from crosstie import Env, Store, UnavailableError
from crosstie.testing import Surroundings
from crosstie_loyalty.codes import Asked
from crosstie_loyalty.courier import Courier, Errand
from crosstie_loyalty.enrolment import Enrolment
from crosstie_loyalty.members_schema import MEMBERS
from crosstie_loyalty.people import Person

from .club import ADA, OTHER, PHONE, Club, refused


def test_the_state_holds_no_code_and_no_phone_that_asked(club: Club) -> None:
    club.desk.enrol(ADA, Person(phone=PHONE), "a")
    code, store = club.code(), club.env.store
    for table in ("challenges", "attempts", "asks", "members"):
        assert code not in str(store.query(f"SELECT * FROM loyalty_{table}"))
    assert PHONE not in str(store.query("SELECT * FROM loyalty_asks"))


@attrs.frozen
class WatchedStore:
    """A store that notes what it is asked."""

    store: Store
    work: list[str]

    def query(self, sql: str, values: Any = ()) -> Any:
        self.work.append(sql)
        return self.store.query(sql, values)

    def change(self, sql: str, *rows: Any) -> int:
        self.work.append(f"{len(rows)} {sql}")
        return self.store.change(sql, *rows)

    def transaction(self) -> Any:
        self.work.append("transaction")
        return self.store.transaction()


@attrs.frozen
class WatchedEnv:
    """An environment that notes every statement and every hash."""

    env: Env
    work: list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.env, name)

    @property
    def store(self) -> WatchedStore:
        return WatchedStore(self.env.store, self.work)

    def derive(self, text: str) -> bytes:
        self.work.append(text)
        return self.env.derive(text)


class WatchedCourier(Courier):
    """A courier that notes every errand, and does it."""

    work: list[str]

    def post(self, errand: Errand) -> None:
        self.work.append("errand")
        super().post(errand)


def work_of(card: bool, how: str) -> tuple[list[str], int]:
    """What is done to ask for a card that exists, or does not, and to guess; the SMS sent."""
    with closing(Surroundings(migrations=MEMBERS)) as env, closing(Club(env)) as club:
        store = club.member(PHONE if card else OTHER)
        number = store.card if card else club.desk.cards.numbers.draw()
        work = list[str]()
        watched: Any = WatchedEnv(env, work)
        desk = Enrolment.of(
            watched,
            "club",
            region="FR",
            numbers=club.desk.cards.numbers,
            rules=club.rules,
            send=club.phones.send,
            on_enrolled=club.gifts.append,
        )
        courier = WatchedCourier(club.phones.send, env.log)
        courier.work = work
        desk = attrs.evolve(desk, courier=courier)
        asked = ask(desk, how, number)
        club.env.clock.sleep(61)
        assert isinstance(asked, Asked)
        for attempt in range(6):
            assert refused(desk.confirm, ADA, asked.challenge, "no code", f"{attempt}")
            work.append(desk.state_of(ADA))
        courier.close()
        return work, len(club.phones.got)


def ask(desk: Enrolment, how: str, number: str | None) -> Asked:
    phone = Person(phone=PHONE)
    if how == "enrol":
        return desk.enrol(ADA, phone, "a", address="203.0.113.7")
    card = number if how in {"card", "both"} else None
    return desk.activate(ADA, Person() if how == "card" else phone, "a", card=card)


@pytest.mark.parametrize("how", ["enrol", "phone", "card", "both"])
def test_the_same_is_done_whether_there_is_a_card_or_not(how: str) -> None:
    (there, sent), (not_there, unsent) = work_of(True, how), work_of(False, how)
    assert there == not_there
    assert there.count("loyalty codes") == 1 + 6
    assert (1, how == "enrol") == (sent, unsent)


def test_nothing_is_linked_where_there_was_no_card_even_by_the_code(club: Club) -> None:
    codes = []

    class OpenCourier(Courier):
        """A courier that tells the code, which nobody knows."""

        def post(self, errand: Errand) -> None:
            codes.append(errand.code)

    with closing(OpenCourier(club.phones.send, club.env.log)) as courier:
        desk = attrs.evolve(club.desk, courier=courier)
        asked = desk.activate(ADA, Person(phone=PHONE), "a")
        assert refused(desk.confirm, ADA, asked.challenge, codes[0], "1")


def test_a_code_that_cannot_be_sent_is_told_to_the_log_without_it(
    club: Club, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(phone: str, text: str, once: str) -> None:
        raise UnavailableError(f"the service does not take {text}")

    with caplog.at_level(logging.WARNING):
        courier = Courier(refuse, club.env.log)
        courier.post(Errand(PHONE, "Your code is 123456", "123456", "code 1"))
        courier.close()
    assert "does not take Your code is ******" in caplog.text
    assert "123456" not in caplog.text
