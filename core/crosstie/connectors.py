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

Optional abilities are small protocols of their own, see `crosstie.abilities`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, TypeVar

from crosstie.clock import Clock
from crosstie.errors import RecordError
from crosstie.http import Http, HttpAuth, Rate, ToldRate
from crosstie.incoming import Event
from crosstie.records import Checkpoint, Record, Row, Selection, Write, Written
from crosstie.settings import Secret
from crosstie.state import Store


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

    def get_secret(self, name: str) -> Secret | None:
        """The secret kept under this name, or None."""

    def set_secret(self, name: str, secret: Secret) -> None:
        """Keep a secret durably under this name, encrypted (a rotated refresh token)."""


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
    def store(self) -> Store:
        """The tables of the plugin."""

    def emit(self, events: Iterable[Event]) -> int:
        """Tell what happened here; automations deal with it. Returns how many were new.

        Inside a transaction of `store` they are kept with it, or not at all.
        """

    def act(self, place: str, parameters: Mapping[str, Any], once: str) -> Row:
        """Do a deed on another system of the config, such as ``shop.create_coupon``, once.

        Raises what doing it raises: `UncertainError` when it may have been done, another
        `RecordError` when it is refused, a `FlowError` when it cannot be done now, `ConfigError`
        for wrong parameters. The same call tries again, or tells what came of it.
        """

    @property
    def log(self) -> logging.Logger:
        """Where the connector logs to; secrets are taken out."""

    def http(
        self,
        base_url: str,
        *,
        auth: HttpAuth | None = None,
        headers: Mapping[str, str] | None = None,
        rate: Rate | ToldRate | None = None,
    ) -> Http:
        """An HTTP client for this system: time-outs, retries, redaction; never follows redirects.

        It may be used from several threads; the core closes it.
        With `rate` its requests are spread, together with those of all other clients of this
        system, in whichever process, so that the system's limit is kept; with a `ToldRate` they
        rest when the system's answers say so.
        """

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Be the only one, of all workers of this system in all processes, for a short while.

        For what must not be done twice at once, such as using up a refresh token.
        `name` tells one such thing from another.
        """

    def derive(self, text: str) -> bytes:
        """32 bytes made of this text and the project's own secret: the same each time, on every
        machine that has the secret, and nothing that anybody else could guess.

        For codes that must come out the same when a deed is tried again.
        """

    def redact(self, secret: Secret) -> None:
        """From now on take this secret out of logs and errors (a token got while running)."""


class Connector(Protocol):
    """One kind of system: an attrs class whose fields are the settings.

    `streams_offered` and `tables_offered` are the names that a config may use; None stands for
    names known only to the system itself; such a connector may name the tables that are there in
    any case in `tables_known`.
    A connector whose system sends webhooks names their events in `events_offered`, a tuple as
    above; None stands for events of any name.
    A connector may say in `usual_name` what its system is mostly called in a config (``shop``),
    for `crosstie init`; else that is its kind. In `usual_tables` it may say which table a stream
    of another name is mostly written into; the flow is called as the table then.
    Its tables that are `Limited` it names in `tables_limited`, because a first config does not let
    the clock run a flow for which somebody has to choose dates.
    A system that belongs into every first config, whatever that ties, such as a mail server in its
    dry mode, says in `in_first_config` what stands there: a tuple of `Advice`.
    """

    kind: ClassVar[str]
    streams_offered: ClassVar[tuple[str, ...] | None]
    tables_offered: ClassVar[tuple[str, ...] | None]

    def connect(self, env: Env) -> Live:
        """Return a connected system. It may be lazy: errors may also come with the first use."""


Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


def each(one: Callable[[Argument], Answer]) -> Callable[[Sequence[Argument]], list[Answer]]:
    """Turn a function on one row into the function on many that `find` and `write` want."""

    def many(arguments: Sequence[Argument]) -> list[Answer]:
        return [one(argument) for argument in arguments]

    return many
