"""What a run is asked to do, and what it tells."""

from collections.abc import Mapping
from datetime import date, datetime

import attrs

COUNTS = (
    "read",
    "created",
    "updated",
    "unchanged",
    "aside",
    "settled",
    "deleted",
    "marked",
    "gone",
    "conflict",
    "filtered",
    "ignored",
    "drift",
    "embedded",
)
"""What is counted: records read; rows created, updated or found unchanged; records set aside, and
set-aside ones settled; rows deleted or marked, or left although gone at the source; rows that
were there already, in a table that only creates; records that the flow's filter does not let
through; deleted records that never had a row; changes that the source's own feed did not show;
rows written because others point to them."""

Moment = datetime | date
"""A time (aware), or a day in the time zone of the source."""


@attrs.frozen(kw_only=True)
class RunOptions:
    """How a run differs from the plain one.

    `since` and `until` select a window and neither read nor move the cursor: days, both included,
    or aware times, the end excluded; `filters` narrow the selection; `limit` ends after that many
    records; `full` and `reconcile` read everything; `allow_deletions` lets more than 5 % be deleted
    or marked; `retry` holds keys of set-aside records to retry, instead of reading; `count` has
    the records counted first where that is cheap, for a progress bar.
    """

    since: Moment | None = None
    until: Moment | None = None
    filters: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    limit: int | None = None
    full: bool = False
    reconcile: bool = False
    allow_deletions: bool = False
    retry: tuple[str, ...] | None = None
    count: bool = False


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is; told after each page. `total` is how many records there are, if known."""

    flow: str
    counts: Mapping[str, int]
    total: int | None = None


@attrs.frozen(kw_only=True)
class RunReport:
    """How a run ended. `status` is completed, stopped (`error` says why) or interrupted; or, where
    nothing was begun, refused (what was chosen is not possible, as `error` says) or declined
    (somebody was asked and did not agree).

    `passing` tells that what stopped it may pass by itself: a system is down, or asks for rest.
    """

    run: str
    flow: str
    mode: str
    status: str
    counts: Mapping[str, int]
    error: str | None
    seconds: float
    passing: bool = False

    @property
    def exit_code(self) -> int:
        """0 all well, 1 records were set aside or there already, 2 refused, 3 the flow stopped."""
        if self.status in ("refused", "declined"):
            return 2 if self.status == "refused" else 0
        if self.status != "completed":
            return 3
        return 1 if self.counts.get("aside") or self.counts.get("conflict") else 0
