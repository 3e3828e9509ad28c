"""What a connector may be able to do besides: small protocols, asked for with `isinstance`.

A stream that can re-read single records has `get`, a table that takes many rows at once has
`batch`, a system that sends webhooks has `receive`, and so on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import attrs

from crosstie.errors import RecordError
from crosstie.incoming import Event, Request
from crosstie.records import Record, Row, Selection


@attrs.frozen(slots=True)
class Finding:
    """One line of `crosstie check`.

    `level` is ``ok``, ``warning`` (works, but look at it) or ``problem`` (the flow will not work).
    """

    level: Literal["ok", "warning", "problem"]
    text: str


@attrs.frozen(slots=True)
class Advice:
    """What a system has to say to somebody who writes the first config for it.

    `text` becomes a comment of one or more lines. Where `setting` names a setting (of the flow
    `flow`, else of the system), it stands above that setting and its `value`, as TOML knows them;
    tables of one setting are put together.
    Not `chosen`, the setting is a comment as well, for the user to choose; where there is no
    setting, the whole flow is.
    """

    text: str
    setting: str | None = None
    value: Any = None
    flow: str | None = None
    chosen: bool = True


@runtime_checkable
class Maps(Protocol):
    """A table of the commerce vocabulary: it turns records into its own rows."""

    @property
    def accepts(self) -> type:
        """The class of the vocabulary that it takes; `object` takes all."""

    @property
    def refers_to(self) -> tuple[str, ...]:
        """Streams whose records the rows point to: their flows run first."""

    @property
    def uses(self) -> frozenset[str]:
        """The costly details that `map` looks at, see `Selection.uses`."""

    def map(self, record: Record, source: str) -> Row:
        """Turn a record of type `accepts` into a row; `source` is the source system's identity.

        Raises `RecordError` when the record cannot be a row here.
        """


@runtime_checkable
class Batches(Protocol):
    """A table that takes several rows in one `write`."""

    @property
    def batch(self) -> int:
        """How many rows `write` takes at most."""


@runtime_checkable
class Lanes(Protocol):
    """A table where it matters which of some new rows comes first, such as equal names."""

    def lane(self, row: Row) -> str | None:
        """Of the rows with one lane the first that was read is written before the others."""


@runtime_checkable
class Ranks(Protocol):
    """A table where several records may be one row, such as two accounts with one e-mail."""

    def rank(self, record: Record) -> str:
        """Of the records of one row the one with the greatest rank tells it; the others are only
        linked to it. Never empty.
        """


@runtime_checkable
class OnlyCreates(Protocol):
    """A table whose rows are never changed, because the system has no way to."""

    @property
    def only_creates(self) -> bool:
        """True: rows are created without a look-up; `write` returns a `ConflictError`, with the
        system's own words, for one that is there already. `find` is asked after lost answers, for
        rows that others point to, and by `crosstie plan`.
        """


@runtime_checkable
class Adopts(Protocol):
    """A table that only creates, and where a row that is there already is as good as a new one."""

    @property
    def adopts(self) -> bool:
        """True: rows are looked for before they are created, and one that is there is linked and
        left as it is; it is no conflict.
        """


@runtime_checkable
class Exact(Protocol):
    """A table whose natural keys are compared as they are, with case and blanks."""

    @property
    def exact(self) -> bool:
        """True: two keys that differ in anything are two rows."""


@attrs.frozen(slots=True)
class Limits:
    """What may be sent at once by a run over a range of dates.

    The last day is at most `years` calendar years after the first, unless the flow says
    ``windows = true``; the first is at most `back` years ago, unless it says ``older = true``.
    Each of `filters` has to be chosen, in the config or on the command line.
    With `one_language`, a source whose records may be in several languages has to be set to one.
    """

    years: int
    back: int
    filters: tuple[str, ...] = ()
    one_language: bool = False


@runtime_checkable
class Limited(Protocol):
    """A table that takes what a run over a range of dates selects, within limits."""

    @property
    def limits(self) -> Limits:
        """The limits; every run of a flow into this table keeps to them, or is refused."""


@runtime_checkable
class Zoned(Protocol):
    """A connected system that knows its time zone: dates without a time are meant in it."""

    def time_zone(self) -> ZoneInfo:
        """The zone; it may be asked for. Raises a `FlowError` where it cannot be known."""


@runtime_checkable
class Speaks(Protocol):
    """A connected system whose records may be in several languages."""

    def languages(self) -> Sequence[str]:
        """ISO 639-1 codes of the active languages that records are told in: one where the user
        has chosen one. Raises a `FlowError` where they cannot be known.
        """


@runtime_checkable
class Gets(Protocol):
    """A stream that can re-read single records."""

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """Yield the records with these keys; one that is gone is left out."""


@runtime_checkable
class ListsKeys(Protocol):
    """A stream that can list all its keys much cheaper than its records."""

    def keys(self) -> Iterator[str]:
        """Yield the key of every record there is, in any order."""


@runtime_checkable
class Counts(Protocol):
    """A stream that can tell cheaply how many records a selection has."""

    def count(self, selection: Selection) -> int:
        """The number of records that `read` yields for a selection with a window."""


@runtime_checkable
class Shows(Protocol):
    """A table whose rows can be read back, for the differences that `plan` prints."""

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """Return the present row for each id (at most 100), None where there is none."""


@runtime_checkable
class Deletes(Protocol):
    """A table whose rows can be deleted."""

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        """Delete rows (at most 100); a row that is already gone counts as deleted."""


@runtime_checkable
class Discovers(Protocol):
    """A stream or table that can tell its fields."""

    def fields(self) -> Mapping[str, str]:
        """Every field name to a short text: its type, whether it is mandatory, its choices.

        A field that a config names and that is not among them counts as a mistake.
        """


@runtime_checkable
class Checks(Protocol):
    """A connected system that can tell how it is."""

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """Look at the system without changing anything.

        `use` maps each configured flow and automation to what it needs of this system, each as
        ``read:orders``, ``read:orders.payments``, ``write:customers`` or ``do:create_coupon``.
        """


@runtime_checkable
class Introduces(Protocol):
    """A connected system that can tell what is worth knowing in a first config."""

    def introduce(self, use: Mapping[str, frozenset[str]]) -> Iterable[Advice]:
        """Look at the system without changing anything, for `crosstie init`.

        `use` is as in `Checks`, for the flows of the config to be.
        Raises a `CrosstieError` where it cannot be looked at; what was told before counts.
        """


@runtime_checkable
class Snapshots(Protocol):
    """A stream without a change feed: every read tells all there is, and what is not told is gone.

    The core compares each read with the last one, so that only changes are written and vanished
    records are noticed in every run.
    """

    @property
    def whole(self) -> bool:
        """True: `read` yields every record, whatever `Selection.since` says."""


@runtime_checkable
class Receives(Protocol):
    """A connected system that sends webhooks under a scheme of its own."""

    def receive(self, request: Request) -> Sequence[Event]:
        """Check a webhook's signature and age, and read its events; an unknown kind is left out.

        Raises `WebhookError` when it is not from the system, too old, or cannot be read.
        Changes nothing, and asks the system nothing.
        """


@runtime_checkable
class Forgets(Protocol):
    """A connected system that keeps copies of its own on this machine, such as an outbox."""

    def forget(self, text: str) -> int:
        """Erase every copy in which this text (an e-mail) stands; returns how many there were."""
