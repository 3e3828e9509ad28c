"""Looking members up and enrolling them, as an automation does."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crosstie import RejectedError
from crosstie.sandbox import Reply, Server
from crosstie.testing import SimulatedClock
from crosstie_zerosix.actions import Enroll, FindMember
from crosstie_zerosix.connector import ZerosixLive
from crosstie_zerosix.sandbox import ZerosixSandbox

ADA = "0612345678"
JSON = {"Content-Type": "application/json"}


def test_a_member_is_told_with_card_and_points(
    live: ZerosixLive, zerosix: ZerosixSandbox, clock: SimulatedClock
) -> None:
    zerosix.enroll(ADA, first_name="Ada", last_name="King")
    zerosix.points[ADA] = Decimal("12.5")
    told = FindMember(mobile="+33 6 12 34 56 78").run(live, "once")
    assert {
        "found": True,
        "mobile": ADA,
        "card": "1000001",
        "points": Decimal("12.50"),
        "points_total": Decimal("12.5"),
        "since": clock.now().replace(microsecond=0),
        "owner": "A. King / Programme Etudiant",
        "dashboard": "https://pro.zerosix.com/sandbox/clients/1#/customer/1000001",
    } == told
    assert timedelta(0) != told["since"].utcoffset()


def test_nobody_is_told_as_not_found(live: ZerosixLive, zerosix: ZerosixSandbox) -> None:
    zerosix.enroll("0698765432")
    someone = FindMember(mobile="0698765432").run(live, "once")
    nobody = FindMember(mobile=ADA).run(live, "once")
    assert (False, ADA) == (nobody["found"], nobody["mobile"])
    assert {None} == {nobody[name] for name in nobody if name not in {"found", "mobile"}}
    assert set(someone) == set(nobody)


def test_enrolling_gives_a_card(live: ZerosixLive, zerosix: ZerosixSandbox) -> None:
    told = Enroll(mobile="06 12 34 56 78", first_name="Ada").run(live, "once")
    assert {"mobile": ADA, "card": "1000001", "points": Decimal(0)} == told
    assert ("Ada", None) == tuple(
        zerosix.contacts[ADA][name] for name in ("first_name", "last_name")
    )


def test_enrolling_a_member_tells_the_card_there_is(
    live: ZerosixLive, zerosix: ZerosixSandbox, server: Server
) -> None:
    zerosix.enroll(ADA, first_name="A.")
    zerosix.points[ADA] = Decimal("7.5")
    told = Enroll(mobile=ADA, first_name="Ada").run(live, "once")
    assert {"mobile": ADA, "card": "1000001", "points": Decimal("7.50")} == told
    assert "A." == zerosix.contacts[ADA]["first_name"]
    assert ["GET"] == [request.method for request in server.log or ()]


def test_who_is_enrolled_at_a_till_in_the_same_moment_has_one_card(
    live: ZerosixLive, zerosix: ZerosixSandbox, server: Server
) -> None:
    zerosix.enroll(ADA)
    not_yet = Reply(404, b'{"detail": "not found"}', JSON)
    server.fail("answer", reply=not_yet)
    assert "1000001" == Enroll(mobile=ADA).run(live, "once")["card"]
    assert [ADA] == list(zerosix.contacts)


def test_what_zerosix_refuses_is_refused_in_its_own_words(
    live: ZerosixLive, server: Server
) -> None:
    refusal = Reply(400, b'{"detail": "closed for the summer"}', JSON)
    server.fail("answer", matches=lambda one: one.method == "POST", reply=refusal)
    with pytest.raises(RejectedError, match="closed for the summer"):
        Enroll(mobile=ADA).run(live, "once")


def test_a_contact_without_a_card_is_for_the_dashboard(live: ZerosixLive, server: Server) -> None:
    server.fail("answer", reply=Reply(200, b'{"card": null}', JSON))
    with pytest.raises(RejectedError, match="without a card"):
        Enroll(mobile=ADA).run(live, "once")


def test_a_number_is_one_of_the_country_that_is_given(
    live: ZerosixLive, zerosix: ZerosixSandbox
) -> None:
    Enroll(mobile="0470 12 34 56", country="BE").run(live, "once")
    assert ["+32470123456"] == list(zerosix.contacts)


@pytest.mark.parametrize("action", [FindMember, Enroll])
def test_what_is_no_mobile_is_refused_unasked(
    live: ZerosixLive, server: Server, action: type[FindMember | Enroll]
) -> None:
    with pytest.raises(RejectedError, match="is no number of a mobile in FR"):
        action(mobile="01 12 34 56 78").run(live, "once")
    assert [] == server.log
