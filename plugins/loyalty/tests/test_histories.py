"""Random histories of a programme, compared with the plainest telling of the same."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
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
MEMBERS = st.sampled_from(["ada", "ada", "bob"])
ORDERS = st.sampled_from(["1", "2", "3"])
SHARES = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(5, 4)])
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
            st.tuples(st.integers(5, 30), st.sampled_from(CODES)), min_size=1, max_size=3
        ),
        "discount": st.sampled_from([0, 0, 0, 0, 3, 100]),
        "refunded": st.sampled_from([0, 0, 0, 0, 5]),
        "paid": st.sampled_from([True, True, True, False]),
        "cancelled": st.just(False),
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
        self.orders: dict[str, Mapping[str, Any]] = {}
        self.deeds = 0

    @initialize(rules=PROGRAMMES, told=TOLD)
    def begin(self, rules: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        self.change(rules)
        self.tell("1", {**told, "paid": True, "cancelled": False}, "ada")
        self.add("ada", 20)

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
        """An order is new, or anything about it has changed."""
        self.orders[order] = told
        self.twice(lambda: self.points.purchase(purchase(order, told), member), refusable=False)
        self.plain.tell(order, told, member, self.clock.now(), self.telling)

    @rule(order=ORDERS, more=st.integers(1, 15))
    def refund(self, order: str, more: int) -> None:
        """One more part of an order is given back."""
        if told := self.orders.get(order):
            self.tell(order, {**told, "refunded": told["refunded"] + more}, None)

    @rule(order=ORDERS)
    def cancel(self, order: str) -> None:
        """An order is cancelled, or a cancelled one goes on."""
        if told := self.orders.get(order):
            self.tell(order, {**told, "cancelled": not told["cancelled"]}, None)

    @rule(member=MEMBERS, share=SHARES)
    def spend(self, member: str, share: Fraction, source: str = "") -> None:
        """Spend a part of what there is, all of it, or more."""
        count, once = self.part(member, share), self.once()
        done = self.twice(lambda: self.points.redeem(member, self.amount(count), once, source))
        assert self.plain.take(member, count, self.clock.now()) == (done is not None)
        if done is not None and source:
            self.plain.orders[source.removeprefix("shop ")].spent.append([count, 0])

    @rule(order=ORDERS, share=SHARES)
    def spend_on_an_order(self, order: str, share: Fraction) -> None:
        """Points pay a part of an order."""
        bought = self.plain.orders.get(order)
        if bought is not None and bought.member in ("ada", "bob"):
            self.spend(bought.member, share, f"shop {order}")

    @rule(member=MEMBERS, count=st.integers(1, 40))
    def add(self, member: str, count: int) -> None:
        once = self.once()
        self.twice(lambda: self.points.add(member, self.amount(count), once, "by hand"))
        self.plain.give(member, count, self.clock.now(), 0 * DAY, self.telling)

    @rule(member=MEMBERS, share=SHARES, negative=st.booleans())
    def remove(self, member: str, share: Fraction, negative: bool) -> None:
        count = self.part(member, share)
        once, points = self.once(), self.amount(count)
        done = self.twice(lambda: self.points.remove(member, points, once, negative=negative))
        enough = self.plain.take(member, count, self.clock.now(), force=negative)
        assert enough == (done is not None)

    @rule(days=st.sampled_from([1, 2, 3, 5, 8, 20]))
    def wait(self, days: int) -> None:
        self.clock.sleep((days * DAY).total_seconds())

    @rule(really=st.sampled_from([False, False, False, True]))
    def erase(self, really: bool) -> None:
        if really:
            self.twice(lambda: self.points.erase("bob"))
            self.plain.erase("bob", self.clock.now())

    @rule()
    def look(self) -> None:
        """Balances are those of the plain points, however long nobody has looked."""
        now = self.clock.now()
        self.points.settle()
        assert self.points.settle() == (0, 0)
        for member in list(self.plain.accounts):
            total, pending = self.plain.balance(member, now)
            balance = self.points.balance(member)
            assert (self.amount(total), self.amount(pending)) == (balance.total, balance.pending)

    @invariant()
    def the_books_are_right(self) -> None:
        assert [] == verify(self.env.store, "loyalty")

    def teardown(self) -> None:
        self.look()

    def twice(self, write: Callable[[], Any], *, refusable: bool = True) -> Any:
        """What the write returns both times; None where it was refused."""
        try:
            first = write()
        except RejectedError:
            if not refusable:
                raise
            return None
        before = self.points.ledger.newest()
        assert (first, before) == (write(), self.points.ledger.newest())
        return first

    def part(self, member: str, share: Fraction) -> int:
        """A part of what a member has, without a look into the books."""
        account = self.plain.accounts.get(member)
        return max(1, int(len(account.points) * share)) if account else 1

    def amount(self, count: int) -> Decimal:
        return Decimal(count) / self.scale

    def once(self) -> str:
        self.deeds += 1
        return f"deed {self.deeds}"


class KittyHistories(Histories):
    kitty = True


QUICK = settings(
    max_examples=60, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)
TestHistories = Histories.TestCase
TestHistories.settings = QUICK
TestKittyHistories = KittyHistories.TestCase
TestKittyHistories.settings = QUICK
