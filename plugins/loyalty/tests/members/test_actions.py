"""What automations do with members is done once, and tells no more than they may know."""

from typing import Any

import attrs
import pytest

from crosstie import RejectedError
from crosstie_loyalty.actions_members import (
    MEMBER_ACTIONS,
    BlockCard,
    Enroll,
    ReplaceCard,
    UnblockCard,
)
from crosstie_loyalty.enrolment import Enrolment

from .club import PHONE, Club


@attrs.frozen
class Connected:
    """A connected programme, as actions see it."""

    enrolment: Enrolment


@pytest.fixture
def system(club: Club) -> Connected:
    return Connected(club.desk)


def test_somebody_is_enrolled_once(club: Club, system: Connected) -> None:
    enroll = Enroll(email="ada@example.com", phone="0612345678", consent=("email",), origin="quiz")
    told = [enroll.run(system, "journey 1") for _ in range(2)]
    assert told[0] == told[1]
    assert {"member", "card", "created"} == set(told[0])
    assert 1 == len(club.gifts) == len(club.env.events)
    consent = club.desk.members.consents(str(told[0]["member"]))["email"]
    assert (True, "quiz") == (consent.given, consent.origin)


def test_only_the_e_mails_owner_is_told_of_a_card_that_was_there(
    club: Club, system: Connected
) -> None:
    store = club.member(email="ada@example.com")

    def card(**told: Any) -> Any:
        return Enroll(**told).run(system, str(told))["card"]

    assert store.card == card(email="ADA@example.com") == card(email="ada@example.com", phone=PHONE)
    assert card(phone=PHONE) is None
    assert card(phone=PHONE, email="eve@example.com") is None


def test_a_lost_card_is_blocked_and_replaced(club: Club, system: Connected) -> None:
    card = str(club.member().card)
    assert "blocked" == BlockCard(card=card).run(system, "a")["state"]
    assert "active" == UnblockCard(card=card).run(system, "b")["state"]
    new = [ReplaceCard(card=card).run(system, "c")["number"] for _ in range(2)]
    assert new == [club.desk.member(PHONE) and new[0]] * 2
    with pytest.raises(RejectedError, match="is replaced"):
        BlockCard(card=card).run(system, "d")


def test_every_action_has_a_name_of_its_own() -> None:
    names = {action.name for action in MEMBER_ACTIONS}
    assert {"enroll", "block_card", "unblock_card", "replace_card"} == names
