"""Twenty equal rejections in a row: the rest is set aside unsent, with one probe per back-off."""

from datetime import datetime, timedelta

import attrs

from crosstie.errors import RejectedError

LIMIT = 20
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)


@attrs.define
class Breaker:
    """Watches the answers to one table's writes during one run."""

    reason: str = ""
    count: int = 0
    pause: timedelta = FIRST_PAUSE
    probe_at: datetime | None = None

    def heard(self, error: Exception | None, now: datetime) -> None:
        """Count an answer: None for a row that was written."""
        if not isinstance(error, RejectedError):
            self.reason, self.count, self.probe_at, self.pause = "", 0, None, FIRST_PAUSE
        elif str(error) != self.reason:
            self.reason, self.count, self.probe_at = str(error), 1, None
        else:
            self.count += 1
            if self.count >= LIMIT:
                self.probe_at = now + self.pause
                self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def verdict(self, now: datetime) -> RejectedError | None:
        """The error with which a row is set aside unsent, or None when it may be sent."""
        if self.probe_at is None:
            return None
        if now >= self.probe_at:
            self.probe_at = now + self.pause
            return None
        return RejectedError(f"not sent: {self.count} rows in a row were refused: {self.reason}")
