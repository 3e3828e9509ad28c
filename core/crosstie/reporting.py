"""What there is to tell about past runs: how each is, what was selected, what became of records.

::

    run = find_run(state, "last", "purchases")
    write_csv(file, lines(state, run, everything=False, redact=project.redact))
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any, TextIO

import attrs

from crosstie.choosing import BEGINNING
from crosstie.errors import ConfigError
from crosstie.spreadsheets import safe_cell
from crosstie.state import Outcome, RunRow, State

ERRORS = ("aside", "conflict")
"""What became of records that a report is about."""

COLUMNS = ("stream", "key", "outcome", "message", "id", "time")
TIME_PART = 13
"""So many letters of an id tell when it was made, to the millisecond."""

ALL = sys.maxsize


@attrs.frozen
class PastRun:
    """A run with how it is, as people say it, and the shortest beginning of its id to call it by.

    `status` is running, waiting (for a system), interrupted (asked to stop, or its process has
    ended; it goes on when it is asked for again), completed, completed with errors or stopped.
    """

    row: RunRow
    status: str
    short: str

    @property
    def has_errors(self) -> bool:
        """Whether there is a record to report."""
        return has_errors(self.row.counts)

    def as_json(self) -> dict[str, Any]:
        """All that is known of it, with the selection as an object, for machines."""
        selection = json.loads(self.row.selection) if self.row.selection else None
        told = {"status": self.status, "short": self.short, "selection": selection}
        return {**attrs.asdict(self.row), **told}


def has_errors(counts: Mapping[str, int]) -> bool:
    """Whether records were set aside, or were there already."""
    return any(counts.get(outcome) for outcome in ERRORS)


def past_runs(state: State, flow: str | None = None, limit: int = 20) -> list[PastRun]:
    """The newest runs first."""
    runs = state.runs(limit=ALL)
    shorts = _shorts([run.id for run in runs])
    newest: dict[str, str] = {}
    for run in runs:
        newest.setdefault(run.flow, run.id)
    wanted = [run for run in runs if flow in (None, run.flow)][:limit]
    return [
        PastRun(run, _status(state, run, newest=newest[run.flow] == run.id), shorts[run.id])
        for run in wanted
    ]


def find_run(state: State, text: str, flow: str | None = None) -> PastRun:
    """The run whose id begins with this text, or the ``last`` one; of this flow, if one is named.

    Raises `ConfigError` where there is none, or more than one.
    """
    runs = past_runs(state, flow, ALL)
    found = runs[:1] if text == "last" else [r for r in runs if r.row.id.startswith(text.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        told = f"{len(found)} runs begin with {text!r}: write more of the id"
    elif text == "last":
        told = f"{flow} has not run yet" if flow else "nothing has run yet"
    else:
        told = f"there is no run {text!r}{f' of {flow}' if flow else ''}: see crosstie history"
    raise ConfigError([told])


def selected(selection: str) -> str:
    """What a run over dates was asked for, in words; nothing for other runs."""
    if not selection:
        return ""
    asked = json.loads(selection)
    since, until = asked["since"], asked["until"]
    begins = datetime.fromisoformat(since)
    parts = [f"from {_told(begins)}"] if begins > BEGINNING else []
    if until is not None:
        parts.append(f"{'to' if parts else 'up to'} {_told(datetime.fromisoformat(until), last=1)}")
    chosen = [f"{name} {' or '.join(values)}" for name, values in asked["filters"].items()]
    if asked.get("limit"):
        chosen.append(f"at most {asked['limit']:,}")
    return ", ".join([" ".join(parts), *chosen])


def lines(
    state: State, run: PastRun, *, everything: bool, redact: Callable[[str], str]
) -> Iterator[tuple[str, ...]]:
    """The cells of the `COLUMNS`, for each record with an error, or for every one.

    Read bit by bit, as the outcomes of a run may be many.
    """
    for outcome in state.outcomes_of(run.row.id, None if everything else ERRORS):
        at = outcome.at.isoformat(timespec="seconds")
        message = redact(_message(outcome))
        sink_id = outcome.sink_id or ""
        yield outcome.stream, outcome.key, outcome.outcome, message, sink_id, at


def write_csv(file: TextIO, rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV (RFC 4180) that a spreadsheet shows and never runs."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)


def _status(state: State, run: RunRow, *, newest: bool) -> str:
    if run.status == "running":
        return "running" if state.is_alive(run.flow, run.token) else "interrupted"
    if run.status == "stopped" and newest and state.is_alive(run.flow, run.token):
        return "waiting"
    return "completed with errors" if _went_wrong(run) else run.status


def _went_wrong(run: RunRow) -> bool:
    return run.status == "completed" and has_errors(run.counts)


def _shorts(ids: Sequence[str]) -> dict[str, str]:
    """For each id, in order, a beginning that none of the others has."""
    lengths = dict.fromkeys(ids, TIME_PART)
    for one, other in pairwise(ids):
        same = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
        lengths[one] = max(lengths[one], same + 1)
        lengths[other] = max(lengths[other], same + 1)
    return {one: one[:length] for one, length in lengths.items()}


def _told(moment: datetime, *, last: int = 0) -> str:
    """A day where the moment begins one (or, as the end of a range, ends it), else the minute."""
    if moment.time() == time():
        return f"{moment - timedelta(days=last):%Y-%m-%d}"
    return f"{moment:%Y-%m-%d %H:%M}"


def _message(outcome: Outcome) -> str:
    """Why; of a row that was written the text is the row itself, which is no message."""
    written = outcome.sink_id is not None and outcome.outcome not in ERRORS
    return "" if written else outcome.detail or ""
