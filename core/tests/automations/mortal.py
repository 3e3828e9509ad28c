"""A state whose program dies at one of its commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from crosstie.state import Lease, SqliteState


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
