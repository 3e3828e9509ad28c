"""What all conformance classes share: the bench, the promise under test, and no network."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from crosstie.sandbox import Sandbox, Server
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.promise import Promise
from crosstie.testing.rig import Bench, Rig


class Conformance(Rig):
    """Mix a rig with one of the subclasses to get its tests."""

    _promise: Promise

    @pytest.fixture(autouse=True)
    def promise(self, request: pytest.FixtureRequest, no_network: None) -> Promise:
        """The promise that the running test proves."""
        self._promise = Promise.of(request.function)
        return self._promise

    @pytest.fixture
    def bench(
        self, tmp_path: Path, clock: SimulatedClock, serve: Callable[[Sandbox], Server]
    ) -> Bench:
        """The system under test, new and empty, on the simulated clock."""
        server = serve(self.sandbox(clock))
        server.log = []
        return Bench(self, tmp_path, clock, server)

    def broken(self, seen: str, cause: str) -> NoReturn:
        """Fail: what was `seen`, and what in the connector usually is the `cause`."""
        raise self._promise.broken(seen, cause)
