"""A point of sale in ZEROSIX, and the connector connected to it without the core."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from crosstie import Secret
from crosstie.sandbox import Server
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_zerosix.connector import Zerosix, ZerosixLive
from crosstie_zerosix.sandbox import KEY, ZerosixSandbox


@pytest.fixture
def zerosix(clock: SimulatedClock) -> ZerosixSandbox:
    return ZerosixSandbox(clock)


@pytest.fixture
def server(zerosix: ZerosixSandbox, serve: Callable[..., Server]) -> Server:
    served = serve(zerosix)
    served.log = []
    return served


@pytest.fixture
def env(clock: SimulatedClock) -> Iterator[Surroundings]:
    with closing(Surroundings(system="loyalty", clock=clock)) as env:
        yield env


@pytest.fixture
def connect(server: Server, env: Surroundings) -> Callable[..., ZerosixLive]:
    """Connect with these settings over the usual ones."""

    def connect(**settings: Any) -> ZerosixLive:
        live = Zerosix(**{"url": server.url, "key": Secret(KEY), **settings}).connect(env)
        assert isinstance(live, ZerosixLive)
        return live

    return connect


@pytest.fixture
def live(connect: Callable[..., ZerosixLive]) -> ZerosixLive:
    return connect()
