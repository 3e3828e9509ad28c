"""Being the only one: of the threads of a process, of processes, and in dry runs."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crosstie import LeaseError
from crosstie.lending import LentEnv
from crosstie.project import Project
from crosstie.state import Lease

Lend = Callable[..., LentEnv]
HOLD = """
import sys, time
from pathlib import Path
from crosstie.lending import LentEnv
from crosstie.project import open_project
project = open_project(Path(sys.argv[1]), {"SHOP_KEY": "configured-key"})
with project.state() as state, LentEnv(project.config.systems["shop"], project, state).alone("it"):
    print("held", flush=True)
    time.sleep(60)
"""
COUNT = """
import sys, time
from pathlib import Path
from crosstie.lending import LentEnv
from crosstie.project import open_project
config, counted = map(Path, sys.argv[1:])
project = open_project(config, {"SHOP_KEY": "configured-key"})
with project.state() as state:
    env = LentEnv(project.config.systems["shop"], project, state)
    for _ in range(5):
        with env.alone("it"):
            number = int(counted.read_text())
            time.sleep(0.01)
            counted.write_text(str(number + 1))
"""


def test_threads_of_one_process_go_one_after_the_other(lend: Lend, sleeps: list[float]) -> None:
    inside, most = 0, 0

    def work(env: LentEnv) -> None:
        nonlocal inside, most
        for _ in range(5):
            with env.alone("it"):
                inside += 1
                most = max(most, inside)
                time.sleep(0.002)
                inside -= 1

    shared, other = lend(), lend()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, [shared, shared, other, lend(dry=True)]))
    assert 1 == most
    assert [] == sleeps, "the time of the play is not used up by waiting for each other"


def test_processes_go_one_after_the_other(config: Path, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    counted.write_text("0")
    command = [sys.executable, "-c", COUNT, str(config), str(counted)]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [0, 0] == [process.wait() for process in running]
    assert "10" == counted.read_text()


def test_what_a_killed_process_held_is_free_at_once(
    config: Path, env: LentEnv, sleeps: list[float]
) -> None:
    command = [sys.executable, "-c", HOLD, str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        process.kill()
        process.wait()
    with env.alone("it"):
        assert [] == sleeps


def test_things_of_other_names_and_systems_do_not_wait(lend: Lend) -> None:
    with lend().alone("it"), lend().alone("else"), lend("crm").alone("it"):
        pass


def test_one_that_does_not_end_is_named(env: LentEnv, sleeps: list[float]) -> None:
    taken = env.state.acquire("system shop: it", "far:7:1", 10_000)
    assert isinstance(taken, Lease)
    with pytest.raises(LeaseError, match="system shop: it is in the hands of process 7 on far"):
        env.alone("it").__enter__()
    assert 600 == sum(sleeps)


def test_waiting_ends_when_the_program_is_to_stop(
    env: LentEnv, project: Project, meanwhile: list[Callable[[], Any]]
) -> None:
    env.state.acquire("system shop: it", "far:7:1", 10_000)
    meanwhile += [lambda: None, project.stop.set]
    with pytest.raises(LeaseError):
        env.alone("it").__enter__()
    assert [] == meanwhile


def test_waiting_for_a_thread_ends_when_the_program_is_to_stop(
    env: LentEnv, stop: threading.Event
) -> None:
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    with env.alone("it"), pytest.raises(LeaseError, match="system shop: it"):
        env.alone("it").__enter__()
    timer.join()


def test_it_is_given_back_after_an_error(env: LentEnv, sleeps: list[float]) -> None:
    with pytest.raises(ZeroDivisionError), env.alone("it"):
        raise ZeroDivisionError
    with env.alone("it"):
        assert [] == sleeps
