"""The promise about being killed: the state is what was committed by then, and no request is
answered any more."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from crosstie.incoming import Request
from crosstie.leasing import LEASE
from crosstie.testing.faults import FOREVER
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import Ledger
from crosstie.testing.table.steps import Step, rehearsed


class Dying(TableCase):
    """A run may end at any instant."""

    def test_a_killed_run_is_carried_on(self, ledger: Ledger) -> None:
        """A process is killed, a machine loses its power: the next run goes on, and the content
        is as if nothing had happened.

        Usually a connector keeps rows back to write them when it is closed, or finds its rows by
        something that it remembers only in memory.
        """
        rounds = rehearsed(self, ledger)
        for step in rounds.steps():
            for done in (True, False) if step.writes else (False,):
                rounds.begin()
                kept = ledger.bench.folder.with_name("killed.db")
                self._die_at(ledger, step, kept, done=done)
                ledger.attempt()
                rounds.calm()
                if not kept.exists():
                    continue  # this run had fewer requests
                ledger.forget(kept)
                ledger.bench.simulated.sleep(LEASE + 1)
                left = ledger.settle()
                if left or (left := ledger.wrong()):
                    when = "after" if done else "before"
                    self.broken(
                        f"killed {when} {step} was carried out; in the end {left}",
                        "is a row complete once `write` answers, and found by what stands in it?",
                    )

    def _die_at(self, ledger: Ledger, step: Step, kept: Path, *, done: bool) -> None:
        """Keep the state as it is when the step comes; from then on nothing is answered."""
        server, file = ledger.bench.server, ledger.bench.project().config.state
        server.fail("lost" if done else "drop", matches=_nth(step.place, lambda: _copy(file, kept)))
        server.fail("drop", matches=lambda _: kept.exists(), times=FOREVER)


def _nth(place: int, deed: Callable[[], None]) -> Callable[[Request], bool]:
    """Let so many requests pass, then do it at the next one."""
    left = [place]

    def matches(request: Request) -> bool:
        left[0] -= 1
        if left[0] >= 0:
            return False
        deed()
        return True

    return matches


def _copy(file: Path, to: Path) -> None:
    """What is committed in a state file by now."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
