"""The requests of a run, so that each of them can be spoiled in turn."""

import attrs
import pytest

from crosstie.incoming import Request
from crosstie.settings import settings_of, settle_of
from crosstie.testing.faults import Ill
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import Ledger

MOST_WRITES = 5
MOST_OTHERS = 3
KNOWN = (1, 2)


@attrs.frozen
class Step:
    """One request of a run: how many come before it, and whether it changes rows."""

    place: int
    request: Request
    writes: bool

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path}"


@attrs.define
class Rounds:
    """Runs that are alike: one row changed, one found that no link is known for, one new.

    In a table that only creates: one row that is there already, and one new.
    """

    ledger: Ledger
    newest: int = KNOWN[-1]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The records of the present round."""
        return (*KNOWN[self.ledger.only_creates :], self.newest)

    @property
    def settle(self) -> float:
        """Seconds for which a lost write may still land."""
        return settle_of(self.ledger.connector)

    def begin(self) -> None:
        """Tell the records of the next round."""
        self.newest += 1
        self.ledger.unlink(KNOWN[-1])
        if self.ledger.only_creates:
            self.ledger.repeat(KNOWN[-1])
            self.ledger.tell(self.newest)
        else:
            self.ledger.tell(*self.numbers)

    def strike(self, ill: Ill, step: Step, times: int = 1) -> None:
        """Spoil this step of the next run."""
        seconds = {"late": 0.9 * self.settle, "drip": 0.1}.get(ill.kind, 0.0)
        ill.strike(self.ledger.bench.server, skip=step.place, times=times, seconds=seconds)

    def calm(self) -> None:
        """No more faults."""
        self.ledger.bench.server.faults.clear()

    def rest(self) -> None:
        """Let everything land that is still on its way."""
        self.ledger.bench.simulated.sleep(2 * self.settle)

    def steps(self) -> list[Step]:
        """The steps to spoil: those that write first, and of the others one of each kind.

        Skips the test where there are none, because the connector sends no requests.
        """
        seen: list[Request] = []
        pictures: list[str] = []

        def watch(request: Request) -> bool:
            seen.append(request)
            pictures.append(self.ledger.picture())
            return False

        self.begin()
        self.ledger.bench.server.fail("answer", matches=watch)
        self.ledger.run()
        self.calm()
        pictures.append(self.ledger.picture())
        if not seen:
            pytest.skip("a run sends no request to the sandbox, so there is none to spoil")
        steps = [
            Step(place, request, pictures[place] != pictures[place + 1])
            for place, request in enumerate(seen)
        ]
        others = {str(step): step for step in reversed(steps) if not step.writes}
        writes = [step for step in steps if step.writes]
        return [*_spread(writes, MOST_WRITES), *_spread([*others.values()], MOST_OTHERS)]


def rehearsed(case: TableCase, ledger: Ledger) -> Rounds:
    """Rounds of this ledger, ready to begin: the known rows are written and linked."""
    __tracebackhide__ = True
    if "workers" in {setting.name for setting in settings_of(type(ledger.connector))}:
        ledger.settings["workers"] = 1  # so that requests come one after the other
    case.bring(ledger, *KNOWN)
    return Rounds(ledger)


def _spread(steps: list[Step], most: int) -> list[Step]:
    """At most so many of them, from the first to the last."""
    if len(steps) <= most:
        return steps
    return [steps[place * (len(steps) - 1) // (most - 1)] for place in range(most)]
