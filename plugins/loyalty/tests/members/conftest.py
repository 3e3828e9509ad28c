"""An environment with the tables of members, and a programme in it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from crosstie.testing import Surroundings
from crosstie_loyalty.members_schema import MEMBERS

from .club import Club


@pytest.fixture
def env() -> Iterator[Surroundings]:
    with closing(Surroundings(migrations=MEMBERS)) as env:
        yield env


@pytest.fixture
def club(env: Surroundings) -> Iterator[Club]:
    with closing(Club(env)) as club:
        yield club
