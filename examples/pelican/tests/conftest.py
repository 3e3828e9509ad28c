"""A Pelican account, and the connector connected to it without the core."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from crosstie import Secret
from crosstie.sandbox import Server
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_pelican.connector import Pelican, PelicanLive
from crosstie_pelican.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    WEBHOOK_SECRET,
    Attribute,
    PelicanSandbox,
)

FAST = 60_000


@pytest.fixture
def pelican(clock: SimulatedClock) -> PelicanSandbox:
    tier = Attribute("tier", "choice", choices=("gold", "silver"))
    points = Attribute("points", "number")
    return PelicanSandbox(clock, per_minute=FAST, attributes=[tier, points])


@pytest.fixture
def server(pelican: PelicanSandbox, serve: Callable[..., Server]) -> Server:
    served = serve(pelican)
    served.log = []
    return served


@pytest.fixture
def env(clock: SimulatedClock) -> Iterator[Surroundings]:
    with closing(Surroundings(clock=clock)) as env:
        yield env


@pytest.fixture
def connect(server: Server, env: Surroundings) -> Callable[..., PelicanLive]:
    """Connect with these settings over the usual ones."""

    def connect(**settings: Any) -> PelicanLive:
        usual: dict[str, Any] = {
            "url": server.url,
            "client_id": CLIENT_ID,
            "client_secret": Secret(CLIENT_SECRET),
            "refresh_token": Secret(REFRESH_TOKEN),
            "webhook_secret": Secret(WEBHOOK_SECRET),
        }
        live = Pelican(**{**usual, **settings}).connect(env)
        assert isinstance(live, PelicanLive)
        return live

    return connect


@pytest.fixture
def live(connect: Callable[..., PelicanLive]) -> PelicanLive:
    return connect()
