"""What the core lends a connector, without the core: for an author's own small tests::

with closing(Surroundings()) as env:
    live = Acme(url=server.url, token=Secret("t")).connect(env)
"""

import hmac
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from crosstie.clock import Clock
from crosstie.http import Http, HttpAuth, HttpTransport, Rate, ToldRate
from crosstie.incoming import Event
from crosstie.records import Row
from crosstie.settings import Secret
from crosstie.state import Migration, Store, scratch_state
from crosstie.testing.clock import SimulatedClock


@attrs.define
class Notes:
    """A memory that lasts as long as the test."""

    texts: dict[str, str] = attrs.field(factory=dict)
    secrets: dict[str, Secret] = attrs.field(factory=dict)

    def get(self, name: str) -> str | None:
        """See `Memory`."""
        return self.texts.get(name)

    def set(self, name: str, text: str) -> None:
        """See `Memory`."""
        self.texts[name] = text

    def get_secret(self, name: str) -> Secret | None:
        """See `Memory`."""
        return self.secrets.get(name)

    def set_secret(self, name: str, secret: Secret) -> None:
        """See `Memory`."""
        self.secrets[name] = secret


@attrs.define(slots=False)
class Surroundings:
    """An `Env` in memory. `timeout` is in seconds; `transport` stands in for the network.

    `migrations` make the tables of `store`, `events` are those that were emitted, and `deeds` what
    was asked of other systems, by `does`.
    A `rate` is noted in `rates` and not kept: nothing waits. `close` closes what was lent.
    """

    system: str = "system"
    clock: Clock = attrs.field(factory=SimulatedClock)
    memory: Notes = attrs.field(factory=Notes)
    log: logging.Logger = attrs.field(factory=lambda: logging.getLogger("crosstie.system"))
    timeout: float = 5.0
    transport: HttpTransport | None = None
    rates: list[Rate | ToldRate] = attrs.field(factory=list)
    redacted: list[Secret] = attrs.field(factory=list)
    migrations: Sequence[Migration] = ()
    events: list[Event] = attrs.field(factory=list)
    deeds: list[tuple[str, Mapping[str, Any], str]] = attrs.field(factory=list)
    does: Callable[[str, Mapping[str, Any], str], Row] = lambda *_: {}
    _clients: list[Http] = attrs.field(factory=list)
    _lock: threading.RLock = attrs.field(factory=threading.RLock)

    def http(
        self,
        base_url: str,
        *,
        auth: HttpAuth | None = None,
        headers: Mapping[str, str] | None = None,
        rate: Rate | ToldRate | None = None,
    ) -> Http:
        """See `Env`."""
        if rate is not None:
            self.rates.append(rate)
        client = Http(
            base_url,
            clock=self.clock,
            log=self.log,
            auth=auth,
            headers=headers,
            timeout=self.timeout,
            transport=self.transport,
        )
        self._clients.append(client)
        return client

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See `Env`."""
        with self._lock:
            yield

    @cached_property
    def store(self) -> Store:
        """See `Env`."""
        state = scratch_state(Path("nowhere.db"), self.clock, {"plugin": self.migrations})
        return state.store()

    def emit(self, events: Iterable[Event]) -> int:
        """See `Env`; an event that was emitted before is not new."""
        known = {(event.kind, event.key, event.version) for event in self.events}
        new = [one for one in events if (one.kind, one.key, one.version) not in known]
        self.events += new
        return len(new)

    def act(self, place: str, parameters: Mapping[str, Any], once: str) -> Row:
        """See `Env`."""
        self.deeds.append((place, parameters, once))
        return self.does(place, parameters, once)

    def derive(self, text: str) -> bytes:
        """See `Env`: the project's secret here is ``secret``."""
        return hmac.digest(b"secret", f"{self.system} {text}".encode(), "sha256")

    def redact(self, secret: Secret) -> None:
        """See `Env`."""
        self.redacted.append(secret)

    def close(self) -> None:
        """Close every client that was lent."""
        for client in self._clients:
            client.close()
