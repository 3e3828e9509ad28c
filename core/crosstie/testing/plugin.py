"""The pytest plugin: fixtures for testing a connector, found by pytest when crosstie is installed.

``project`` writes a config and opens it, ``run`` runs its flows, ``clock`` is a simulated one,
``serve`` plays sandboxes until the test ends, ``no_network`` forbids all but this machine.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from crosstie import sandbox
from crosstie.options import RunOptions, RunReport
from crosstie.project import Project, open_project
from crosstie.running import run as run_flows
from crosstie.testing.clock import SimulatedClock


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that only waiting moves."""
    return SimulatedClock()


@pytest.fixture
def serve(clock: SimulatedClock) -> Iterator[Callable[..., sandbox.Server]]:
    """Serve a sandbox on a free port of this machine until the test ends."""
    with ExitStack() as stack:

        def start(system: sandbox.Sandbox, *, latency: float = 0.0) -> sandbox.Server:
            served = sandbox.serve(system, latency=latency, later=clock.later)
            return stack.enter_context(served)

        yield start


@pytest.fixture
def project(tmp_path: Path, clock: SimulatedClock) -> Callable[..., Project]:
    """Write ``crosstie.toml`` into the test's folder and open it, on the simulated clock."""

    def make(config: str, environ: Mapping[str, str] = {}, **plugins: object) -> Project:
        path = tmp_path / "crosstie.toml"
        path.write_text(config, encoding="utf-8")
        return open_project(path, environ, clock=clock, plugins=plugins)

    return make


@pytest.fixture
def run() -> Callable[..., dict[str, RunReport]]:
    """Run flows of a project (all, without names) and return their reports by flow."""

    def start(project: Project, *flows: str, **options: Any) -> dict[str, RunReport]:
        return {one.flow: one for one in run_flows(project, flows, RunOptions(**options))}

    return start


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach another machine: connecting there is an `AssertionError`."""
    connect = socket.socket.connect

    def guarded(own: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {host}: tests stay on this machine")
        connect(own, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
