"""What Crosstie remembers: links, cursors, intents, set-aside records, runs and their outcomes.

`State` is the protocol; `SqliteState` keeps it in one SQLite file (WAL) that any tool can read::

    with open_state(Path("crosstie.db"), clock) as state:
        lease = state.acquire("customers", owner="me", seconds=60)
"""

from crosstie.state.identity import new_id
from crosstie.state.protocol import State
from crosstie.state.sqlite import Migration, SqliteState, open_state, scratch_state
from crosstie.state.store import Store
from crosstie.state.values import (
    Aside,
    Deed,
    EventRow,
    Fact,
    Fingerprint,
    FlowTimes,
    Intent,
    Journey,
    Lease,
    Link,
    LinkKey,
    Outcome,
    RunRow,
)

__all__ = [
    "Aside",
    "Deed",
    "EventRow",
    "Fact",
    "Fingerprint",
    "FlowTimes",
    "Intent",
    "Journey",
    "Lease",
    "Link",
    "LinkKey",
    "Migration",
    "Outcome",
    "RunRow",
    "SqliteState",
    "State",
    "Store",
    "new_id",
    "open_state",
    "scratch_state",
]
