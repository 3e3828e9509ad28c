"""The clock, so that time can be a simulated one in tests and dry runs."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from and where waiting is done."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds; returns early when the program has been asked to stop."""


class SystemClock(Clock):
    """The machine's clock; `stop` ends every wait."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        if self._stop is None:
            time.sleep(max(0.0, seconds))
        else:
            self._stop.wait(max(0.0, seconds))
