"""The same programme told in the plainest way: a list of single points for each member."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

import attrs

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
Rules = Mapping[str, Any]
"""`rate`, `factors`, `expires`, `after`, `tiers` (name to threshold), `multipliers`, `period`."""


@attrs.define
class Account:
    """A member's points, one by one: (when it expires, its lot, when it is usable)."""

    points: list[tuple[datetime, int, datetime]] = attrs.field(factory=list)
    owed: int = 0
    earned: list[tuple[datetime, int]] = attrs.field(factory=list)


@attrs.define
class Bought:
    """An order: whose, the rules of its first earning, lots with what they brought and lost."""

    member: str | None
    rules: Rules | None = None
    times: Fraction = Fraction(1)
    brought: dict[int, int] = attrs.field(factory=dict)
    lost: Counter[int] = attrs.field(factory=Counter)
    spent: list[list[int]] = attrs.field(factory=list)


@attrs.define
class PlainPoints:
    """All members; `scale` is how many single points are one of the programme's."""

    scale: int
    accounts: dict[str, Account] = attrs.field(factory=dict)
    orders: dict[str, Bought] = attrs.field(factory=dict)
    expired: Counter[int] = attrs.field(factory=Counter)
    lots: int = 0

    def of(self, member: str, now: datetime) -> Account:
        """The account, after what happened by itself until now."""
        account = self.accounts.setdefault(member, Account())
        ready = sorted((usable, lot, e) for e, lot, usable in account.points if usable <= now)
        for usable, lot, expires in ready[: account.owed]:
            account.points.remove((expires, lot, usable))
        account.owed -= min(account.owed, len(ready))
        for expires, lot, _ in account.points:
            self.expired[lot] += expires <= now
        account.points = [point for point in account.points if point[0] > now]
        return account

    def give(self, member: str, count: int, now: datetime, after: timedelta, rules: Rules) -> int:
        account = self.of(member, now)
        self.lots += 1
        usable = now + after
        expires = FOREVER
        if rules["expires"] is not None:
            expires = usable + rules["expires"]
        account.points += [(expires, self.lots, usable)] * count
        self.of(member, now)
        return self.lots

    def take(
        self, member: str, count: int, now: datetime, lot: int = 0, force: bool = False
    ) -> bool:
        """Take points, those of a lot first; whether there were enough, or it is forced."""
        account = self.of(member, now)
        own = [point for point in account.points if point[1] == lot]
        others = sorted(p for p in account.points if p[1] != lot and p[2] <= now)
        there = [*own, *others][:count]
        if len(there) < count and not force:
            return False
        for point in there:
            account.points.remove(point)
        account.owed += count - len(there)
        return True

    def tier(self, member: str, now: datetime, rules: Rules) -> str | None:
        since = None if rules["period"] is None else now - rules["period"]
        earned = sum(n for at, n in self.of(member, now).earned if since is None or at > since)
        reached = [(t, name) for name, t in rules["tiers"].items() if t * self.scale <= earned]
        return max(reached)[1] if reached else None

    def tell(
        self, order: str, told: Mapping[str, Any], member: str | None, now: datetime, rules: Rules
    ) -> None:
        """An order as it stands now."""
        bought = self.orders.setdefault(order, Bought(member))
        if bought.member == "erased":
            return
        bought.member = bought.member or member
        if bought.member is None:
            return
        if bought.rules is None and told["paid"] and not told["cancelled"]:
            times = Fraction(rules["multipliers"].get(self.tier(bought.member, now, rules), "1"))
            if floor(worth(told, rules) * times * self.scale):
                bought.rules, bought.times = rules, times
        if bought.rules is not None:
            self._follow(bought, told, now, rules)
        gone = 1 - kept(told)
        for spent in bought.spent:
            count = floor(spent[0] * gone) - spent[1]
            if count > 0:
                spent[1] += count
                self.give(bought.member, count, now, timedelta(0), rules)

    def _follow(self, bought: Bought, told: Mapping[str, Any], now: datetime, rules: Rules) -> None:
        assert bought.member is not None
        assert bought.rules is not None
        account = self.of(bought.member, now)
        has = sum(bought.brought.values()) - sum(bought.lost.values())
        wanted = floor(worth(told, bought.rules) * bought.times * self.scale)
        if wanted > has:
            lot = self.give(bought.member, wanted - has, now, rules["after"], rules)
            bought.brought[lot] = wanted - has
            account.earned.append((now, wanted - has))
        for lot in sorted(bought.brought, reverse=True):
            most = bought.brought[lot] - bought.lost[lot] - self.expired[lot]
            count = min(most, has - wanted)
            if count > 0:
                bought.lost[lot] += count
                has -= count
                account.earned.append((now, -count))
                self.take(bought.member, count, now, lot, force=True)

    def erase(self, member: str, now: datetime) -> None:
        self.of(member, now).points.clear()
        self.of(member, now).owed = 0
        for bought in self.orders.values():
            if bought.member == member:
                bought.member = "erased"

    def balance(self, member: str, now: datetime) -> tuple[int, int]:
        """All, and what is pending of it."""
        account = self.of(member, now)
        pending = sum(usable > now for _, _, usable in account.points)
        return len(account.points) - account.owed, pending


def kept(told: Mapping[str, Any]) -> Fraction:
    worth = sum(amount for amount, _ in told["lines"]) - told["discount"]
    if told["cancelled"] or worth <= 0:
        return Fraction(0)
    return max(Fraction(0), 1 - Fraction(told["refunded"], worth))


def worth(told: Mapping[str, Any], rules: Rules) -> Fraction:
    whole = sum(amount for amount, _ in told["lines"])
    if whole <= 0:
        return Fraction(0)
    weighed = sum(
        amount * Fraction(rules["factors"].get(code, "1")) for amount, code in told["lines"]
    )
    lowered = max(Fraction(0), 1 - Fraction(told["discount"], whole))
    return Fraction(weighed) * lowered * kept(told) * Fraction(rules["rate"])
