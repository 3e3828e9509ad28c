"""What is asked of the state for each page or row costs no more, however much the state holds."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from crosstie import SystemClock
from crosstie.state import Aside, Fingerprint, Link, LinkKey, Outcome, SqliteState, scratch_state

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
PLACE = "shop", "customers", "crm", "people"
KEYS = ["17", "23"]
STEPS = 10


def filled(size: int) -> SqliteState:
    """A state after a run that has dealt with so many records."""
    state = scratch_state(Path("nowhere.db"), SystemClock())
    keys = [str(number) for number in range(size)]
    source, stream, sink, table = PLACE
    with state.transaction(None):
        state.add_links(
            (LinkKey(source, stream, key, sink, table), Link(f"p{key}", {}, "1", f"n{key}"))
            for key in keys
        )
        state.add_fingerprints("flow", ((key, Fingerprint("hash", None)) for key in keys))
        state.see("flow", keys)
        state.set_aside(
            Aside("flow", key, "rejected", "no", "{}", 1, NOW, NOW, NOW, "run", None)
            for key in keys
        )
        state.add_outcomes(
            Outcome("run", "flow", source, stream, key, "created", table, f"p{key}", "{}", NOW)
            for key in keys
        )
    return state


def steps(state: SqliteState, ask: Callable[[SqliteState], Any]) -> int:
    """How much SQLite has to do for an answer, in steps of its machine."""
    counted = count()
    state.db.conn.set_progress_handler(lambda: next(counted) * 0, STEPS)
    assert ask(state)
    state.db.conn.set_progress_handler(None, 0)
    return next(counted) * STEPS


@pytest.mark.parametrize(
    "ask",
    [
        lambda state: state.links(*PLACE, KEYS),
        lambda state: state.links_to("crm", "people", "p17"),
        lambda state: state.ranked_links("crm", "people", naturals=(), ids=["p17"]),
        lambda state: state.ranked_links("crm", "people", naturals=["n17"], ids=()),
        lambda state: state.fingerprints("flow", KEYS),
        lambda state: state.seen("flow", KEYS),
        lambda state: state.asides("flow", KEYS),
        lambda state: list(islice(state.outcomes_of("run"), 20)),
        lambda state: state.outcomes("shop", "customers", "17"),
    ],
    ids=[
        "links", "links_to", "ranked links by id", "ranked links by natural key", "fingerprints",
        "seen", "asides", "outcomes of a run", "outcomes of a record",
    ],
)  # fmt: skip
def test_an_answer_costs_no_more_in_a_state_that_has_grown(
    ask: Callable[[SqliteState], Any],
) -> None:
    with filled(1000) as small, filled(4000) as large:
        assert steps(large, ask) < 1.2 * steps(small, ask) + 10 * STEPS
