"""Random histories of a programme, compared with the plainest telling of the same."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from crosstie import RejectedError
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.plugin import register_schema
from crosstie_loyalty.points import Points
from crosstie_loyalty.programme import Programme
from crosstie_loyalty.terms import Purchase, PurchaseLine
from crosstie_loyalty.verifying import verify

from .plain_points import PlainPoints

DAY = timedelta(days=1)
MEMBERS = st.sampled_from(["ada", "bob", "eve"])
ORDERS = st.sampled_from(["1", "2", "3", "4"])
CODES = (None, "MUG", "gift")


def rewarding(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same rules, where each tier earns more."""
    return {**told, "multipliers": dict.fromkeys(told["tiers"], "1.5")}


PROGRAMMES = st.fixed_dictionaries(
    {
        "rate": st.sampled_from(["1", "0.5", "2.5"]),
        "factors": st.sampled_from([{}, {"MUG": "2"}, {"gift": "0", "MUG": "1.5"}]),
        "after": st.sampled_from([0 * DAY, 3 * DAY]),
        "expires": st.sampled_from([None, 5 * DAY, 20 * DAY]),
        "tiers": st.sampled_from([{}, {"silver": 10}, {"silver": 5, "gold": 30}]),
        "period": st.sampled_from([None, 10 * DAY]),
    }
).map(rewarding)
TOLD = st.fixed_dictionaries(
    {
        "lines": st.lists(
            st.tuples(st.integers(1, 20), st.sampled_from(CODES)), min_size=1, max_size=3
        ),
        "discount": st.sampled_from([0, 0, 3, 100]),
        "refunded": st.sampled_from([0, 0, 1, 5, 10, 60]),
        "paid": st.sampled_from([True, True, False]),
        "cancelled": st.sampled_from([False, False, False, True]),
    }
)


def programme(rules: Mapping[str, Any], kitty: bool) -> Programme:
    rate = Decimal(rules["rate"])
    return Programme(
        currency="EUR",
        collects="kitty" if kitty else "points",
        per_amount=None if kitty else rate,
        percent=rate * 100 / 25 if kitty else None,
        factors=rules["factors"],
        after=rules["after"],
        expires=rules["expires"],
        tiers={name: str(threshold) for name, threshold in rules["tiers"].items()},
        tier_period=rules["period"],
        multipliers=rules["multipliers"],
    )


def purchase(order: str, told: Mapping[str, Any]) -> Purchase:
    return Purchase(
        source="shop",
        order=order,
        lines=tuple(
            PurchaseLine(amount=Decimal(0), amount_with_tax=Decimal(amount), code=code)
            for amount, code in told["lines"]
        ),
        discounts_with_tax=Decimal(told["discount"]),
        refunded=Decimal(told["refunded"]),
        paid=told["paid"],
        cancelled=told["cancelled"],
    )


class Histories(RuleBasedStateMachine):
    """Every write is repeated, with the programme as it is by then."""

    kitty = False

    def __init__(self) -> None:
        super().__init__()
        self.clock = SimulatedClock()
        self.env = Surroundings(clock=self.clock, migrations=register_schema())
        self.scale = 100 if self.kitty else 1
        self.plain = PlainPoints(self.scale)
        self.erased: set[str] = set()
        self.deeds = 0

    @initialize(rules=PROGRAMMES)
    def begin(self, rules: Mapping[str, Any]) -> None:
        self.change(rules)

    @rule(rules=PROGRAMMES)
    def change(self, rules: Mapping[str, Any]) -> None:
        """The programme becomes another one."""
        self.telling = dict(rules)
        if self.kitty:
            self.telling["rate"] = str(Decimal(rules["rate"]) / 25)
        ledger = Ledger(self.env.store, "loyalty", self.clock)
        self.points = Points(programme(rules, self.kitty), ledger, self.env.emit)

    @rule(order=ORDERS, told=TOLD, member=st.one_of(MEMBERS, MEMBERS, st.none()))
    def tell(self, order: str, told: Mapping[str, Any], member: str | None) -> None:
        """An order is new, changed, refunded or cancelled."""
        if member in self.erased:
            return
        self.twice(lambda: self.points.purchase(purchase(order, told), member))
        self.plain.tell(order, told, member, self.clock.now(), self.telling)

    @rule(member=MEMBERS, count=st.integers(1, 40), order=st.one_of(st.none(), ORDERS))
    def spend(self, member: str, count: int, order: str | None) -> None:
        source = ""
        if order is not None:
            bought = self.plain.orders.get(order)
            if bought is None or bought.member != member:
                return
            source = f"shop {order}"
        once = self.once()
        done = self.twice(lambda: self.points.redeem(member, self.amount(count), once, source))
        enough = self.plain.take(member, count, self.clock.now())
        assert enough == (done is not None)
        if done and order is not None:
            self.plain.orders[order].spent.append([count, 0])

    @rule(member=MEMBERS, count=st.integers(1, 40))
    def add(self, member: str, count: int) -> None:
        once = self.once()
        self.twice(lambda: self.points.add(member, self.amount(count), once, "by hand"))
        self.plain.give(member, count, self.clock.now(), 0 * DAY, self.telling)

    @rule(member=MEMBERS, count=st.integers(1, 40), negative=st.booleans())
    def remove(self, member: str, count: int, negative: bool) -> None:
        once, points = self.once(), self.amount(count)
        done = self.twice(lambda: self.points.remove(member, points, once, negative=negative))
        enough = self.plain.take(member, count, self.clock.now(), force=negative)
        assert enough == (done is not None)

    @rule(days=st.sampled_from([1, 2, 3, 5, 8, 20]))
    def wait(self, days: int) -> None:
        self.clock.sleep((days * DAY).total_seconds())

    @rule()
    def settle(self) -> None:
        self.points.settle()
        assert self.points.settle() == (0, 0)

    @rule(member=MEMBERS)
    def erase(self, member: str) -> None:
        self.twice(lambda: self.points.erase(member))
        self.plain.erase(member, self.clock.now())

    @invariant()
    def the_books_are_right(self) -> None:
        assert [] == verify(self.env.store, "loyalty")

    @rule()
    def compare(self) -> None:
        """Balances are those of the plain points, however long nobody has looked."""
        now = self.clock.now()
        for member in list(self.plain.accounts):
            total, pending = self.plain.balance(member, now)
            balance = self.points.balance(member)
            assert (self.amount(total), self.amount(pending)) == (balance.total, balance.pending)

    def teardown(self) -> None:
        self.compare()

    def twice(self, write: Callable[[], Any]) -> Any:
        """What the write returns both times; None where it was refused."""
        with suppress(RejectedError):
            first = write()
            before = self.points.ledger.newest()
            assert (first, before) == (write(), self.points.ledger.newest())
            return first
        return None

    def amount(self, count: int) -> Decimal:
        return Decimal(count) / self.scale

    def once(self) -> str:
        self.deeds += 1
        return f"deed {self.deeds}"


class KittyHistories(Histories):
    kitty = True


QUICK = settings(
    max_examples=40, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow]
)
TestHistories = Histories.TestCase
TestHistories.settings = QUICK
TestKittyHistories = KittyHistories.TestCase
TestKittyHistories.settings = QUICK
