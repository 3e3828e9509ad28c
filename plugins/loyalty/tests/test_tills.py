"""Many tills, one balance: what is spent at the same moment is spent once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from threading import Barrier
from typing import Any

from crosstie import RejectedError
from crosstie.testing import SimulatedClock
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.points import Points
from crosstie_loyalty.programme import Programme
from crosstie_loyalty.verifying import verify

CONFIG = '[systems.card]\nuse = "loyalty"\ncurrency = "EUR"\nper_amount = "1"\n'
TILLS, TIMES, SPENT = 8, 12, Decimal(7)


def test_eight_tills_never_spend_more_than_there_is(
    project: Callable[..., Any], clock: SimulatedClock
) -> None:
    opened, ready = project(CONFIG), Barrier(TILLS)
    programme = Programme(currency="EUR", per_amount=Decimal(1))

    def at(state: Any) -> Points:
        return Points(programme, Ledger(state.store(), "card", clock), lambda events: 0)

    def till(number: int) -> int:
        """Spend as often as it can; half of the tills ask twice, with the same once."""
        done = 0
        with closing(opened.state()) as state:
            ready.wait()
            for time in range(TIMES):
                try:
                    for _ in range(1 + number % 2):
                        at(state).redeem("ada", SPENT, f"till {number // 2} {number % 2} {time}")
                except RejectedError:
                    continue
                done += 1
        return done

    with closing(opened.state()) as state:
        at(state).add("ada", Decimal(300), "gift")
        with ThreadPoolExecutor(TILLS) as threads:
            spent = sum(threads.map(till, range(TILLS)))
        balance = at(state).balance("ada").total
        assert [300 // SPENT, 300 % SPENT] == [spent, balance]
        assert [] == verify(state.store(), "card")


def test_one_deed_asked_for_at_eight_tills_is_done_once(
    project: Callable[..., Any], clock: SimulatedClock
) -> None:
    opened, ready = project(CONFIG), Barrier(TILLS)
    programme = Programme(currency="EUR", per_amount=Decimal(1))

    def till(_: int) -> int:
        with closing(opened.state()) as state:
            ready.wait()
            points = Points(programme, Ledger(state.store(), "card", clock), lambda events: 0)
            return points.add("ada", Decimal(5), "gift").number

    opened.state().close()
    with ThreadPoolExecutor(TILLS) as threads:
        assert [1] * TILLS == list(threads.map(till, range(TILLS)))
