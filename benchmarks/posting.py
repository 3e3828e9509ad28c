"""What a posting to the loyalty ledger costs, by how many others there are before it."""

import tempfile
import time
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from crosstie.clock import SystemClock
from crosstie.state import open_state
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.plugin import register_schema
from crosstie_loyalty.transactions import Cause

EARNED, SPENT = Decimal(10), Decimal(-5)
YEAR = timedelta(days=365)


def posting(before: int, times: int = 300) -> float:
    """Seconds that it takes to earn, to spend and to look at the balance, each safe from a power
    cut, where one member's account has that many postings already."""
    with tempfile.TemporaryDirectory() as folder:
        path, clock = Path(folder) / "crosstie.db", SystemClock()
        with closing(open_state(path, clock, {"loyalty": register_schema()})) as state:
            ledger = Ledger(state.store(), "card", clock)
            with ledger.store.transaction():
                for number in range(before):
                    _earn(ledger, f"before {number}")
            _deal(ledger, "warm", 20)
            began = time.perf_counter()
            _deal(ledger, "measured", times)
            return (time.perf_counter() - began) / times


def _deal(ledger: Ledger, name: str, times: int) -> None:
    for number in range(times):
        _earn(ledger, f"{name} {number}")
        ledger.post("ada", SPENT, Cause(kind="redeem", once=f"{name} spent {number}"))
        ledger.balance("ada")


def _earn(ledger: Ledger, once: str) -> None:
    cause = Cause(kind="earn", once=once, source=f"shop {once}")
    ledger.post("ada", EARNED, cause, lasts=YEAR)
