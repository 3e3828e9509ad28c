"""The promises of `crosstie.parallel.ahead`."""

import threading
import time
from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstie import ahead


@attrs.define
class Desk:
    """Doubles numbers, and notes how many calls were under way at once and which were made."""

    seconds: float = 0.0
    busy: int = 0
    busiest: int = 0
    made: list[int] = attrs.field(factory=list)
    taken: list[int] = attrs.field(factory=list)
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def double(self, number: int) -> int:
        with self.lock:
            self.made.append(number)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        time.sleep(self.seconds)
        with self.lock:
            self.busy -= 1
        if number < 0:
            raise ValueError(f"{number} is negative")
        return number * 2

    def numbers(self, count: int) -> Iterator[int]:
        for number in range(count):
            self.taken.append(number)
            yield number


@pytest.fixture
def desk() -> Desk:
    return Desk()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 9))
def test_answers_come_complete_and_in_order(numbers: list[int], workers: int) -> None:
    assert list(ahead(Desk().double, numbers, workers)) == [number * 2 for number in numbers]


def test_a_slow_call_does_not_lose_its_place() -> None:
    def wait(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    pauses = [0.05, 0.0, 0.03, 0.0, 0.01]
    assert list(ahead(wait, pauses, 4)) == pauses


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_as_many_calls_are_under_way_as_there_are_workers(desk: Desk, workers: int) -> None:
    desk.seconds = 0.01
    list(ahead(desk.double, range(20), workers))
    assert desk.busiest == workers


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_no_more_is_taken_than_is_under_way(desk: Desk, workers: int) -> None:
    for given_out, _ in enumerate(ahead(desk.double, desk.numbers(50), workers)):
        assert len(desk.taken) <= given_out + 1 + workers


def test_one_worker_is_the_caller_itself(desk: Desk) -> None:
    here = threading.get_ident()
    threads = ahead(lambda _: threading.get_ident(), desk.numbers(3), 1)
    assert (next(threads), desk.taken) == (here, [0])


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_an_error_surfaces_in_its_turn(desk: Desk, workers: int) -> None:
    answers = ahead(desk.double, [1, 2, -3, 4], workers)
    assert [next(answers), next(answers)] == [2, 4]
    with pytest.raises(ValueError, match="-3 is negative"):
        next(answers)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_an_error_of_the_arguments_surfaces_in_its_turn(desk: Desk, workers: int) -> None:
    def arguments() -> Iterator[int]:
        yield from (1, 2)
        raise LookupError("no third one")

    answers = ahead(desk.double, arguments(), workers)
    assert [next(answers), next(answers)] == [2, 4]
    with pytest.raises(LookupError, match="no third one"):
        next(answers)


def test_closing_waits_for_the_calls_under_way_and_starts_no_more(desk: Desk) -> None:
    desk.seconds = 0.05
    answers = ahead(desk.double, range(100), 2)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    made = len(desk.made)
    assert desk.busy == 0
    time.sleep(0.1)
    assert len(desk.made) == made <= 4


def test_no_thread_is_left(desk: Desk) -> None:
    before = threading.active_count()
    list(ahead(desk.double, range(20), 4))
    assert threading.active_count() == before
