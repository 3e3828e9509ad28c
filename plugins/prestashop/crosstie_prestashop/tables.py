"""Small tables of the shop, which records point into: countries, currencies, order states."""

import math
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, Generic, TypeVar

from crosstie import Clock
from crosstie_prestashop.values import Raw, key

A_MINUTE, AN_HOUR = 60, 3600
Made = TypeVar("Made")


class Table(Generic[Made]):
    """A small table by id: read when a record first points into it, and again after an hour or
    when a record points to a row that came later. Usable from several threads.
    """

    def __init__(
        self,
        read: Callable[[], list[Raw]],
        make: Callable[[Raw], Made],
        clock: Clock,
        lock: RLock,
    ) -> None:
        self._read_all = read
        self._make = make
        self._clock = clock
        self._lock = lock
        self._rows: dict[str, Made] = {}
        self._read = -math.inf

    def get(self, id_: Any) -> Made | None:
        """What stands under this id; None when it points nowhere or cannot be read."""
        found = self._rows.get(id_)
        if found is None and (name := key(id_)) is not None:
            found = self._younger_than(A_MINUTE).get(name)
        return found

    def rows(self) -> Mapping[str, Made]:
        """All rows by id; none when the key may not read them."""
        return self._younger_than(AN_HOUR)

    def refresh(self) -> None:
        """Forget rows that are over an hour old."""
        if self._clock.now().timestamp() - self._read > AN_HOUR:
            self._rows, self._read = {}, -math.inf

    def _younger_than(self, seconds: float) -> Mapping[str, Made]:
        with self._lock:
            now = self._clock.now().timestamp()
            if now - self._read > seconds:
                self._rows = {str(row["id"]): self._make(row) for row in self._read_all()}
                self._read = now
            return self._rows
