"""Requests wait for their turn before they are sent, together with those of all other workers."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crosstie import Http, Rate, TokenAuth, UnavailableError
from crosstie.lending import LentEnv
from crosstie.project import open_project
from crosstie.sandbox import Reply, Request, Server, serve
from crosstie.testing import SimulatedClock

Lend = Callable[..., LentEnv]
RATE = Rate(60, timedelta(minutes=1))
ASK = """
import sys
from datetime import timedelta
from pathlib import Path
from crosstie import Rate
from crosstie.lending import LentEnv
from crosstie.project import open_project
project = open_project(Path(sys.argv[1]), {"SHOP_KEY": "configured-key"})
with project.state() as state:
    env = LentEnv(project.config.systems["shop"], project, state)
    http = env.http(sys.argv[2], rate=Rate(10, timedelta(milliseconds=500)))
    for _ in range(10):
        assert http.get("/").status == 200
"""


class Turnstile:
    """Notes when it was passed, on the clock of the play or, without one, on the real one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.passed: list[datetime] = []
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply:
        with self._lock:
            self.passed.append(self.now())
        return Reply(200, request.body)

    def seconds(self) -> list[float]:
        """When it was passed, counted from the first time."""
        return [(moment - self.passed[0]).total_seconds() for moment in self.passed]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def turnstile(clock: SimulatedClock) -> Turnstile:
    return Turnstile(clock.now)


@pytest.fixture
def server(turnstile: Turnstile) -> Iterator[Server]:
    with serve(turnstile) as running:
        yield running


@pytest.fixture
def connect(server: Server, lend: Lend) -> Callable[..., Http]:
    def make(rate: Rate = RATE, *, dry: bool = False, **options: Any) -> Http:
        return lend(dry=dry).http(server.url, rate=rate, **options)

    return make


def test_a_tenth_goes_at_once_and_the_rest_evenly(
    turnstile: Turnstile, connect: Callable[..., Http]
) -> None:
    http = connect(Rate(20, timedelta(seconds=19)))
    for _ in range(5):
        http.get("/")
    assert [0, 0, 1, 2, 3] == turnstile.seconds()


def test_all_workers_of_a_system_take_their_turns_together(
    turnstile: Turnstile, connect: Callable[..., Http], clock: SimulatedClock
) -> None:
    began = clock.now()
    rate = Rate(3, timedelta(seconds=3))
    workers = [connect(rate), connect(rate), connect(rate, dry=True)]
    with ThreadPoolExecutor(3) as threads:
        for answer in threads.map(lambda http: http.get("/"), workers * 5):
            assert 200 == answer.status
    assert 15 == len(turnstile.passed)
    assert clock.now() - began >= timedelta(seconds=14)


def test_a_retry_takes_a_turn_too(
    turnstile: Turnstile, server: Server, connect: Callable[..., Http]
) -> None:
    http = connect(Rate(1, timedelta(seconds=10)))
    server.fail("answer-after", reply=Reply(502))
    assert 200 == http.get("/").status
    assert [0, 10] == turnstile.seconds()


def test_a_request_that_is_signed_anew_takes_a_turn_too(
    turnstile: Turnstile, server: Server, connect: Callable[..., Http]
) -> None:
    http = connect(Rate(1, timedelta(seconds=10)), auth=TokenAuth(lambda refused: "another"))
    server.fail("answer-after", reply=Reply(401))
    assert 200 == http.get("/").status
    assert [0, 10] == turnstile.seconds()


def test_after_429_all_workers_wait_as_long_as_the_system_asks(
    turnstile: Turnstile, server: Server, connect: Callable[..., Http], clock: SimulatedClock
) -> None:
    first, second = connect(), connect()
    server.fail("answer", reply=Reply(429, headers={"Retry-After": "300"}), times=4)
    with pytest.raises(UnavailableError):
        first.get("/", attempts=1)
    began = clock.now()
    server.faults.clear()
    assert 200 == second.get("/").status
    assert timedelta(seconds=300) == clock.now() - began


def test_a_wait_of_over_five_minutes_is_left_to_the_next_run(
    turnstile: Turnstile, connect: Callable[..., Http], clock: SimulatedClock
) -> None:
    http = connect(Rate(1, timedelta(hours=1)))
    http.get("/")
    with pytest.raises(UnavailableError, match=r"may not be asked for another 3600 s: its limit"):
        http.request("POST", "/", content=b"buy")
    assert [] == clock.sleeps
    clock.sleep(3600)
    assert 200 == http.request("POST", "/", content=b"buy").status
    assert 2 == len(turnstile.passed)


def test_no_rest_is_longer_than_a_day_whatever_is_asked_for(
    server: Server, connect: Callable[..., Http], clock: SimulatedClock
) -> None:
    http = connect()
    server.fail("answer", reply=Reply(429, headers={"Retry-After": "9" * 30}))
    with pytest.raises(UnavailableError):
        http.get("/")
    clock.sleep(86400)
    assert 200 == http.get("/").status


def test_waiting_for_a_turn_ends_when_the_program_is_to_stop(
    config: Path, turnstile: Turnstile, server: Server
) -> None:
    stop = threading.Event()
    project = open_project(config, {"SHOP_KEY": "configured-key"}, stop)
    with project.state() as state:
        env = LentEnv(project.config.systems["shop"], project, state)
        http = env.http(server.url, rate=Rate(1, timedelta(minutes=4)))
        http.get("/")
        timer = threading.Timer(0.05, stop.set)
        timer.start()
        with pytest.raises(UnavailableError, match="was not asked: the program is to stop"):
            http.request("POST", "/", content=b"buy")
        timer.join()
        env.close()
    assert 1 == len(turnstile.passed)


def test_two_processes_keep_the_rate_together(config: Path) -> None:
    turnstile = Turnstile(datetime.now)
    command = [sys.executable, "-c", ASK, str(config)]
    with serve(turnstile) as server, ExitStack() as stack:
        both = [stack.enter_context(subprocess.Popen([*command, server.url])) for _ in range(2)]
        assert [0, 0] == [process.wait() for process in both]
    seconds = turnstile.seconds()
    assert 20 == len(seconds)
    assert seconds[-1] > 0.8


def test_without_a_rate_nothing_waits_and_a_dry_run_leaves_no_trace(
    server: Server, lend: Lend, tmp_path: Path, clock: SimulatedClock
) -> None:
    http = lend(dry=True).http(server.url)
    assert {200} == {http.get("/").status for _ in range(50)}
    assert [] == clock.sleeps
    assert [] == list(tmp_path.glob("crosstie.db*"))
