"""A state whose program dies at one of its commits."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import attrs

from crosstie.acting import connected
from crosstie.advancing import Advance
from crosstie.project import Project
from crosstie.state import Lease, SqliteState
from crosstie.watching import watches_of


class KilledError(Exception):
    """The program is dead."""


@attrs.define
class Mortal:
    """A `State` in which one commit, counted from 0, is the last thing that does not happen."""

    alive: SqliteState
    last: int | None = None
    commits: int = 0
    _depth: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.alive, name)

    @contextmanager
    def transaction(self, lease: Lease | None) -> Iterator[None]:
        with self.alive.transaction(lease):
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            if self._depth == 0:
                self.commits += 1
                if self.last is not None and self.commits > self.last:
                    raise KilledError


def run_and_die(project: Project, mortal: Any) -> None:
    """A pass over the automations that ends with a commit, or comes to its end before."""
    watches, automations = (mortal.acquire(one, "dead:1:1", 0) for one in ("watches", "work"))
    with closing(connected(project, mortal)) as pools, suppress(KilledError):
        for watch in watches_of(project.config):
            watch.poll(pools, mortal, watches)
        with closing(Advance(pools, mortal, automations, threading.Event())) as advance:
            advance.until_nothing_is_due()
