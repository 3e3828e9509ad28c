"""Points beside purchases: tiers, gifts, spending and giving back, and what is told of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie import RejectedError
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_loyalty.points import Points
from crosstie_loyalty.terms import Purchase, PurchaseLine
from crosstie_loyalty.verifying import verify

from .conftest import DAY, MakePoints


def bought(points: Points, order: str, amount: int, **told: Any) -> None:
    line = PurchaseLine(amount=Decimal(amount), amount_with_tax=Decimal(amount))
    points.purchase(
        Purchase(**{"source": "shop", "order": order, "lines": (line,), "paid": True, **told}),
        "ada",
    )


def told(env: Surroundings, kind: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in env.events if event.kind == kind]


def wait(clock: SimulatedClock, time: timedelta) -> None:
    clock.sleep(time.total_seconds())


@pytest.mark.feature("Z02")
def test_a_tier_is_reached_told_and_earns_more(env: Surroundings, make_points: MakePoints) -> None:
    points = make_points(tiers={"silver": "50", "gold": "100"}, multipliers={"silver": "1.5"})
    bought(points, "1", 40)
    assert ("", []) == (points.tier("ada"), told(env, "tier_reached"))
    bought(points, "2", 10)
    assert "silver" == points.tier("ada")
    bought(points, "3", 10)
    assert 65 == points.balance("ada").total
    reached = {"member": "ada", "tier": "silver", "before": ""}
    assert [reached] == told(env, "tier_reached")


def test_a_tier_is_lost_when_what_was_earned_is_too_long_ago(
    make_points: MakePoints, clock: SimulatedClock
) -> None:
    points = make_points(tiers={"silver": "50"}, tier_period=365 * DAY)
    bought(points, "1", 60)
    wait(clock, 364 * DAY)
    assert "silver" == points.tier("ada")
    wait(clock, DAY)
    assert "" == points.tier("ada")


def test_a_refund_takes_the_tier_back(make_points: MakePoints) -> None:
    points = make_points(tiers={"silver": "50"})
    bought(points, "1", 60)
    bought(points, "1", 60, refunded=Decimal(20))
    assert "" == points.tier("ada")


def test_gifts_do_not_count_for_tiers(make_points: MakePoints) -> None:
    points = make_points(tiers={"silver": "5"}, welcome=Decimal(10))
    first = points.greet("ada")
    assert first == points.greet("ada")
    points.add("ada", Decimal(50), "a")
    assert ("", 60) == (points.tier("ada"), int(points.balance("ada").total))


def test_what_is_earned_is_told_and_notes_are_not(
    env: Surroundings, make_points: MakePoints, clock: SimulatedClock
) -> None:
    points = make_points(after=DAY)
    bought(points, "1", 60)
    points.add("ada", Decimal(5), "a", "she shouted")
    event = told(env, "points_earned")[0]
    assert {"points": 60, "source": "shop 1", "usable": 0, "pending": 60}.items() <= event.items()
    assert clock.now() + DAY == event["usable_from"]
    assert "shouted" not in repr(env.events)


def test_points_that_expire_soon_are_told_once(
    env: Surroundings, make_points: MakePoints, clock: SimulatedClock
) -> None:
    points = make_points(expires=60 * DAY, expiring=10 * DAY)
    bought(points, "1", 60)
    expires = clock.now() + 60 * DAY
    wait(clock, 49 * DAY)
    assert (0, 0) == points.settle()
    wait(clock, DAY)
    assert [(0, 1), (0, 0)] == [points.settle(), points.settle()]
    [event] = told(env, "points_expiring")
    assert ("ada", 60, expires) == (event["member"], event["points"], event["expires"])
    wait(clock, 10 * DAY)
    assert (1, 0) == points.settle()
    assert 0 == points.balance("ada").total


def test_what_has_expired_is_not_taken_back_a_second_time(
    make_points: MakePoints, clock: SimulatedClock
) -> None:
    points = make_points(expires=10 * DAY)
    bought(points, "1", 60)
    points.redeem("ada", Decimal(20), "a")
    wait(clock, 10 * DAY)
    bought(points, "1", 60, cancelled=True)
    assert -20 == points.balance("ada").total


def test_what_was_spent_is_not_given_back_twice(points: Points) -> None:
    points.add("ada", Decimal(50), "a")
    spent = points.redeem("ada", Decimal(40), "b", "voucher V-1")
    back = points.give_back(spent, Decimal(30), "c")
    assert back == points.give_back(spent, Decimal(30), "c")
    with pytest.raises(RejectedError, match="11 are to be given back, and 10 of transaction 2 are"):
        points.give_back(spent, Decimal(11), "d")
    assert 40 == points.balance("ada").total


def test_an_order_that_is_paid_after_all_earns_again(env: Surroundings, points: Points) -> None:
    bought(points, "1", 60)
    bought(points, "1", 60, cancelled=True)
    bought(points, "1", 60)
    bought(points, "1", 60, cancelled=True)
    bought(points, "1", 60)
    assert 60 == points.balance("ada").total
    assert [] == verify(env.store, "loyalty")


def test_an_order_that_grows_earns_the_difference(points: Points) -> None:
    bought(points, "1", 60)
    bought(points, "1", 75)
    bought(points, "1", 70)
    assert [60, 15, -5] == [int(one.amount) for one in points.ledger.find("number > 0")]
