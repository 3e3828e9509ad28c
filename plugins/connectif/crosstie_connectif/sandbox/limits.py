"""The rate limit: so many requests in each minute, told in three headers."""

import math
from collections.abc import Mapping

import attrs

from crosstie import Clock

MINUTE = 60


@attrs.define
class Window:
    """A minute that begins with its first request and allows `limit` of them."""

    clock: Clock
    limit: int
    _used: int = 0
    _ends: float = 0.0

    def take(self) -> bool:
        """Whether one more request may be answered."""
        now = self.clock.now().timestamp()
        if now >= self._ends:
            self._used, self._ends = 0, float(math.ceil(now + MINUTE))
        self._used += 1
        return self._used <= self.limit

    def headers(self) -> Mapping[str, str]:
        """What every answer tells of the limit; the reset is on Connectif's own clock."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self._used)),
            "X-RateLimit-Reset": str(int(self._ends)),
        }
