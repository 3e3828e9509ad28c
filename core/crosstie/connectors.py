"""What a connector author writes: protocols, so whatever has the methods fits.

A connector is an attrs class whose fields are its settings::

    @attrs.frozen
    class Acme:
        kind: ClassVar[str] = "acme"
        url: str = setting("Address of the service, with https://")
        token: Secret = setting("API token, from Settings > API")

        def connect(self, env: Env) -> Live: ...

Four fields mean the same for every connector that has them, and the core honours them:
`timeout` (timedelta, of one request), `settle` (timedelta, how long a lost write may still land;
by default the time-out), `workers` (int, how many writers run in parallel) and `identity`
(text, shared by systems whose records have the same keys; by default the system's name).

Optional abilities are small protocols of their own below; the core asks with `isinstance`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

import attrs

from crosstie.clock import Clock
from crosstie.errors import RecordError
from crosstie.http import Http, HttpAuth
from crosstie.records import Checkpoint, Record, Row, Selection, Write, Written


@attrs.frozen(slots=True)
class Finding:
    """One line of `crosstie check`.

    `level` is ``ok``, ``warning`` (works, but look at it) or ``problem`` (the flow will not work).
    """

    level: Literal["ok", "warning", "problem"]
    text: str


class Stream(Protocol):
    """Records of one kind that can be read."""

    @property
    def name(self) -> str:
        """The stream's name, as a config says it after the dot."""

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """Yield the selected records lazily, with checkpoints in between and one at the end.

        A record may come twice; it must never be missed.
        After a checkpoint everything before it has been yielded.
        Called on one thread at a time.
        """


class Table(Protocol):
    """Rows of one kind that can be written.

    `key` names the fields of the natural key, by which a row is recognised that was there before
    us. The core compares natural keys without regard to case and surrounding blanks.
    """

    @property
    def name(self) -> str:
        """The table's name, as a config says it after the dot."""

    @property
    def key(self) -> tuple[str, ...]:
        """The fields of the natural key; empty where the flow has to name them (`match`)."""

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """Return, for each natural key, the ids of all rows that match it, in the same order.

        `keys` has 1 to 100 mappings of the `key` fields to non-empty values.
        """

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """Write rows and answer for each of them, in the same order.

        Returns a `RejectedError` for a row that the system refuses and an `UncertainError`
        where the row may or may not have been written.
        Raises a `FlowError` when no row can be written at all; nothing may have been written then.
        Receives at most `batch` rows (one, unless the table says otherwise).
        """


class Live(Protocol):
    """A connected system. The core opens one per worker and uses it on one thread at a time."""

    def streams(self) -> Mapping[str, Stream]:
        """The streams by name; empty for a system that is only written."""

    def tables(self) -> Mapping[str, Table]:
        """The tables by name; empty for a system that is only read."""

    def close(self) -> None:
        """End sessions and free what `connect` took; called once, also after errors."""


class Memory(Protocol):
    """A few small texts that outlive the run, per system (a session, a discovered setting)."""

    def get(self, name: str) -> str | None:
        """The text kept under this name, or None."""

    def set(self, name: str, text: str) -> None:
        """Keep this text durably under this name. Not for secrets."""


class Env(Protocol):
    """What the core lends a connector."""

    @property
    def system(self) -> str:
        """The system's name in the config, for messages."""

    @property
    def clock(self) -> Clock:
        """The time, and waiting."""

    @property
    def memory(self) -> Memory:
        """What the system's connector wants to remember."""

    @property
    def log(self) -> logging.Logger:
        """Where the connector logs to; secrets are taken out."""

    def http(
        self,
        base_url: str,
        *,
        auth: HttpAuth | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Http:
        """An HTTP client for this system: time-outs, retries, redaction; never follows redirects.

        It may be used from several threads; the core closes it.
        """


class Connector(Protocol):
    """One kind of system: an attrs class whose fields are the settings.

    `streams_offered` and `tables_offered` are the names that a config may use; None in
    `tables_offered` stands for names known only to the system itself; such a connector may name
    those that are there in any case in `tables_known`.
    """

    kind: ClassVar[str]
    streams_offered: ClassVar[tuple[str, ...]]
    tables_offered: ClassVar[tuple[str, ...] | None]

    def connect(self, env: Env) -> Live:
        """Return a connected system. It may be lazy: errors may also come with the first use."""


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
        """Field name to a short text: its type, whether it is mandatory, its choices."""


@runtime_checkable
class Checks(Protocol):
    """A connected system that can tell how it is."""

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """Look at the system without changing anything.

        `use` maps each configured flow to what it needs of this system, each as
        ``read:orders``, ``read:orders.payments`` or ``write:customers``.
        """


class Action(Protocol):
    """One deed: an attrs class whose fields are its parameters."""

    name: ClassVar[str]
    on: ClassVar[str]

    def run(self, system: Any, once: str) -> Row:
        """Do it on a connected system; `once` is the same text each time the same deed is tried."""


Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


def each(one: Callable[[Argument], Answer]) -> Callable[[Sequence[Argument]], list[Answer]]:
    """Turn a function on one row into the function on many that `find` and `write` want."""

    def many(arguments: Sequence[Argument]) -> list[Answer]:
        return [one(argument) for argument in arguments]

    return many
