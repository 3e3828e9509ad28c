"""A folder for the outbox, what the core lends, and a mail server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from crosstie.testing import SimulatedClock, Surroundings

from .mail_host import MailHost


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def env(clock: SimulatedClock) -> Iterator[Surroundings]:
    with closing(Surroundings(clock=clock)) as env:
        yield env


@pytest.fixture
def start_host() -> Iterator[Callable[..., MailHost]]:
    """Start a mail server that answers until the test ends."""
    with ExitStack() as stack:

        def start(host: MailHost | None = None, **options: Any) -> MailHost:
            started = (host or MailHost()).start(**options)
            stack.callback(started.stop)
            return started

        yield start


@pytest.fixture
def host(start_host: Callable[..., MailHost]) -> MailHost:
    return start_host()
