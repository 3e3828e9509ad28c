"""Keeping a system's rate limit: requests wait for their turn before they are sent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import attrs

from crosstie.clock import Clock
from crosstie.errors import UnavailableError

LONGEST_WAIT = 300.0
"""Seconds; what asks for more rest than that is left to the next run."""


@attrs.frozen(slots=True)
class Rate:
    """At most so many `requests` in each period `per`, spread evenly after a first burst.

    A tenth of them may go out at once; the others follow at such a distance that no period of this
    length, wherever it begins, ever has more than `requests`.
    """

    requests: int = attrs.field(validator=attrs.validators.ge(1))
    per: timedelta = attrs.field(validator=attrs.validators.gt(timedelta()))

    @property
    def burst(self) -> int:
        """How many requests may go out at once after a rest."""
        return max(1, self.requests // 10)

    @property
    def every(self) -> timedelta:
        """The distance of the requests after that, rounded up."""
        return -(-self.per // (self.requests - self.burst + 1))


@attrs.frozen(slots=True)
class ToldRate:
    """A limit that the system's answers tell: so many requests are left until it is reset.

    The names of the headers, in lower case: `remaining` (requests that are left) and `reset`
    (when there will be more: Unix seconds by the system's clock, or seconds from now where
    `counts_down`). Once none is left, all requests to the system rest until then.
    """

    remaining: str = "x-ratelimit-remaining"
    reset: str = "x-ratelimit-reset"
    counts_down: bool = False

    def rest(self, headers: Mapping[str, str], now: datetime) -> float | None:
        """Seconds until there are requests again; None where these headers do not tell."""
        reset = headers.get(self.reset, "").strip()
        if not reset.isdecimal():
            return None
        if self.counts_down:
            return float(reset)
        return max(0.0, float(reset) - time_of(headers, now).timestamp())

    def is_used_up(self, headers: Mapping[str, str]) -> bool:
        """Whether these headers say that no request is left."""
        return headers.get(self.remaining, "").strip() == "0"


def time_of(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time on the clock of the system that answered (`Date`), or ours where it has none."""
    try:
        told = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return now
    return told if told.tzinfo else told.replace(tzinfo=UTC)


class Turns(Protocol):
    """The turns of a system, shared by all that send it requests."""

    def take(self) -> float:
        """Take a turn and return 0, or take none and return the seconds until there may be one."""

    def rest(self, until: datetime) -> None:
        """Let nobody have a turn until then."""


def await_turn(turns: Turns, clock: Clock, place: str) -> None:
    """Wait for a turn and take it.

    Raises `UnavailableError` when that would last too long, or when the program is to stop.
    """
    while wait := turns.take():
        if wait > LONGEST_WAIT:
            raise UnavailableError(f"{place} may not be asked for another {wait:.0f} s: its limit")
        if not clock.sleep(wait):
            raise UnavailableError(f"{place} was not asked: the program is to stop")
