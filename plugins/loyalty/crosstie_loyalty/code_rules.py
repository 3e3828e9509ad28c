"""How many codes may be asked for, by whom, and how long one is good.

The rules are OWASP's and NIST's: ASVS 4.0.3 2.7.2 (ten minutes at most), ASVS 5.0 6.6.3 and NIST
SP 800-63B 5.2.2 (a code this short needs limits); and each SMS costs, so that numbers are limited
by the hour and by the day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

import attrs

from crosstie import Env, RejectedError
from crosstie_loyalty.sealing import sealed, stamp

Kind = Literal["asked", "reached", "account", "address"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_LIFE = timedelta(minutes=10)
MOST_ATTEMPTS = 5


@attrs.frozen(kw_only=True)
class CodeRules:
    """The limits on one-time codes; raises ValueError, with a sentence, for unsafe ones.

    `text` is the SMS, with ``{code}`` in the code's place.
    A number gets no two codes within `pause`, and so many an hour and a day; so many more are sent
    for one account of a shop and for one address (IP), which a whole household may share.
    """

    text: str = "{code}"
    lifetime: timedelta = LONGEST_LIFE
    attempts: int = MOST_ATTEMPTS
    pause: timedelta = timedelta(minutes=1)
    number_hour: int = 3
    number_day: int = 6
    account_hour: int = 6
    account_day: int = 12
    address_hour: int = 30
    address_day: int = 100

    def __attrs_post_init__(self) -> None:
        if "{code}" not in self.text:
            raise ValueError(f"the text of codes has no {{code}} in it: {self.text!r}")
        if not timedelta(0) < self.lifetime <= LONGEST_LIFE:
            raise ValueError(f"a code is good for ten minutes at most, not for {self.lifetime}")
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            raise ValueError(f"a code bears 1 to {MOST_ATTEMPTS} attempts, not {self.attempts}")
        for kind in get_args(Kind):
            if any(most < 1 for most, _ in self.limits(kind)):
                raise ValueError("the limits on codes are 1 or more: with 0 nobody gets a card")

    def limits(self, kind: Kind) -> tuple[tuple[int, timedelta], ...]:
        """How many are allowed within which time."""
        if kind == "account":
            return (self.account_hour, HOUR), (self.account_day, DAY)
        if kind == "address":
            return (self.address_hour, HOUR), (self.address_day, DAY)
        return (1, self.pause), (self.number_hour, HOUR), (self.number_day, DAY)


@attrs.frozen
class Asks:
    """Who asked for codes, kept for a day, as keyed hashes: no number can be read from it."""

    env: Env
    programme: str
    rules: CodeRules

    def free_at(self, kind: Kind, whom: str, now: datetime) -> datetime:
        """When the next code may be asked for; not after `now` where that is at once."""
        rows = self.env.store.query(
            "SELECT at FROM loyalty_asks WHERE programme = ? AND whom = ? ORDER BY at DESC",
            (self.programme, self._whom(kind, whom)),
        )
        times = [datetime.fromisoformat(at) for (at,) in rows]
        return max(
            (
                times[most - 1] + within
                for most, within in self.rules.limits(kind)
                if len(times) >= most
            ),
            default=now,
        )

    def check(self, kind: Kind, whom: str, now: datetime) -> None:
        """Raise `RejectedError` where a code has to wait, with until when."""
        free = self.free_at(kind, whom, now)
        if free > now:
            raise RejectedError(
                "too many codes were asked for: the next one can be asked for at "
                f"{free:%Y-%m-%d %H:%M:%S} UTC"
            )

    def note(self, asked: Sequence[tuple[Kind, str]], challenge: str, now: datetime) -> None:
        """Keep that these asked, and drop what is over a day old."""
        self.env.store.change(
            "DELETE FROM loyalty_asks WHERE programme = ? AND at <= ?",
            (self.programme, stamp(now - DAY)),
        )
        self.env.store.change(
            "INSERT INTO loyalty_asks (programme, whom, at, challenge) VALUES (?, ?, ?, ?)",
            *((self.programme, self._whom(*one), stamp(now), challenge) for one in asked),
        )

    def _whom(self, kind: Kind, whom: str) -> str:
        return sealed(self.env, "asks", self.programme, kind, whom)
