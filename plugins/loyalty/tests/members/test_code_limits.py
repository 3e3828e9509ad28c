"""Codes are asked for rarely, and nobody can have many sent."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crosstie import RejectedError
from crosstie_loyalty.code_rules import CodeRules
from crosstie_loyalty.people import Account, Person

from .club import ADA, EVE, OTHER, PHONE, Club, refused

LATER = "too many codes were asked for"


def test_a_thousand_requests_for_one_number_send_the_configured_few(club: Club) -> None:
    club.member()
    answers: dict[str, Counter[str]] = {PHONE: Counter(), OTHER: Counter()}
    for number in range(1000):
        for phone, told in answers.items():
            account = Account(identity="shop", key=f"{phone} {number}")
            try:
                club.desk.activate(account, Person(phone=phone), f"{phone} {number}")
                told["asked"] += 1
            except RejectedError as error:
                told[str(error)] += 1
        club.env.clock.sleep(60)
    assert answers[PHONE] == answers[OTHER]
    assert 6 == answers[PHONE]["asked"]
    assert {PHONE: 6} == Counter(phone for phone, _ in club.sent())


def test_a_number_gets_one_a_minute_three_an_hour_and_six_a_day(club: Club) -> None:
    sent = []
    for minute in range(25 * 60):
        account = Account(identity="shop", key=f"{minute}")
        if not refused(club.desk.enrol, account, Person(phone=PHONE), account.key, told=LATER):
            sent.append(minute)
        club.env.clock.sleep(30)
        again = f"again {account.key}"
        assert refused(club.desk.enrol, account, Person(phone=PHONE), again, told=LATER)
        club.env.clock.sleep(30)
    assert [0, 1, 2, 60, 61, 62, 1440, 1441, 1442] == sent


def test_a_wait_says_until_when(club: Club) -> None:
    club.desk.enrol(ADA, Person(phone=PHONE), "a")
    with pytest.raises(RejectedError, match="at 2026-11-02 09:01:00 UTC"):
        club.desk.enrol(ADA, Person(phone=PHONE), "b")


def test_an_account_and_an_address_ask_for_so_many_numbers(club: Club) -> None:
    club.rules = CodeRules(account_hour=2, address_hour=4, text="{code}")
    asked = Counter[str]()
    for number in range(10):
        for account in (ADA, EVE, Account(identity="shop", key="7")):
            phone = Person(phone=f"+3361234{number}{account.key:>03}")
            ask = partial(club.desk.enrol, address="203.0.113.7")
            if not refused(ask, account, phone, f"{phone.phone}", told=LATER):
                asked[account.key] += 1
    assert {"42": 2, "66": 1, "7": 1} == asked


def test_a_card_by_its_number_sends_no_more_to_its_phone_and_does_not_tell(club: Club) -> None:
    cards = [club.member().card]
    cards += [club.desk.cards.replace(cards[0] or "").number]
    for number in range(4):
        club.env.clock.sleep(61)
        account = Account(identity="shop", key=f"{number}")
        club.desk.activate(account, Person(), f"{number}", card=cards[number % 2])
    assert 2 == len(club.sent())
    club.desk.activate(ADA, Person(phone=PHONE), "phone")
    assert 2 == len(club.sent())


@pytest.mark.parametrize(
    ("unsafe", "told"),
    [
        ({"lifetime": timedelta(minutes=11)}, "ten minutes at most"),
        ({"attempts": 6}, "1 to 5 attempts"),
        ({"text": "Hello"}, "no {code}"),
        ({"number_day": 0}, "1 or more"),
    ],
)
def test_unsafe_rules_are_no_setting(unsafe: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        CodeRules(**unsafe)


def test_yesterdays_codes_are_dropped(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    assert refused(club.desk.confirm, ADA, asked.challenge, club.wrong(), "1")
    club.env.clock.sleep(2 * 86400)
    club.desk.enrol(EVE, Person(phone=OTHER), "b")
    counts = [
        club.env.store.query(f"SELECT count(*) FROM loyalty_{table}")[0][0]
        for table in ("challenges", "attempts", "asks")
    ]
    assert [1, 0, 3] == counts
