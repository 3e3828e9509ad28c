"""The values that state is made of. Times are aware datetimes in UTC."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import attrs


class LinkKey(NamedTuple):
    """Where a link starts and which table it leads to; `source` and `sink` are identities."""

    source: str
    stream: str
    key: str
    sink: str
    table: str


@attrs.frozen(slots=True)
class Link:
    """This key is that id; `also` holds further ids that came with it.

    Where several records may be one row, `natural` is the hash of the folded natural key that they
    share, and the one of the greatest `rank` tells the row.
    """

    id: str
    also: Mapping[str, str] = attrs.field(factory=dict)
    rank: str = ""
    natural: str = ""


@attrs.frozen(slots=True)
class Fingerprint:
    """What a flow last wrote for a key: the row's hash, and the record's version then."""

    hash: str
    version: str | None


@attrs.frozen(slots=True)
class Lease:
    """The right to run a flow: every commit checks that `token` is still the newest."""

    name: str
    owner: str
    token: int


@attrs.frozen(slots=True)
class Intent:
    """A write that is about to be tried.

    `natural` is the folded natural key; one open intent per sink, table and natural key.
    """

    id: str
    flow: str
    token: int
    link: LinkKey
    natural: str
    row_key: Mapping[str, Any]
    at: datetime


@attrs.frozen(slots=True)
class Deed:
    """One deed on one system, and how far it is; `once` tells it from the system's other deeds.

    `status` is open (nothing was done yet), trying (an attempt is under way, or was when its
    process ended), uncertain (an attempt's answer was lost), failed (refused, `reason` says why)
    or done (`result` is what came of it). `parameters` and `result` are canonical text.
    """

    system: str
    once: str
    action: str
    parameters: str
    at: datetime
    status: str = "open"
    attempts: int = 0
    ended: datetime | None = None
    result: str | None = None
    reason: str | None = None

    @property
    def lease(self) -> str:
        """The name of the lease under which it is done."""
        return f"{self.system} once {self.once}"


@attrs.frozen(slots=True)
class Aside:
    """A record that could not be dealt with: one open entry per flow and key.

    It is due at `next_at`, or as soon as what it waits for (stream, key, table) is linked.
    """

    flow: str
    key: str
    kind: str
    reason: str
    record: str
    attempts: int
    first_at: datetime
    last_at: datetime
    next_at: datetime
    run: str
    waits_for: tuple[str, str, str] | None = None


@attrs.frozen(slots=True)
class Outcome:
    """What became of one record in one run; `detail` is the row written or the reason, as text.

    `source` is the source system's identity.
    """

    run: str
    flow: str
    source: str
    stream: str
    key: str
    outcome: str
    table: str
    sink_id: str | None
    detail: str | None
    at: datetime


@attrs.frozen(slots=True)
class RunRow:
    """One execution of a flow. `status` is running, completed, stopped or interrupted.

    `selection` is what a run over dates was asked for, as canonical text, and empty for others.
    `token` is that of the lease it holds or held: a run whose process was killed is `running` for
    ever, and its lease is nobody's.
    """

    id: str
    flow: str
    mode: str
    status: str
    started: datetime
    finished: datetime | None
    counts: Mapping[str, int]
    error: str | None
    selection: str = ""
    token: int = 0


@attrs.frozen(slots=True)
class FlowTimes:
    """When a flow last began and when it was last reconciled; None for never."""

    started: datetime | None
    reconciled: datetime | None


@attrs.frozen(slots=True)
class EventRow:
    """An event as it is kept: `system`, `kind`, `key` and `version` are its identity.

    `data` is packed text (see `crosstie.packing`), `at` when it happened where that is known,
    `received` when it came in. A `baseline` event is one of a watcher's first pass.
    """

    id: str
    system: str
    kind: str
    key: str
    version: str
    at: datetime | None
    received: datetime
    data: str
    baseline: bool = False


@attrs.frozen(slots=True)
class Fact:
    """What a watcher knows of a record, as its own text; `due` is when it wants to look again."""

    text: str
    due: datetime | None = None


@attrs.frozen(slots=True)
class Journey:
    """One pass through an automation.

    `definition` is the hash of the automation as it was when the journey began, `event` the id of
    what began it, `who` it is about, `place` the step that is next.
    `status` is waiting (until `due`, also for steps that can be done at once), done, failed (a
    step was refused), uncertain (a step may have been done, and its result is needed), stopped
    (the automation's stop event came) or cancelled (by hand).
    `saved` is packed text: the results that steps saved, by name. `error` says what is wrong,
    `attempts` counts how often the present step could not be done.
    """

    id: str
    automation: str
    definition: str
    event: str
    who: str
    status: str
    place: int
    due: datetime | None
    saved: str
    error: str | None
    attempts: int
    started: datetime
    updated: datetime
