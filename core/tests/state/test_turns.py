"""The turns of a system: shared, at a distance, and never too many."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import Rate
from crosstie.state import SqliteState, open_state, scratch_state
from crosstie.testing import SimulatedClock

EVERY = timedelta(seconds=2)
durations = st.integers(0, 3_000_000).map(lambda micro: timedelta(microseconds=micro))


@pytest.fixture
def state(tmp_path: Path, clock: Any) -> Any:
    with open_state(tmp_path / "crosstie.db", clock) as opened:
        yield opened


def test_a_burst_goes_at_once_and_the_others_at_a_distance(state: SqliteState, clock: Any) -> None:
    assert [0, 0, 0, 2] == [state.take_turn("shop", EVERY, 3) for _ in range(4)]
    clock.sleep(1.5)
    assert 0.5 == state.take_turn("shop", EVERY, 3)
    clock.sleep(0.5)
    assert [0, 2] == [state.take_turn("shop", EVERY, 3) for _ in range(2)]


def test_a_rest_earns_a_burst_again_and_not_more(state: SqliteState, clock: Any) -> None:
    assert [0, 0, 0, 2] == [state.take_turn("shop", EVERY, 3) for _ in range(4)]
    clock.sleep(3600)
    assert [0, 0, 0, 2] == [state.take_turn("shop", EVERY, 3) for _ in range(4)]


def test_each_system_has_turns_of_its_own(state: SqliteState) -> None:
    assert [0, 0] == [state.take_turn(system, EVERY, 1) for system in ("shop", "crm")]


def test_turns_outlive_the_process(tmp_path: Path, clock: Any) -> None:
    for expected in (0.0, 2.0):
        with open_state(tmp_path / "crosstie.db", clock) as state:
            assert expected == state.take_turn("shop", EVERY, 1)


def test_after_a_rest_that_was_asked_for_they_go_one_by_one(state: SqliteState, clock: Any) -> None:
    state.take_turn("shop", EVERY, 3)
    state.rest("shop", clock.now() + timedelta(seconds=30))
    state.rest("shop", clock.now() + timedelta(seconds=10))
    assert 30 == state.take_turn("shop", EVERY, 3)
    clock.sleep(30)
    assert [0, 2] == [state.take_turn("shop", EVERY, 3) for _ in range(2)]


@given(st.integers(1, 40), durations.filter(bool), st.lists(durations, max_size=80))
def test_no_window_ever_has_more_than_the_rate(
    requests: int, per: timedelta, gaps: list[timedelta]
) -> None:
    rate, clock = Rate(requests, per), SimulatedClock()
    sent = []
    with scratch_state(Path("nowhere.db"), clock) as state:
        for gap in gaps:
            clock.sleep(gap.total_seconds())
            while wait := state.take_turn("shop", rate.every, rate.burst):
                clock.sleep(wait)
            sent.append(clock.now())
    for begin in sent:
        assert sum(begin <= moment < begin + per for moment in sent) <= requests


@given(st.integers(1, 200), durations.filter(lambda per: per > timedelta(milliseconds=100)))
def test_whoever_keeps_asking_loses_little_of_the_rate(requests: int, per: timedelta) -> None:
    rate, clock = Rate(requests, per), SimulatedClock()
    began, sent = clock.now(), 0
    with scratch_state(Path("nowhere.db"), clock) as state:
        while clock.now() < began + per:
            if wait := state.take_turn("shop", rate.every, rate.burst):
                clock.sleep(wait)
            else:
                sent += 1
    assert 0.9 * requests - 1 <= sent <= requests


@pytest.mark.parametrize(("requests", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_a_rate_that_lets_nothing_through_is_refused(requests: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="must be >"):
        Rate(requests, timedelta(seconds=seconds))
