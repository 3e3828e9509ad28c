"""What ZEROSIX tells of members, in both of its ways, and what is not taken for an answer."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crosstie import UnauthorisedError, UnavailableError, UncertainError
from crosstie.sandbox import Reply, Server
from crosstie_zerosix.answers import Member, MisfitError
from crosstie_zerosix.api import RefusedError
from crosstie_zerosix.connector import ZerosixLive

ADA = "0612345678"
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((RECORDED / name).read_text(encoding="utf-8"))
    return answer


def reply(status: int, told: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(told).encode(), JSON)


def test_a_member_is_read_from_the_published_answer() -> None:
    winter = timezone(timedelta(hours=1))
    expected = Member(
        mobile=ADA,
        card="xxxx",
        points=Decimal("0.00"),
        points_total=Decimal("0.0"),
        since=datetime(2024, 12, 9, 15, 11, 57, tzinfo=winter),
        owner="J. Doe / Programme Etudiant",
        dashboard="https://pro.zerosix.com/xxx/clients/xxxx#/customer/xxxx",
    )
    assert expected == Member.of(recorded("member.json"), ADA)


def test_a_contact_is_read_from_the_published_answer() -> None:
    told = {**recorded("contact.json"), "mobile": ADA}
    member = Member.of(told, ADA)
    assert ("{{card_id}}", Decimal(0)) == (member.card, member.points)
    assert ("DASHBOARD_URL", None, None) == (member.dashboard, member.since, member.owner)


@pytest.mark.parametrize(
    ("told", "points"),
    [(12, "12"), (Decimal("12.50"), "12.50"), ("12.50", "12.50"), ("-3", "-3"), (None, None)],
)
def test_points_are_exact_whether_a_number_or_a_text(told: object, points: str | None) -> None:
    card = {"reference": "C1", "points_balance": told}
    expected = None if points is None else Decimal(points)
    assert expected == Member.of({"card": card}, ADA).points


@pytest.mark.parametrize("told", ["0612345678", "+33612345678", "06 12 34 56 78", 612345678])
def test_a_mobile_is_recognised_however_it_is_told(told: object) -> None:
    assert ADA == Member.of({"mobile": told, "card": {"reference": "C1"}}, ADA).mobile


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"card": []},
        {"card": {}},
        {"card": {"reference": ""}},
        {"mobile": "0687654321", "card": {"reference": "C1"}},
        {"card": {"reference": "C1", "points_balance": "many"}},
        {"card": {"reference": "C1", "points_balance": "NaN"}},
        {"card": {"reference": "C1", "creation_date": "yesterday"}},
        {"card": {"reference": "C1", "creation_date": "2024-12-09T15:11:57"}},
    ],
)
def test_what_tells_of_no_member_or_another_is_no_answer(told: Mapping[str, Any]) -> None:
    with pytest.raises(MisfitError):
        Member.of(told, ADA)


def test_only_a_404_of_the_api_says_that_there_is_no_such_member(
    live: ZerosixLive, server: Server
) -> None:
    for words in (Reply(404), reply(404, {"detail": "Not found."})):
        server.fail("answer", reply=words)
        assert live.api.member(ADA) is None
    server.fail("answer", reply=Reply(404, b"<html>no such page</html>", HTML))
    with pytest.raises(UnavailableError, match="is the url the API's address"):
        live.api.member(ADA)
    server.fail("answer", reply=Reply(301, headers={"Location": "/members/"}))
    with pytest.raises(UnavailableError, match="is the url the API's address"):
        live.api.member(ADA)
    server.fail("answer", reply=reply(400, {"detail": "what?"}))
    with pytest.raises(UnavailableError, match="what"):
        live.api.member(ADA)


def test_a_look_that_keeps_making_no_sense_is_a_system_that_is_down(
    live: ZerosixLive, server: Server
) -> None:
    server.fail("answer", times=100, reply=reply(200, {"hello": "world"}))
    with pytest.raises(UnavailableError, match="asked 4 times"):
        live.api.member(ADA)
    assert 4 == len(server.log or ())


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_refusal_shows_what_zerosix_says(live: ZerosixLive, server: Server, status: int) -> None:
    server.fail("answer", reply=reply(status, {"mobile": ["no such operator"]}))
    with pytest.raises(RefusedError, match=rf'{status}: {{"mobile": \["no such operator"\]}}'):
        live.api.create(ADA, {})


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (Reply(401, b'{"detail": "Invalid token."}', JSON), UnauthorisedError),
        (Reply(403, b"<html>blocked</html>", HTML), UnauthorisedError),
        (reply(404, {"detail": "no such address"}), UnavailableError),
        (reply(405, {"detail": "no such method"}), UnavailableError),
        (Reply(404, b"<html>", HTML), UnavailableError),
        (Reply(500), UncertainError),
        (Reply(201, b"[]", JSON), UncertainError),
        (Reply(200, b"<html>welcome</html>", HTML), UncertainError),
        (reply(201, {"mobile": ADA, "card": None}), UncertainError),
        (reply(201, {"mobile": "0687654321", "card": {"reference": "C1"}}), UncertainError),
    ],
)
def test_a_creation_is_told_as_what_its_answer_proves(
    live: ZerosixLive, server: Server, answer: Reply, raised: type[Exception]
) -> None:
    server.fail("answer", reply=answer)
    with pytest.raises(raised):
        live.api.create(ADA, {})


@pytest.mark.parametrize("status", [200, 201])
def test_any_success_with_a_card_is_one(live: ZerosixLive, server: Server, status: int) -> None:
    server.fail("answer", reply=reply(status, {**recorded("contact.json"), "mobile": ADA}))
    assert "{{card_id}}" == live.api.create(ADA, {}).card


def test_a_refusal_of_the_key_says_where_to_look(
    connect: Callable[..., ZerosixLive], server: Server
) -> None:
    server.fail("answer", reply=Reply(401))
    with pytest.raises(UnauthorisedError, match="API key on the dashboard of ZEROSIX"):
        connect().api.member(ADA)
