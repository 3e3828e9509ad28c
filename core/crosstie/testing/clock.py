"""A clock that only waiting moves, so that an hour's wait takes no time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class SimulatedClock:
    """Stands still until somebody sleeps or `move`s it; a `Clock`, usable from several threads.

    `sleeps` notes each wait in seconds.
    """

    def __init__(self, moment: datetime = START) -> None:
        self.sleeps: list[float] = []
        self._moment = moment
        self._due: list[tuple[datetime, Callable[[], object]]] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present moment of the play, aware, in UTC."""
        with self._lock:
            return self._moment

    def sleep(self, seconds: float) -> bool:
        """Let that much time pass at once; what was to be done meanwhile is done."""
        self.sleeps.append(seconds)
        self.move(self.now() + timedelta(seconds=seconds))
        return True

    def move(self, moment: datetime) -> None:
        """Go to this moment (also back), doing what falls due on the way."""
        while deed := self._next(moment):
            deed()
        with self._lock:
            self._moment = moment

    def later(self, seconds: float, deed: Callable[[], object]) -> None:
        """Do something once so many seconds have passed here."""
        with self._lock:
            self._due.append((self._moment + timedelta(seconds=seconds), deed))

    def _next(self, until: datetime) -> Callable[[], object] | None:
        with self._lock:
            due = [entry for entry in self._due if entry[0] <= until]
            if not due:
                return None
            first = min(due, key=lambda entry: entry[0])
            self._due.remove(first)
            self._moment = max(self._moment, first[0])
            return first[1]
