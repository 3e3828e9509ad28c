"""Runs, outcomes and set-aside records: what happened, and what is left to settle."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crosstie.state.automations import Automations
from crosstie.state.deeds import Deeds
from crosstie.state.values import Aside, FlowTimes, Outcome, RunRow

ASIDE_COLUMNS = (
    "flow, key, kind, reason, record, attempts, first_at, last_at, next_at, run, waits_for"
)
PORTION = 500
DEED_TEXTS = ("once", "parameters", "result", "reason")
RUN_COLUMNS = "id, flow, mode, status, started, finished, counts, error, selection, token"
OUTCOME_COLUMNS = "run, flow, source, stream, key, outcome, tbl, sink_id, detail, at"


class History(Deeds, Automations):
    """The history of a `SqliteState`; see `State` for each method's promise."""

    def set_aside(self, asides: Iterable[Aside]) -> None:
        """See `State`."""
        self.change(
            f"INSERT OR REPLACE INTO asides ({ASIDE_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(
                (
                    *(entry.flow, entry.key, entry.kind, entry.reason, entry.record),
                    *(entry.attempts, entry.first_at.isoformat(), entry.last_at.isoformat()),
                    *(entry.next_at.isoformat(), entry.run),
                    json.dumps(entry.waits_for) if entry.waits_for else None,
                )
                for entry in asides
            ),
        )

    def settle_asides(self, flow: str, keys: Iterable[str]) -> None:
        """See `State`."""
        self.change("DELETE FROM asides WHERE flow = ? AND key = ?", *((flow, k) for k in keys))

    def asides(self, flow: str | None = None, keys: Iterable[str] | None = None) -> list[Aside]:
        """See `State`."""
        tests, values = ["TRUE"], list[str]()
        if flow is not None:
            tests.append("flow = ?")
            values.append(flow)
        if keys is not None:
            tests.append("key IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(keys)))
        rows = self.query(
            f"SELECT {ASIDE_COLUMNS} FROM asides WHERE {' AND '.join(tests)} "
            "ORDER BY first_at, flow, key",
            values,
        )
        return [_aside(row) for row in rows]

    def due_asides(self, flow: str, now: datetime, source: str, sink: str) -> list[str]:
        """See `State`."""
        rows = self.query(
            "SELECT key FROM asides a WHERE flow = ? AND (next_at <= ? OR EXISTS ("
            "SELECT 1 FROM links l WHERE l.source = ? AND l.sink = ? "
            "AND l.stream = json_extract(a.waits_for, '$[0]') "
            "AND l.key = json_extract(a.waits_for, '$[1]') "
            "AND l.tbl = json_extract(a.waits_for, '$[2]'))) ORDER BY first_at, key",
            (flow, now.isoformat(), source, sink),
        )
        return [key for (key,) in rows]

    def start_run(
        self, run: str, flow: str, mode: str, selection: str = "", token: int = 0
    ) -> None:
        """See `State`."""
        self.change(
            "INSERT INTO runs (id, flow, mode, status, started, counts, selection, token) "
            "VALUES (?, ?, ?, 'running', ?, '{}', ?, ?)",
            (run, flow, mode, self.clock.now().isoformat(), selection, token),
        )

    def unfinished_run(self, flow: str, selection: str) -> RunRow | None:
        """See `State`."""
        rows = self.query(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE flow = ? AND selection = ? "
            "ORDER BY id DESC LIMIT 1",
            (flow, selection),
        )
        return _run(rows[0]) if rows and rows[0][3] != "completed" else None

    def resume_run(self, run: str, token: int) -> None:
        """See `State`."""
        self.change(
            "UPDATE runs SET status = 'running', finished = NULL, error = NULL, token = ? "
            "WHERE id = ?",
            (token, run),
        )

    def finish_run(
        self, run: str, status: str, counts: Mapping[str, int], error: str | None
    ) -> None:
        """See `State`."""
        finished = None if status == "running" else self.clock.now().isoformat()
        self.change(
            "UPDATE runs SET status = ?, finished = ?, counts = ?, error = ? WHERE id = ?",
            (status, finished, json.dumps(dict(counts)), error, run),
        )

    def runs(self, flow: str | None = None, limit: int = 20) -> list[RunRow]:
        """See `State`."""
        rows = self.query(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE (?1 IS NULL OR flow = ?1) "
            "ORDER BY id DESC LIMIT ?2",
            (flow, limit),
        )
        return [_run(row) for row in rows]

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """See `State`."""
        self.change(
            f"INSERT OR REPLACE INTO outcomes ({OUTCOME_COLUMNS}) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(
                (
                    *(o.run, o.flow, o.source, o.stream, o.key, o.outcome, o.table),
                    *(o.sink_id, o.detail, o.at.isoformat()),
                )
                for o in outcomes
            ),
        )

    def outcomes_of(self, run: str, outcomes: Iterable[str] | None = None) -> Iterator[Outcome]:
        """See `State`."""
        wanted = None if outcomes is None else json.dumps(list(outcomes))
        after = ("", "", "", "")
        while rows := self.query(
            f"SELECT {OUTCOME_COLUMNS} FROM outcomes WHERE run = ?1 AND (source, stream, key, tbl) "
            "> (?2, ?3, ?4, ?5) AND (?6 IS NULL OR outcome IN (SELECT value FROM json_each(?6))) "
            "ORDER BY source, stream, key, tbl LIMIT ?7",
            (run, *after, wanted, PORTION),
        ):
            told = [_outcome(row) for row in rows]
            yield from told
            last = told[-1]
            after = (last.source, last.stream, last.key, last.table)

    def outcomes(self, source: str, stream: str, key: str) -> list[Outcome]:
        """See `State`."""
        rows = self.query(
            f"SELECT {OUTCOME_COLUMNS} FROM outcomes WHERE source = ? AND stream = ? AND key = ? "
            "ORDER BY at DESC, run DESC",
            (source, stream, key),
        )
        return [_outcome(row) for row in rows]

    def prune(self, before: datetime) -> int:
        """See `State`."""
        limit = before.isoformat()
        with self.transaction(None):
            old = self.query(
                "SELECT id FROM runs WHERE coalesce(finished, started) < ?1 "
                "AND id NOT IN (SELECT run FROM outcomes WHERE at >= ?1) AND NOT EXISTS "
                "(SELECT 1 FROM leases WHERE name = flow AND leases.token = runs.token "
                "AND owner <> '')",
                (limit,),
            )
            self.change("DELETE FROM runs WHERE id = ?", *old)
            self.change("DELETE FROM seen WHERE flow = ?", *old)
            self.drop_deeds("ended < ?", (limit,))
            self.prune_automations(before)
            return self.change("DELETE FROM outcomes WHERE at < ?", (limit,))

    def times(self, flow: str) -> FlowTimes:
        """See `State`."""
        rows = self.query("SELECT started, reconciled FROM times WHERE flow = ?", (flow,))
        return FlowTimes(*map(_time, rows[0])) if rows else FlowTimes(None, None)

    def set_times(
        self, flow: str, *, started: datetime | None = None, reconciled: datetime | None = None
    ) -> None:
        """See `State`."""
        self.change(
            "INSERT INTO times (flow, started, reconciled) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (flow) DO UPDATE SET started = coalesce(?2, started), "
            "reconciled = coalesce(?3, reconciled)",
            (
                flow,
                started.isoformat() if started else None,
                reconciled.isoformat() if reconciled else None,
            ),
        )

    def recall(self, system: str, name: str) -> str | None:
        """See `State`."""
        rows = self.query("SELECT text FROM memory WHERE system = ? AND name = ?", (system, name))
        return str(rows[0][0]) if rows else None

    def keep(self, system: str, name: str, text: str) -> None:
        """See `State`."""
        with self.synced():
            self.change(
                "INSERT OR REPLACE INTO memory (system, name, text) VALUES (?, ?, ?)",
                (system, name, text),
            )

    def forget(self, text: str) -> dict[str, int]:
        """See `State`."""
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        places = {
            "asides": "record LIKE ?1 ESCAPE '\\' OR reason LIKE ?1 ESCAPE '\\'",
            "outcomes": "detail LIKE ?1 ESCAPE '\\'",
            "intents": "row_key LIKE ?1 ESCAPE '\\' OR natural LIKE ?1 ESCAPE '\\'",
        }
        with self.transaction(None):
            keys = {
                (flow, key)
                for table, test in places.items()
                for flow, key in self.query(f"SELECT flow, key FROM {table} WHERE {test}", (like,))
            }
            erased = {
                table: self.change(f"DELETE FROM {table} WHERE flow = ? AND key = ?", *keys)
                for table in ("asides", "outcomes", "fingerprints")
            }
            erased["intents"] = self.change(
                f"DELETE FROM intents WHERE {places['intents']}", (like,)
            )
            test = " OR ".join(f"{c} LIKE ?1 ESCAPE '\\'" for c in DEED_TEXTS)
            erased |= self.forget_in_automations(like)
            erased["deeds"] = self.drop_deeds(test, (like,))
        # What is deleted would otherwise stay readable in free pages and in the log.
        self.query("VACUUM")
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _run(row: tuple[Any, ...]) -> RunRow:
    run, flow, mode, status, started, finished, counts, error, selection, token = row
    return RunRow(
        *(run, flow, mode, status, datetime.fromisoformat(started), _time(finished)),
        *(json.loads(counts), error, selection, token),
    )


def _aside(row: tuple[Any, ...]) -> Aside:
    flow, key, kind, reason, record, attempts, first, last, due, run, waits = row
    times = [datetime.fromisoformat(text) for text in (first, last, due)]
    stream, other, table = json.loads(waits) if waits else ("", "", "")
    return Aside(
        *(flow, key, kind, reason, record, attempts, times[0], times[1], times[2], run),
        (stream, other, table) if waits else None,
    )


def _outcome(row: tuple[Any, ...]) -> Outcome:
    run, flow, source, stream, key, outcome, table, sink_id, detail, at = row
    time = datetime.fromisoformat(at)
    return Outcome(run, flow, source, stream, key, outcome, table, sink_id, detail, time)
