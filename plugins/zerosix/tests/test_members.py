"""Members as a table: a shop's customers through the real runner, and single rows."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crosstie import ConfigError, ConflictError, RejectedError, Write, Written
from crosstie.commerce import Address, Customer
from crosstie.sandbox import Reply, Server
from crosstie_zerosix.connector import ZerosixLive
from crosstie_zerosix.sandbox import KEY, ZerosixSandbox

from .told import Told

CONFIG = """
[systems.shop]
use = "told"
[systems.loyalty]
use = "zerosix"
key = { env = "ZEROSIX_KEY" }
workers = 1
url = "%s"
[flows.members]
read = "shop.customers"
write = "loyalty.members"
"""
ADA = Customer(firstname="Ada", lastname="King", mobile="06 12 34 56 78")
GRACE = Customer(firstname="Grace", lastname="Hopper", phone="0698765432")

Sent = Callable[..., Mapping[str, int]]


@pytest.fixture
def shop() -> Told:
    told = Told()
    told.tell("1", ADA)
    told.tell("2", GRACE)
    return told


@pytest.fixture
def sent(
    project: Callable[..., Any], run: Callable[..., Any], server: Server, shop: Told
) -> Callable[..., Any]:
    """Run the flow; returns what it counted, without zeros."""

    def sent(**options: Any) -> Mapping[str, int]:
        opened = project(CONFIG % server.url, {"ZEROSIX_KEY": KEY}, told=shop)
        report = run(opened, "members", **options)["members"]
        assert ("completed", None) == (report.status, report.error)
        return {name: count for name, count in report.counts.items() if count}

    return sent


def asked(server: Server) -> list[str]:
    return [f"{one.method} {one.path}" for one in server.log or ()]


def written(live: ZerosixLive, **row: Any) -> object:
    (answer,) = live.tables()["members"].write([Write(None, row, "17", "once")])
    return answer


def test_customers_are_enrolled_with_a_card(
    sent: Sent, server: Server, zerosix: ZerosixSandbox
) -> None:
    assert {"read": 2, "created": 2} == sent()
    ada = zerosix.contacts["0612345678"]
    assert ("Ada", "King", "1000001") == (ada["first_name"], ada["last_name"], ada["card"])
    (body, *_) = (json.loads(one.body) for one in server.log or () if one.method == "POST")
    assert {
        "mobile": "0612345678",
        "first_name": "Ada",
        "last_name": "King",
        "create_card": True,
    } == body


def test_who_got_a_card_at_a_till_is_linked_and_no_conflict(
    sent: Sent, server: Server, zerosix: ZerosixSandbox
) -> None:
    zerosix.enroll("0612345678", first_name="A.")
    assert {"read": 2, "created": 1, "unchanged": 1} == sent()
    assert "A." == zerosix.contacts["0612345678"]["first_name"]
    assert 1 == asked(server).count("POST /contacts/")


def test_a_customer_who_changes_stays_the_member_they_are(
    sent: Sent, server: Server, shop: Told, zerosix: ZerosixSandbox
) -> None:
    sent()
    assert server.log is not None
    server.log.clear()
    shop.tell("1", Customer(firstname="Ada", lastname="Lovelace", mobile="0687654321"))
    assert {"read": 1, "unchanged": 1} == sent()
    assert [] == asked(server)
    assert ["0612345678", "0698765432"] == sorted(zerosix.contacts)


def test_two_customers_with_one_mobile_are_one_member(
    sent: Sent, shop: Told, zerosix: ZerosixSandbox
) -> None:
    shop.tell("3", Customer(firstname="Byron", phone="+33612345678"))
    assert {"read": 3, "created": 2, "unchanged": 1} == sent()
    assert "Ada" == zerosix.contacts["0612345678"]["first_name"]


def test_a_customer_without_a_mobile_is_set_aside_and_the_others_go_on(
    sent: Sent, shop: Told, zerosix: ZerosixSandbox
) -> None:
    shop.tell("3", Customer(phone="0112345678", address=Address(phone="no phone")))
    assert {"read": 3, "created": 2, "aside": 1} == sent()
    assert 2 == len(zerosix.contacts)


@pytest.mark.parametrize("kind", ["lost", "drop", "late"])
def test_a_lost_answer_is_looked_up_by_mobile(
    sent: Sent, server: Server, zerosix: ZerosixSandbox, kind: Any
) -> None:
    server.fail(kind, matches=lambda request: request.method == "POST", seconds=10)
    assert {"read": 2, "created": 2} == sent()
    assert ["0612345678", "0698765432"] == sorted(zerosix.contacts)


def test_a_card_comes_back_with_the_member(live: ZerosixLive) -> None:
    expected = Written("0612345678", also={"card": "1000001"})
    assert expected == written(live, mobile=" 0612345678 ")


def test_a_member_enrolled_in_between_is_a_conflict_and_left(
    live: ZerosixLive, zerosix: ZerosixSandbox
) -> None:
    zerosix.enroll("0612345678", first_name="A.")
    answer = written(live, mobile="0612345678", first_name="Ada")
    assert isinstance(answer, ConflictError)
    assert "0612345678 is a member already" in str(answer)
    assert "exists already" in str(answer)
    assert "A." == zerosix.contacts["0612345678"]["first_name"]


def test_a_contact_that_is_refused_is_told_in_zerosixs_own_words(
    live: ZerosixLive, server: Server
) -> None:
    refusal = Reply(400, b'{"first_name": ["too long"]}', {"Content-Type": "application/json"})
    server.fail("answer", reply=refusal)
    answer = written(live, mobile="0612345678")
    assert isinstance(answer, RejectedError)
    assert 'ZEROSIX refuses it, 400: {"first_name": ["too long"]}' == str(answer)


def test_further_fields_are_sent_as_they_are_given(live: ZerosixLive, server: Server) -> None:
    given = {"email": "ada@example.com", "birth_date": date(1990, 5, 6), "spent": Decimal("1.50")}
    written(live, mobile="0612345678", **given)
    sent = json.loads((server.log or [])[-1].body)
    expected = {"email": "ada@example.com", "birth_date": "1990-05-06", "spent": "1.50"}
    assert expected == {name: sent[name] for name in given}
    assert isinstance(written(live, mobile="0612345678", odd=object()), RejectedError)


def test_members_are_found_by_their_mobile_only(live: ZerosixLive) -> None:
    with pytest.raises(ConfigError, match="by mobile only"):
        live.tables()["members"].find([{"last_name": "King"}])
