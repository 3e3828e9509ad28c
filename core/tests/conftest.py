"""What the core's tests stand on: a clock that is only moved by waiting."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from crosstie import Clock
from crosstie.plugins import Plugins, load_plugins


@attrs.define
class SteppedClock:
    """A clock that stands still until somebody sleeps, and notes each wait in seconds.

    What `meanwhile` holds happens during the waits, one of them in each.
    """

    moment: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    sleeps: list[float] = attrs.field(factory=list)
    meanwhile: list[Callable[[], object]] = attrs.field(factory=list)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> bool:
        self.sleeps.append(seconds)
        self.moment += timedelta(seconds=seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return True


@pytest.fixture
def clock() -> Clock:
    return SteppedClock()


@pytest.fixture
def sleeps(clock: SteppedClock) -> list[float]:
    """Every wait on the clock so far."""
    return clock.sleeps


@pytest.fixture
def meanwhile(clock: SteppedClock) -> list[Callable[[], object]]:
    """What shall happen during the next waits, one in each."""
    return clock.meanwhile


@pytest.fixture
def acme() -> Plugins:
    """The plugins there are, with the ones of `acme/crosstie_plugins.py`."""
    return load_plugins(Path(__file__).parent / "acme")
