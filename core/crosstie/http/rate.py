"""Keeping a system's rate limit: requests wait for their turn before they are sent."""

from datetime import datetime, timedelta
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
