"""The programme, as the connector's settings tell it.

::

    [systems.loyalty]
    use = "loyalty"
    currency = "EUR"
    per_amount = "1"
    expires = "365d"
    tiers = { silver = "500", gold = "2000" }
    multipliers = { gold = "1.5" }

A changed programme does not rewrite the past: what a purchase earns is computed with the `Terms`
that held when it earned first, and the ledger keeps them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import attrs

from crosstie import setting
from crosstie_loyalty.amounts import DIGITS, LARGEST, ZERO
from crosstie_loyalty.terms import Terms

NOTHING = timedelta(0)


@attrs.frozen(kw_only=True)
class Programme:
    """What is collected, for what, and how long it is good."""

    currency: str = setting("The currency in which purchases count, by its ISO 4217 code")
    collects: Literal["points", "kitty"] = setting(
        "What purchases bring: points, or a kitty of money to be made a voucher", default="points"
    )
    per_amount: Decimal | None = setting(
        "Points for each whole unit of the currency that is spent", default=None
    )
    percent: Decimal | None = setting(
        "Of each purchase, what goes into the kitty, in percent", default=None
    )
    factors: dict[str, str] = setting(
        'Times how much a product code or a category counts: { "MUG-1" = "2", gifts = "0" }',
        default=attrs.Factory(dict),
    )
    tax: bool = setting("Whether amounts count with their tax", default=True)
    shipping: bool = setting("Whether what shipping costs counts too", default=False)
    rounding: Literal["down", "half_up"] = setting(
        "What becomes of the part that is too small to be given", default="down"
    )
    digits: int | None = setting(
        "Decimals of what is given: 0 for points and 2 for a kitty, unless set", default=None
    )
    usable: Literal["paid", "delivered"] = setting(
        "What an order has to be before it earns", default="paid"
    )
    after: timedelta = setting(
        "How much later what it earned can be used, such as the days of return", default=NOTHING
    )
    expires: timedelta | None = setting(
        "How long points are good from then on; for ever unless set", default=None
    )
    expiring: timedelta = setting(
        "How long before points expire the event points_expiring tells it",
        default=timedelta(days=30),
    )
    tiers: dict[str, str] = setting(
        'Points to be earned for each tier: { silver = "500", gold = "2000" }',
        default=attrs.Factory(dict),
    )
    tier_period: timedelta | None = setting(
        "Over how long points earned count for the tier; ever since unless set", default=None
    )
    multipliers: dict[str, str] = setting(
        'Times how much a tier earns: { gold = "1.5" }', default=attrs.Factory(dict)
    )
    welcome: Decimal = setting("What a new member is given", default=ZERO)
    rewards: dict[str, str] = setting(
        'What points can be given for, and how many: { "10 EUR off" = "100" }',
        default=attrs.Factory(dict),
    )

    def __attrs_post_init__(self) -> None:
        if mistakes := list(self.mistakes()):
            raise ValueError("; ".join(mistakes))

    @property
    def terms(self) -> Terms:
        """What the amount of a purchase is computed with."""
        rate = (self.percent or ZERO) / 100 if self.collects == "kitty" else self.per_amount or ZERO
        return Terms(
            rate=rate,
            factors={name: Decimal(text) for name, text in self.factors.items()},
            tax=self.tax,
            shipping=self.shipping,
            rounding=self.rounding,
            digits=self.decimals,
        )

    @property
    def decimals(self) -> int:
        """Decimals of what is given."""
        if self.digits is not None:
            return self.digits
        return 2 if self.collects == "kitty" else 0

    def tier(self, earned: Decimal) -> str:
        """The highest tier that this is enough for; empty for none."""
        reached = [
            (threshold, name)
            for name, text in self.tiers.items()
            if (threshold := Decimal(text)) <= earned
        ]
        return max(reached)[1] if reached else ""

    def rank(self, tier: str) -> Decimal:
        """What sorts tiers: the threshold, and less than any for none."""
        return Decimal(self.tiers[tier]) if tier else Decimal(-1)

    def multiplier(self, tier: str) -> Decimal:
        """Times how much a member of this tier earns."""
        return Decimal(self.multipliers.get(tier, "1"))

    def mistakes(self) -> Iterator[str]:
        """What is wrong with these settings, a sentence each."""
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            yield f'currency is an ISO 4217 code such as "EUR", not {self.currency!r}'
        yield from self._rate_mistakes()
        if not 0 <= self.decimals <= DIGITS:
            yield f"digits is 0 to {DIGITS}, not {self.digits}"
        elif not 0 <= self.welcome < LARGEST or round(self.welcome, self.decimals) != self.welcome:
            yield (
                f"welcome is at least 0 and has at most {self.decimals} decimals, as all that is"
                f" given (digits), not {self.welcome}"
            )
        for name in ("expires", "tier_period"):
            if getattr(self, name) == NOTHING:
                yield f"{name} is more than no time at all: leave it out for ever"
        yield from _not_numbers("factors", self.factors, zero=True)
        yield from _not_numbers("rewards", self.rewards, zero=False)
        yield from self._tier_mistakes()

    def _tier_mistakes(self) -> Iterator[str]:
        wrong = list(_not_numbers("tiers", self.tiers, zero=True))
        if not wrong and len(set(map(Decimal, self.tiers.values()))) < len(self.tiers):
            wrong.append("tiers: two of them have the same threshold")
        yield from wrong
        yield from _not_numbers("multipliers", self.multipliers, zero=True)
        for name in self.multipliers:
            if name not in self.tiers:
                yield f"multipliers: there is no tier {name!r} ({', '.join(self.tiers) or 'none'})"

    def _rate_mistakes(self) -> Iterator[str]:
        wanted, other = ("per_amount", "percent")[:: 1 if self.collects == "points" else -1]
        rate = getattr(self, wanted)
        if rate is None:
            yield f'{wanted} is missing: what a programme that collects "{self.collects}" gives'
        elif not 0 < rate < LARGEST:
            yield f"{wanted} is more than 0, not {rate}"
        elif wanted == "percent" and rate > 100:
            yield f"percent is at most 100, not {rate}"
        if getattr(self, other) is not None:
            yield f'{other} says nothing where collects is "{self.collects}": leave it out'


def _not_numbers(field: str, told: Mapping[str, str], *, zero: bool) -> Iterator[str]:
    """Each value that is no plain decimal number, or less than it may be."""
    for name, text in told.items():
        number = re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text)
        if not name.strip():
            yield f"{field}: a name is empty"
        if number is None or not (zero or Decimal(text)):
            least = "0 or more" if zero else "more than 0"
            yield f'{field}.{name} is a decimal number such as "1.5", {least}, not {text!r}'
