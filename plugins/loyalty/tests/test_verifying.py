"""Whatever is done to the books behind the ledger's back is found, with its ids."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from crosstie.cli import command_line
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_loyalty.points import Points
from crosstie_loyalty.terms import Purchase, PurchaseLine
from crosstie_loyalty.verifying import verify

CONFIG = '[systems.card]\nuse = "loyalty"\ncurrency = "EUR"\nper_amount = "1"\n'


def lived(points: Points) -> None:
    """1 earns 60, 2 spends 20, 3 takes 30 back, 4 takes 15, of which 5 are owed, 5 gives 3."""
    line = PurchaseLine(amount=Decimal(60), amount_with_tax=Decimal(60))
    purchase = Purchase(source="shop", order="1", lines=(line,), paid=True)
    points.purchase(purchase, "ada")
    points.redeem("ada", Decimal(20), "b")
    refunded = attrs.evolve(purchase, refunded=Decimal(30))
    points.purchase(refunded, "ada")
    points.remove("ada", Decimal(15), "d", negative=True)
    points.add("ada", Decimal(3), "e")
    points.add("bob", Decimal(7), "f")


TAMPERED = [
    ("UPDATE loyalty_postings SET amount = '61' WHERE number = 1 AND account = 'ada'", "posting 1"),
    (
        "UPDATE loyalty_postings SET balance = '99' WHERE number = 2",
        "posting 2 of ada: the balance",
    ),
    ("UPDATE loyalty_postings SET earned = '0' WHERE number = 3", "posting 3 of ada: earned is 0"),
    ("DELETE FROM loyalty_postings WHERE number = 5", "transaction 5: its postings do not sum"),
    ("DELETE FROM loyalty_transactions WHERE number = 4", "transactions 4 to 4 are missing"),
    ("UPDATE loyalty_transactions SET amount = '-61' WHERE number = 3", "was taken back for 61"),
    (
        "UPDATE loyalty_transactions SET reverses = 6 WHERE number = 3",
        "3 reverses 6, which is none",
    ),
    (
        "UPDATE loyalty_transactions SET reverses = 2 WHERE number = 3",
        "a refund, reverses 2, a redeem",
    ),
    ("UPDATE loyalty_transactions SET allowed = 0 WHERE number = 4", "transaction 4, a adjust"),
    ("UPDATE loyalty_lots SET remaining = '8' WHERE number = 6", "lot 6: 8 remain of 7"),
    ("UPDATE loyalty_lots SET open = 0 WHERE number = 6", "lot 6 has 7 and is marked otherwise"),
    ("DELETE FROM loyalty_lots WHERE number = 6", "member bob: lots less debts are 0"),
    ("UPDATE loyalty_uses SET amount = '1' WHERE lot = 1 AND number = 2", "lot 1: 0 remain of 60"),
    ("UPDATE loyalty_debts SET remaining = '0', open = 0", "debt 4: 0 remain of 15"),
    ("DELETE FROM loyalty_terms", "transaction 1: the terms"),
    (
        "UPDATE loyalty_lots SET number = 99 WHERE number = 6",
        "99 is a lot or debt of no transaction",
    ),
]


def test_books_that_are_right_have_no_breach(env: Surroundings, points: Points) -> None:
    lived(points)
    assert [] == verify(env.store, "loyalty")


@pytest.mark.parametrize(("change", "found"), TAMPERED)
def test_every_breach_is_found(env: Surroundings, points: Points, change: str, found: str) -> None:
    lived(points)
    env.store.change(change, ())
    breaches = verify(env.store, "loyalty")
    assert [True] == sorted({found in breach for breach in breaches})[-1:], breaches


def test_a_once_that_stands_twice_is_found(env: Surroundings, points: Points) -> None:
    lived(points)
    env.store.change("DROP INDEX loyalty_once", ())
    env.store.change("UPDATE loyalty_transactions SET once = 'b' WHERE number = 4", ())
    assert ["transactions 2 and 4 have one once, 'b'"] == verify(env.store, "loyalty")


@pytest.fixture
def call(tmp_path: Path) -> Callable[..., Result]:
    """The command line, in a folder with a programme."""
    config = tmp_path / "crosstie.toml"
    config.write_text(CONFIG, "utf-8")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(command_line(), ["-c", str(config), *arguments])

    return call


@pytest.mark.feature("F27", "F28", "F29", "F30", "F31", "F32", "F39", "F40")
def test_points_are_given_and_taken_by_hand_exactly_and_once(call: Callable[..., Result]) -> None:
    for name in ("ada", "bob"):
        call("do", "card.enroll", f"email={name}@example.com", "--once", name)
    offered = call("describe", "loyalty").stdout
    assert ["add_points", "remove_points"] == [
        name for name in ("add_points", "remove_points") if name in offered
    ]
    note = "note=credit for a mug that broke, she was sad"
    give = ("member=ada@example.com", "points=12.50", note, "--once", "give")
    first, again = (call("do", "card.add_points", *give) for _ in range(2))
    assert (0, first.stdout) == (first.exit_code, again.stdout)
    assert "12.5" in first.stdout
    assert "sad" not in first.stdout

    take = ("member=ada@example.com", "note=by mistake")
    taken = call("do", "card.remove_points", *take, "points=2", "--once", "take")
    assert (0, True) == (taken.exit_code, "balance:      10.5" in taken.stdout)
    refused = call("do", "card.remove_points", *take, "points=11", "--once", "more")
    assert (1, True) == (refused.exit_code, "11 are asked for, and 10.5 can" in refused.stderr)
    below = ("points=11", "allow_negative=true", "--once", "below")
    assert "-0.5" in call("do", "card.remove_points", *take, *below).stdout
    other = call("do", "card.add_points", "member=bob@example.com", "points=1", "--once", "other")
    assert "balance:      1" in other.stdout
    assert (0, "card: the books are right\n") == (
        call("loyalty", "verify").exit_code,
        call("loyalty", "verify", "card").stdout,
    )


@pytest.mark.parametrize("points", ["0", "-5", "0.0000001"])
def test_only_amounts_above_zero_are_given_or_taken(
    call: Callable[..., Result], points: str
) -> None:
    call("do", "card.enroll", "email=ada@example.com", "--once", "a")
    for action in ("add_points", "remove_points"):
        asked = (f"card.{action}", "member=ada@example.com", f"points={points}", "--once", action)
        assert call("do", *asked).exit_code in (1, 2)
    assert "0 lots" in call("loyalty", "settle").stdout


def test_a_breach_ends_the_command_with_3(
    call: Callable[..., Result], project: Callable[..., object], clock: SimulatedClock
) -> None:
    call("do", "card.enroll", "email=ada@example.com", "--once", "a")
    call("do", "card.add_points", "member=ada@example.com", "points=5", "--once", "b")
    state = project(CONFIG).state()  # type: ignore[attr-defined]  # a project
    state.store().change("UPDATE loyalty_postings SET balance = '6'", ())
    state.close()
    told = call("loyalty", "verify")
    assert 3 == told.exit_code
    assert "the balance is 6, the sum 5" in told.stdout
    assert 2 == call("loyalty", "verify", "shop").exit_code
