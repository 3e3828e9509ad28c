"""Proves that a storage remembers as the runner relies on::

    class TestPostgres(StateConformance):
        @pytest.fixture
        def state(self, clock):
            with closing(PostgresState("postgresql://…", clock)) as state:
                yield state

It is new and empty for each test, and its time is the fixture `clock`'s.
"""

from crosstie.testing.state.automating import Automating
from crosstie.testing.state.claiming import Claiming
from crosstie.testing.state.remembering import Remembering
from crosstie.testing.state.telling import Telling

__all__ = ["StateConformance"]


class StateConformance(Claiming, Remembering, Telling, Automating):
    """Give it a fixture `state`: all that every `State` promises."""
