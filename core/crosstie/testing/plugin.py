"""The pytest plugin: fixtures for testing a connector, found by pytest when crosstie is installed.

``project`` writes a config and opens it, ``run`` runs its flows, ``clock`` is a simulated one,
``serve`` plays sandboxes until the test ends, ``no_network`` forbids all but this machine.
Where a test of the kit fails for a reason that it did not foresee, its promise is told as well.

Every run of pytest loads this module where crosstie is installed, whatever it tests: so the core
is imported by the fixtures that need it.
"""
# ruff: noqa: PLC0415 (imports inside functions, as said above)

import re
import socket
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from crosstie.options import RunReport
    from crosstie.project import Project
    from crosstie.sandbox import Sandbox, Server
    from crosstie.testing.clock import SimulatedClock

HERE = {"127.0.0.1", "::1", "localhost"}
NUMERIC = re.compile(r"[0-9.]*|[0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*")


@pytest.fixture
def clock() -> "SimulatedClock":
    """A clock that only waiting moves."""
    from crosstie.testing.clock import SimulatedClock

    return SimulatedClock()


@pytest.fixture
def serve(clock: "SimulatedClock") -> "Iterator[Callable[..., Server]]":
    """Serve a sandbox on a free port of this machine until the test ends."""
    from crosstie import sandbox

    with ExitStack() as stack:

        def start(system: "Sandbox", *, latency: float = 0.0) -> "Server":
            served = sandbox.serve(system, latency=latency, later=clock.later)
            return stack.enter_context(served)

        yield start


@pytest.fixture
def project(tmp_path: Path, clock: "SimulatedClock") -> "Callable[..., Project]":
    """Write ``crosstie.toml`` into the test's folder and open it, on the simulated clock."""
    from crosstie.project import open_project

    def make(config: str, environ: Mapping[str, str] = {}, **plugins: object) -> "Project":
        path = tmp_path / "crosstie.toml"
        path.write_text(config, encoding="utf-8")
        return open_project(path, environ, clock=clock, plugins=plugins)

    return make


@pytest.fixture
def run() -> "Callable[..., dict[str, RunReport]]":
    """Run flows of a project (all, without names) and return their reports by flow."""
    from crosstie.options import RunOptions
    from crosstie.running import run as run_flows

    def start(project: "Project", *flows: str, **options: Any) -> "dict[str, RunReport]":
        return {one.flow: one for one in run_flows(project, flows, RunOptions(**options))}

    return start


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach another machine, nor look one up: trying to is an `AssertionError`."""

    def guard(name: str) -> None:
        connect = getattr(socket.socket, name)

        def guarded(own: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple):
                _stay_here(address[0])
            return connect(own, address)

        monkeypatch.setattr(socket.socket, name, guarded)

    guard("connect")
    guard("connect_ex")
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(host, str) and not NUMERIC.fullmatch(host):
            _stay_here(host)
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


def _stay_here(host: str) -> None:
    if host not in HERE:
        raise AssertionError(f"a test tried to reach {host}: tests stay on this machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the promise that a failing test of the kit proves.

    What says all itself is shown without the kit's own code, unless with ``--full-trace``.
    """
    report = yield
    fixtures: Mapping[str, object] = getattr(item, "funcargs", {})
    if not report.failed or "promise" not in fixtures or call.excinfo is None:
        return report
    from crosstie.testing.conformance import unwritten
    from crosstie.testing.promise import BrokenPromiseError, Promise

    promise, error, case = fixtures["promise"], call.excinfo.value, getattr(item, "cls", None)
    if not isinstance(promise, Promise) or case is None:
        return report
    whole = str(error) if isinstance(error, BrokenPromiseError) else unwritten(case, error)
    if whole is None:
        report.sections.append(("the promise under test", promise.told))
    elif not item.config.getoption("fulltrace"):
        report.longrepr = whole
    return report
