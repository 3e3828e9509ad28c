"""Events, what watchers know of records, and journeys through automations."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from crosstie.state.connection import StateFile
from crosstie.state.values import EventRow, Fact, Journey

EVENT_COLUMNS = "id, system, kind, key, version, at, received, data, baseline"
JOURNEY_COLUMNS = (
    "id, automation, definition, event, who, status, place, due, saved, error, attempts, "
    "started, updated"
)
UNENDED = "('waiting', 'uncertain', 'failed')"


class Automations(StateFile):
    """The automations of a `SqliteState`; see `State` for each method's promise."""

    def add_events(self, events: Iterable[EventRow]) -> int:
        """See `State`."""
        with self.synced():
            return self.change(
                f"INSERT OR IGNORE INTO events ({EVENT_COLUMNS}, status) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'new')",
                *(
                    (
                        *(e.id, e.system, e.kind, e.key, e.version),
                        *(_text(e.at), _text(e.received), e.data, int(e.baseline)),
                    )
                    for e in events
                ),
            )

    def new_events(self, limit: int = 100) -> list[EventRow]:
        """See `State`."""
        rows = self.query(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE status = 'new' ORDER BY id LIMIT ?", (limit,)
        )
        return [_event(row) for row in rows]

    def end_events(self, ids: Iterable[str]) -> None:
        """See `State`."""
        self.change("UPDATE events SET status = 'done' WHERE id = ?", *((one,) for one in ids))

    def event(self, id: str) -> EventRow | None:  # noqa: A002 (the field's word)
        """See `State`."""
        rows = self.query(f"SELECT {EVENT_COLUMNS} FROM events WHERE id = ?", (id,))
        return _event(rows[0]) if rows else None

    def facts(self, watch: str, keys: Iterable[str]) -> dict[str, Fact]:
        """See `State`."""
        rows = self.query(
            "SELECT key, text, due FROM facts WHERE watch = ? AND key IN "
            "(SELECT value FROM json_each(?))",
            (watch, json.dumps(list(keys))),
        )
        return {key: Fact(text, _time(due)) for key, text, due in rows}

    def due_facts(self, watch: str, now: datetime, limit: int = 500) -> dict[str, Fact]:
        """See `State`."""
        rows = self.query(
            "SELECT key, text, due FROM facts WHERE watch = ? AND due <= ? ORDER BY due LIMIT ?",
            (watch, _text(now), limit),
        )
        return {key: Fact(text, _time(due)) for key, text, due in rows}

    def keep_facts(self, watch: str, facts: Mapping[str, Fact]) -> None:
        """See `State`."""
        self.change(
            "INSERT OR REPLACE INTO facts (watch, key, text, due) VALUES (?, ?, ?, ?)",
            *((watch, key, fact.text, _text(fact.due)) for key, fact in facts.items()),
        )

    def keep_definition(self, hash: str, text: str) -> None:  # noqa: A002 (what it is)
        """See `State`."""
        self.change("INSERT OR IGNORE INTO definitions (hash, text) VALUES (?, ?)", (hash, text))

    def definition(self, hash: str) -> str | None:  # noqa: A002 (what it is)
        """See `State`."""
        rows = self.query("SELECT text FROM definitions WHERE hash = ?", (hash,))
        return str(rows[0][0]) if rows else None

    def enter(self, journey: Journey, per: str) -> None:
        """See `State`."""
        with self.transaction(None):
            self.keep_journey(journey)
            self.change(
                "INSERT INTO entries (automation, who, at) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (automation, who) DO UPDATE SET at = max(at, ?3)",
                (journey.automation, per, _text(journey.started)),
            )

    def entered(self, automation: str, per: str) -> datetime | None:
        """See `State`."""
        rows = self.query(
            "SELECT at FROM entries WHERE automation = ? AND who = ?", (automation, per)
        )
        return _time(rows[0][0]) if rows else None

    def keep_journey(self, journey: Journey) -> None:
        """See `State`."""
        j = journey
        self.change(
            f"INSERT OR REPLACE INTO journeys ({JOURNEY_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(j.id, j.automation, j.definition, j.event, j.who, j.status, j.place),
                *(_text(j.due), j.saved, j.error, j.attempts),
                *(_text(j.started), _text(j.updated)),
            ),
        )

    def journey(self, id: str) -> Journey | None:  # noqa: A002 (the field's word)
        """See `State`."""
        rows = self.query(f"SELECT {JOURNEY_COLUMNS} FROM journeys WHERE id = ?", (id,))
        return _journey(rows[0]) if rows else None

    def due_journeys(self, now: datetime, limit: int = 100) -> list[Journey]:
        """See `State`."""
        rows = self.query(
            f"SELECT {JOURNEY_COLUMNS} FROM journeys WHERE status = 'waiting' AND due <= ? "
            "ORDER BY due, id LIMIT ?",
            (_text(now), limit),
        )
        return [_journey(row) for row in rows]

    def next_due(self) -> datetime | None:
        """See `State`."""
        rows = self.query("SELECT min(due) FROM journeys WHERE status = 'waiting'")
        return _time(rows[0][0])

    def journeys(
        self,
        automation: str | None = None,
        *,
        who: str | None = None,
        statuses: Iterable[str] | None = None,
        prefix: str = "",
        limit: int = 100,
    ) -> list[Journey]:
        """See `State`."""
        wanted = {
            "automation = ?": automation,
            "who = ?": who,
            "status IN (SELECT value FROM json_each(?))": (
                None if statuses is None else json.dumps(list(statuses))
            ),
            "instr(id, ?) = 1": prefix or None,
        }
        tests = {test: value for test, value in wanted.items() if value is not None}
        rows = self.query(
            f"SELECT {JOURNEY_COLUMNS} FROM journeys WHERE {' AND '.join(tests) or '1'} "
            "ORDER BY id DESC LIMIT ?",
            (*tests.values(), limit),
        )
        return [_journey(row) for row in rows]

    def prune_automations(self, before: datetime) -> None:
        """Drop what ended before then: journeys, events that no journey needs, definitions."""
        limit = _text(before)
        self.change(f"DELETE FROM journeys WHERE updated < ? AND status NOT IN {UNENDED}", (limit,))
        self.change(
            "DELETE FROM events WHERE received < ? AND status = 'done' AND id NOT IN "
            "(SELECT event FROM journeys)",
            (limit,),
        )
        self.change(
            "DELETE FROM definitions WHERE hash NOT IN (SELECT definition FROM journeys)", ()
        )

    def forget_in_automations(self, like: str) -> dict[str, int]:
        """Erase events and journeys in which a text stands, as a pattern for LIKE."""
        found = self.query(
            "SELECT id FROM journeys WHERE who LIKE ?1 ESCAPE '\\' OR saved LIKE ?1 ESCAPE '\\' "
            "OR error LIKE ?1 ESCAPE '\\' OR event IN "
            "(SELECT id FROM events WHERE data LIKE ?1 ESCAPE '\\' OR key LIKE ?1 ESCAPE '\\')",
            (like,),
        )
        return {
            "journeys": self.change("DELETE FROM journeys WHERE id = ?", *found),
            "events": self.change(
                "DELETE FROM events WHERE data LIKE ?1 ESCAPE '\\' OR key LIKE ?1 ESCAPE '\\'",
                (like,),
            ),
            "entries": self.change("DELETE FROM entries WHERE who LIKE ? ESCAPE '\\'", (like,)),
            "facts": self.change("DELETE FROM facts WHERE text LIKE ? ESCAPE '\\'", (like,)),
        }


def _event(row: tuple[Any, ...]) -> EventRow:
    id_, system, kind, key, version, at, received, data, baseline = row
    return EventRow(
        *(id_, system, kind, key, version, _time(at), datetime.fromisoformat(received), data),
        baseline=bool(baseline),
    )


def _journey(row: tuple[Any, ...]) -> Journey:
    names = JOURNEY_COLUMNS.split(", ")
    values = dict(zip(names, row, strict=True))
    times = {name: _time(values[name]) for name in ("due", "started", "updated")}
    return Journey(**{**values, **times})


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(time: datetime | None) -> str | None:
    """The time in UTC: texts of one zone are compared as the times are."""
    return None if time is None else time.astimezone(UTC).isoformat()
