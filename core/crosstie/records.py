"""What travels through Crosstie: records out of a source, rows into a sink.

The smallest source yields records and, whenever it could resume, a checkpoint::

    yield Record(key="17", data=Customer(email="ada@example.com"))
    yield Checkpoint(cursor="2026-11-21 10:00:00")
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from crosstie.errors import RecordError

Row = Mapping[str, Any]
"""Field name to value: text, Decimal, aware datetime, date, int, bool, None, Ref, list or dict."""


@attrs.frozen(slots=True)
class Record:
    """One record as a source tells it.

    `key` is its identity in the source, always text.
    `data` is an object of the commerce vocabulary, or a mapping of the system's raw fields.
    `version` changes whenever the source admits a change (a date, an etag); None if it has none.
    `deleted` is true when the source says that the record is gone or switched off for good.
    `raw` is the source's own answer without its secrets, for flows that use it.
    `error` says why the source could not make sense of this record (a broken line of a file): it
    is set aside with that, and `data` shows what there was.
    """

    key: str
    data: Any
    version: str | None = None
    deleted: bool = False
    raw: Mapping[str, Any] | None = attrs.field(default=None, eq=False, repr=False)
    error: RecordError | None = attrs.field(default=None, eq=False)


@attrs.frozen(slots=True)
class Checkpoint:
    """A place from which reading can resume: everything before it has been yielded.

    `cursor` is opaque text, written by the connector and kept by the core.
    """

    cursor: str


@attrs.frozen(slots=True)
class Selection:
    """Which records a flow wants.

    `since` is the cursor of an earlier checkpoint of this stream, None for everything.
    `window` is (from, until), aware datetimes, `from` included and `until` excluded;
    `since` and `window` are never combined.
    `filters` holds names that the stream understands, each with the values that pass,
    such as ``{"status": ("shipped", "delivered")}``.
    `uses` names the costly details the flow looks at (`payments`, `discounts`, `slips`, `image`),
    and ``raw`` where it looks at the raw answer; a stream may leave the others unknown (None).
    """

    since: str | None = None
    window: tuple[datetime, datetime] | None = None
    filters: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    uses: frozenset[str] = frozenset()


@attrs.frozen(slots=True)
class Ref:
    """A field that points to another record: the core replaces it by the linked id in the sink.

    `stream` and `key` name the record in the source.
    `embedded` is that record's data as far as it is known here; with it the core can write the
    missing row once, without it the pointing row waits as *not linked yet*.
    `table` is the sink's table the id is wanted from; None stands for the table of the same name
    as the stream.
    """

    stream: str
    key: str
    embedded: Any = attrs.field(default=None, eq=False, repr=False)
    table: str | None = None


@attrs.frozen(slots=True)
class Write:
    """One row to write: create it where `id` is None, else change only the given fields.

    All `Ref`s in `row` are resolved to ids of the sink.
    `key` is the record's key in the source, for texts and for names that must be unique.
    `once` is the same text whenever the same content is written for this key. A system that keeps
    idempotency keys for long would take a change back to an earlier content for a repetition.
    """

    id: str | None
    row: Row
    key: str
    once: str


@attrs.frozen(slots=True)
class Written:
    """The row was written under `id`; `also` names further ids that came with it.

    `moved` maps ids that this write has replaced to the new ones (a lead that became a contact):
    whatever was linked to an old id is linked to the new one from now on.
    """

    id: str
    also: Mapping[str, str] = attrs.field(factory=dict)
    moved: Mapping[str, str] = attrs.field(factory=dict)
