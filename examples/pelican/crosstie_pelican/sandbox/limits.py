"""The rate limit: a bucket that holds some requests and gets one back now and then."""

import math
from collections.abc import Mapping
from datetime import datetime

import attrs

from crosstie import Clock
from crosstie_pelican.sandbox.times import whole


@attrs.define
class Bucket:
    """`burst` requests at once, `per_minute` of them in the long run."""

    clock: Clock
    per_minute: int
    burst: int
    _left: float = attrs.field(init=False)
    _at: datetime = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._left, self._at = float(self.burst), self.clock.now()

    def take(self) -> int:
        """Take one request out; returns 0, or the seconds to wait until there is one."""
        now = self.clock.now()
        passed = max(0.0, (now - self._at).total_seconds())
        self._left, self._at = min(self.burst, self._left + passed * self.per_minute / 60), now
        if self._left < 1:
            return max(1, math.ceil((1 - self._left) * 60 / self.per_minute))
        self._left -= 1
        return 0

    def headers(self) -> Mapping[str, str]:
        """What every answer tells of the limit."""
        until_full = (self.burst - self._left) * 60 / self.per_minute
        reset = math.ceil(whole(self._at).timestamp() + until_full)
        return {"X-RateLimit-Remaining": str(int(self._left)), "X-RateLimit-Reset": str(reset)}
