"""The sandbox answers as ZEROSIX's published pages say."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crosstie import Request
from crosstie.testing import SimulatedClock
from crosstie_zerosix.sandbox import KEY, ZerosixSandbox

RECORDED = Path(__file__).parent.parent / "recorded"
LET_IN = {"authorization": f"Token {KEY}", "user-agent": "Shop/1.0"}
ADA = {"mobile": "0700000003", "first_name": "John", "last_name": "Doe", "create_card": True}

Asked = Callable[..., tuple[int, Any]]


@pytest.fixture
def zerosix(clock: SimulatedClock) -> ZerosixSandbox:
    return ZerosixSandbox(clock)


@pytest.fixture
def asked(zerosix: ZerosixSandbox) -> Asked:
    """Ask; returns status and body."""

    def ask(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        given = {**LET_IN, "content-type": "application/json", **headers}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = zerosix.respond(Request(method, path, {}, given, content, path))
        return reply.status, json.loads(reply.body)

    return ask


def shape(value: Any) -> Any:
    """Names and types, without values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return type(value).__name__


@pytest.mark.parametrize("key", ["", KEY, f"Bearer {KEY}", f"token {KEY}", f"Token {KEY}x"])
def test_only_the_key_after_the_word_token_is_let_in(asked: Asked, key: str) -> None:
    assert 401 == asked("GET", "/members/0700000003", authorization=key)[0]
    assert 401 == asked("POST", "/contacts/", ADA, authorization=key)[0]


@pytest.mark.parametrize("software", ["", "crosstie", "/1.0", "Shop/"])
def test_the_firewall_wants_software_and_version(asked: Asked, software: str) -> None:
    assert 403 == asked("GET", "/members/0700000003", **{"user-agent": software})[0]
    assert 403 == asked("POST", "/contacts/", ADA, **{"user-agent": software})[0]


def test_a_contact_is_answered_in_the_published_shape(asked: Asked) -> None:
    status, told = asked("POST", "/contacts/", ADA)
    published = json.loads((RECORDED / "contact.json").read_text(encoding="utf-8"))
    assert 201 == status
    assert shape(published) == shape(told)
    assert ("0700000003", "John", "Doe") == (told["mobile"], told["first_name"], told["last_name"])


def test_a_member_is_answered_in_the_published_shape(asked: Asked) -> None:
    asked("POST", "/contacts/", ADA)
    status, told = asked("GET", "/members/0700000003")
    published = json.loads((RECORDED / "member.json").read_text(encoding="utf-8"))
    assert 200 == status
    assert shape(published) == shape(told)
    assert "J. Doe / Programme Etudiant" == told["card"]["owner_info"]


def test_points_are_a_number_in_one_answer_and_a_text_in_the_other(
    asked: Asked, zerosix: ZerosixSandbox
) -> None:
    made = asked("POST", "/contacts/", ADA)[1]
    found = asked("GET", "/members/0700000003")[1]
    assert (0, "0.00") == (made["card"]["points_balance"], found["card"]["points_balance"])
    zerosix.points["0700000003"] = Decimal("12.5")
    assert "12.50" == asked("GET", "/members/0700000003")[1]["card"]["points_balance"]


def test_a_mobile_is_taken_once(asked: Asked, zerosix: ZerosixSandbox) -> None:
    asked("POST", "/contacts/", ADA)
    assert 400 == asked("POST", "/contacts/", {**ADA, "first_name": "Jane"})[0]
    assert "John" == zerosix.contacts["0700000003"]["first_name"]


def test_nobody_is_a_404(asked: Asked) -> None:
    asked("POST", "/contacts/", ADA)
    assert 404 == asked("GET", "/members/0700000004")[0]
    assert 404 == asked("GET", "/members/070000000")[0]


@pytest.mark.parametrize(
    "body", [b"mobile", [], {}, {**ADA, "mobile": " "}, {**ADA, "create_card": False}]
)
def test_a_contact_without_mobile_or_card_is_refused(asked: Asked, body: Any) -> None:
    assert 400 == asked("POST", "/contacts/", body)[0]
    assert 400 == asked("POST", "/contacts/", ADA, **{"content-type": "text/plain"})[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/members/"), ("GET", "/contacts/"), ("PATCH", "/members/0700000003"),
     ("POST", "/contacts"), ("POST", "/visits/")],
)  # fmt: skip
def test_what_is_not_documented_is_not_there(asked: Asked, method: str, path: str) -> None:
    assert 404 == asked(method, path, ADA)[0]
