"""A clock that stands still until it is moved, for tests of what depends on time."""

import threading
from datetime import UTC, datetime, timedelta


class ManualClock:
    """Fits `crosstie.Clock`; `sleep` moves it at once, so nothing waits."""

    def __init__(self, moment: datetime = datetime(2026, 11, 21, 20, 44, 33, tzinfo=UTC)) -> None:
        self._moment = moment
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moment at which it stands."""
        return self._moment

    def sleep(self, seconds: float) -> None:
        """Move on by that much."""
        with self._lock:
            self._moment += timedelta(seconds=seconds)
