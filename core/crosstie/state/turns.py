"""Turns: how fast a system may be asked, by all workers and processes together."""

from datetime import datetime, timedelta

from crosstie.state.connection import StateFile


class Turns(StateFile):
    """The turns of a `SqliteState`: one row per system, when the next request may go.

    This is the generic cell rate algorithm (GCRA), told by the time from which there is a turn.
    """

    def take_turn(self, system: str, every: timedelta, burst: int) -> float:
        """See `State`."""
        with self.transaction(None):
            now = self.clock.now()
            rows = self.query("SELECT free FROM turns WHERE system = ?", (system,))
            free = now - every * (burst - 1)
            if rows:
                free = max(free, datetime.fromisoformat(rows[0][0]))
            if free <= now:
                self._free(system, free + every)
                return 0.0
        return (free - now).total_seconds()

    def rest(self, system: str, until: datetime) -> None:
        """See `State`."""
        with self.transaction(None):
            rows = self.query("SELECT free FROM turns WHERE system = ?", (system,))
            if not rows or datetime.fromisoformat(rows[0][0]) < until:
                self._free(system, until)

    def _free(self, system: str, at: datetime) -> None:
        self.change(
            "INSERT OR REPLACE INTO turns (system, free) VALUES (?, ?)", (system, at.isoformat())
        )
