"""Leases that are held are prolonged, all by one heart, and let go of for good."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crosstie.leasing import Heart
from crosstie.state import Lease, SqliteState, open_state
from crosstie.state.leases import this_process
from crosstie.testing import SimulatedClock

BEAT = 0.01


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def state(tmp_path: Path, clock: SimulatedClock) -> Iterator[SqliteState]:
    with closing(open_state(tmp_path / "crosstie.db", clock)) as state:
        yield state


def taken(state: SqliteState, name: str) -> Lease:
    lease = state.acquire(name, this_process(), 60)
    assert isinstance(lease, Lease)
    return lease


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true() and time.monotonic() < until:
        time.sleep(BEAT)
    assert true()


def expires(state: SqliteState, name: str) -> str:
    ((found,),) = state.query("SELECT expires FROM leases WHERE name = ?", (name,))
    return str(found)


def test_leases_that_are_held_do_not_expire(state: SqliteState, clock: SimulatedClock) -> None:
    heart = Heart(BEAT)
    first, second = taken(state, "first"), taken(state, "second")
    before = expires(state, "first")
    kept, other = heart.keep(state, first), heart.keep(state, second)
    clock.sleep(59)
    wait_until(lambda: expires(state, "first") > before < expires(state, "second"))
    heart.let_go(kept)
    let_go = expires(state, "first")
    clock.sleep(59)
    wait_until(lambda: expires(state, "second") > let_go)

    assert let_go == expires(state, "first")
    heart.let_go(other)


def test_one_thread_does_it_for_all_and_ends_when_nothing_is_held(state: SqliteState) -> None:
    heart, before = Heart(BEAT), threading.active_count()
    kept = [heart.keep(state, taken(state, str(number))) for number in range(20)]
    assert before + 1 == threading.active_count()
    for one in kept:
        heart.let_go(one)
    wait_until(lambda: threading.active_count() == before)
    again = heart.keep(state, taken(state, "again"))
    assert before + 1 == threading.active_count()
    heart.let_go(again)


def test_a_state_that_fails_does_not_keep_other_leases_from_being_prolonged(
    state: SqliteState, clock: SimulatedClock, tmp_path: Path
) -> None:
    heart = Heart(BEAT)
    broken = open_state(tmp_path / "other.db", clock)
    lost = heart.keep(broken, taken(broken, "lost"))
    broken.close()
    kept = heart.keep(state, taken(state, "kept"))
    before = expires(state, "kept")
    clock.sleep(30)
    wait_until(lambda: expires(state, "kept") > before)
    heart.let_go(lost)
    heart.let_go(kept)
