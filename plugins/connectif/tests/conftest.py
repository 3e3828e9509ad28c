"""A store in Connectif, and the connector connected to it without the core."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from crosstie import Secret
from crosstie.sandbox import Server
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_connectif.connector import Connectif, ConnectifLive
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox

FAST = 1_000_000
"""Requests a minute: what the limit costs is in `test_rate`."""


@pytest.fixture
def connectif(clock: SimulatedClock) -> ConnectifSandbox:
    return ConnectifSandbox(clock, per_minute=FAST, domains=["https://shop.example"])


@pytest.fixture
def server(connectif: ConnectifSandbox, serve: Callable[..., Server]) -> Server:
    served = serve(connectif)
    served.log = []
    return served


@pytest.fixture
def env(clock: SimulatedClock) -> Iterator[Surroundings]:
    with closing(Surroundings(system="marketing", clock=clock)) as env:
        yield env


@pytest.fixture
def connect(server: Server, env: Surroundings) -> Callable[..., ConnectifLive]:
    """Connect with these settings over the usual ones."""

    def connect(**settings: Any) -> ConnectifLive:
        usual: dict[str, Any] = {
            "url": server.url,
            "key_id": KEY_ID,
            "key_secret": Secret(KEY_SECRET),
        }
        live = Connectif(**{**usual, **settings}).connect(env)
        assert isinstance(live, ConnectifLive)
        return live

    return connect


@pytest.fixture
def live(connect: Callable[..., ConnectifLive]) -> ConnectifLive:
    return connect()
