"""Deeds: what actions were asked to do, written down before it is tried, and what came of it."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from crosstie.state.connection import StateFile
from crosstie.state.values import Deed

COLUMNS = "system, once, action, parameters, at, status, attempts, ended, result, reason"


class Deeds(StateFile):
    """The deeds of a `SqliteState`; see `State` for each method's promise."""

    def deed(self, system: str, once: str) -> Deed | None:
        """See `State`."""
        rows = self.query(
            f"SELECT {COLUMNS} FROM deeds WHERE system = ? AND once = ?", (system, once)
        )
        return _deed(rows[0]) if rows else None

    def keep_deed(self, deed: Deed) -> None:
        """See `State`."""
        self.change(
            f"INSERT OR REPLACE INTO deeds ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(deed.system, deed.once, deed.action, deed.parameters, deed.at.isoformat()),
                *(deed.status, deed.attempts, deed.ended.isoformat() if deed.ended else None),
                *(deed.result, deed.reason),
            ),
        )

    def deeds(self, statuses: Iterable[str], limit: int = 1000) -> list[Deed]:
        """See `State`."""
        rows = self.query(
            f"SELECT {COLUMNS} FROM deeds WHERE status IN (SELECT value FROM json_each(?)) "
            "ORDER BY at, system, once LIMIT ?",
            (json.dumps(list(statuses)), limit),
        )
        return [_deed(row) for row in rows]

    def drop_deeds(self, test: str, values: Sequence[Any]) -> int:
        """Drop the deeds that pass a test in SQL, each with its lease; returns how many."""
        with self.transaction(None):
            rows = self.query(f"SELECT {COLUMNS} FROM deeds WHERE {test}", values)
            deeds = [_deed(row) for row in rows]
            self.change(
                "DELETE FROM leases WHERE owner = '' AND name = ?", *((d.lease,) for d in deeds)
            )
            return self.change(
                "DELETE FROM deeds WHERE system = ? AND once = ?",
                *((deed.system, deed.once) for deed in deeds),
            )


def _deed(row: tuple[Any, ...]) -> Deed:
    system, once, action, parameters, at, status, attempts, ended, result, reason = row
    return Deed(
        *(system, once, action, parameters, datetime.fromisoformat(at), status, attempts),
        *(datetime.fromisoformat(ended) if ended else None, result, reason),
    )
