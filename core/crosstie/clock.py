"""The clock, so that time can be a simulated one in tests and dry runs."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

Answer = TypeVar("Answer")


class Clock(Protocol):
    """Where the time comes from and where waiting is done."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def sleep(self, seconds: float) -> bool:
        """Wait that many seconds; false when the program has been asked to stop, at once then."""


class SystemClock(Clock):
    """The machine's clock; `stop` ends every wait."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> bool:
        if self._stop is None:
            time.sleep(max(0.0, seconds))
            return True
        return not self._stop.wait(max(0.0, seconds))


def poll(
    clock: Clock, ask: Callable[[], Answer | None], *, every: float, at_most: float
) -> Answer | None:
    """Ask until there is an answer, with a wait of `every` seconds in between.

    None when there was none within `at_most` seconds, or when the program is to stop.
    """
    until = clock.now() + timedelta(seconds=at_most)
    while (answer := ask()) is None:
        if clock.now() >= until or not clock.sleep(every):
            return None
    return answer
