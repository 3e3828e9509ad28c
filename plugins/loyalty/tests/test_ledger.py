"""The ledger is exact, posts once, and spends nothing twice."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from crosstie import RejectedError
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_loyalty.amounts import text_of
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.transactions import Cause, Kind, Transaction
from crosstie_loyalty.verifying import verify

from .conftest import DAY

Post = Callable[..., Transaction]


@pytest.fixture
def ledger(env: Surroundings) -> Ledger:
    return Ledger(env.store, "loyalty", env.clock)


@pytest.fixture
def post(ledger: Ledger) -> Post:
    """Post points for Ada."""

    def post(
        kind: Kind, amount: str, once: str, *, allowed: bool = False, **more: timedelta
    ) -> Transaction:
        cause = Cause(kind=kind, once=once, allowed=allowed)
        return ledger.post("ada", Decimal(amount), cause, **more)

    return post


def rows(env: Surroundings) -> list[tuple[object, ...]]:
    tables = ("transactions", "postings", "uses", "lots", "debts")
    return [row for one in tables for row in env.store.query(f"SELECT * FROM loyalty_{one}")]


def test_a_repeated_once_changes_nothing(env: Surroundings, post: Post) -> None:
    first = post("adjust", "10", "a")
    before = rows(env)
    assert (first, before) == (post("adjust", "10.00", "a"), rows(env))


@pytest.mark.parametrize(("kind", "amount"), [("adjust", "11"), ("earn", "10"), ("adjust", "-10")])
def test_another_content_under_a_known_once_is_refused(
    env: Surroundings, post: Post, kind: Kind, amount: str
) -> None:
    post("adjust", "10", "a")
    before = rows(env)
    with pytest.raises(RejectedError, match="once 'a' was used for another transaction"):
        post(kind, amount, "a")
    assert before == rows(env)


@pytest.mark.parametrize("amount", ["0", "NaN", "Infinity", "0.0000001", "1000000000000"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(post: Post, amount: str) -> None:
    with pytest.raises(RejectedError, match=r"is no amount|decimals"):
        post("adjust", amount, "a")


def test_what_expires_next_is_spent_first(
    ledger: Ledger, post: Post, clock: SimulatedClock
) -> None:
    post("earn", "10", "for ever")
    post("earn", "10", "late", lasts=9 * DAY)
    post("earn", "10", "soon", lasts=2 * DAY)
    post("redeem", "-12", "spent")
    balance = ledger.balance("ada")
    assert [18, 8] == [balance.total, balance.expiring]
    assert clock.now() + 9 * DAY == balance.expires
    clock.sleep(DAY.total_seconds() * 9)
    assert 10 == ledger.balance("ada").total


def test_points_are_usable_when_their_time_has_come(
    ledger: Ledger, post: Post, clock: SimulatedClock
) -> None:
    post("earn", "10", "a", after=14 * DAY)
    assert [10, 0] == [ledger.balance("ada").pending, ledger.balance("ada").usable]
    with pytest.raises(RejectedError, match="1 are asked for, and 0 can be spent"):
        post("redeem", "-1", "b")
    clock.sleep(DAY.total_seconds() * 14)
    assert -10 == post("redeem", "-10", "b").amount


def test_nobody_spends_more_than_there_is_unless_it_is_allowed(ledger: Ledger, post: Post) -> None:
    post("earn", "10", "a")
    with pytest.raises(RejectedError, match="11 are asked for, and 10 can be spent"):
        post("adjust", "-11", "b")
    post("adjust", "-11", "c", allowed=True)
    assert -1 == ledger.balance("ada").usable


def test_new_points_pay_what_is_owed_when_they_are_usable(
    env: Surroundings, ledger: Ledger, post: Post, clock: SimulatedClock
) -> None:
    post("adjust", "-10", "a", allowed=True)
    post("earn", "30", "b", after=DAY, lasts=DAY)
    balance = ledger.balance("ada")
    assert [20, 30, -10] == [balance.total, balance.pending, balance.usable]
    clock.sleep(DAY.total_seconds() * 9)
    assert 0 == ledger.balance("ada").total
    assert (
        "-20" == env.store.query("SELECT amount FROM loyalty_transactions WHERE number = 3")[0][0]
    )
    assert [] == verify(env.store, "loyalty")


def test_nothing_is_updated_or_deleted(
    env: Surroundings, ledger: Ledger, post: Post, clock: SimulatedClock
) -> None:
    tables = ("loyalty_transactions", "loyalty_postings", "loyalty_uses")
    for table in tables:
        for deed in ("UPDATE", "DELETE"):
            env.store.query(
                f"CREATE TRIGGER {deed}_{table} BEFORE {deed} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'the books are written in ink'); END"
            )
    post("earn", "10", "a", lasts=DAY)
    post("adjust", "-15", "b", allowed=True)
    post("earn", "10", "c", lasts=DAY)
    post("redeem", "-2", "d")
    clock.sleep(DAY.total_seconds() * 2)
    assert 0 == ledger.balance("ada").total


def test_programmes_in_one_state_know_nothing_of_each_other(env: Surroundings, post: Post) -> None:
    other = Ledger(env.store, "other", env.clock)
    post("earn", "10", "a")
    other.post("ada", Decimal(3), Cause(kind="earn", once="a"))
    assert [1, 3] == [other.newest(), other.balance("ada").total]
    assert [] == [*verify(env.store, "loyalty"), *verify(env.store, "other")]


def test_a_clock_that_was_set_back_makes_no_earlier_transaction(
    env: Surroundings, post: Post
) -> None:
    first = post("earn", "10", "a", lasts=DAY)
    early = Ledger(env.store, "loyalty", SimulatedClock(env.clock.now() - DAY))
    second = early.post("ada", Decimal(1), Cause(kind="earn", once="b"))
    assert first.at == second.at


def test_a_posting_asks_the_same_of_many_others_as_of_few(
    env: Surroundings, ledger: Ledger
) -> None:
    """What grows with the history would be a scan, which SQLite tells beforehand."""
    asked: list[str] = []
    store = env.store
    ledger.post("ada", Decimal(10), Cause(kind="earn", once="a"), lasts=DAY)
    store.file.db.conn.set_trace_callback(asked.append)  # type: ignore[attr-defined]  # of SQLite
    ledger.post("ada", Decimal(10), Cause(kind="earn", once="b"), after=DAY, lasts=DAY)
    ledger.post("ada", Decimal(-12), Cause(kind="adjust", once="c", allowed=True))
    ledger.balance("ada")
    store.file.db.conn.set_trace_callback(None)  # type: ignore[attr-defined]  # of SQLite
    plans = [
        row[3]
        for sql in dict.fromkeys(asked)
        if sql.lstrip().startswith("SELECT")
        for row in store.query(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert plans
    assert [] == [plan for plan in plans if plan.startswith("SCAN") or "TEMP B-TREE" in plan]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("10", "10"),
        ("10.00", "10"),
        ("1E+2", "100"),
        ("0.50", "0.5"),
        ("-0.0", "0"),
        ("-3.10", "-3.1"),
    ],
)
def test_amounts_are_plain_texts(amount: str, text: str) -> None:
    assert text == text_of(Decimal(amount))
