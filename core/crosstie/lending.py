"""What the core lends a connector: its HTTP clients, clock, memory, log and turns alone."""

import logging
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie.clock import Clock
from crosstie.config import SystemConfig
from crosstie.errors import UnavailableError
from crosstie.happening import row_of
from crosstie.http import Http, HttpAuth, Rate, ToldRate
from crosstie.incoming import Event
from crosstie.leasing import held
from crosstie.project import Project
from crosstie.records import Row
from crosstie.redaction import Redaction
from crosstie.settings import Secret, timeout_of
from crosstie.state import State, Store
from crosstie.vault import Vault

Doing = Callable[[str, Mapping[str, Any], str], Row]
"""Does a deed on some system: its place, its parameters and its once."""

PATIENCE = 600.0
SEALED = "secret: "


def not_here(place: str, *_: object) -> Row:
    """Refuse to act, where systems are only looked at."""
    raise UnavailableError(f"{place}: nothing is done in a dry run")


@attrs.frozen
class KeptMemory:
    """A connector's `Memory` in the state; its secrets are sealed by `vault`."""

    state: State
    system: str
    vault: Vault
    redact: Redaction
    log: logging.Logger

    def get(self, name: str) -> str | None:
        """See `Memory`."""
        return self.state.recall(self.system, name)

    def set(self, name: str, text: str) -> None:
        """See `Memory`."""
        if self.state.recall(self.system, name) != text:
            self.state.keep(self.system, name, text)

    # Secrets are read and kept in the state that all processes see, also in a dry run: they are
    # between the system and us, and a refresh token that is used up and whose successor is thrown
    # away would lock the user out.

    def get_secret(self, name: str) -> Secret | None:
        """See `Memory`; one whose key is lost counts as not kept, and the log says so."""
        sealed = self.state.shared().recall(self.system, SEALED + name)
        if sealed is None:
            return None
        secret = self.vault.open(sealed)
        if secret is None:
            self.log.warning(
                "%r was kept sealed, and cannot be read: %s is lost or another. Put back a copy of "
                "it; without, %s signs in as if for the first time.",
                *(name, self.vault.key, self.system),
            )
            return None
        self.redact.learn(secret)
        return secret

    def set_secret(self, name: str, secret: Secret) -> None:
        """See `Memory`."""
        self.redact.learn(secret)
        self.state.shared().keep(self.system, SEALED + name, self.vault.seal(secret))


@attrs.frozen
class SharedTurns:
    """The `Turns` of a system, which all its workers in all processes and dry runs share."""

    state: State
    system: str
    rate: Rate | ToldRate

    def take(self) -> float:
        """See `Turns`."""
        if isinstance(self.rate, ToldRate):
            return self.state.take_turn(self.system, timedelta(0), 1)
        return self.state.take_turn(self.system, self.rate.every, self.rate.burst)

    def rest(self, until: datetime) -> None:
        """See `Turns`."""
        self.state.rest(self.system, until)


@attrs.frozen
class LentEnv:
    """The `Env` of one connected system; `close` closes the HTTP clients it made."""

    config: SystemConfig
    project: Project
    state: State
    doing: Doing = not_here
    clients: list[Http] = attrs.field(factory=list)

    @property
    def system(self) -> str:
        """See `Env`."""
        return self.config.name

    @property
    def clock(self) -> Clock:
        """See `Env`."""
        return self.project.clock

    @property
    def memory(self) -> KeptMemory:
        """See `Env`."""
        return KeptMemory(self.state, self.system, self._vault, self.project.redact, self.log)

    @property
    def log(self) -> logging.Logger:
        """See `Env`."""
        return logging.getLogger(f"crosstie.{self.system}")

    def http(
        self,
        base_url: str,
        *,
        auth: HttpAuth | None = None,
        headers: Mapping[str, str] | None = None,
        rate: Rate | ToldRate | None = None,
    ) -> Http:
        """See `Env`."""
        if isinstance(auth, tuple):
            self.redact(Secret(b64encode(":".join(auth).encode()).decode()))
        client = Http(
            base_url,
            clock=self.clock,
            log=self.log,
            redact=self.project.redact,
            auth=auth,
            headers=headers,
            timeout=timeout_of(self.config.connector),
            turns=SharedTurns(self.state.shared(), self.system, rate) if rate else None,
            told=rate if isinstance(rate, ToldRate) else None,
        )
        self.clients.append(client)
        return client

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See `Env`; also in a dry run, which uses up the same tokens as a real one.

        Raises `LeaseError` when another one does not end within ten minutes.
        """
        project, lease = self.project, f"system {self.system}: {name}"
        refused = f"{lease} is in the hands of {{holder}}: wait until it ends, or stop it"
        state = self.state.shared()
        with held(state, project.clock, project.stop, lease, patience=PATIENCE, refused=refused):
            yield

    @property
    def store(self) -> Store:
        """See `Env`."""
        return self.state.store()

    def emit(self, events: Iterable[Event]) -> int:
        """See `Env`."""
        now = self.clock.now()
        return self.state.add_events(row_of(event, self.system, now) for event in events)

    def act(self, place: str, parameters: Mapping[str, Any], once: str) -> Row:
        """See `Env`."""
        return self.doing(place, parameters, f"{self.system}: {once}")

    def derive(self, text: str) -> bytes:
        """See `Env`."""
        return self._vault.derive(f"{self.system} {text}")

    @property
    def _vault(self) -> Vault:
        return Vault.beside(self.project.config.state)

    def redact(self, secret: Secret) -> None:
        """See `Env`."""
        self.project.redact.learn(secret)

    def close(self) -> None:
        """Close what was lent."""
        for client in self.clients:
            client.close()
