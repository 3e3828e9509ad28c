"""Twenty equal rejections in a row."""

from datetime import timedelta
from typing import Any

from crosstie import RejectedError, UncertainError
from crosstie.breaker import FIRST_PAUSE, LIMIT, Breaker


def test_it_opens_at_the_twentieth_equal_rejection(clock: Any) -> None:
    breaker = Breaker()
    for _ in range(LIMIT - 1):
        breaker.heard(RejectedError("quota"), clock.now())
    assert None is breaker.verdict(clock.now())
    breaker.heard(RejectedError("quota"), clock.now())
    assert "not sent: 20 rows in a row were refused: quota" == str(breaker.verdict(clock.now()))


def test_different_reasons_or_a_success_in_between_keep_it_closed(clock: Any) -> None:
    breaker = Breaker()
    for turn in range(60):
        breaker.heard(RejectedError(f"bad {turn % 2}"), clock.now())
    for turn in range(60):
        breaker.heard(None if turn % 15 == 0 else RejectedError("quota"), clock.now())
    for _ in range(60):
        breaker.heard(UncertainError("lost"), clock.now())
    assert None is breaker.verdict(clock.now())


def test_one_probe_passes_per_back_off_and_a_success_closes_it(clock: Any) -> None:
    breaker = Breaker()
    for _ in range(LIMIT):
        breaker.heard(RejectedError("quota"), clock.now())
    clock.sleep((FIRST_PAUSE + timedelta(seconds=1)).total_seconds())
    assert None is breaker.verdict(clock.now())
    assert None is not breaker.verdict(clock.now())
    breaker.heard(None, clock.now())
    assert None is breaker.verdict(clock.now())
