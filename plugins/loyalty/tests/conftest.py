"""Programmes in memory and in a project, for the tests of this member."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie.testing import SimulatedClock, Surroundings
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.plugin import register_schema
from crosstie_loyalty.points import Points
from crosstie_loyalty.programme import Programme

DAY = timedelta(days=1)
MakePoints = Callable[..., Points]


@pytest.fixture
def env(clock: SimulatedClock) -> Iterator[Surroundings]:
    surroundings = Surroundings(clock=clock, migrations=register_schema())
    yield surroundings
    surroundings.close()


@pytest.fixture
def make_points(env: Surroundings) -> MakePoints:
    """The points of a programme: a point for each euro, unless it says otherwise."""

    def make(**settings: Any) -> Points:
        programme = Programme(**{"currency": "EUR", "per_amount": Decimal(1), **settings})
        return Points(programme, Ledger(env.store, "loyalty", env.clock), env.emit)

    return make


@pytest.fixture
def points(make_points: MakePoints) -> Points:
    return make_points()
