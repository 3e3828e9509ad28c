"""What the core lends a connector: its HTTP clients, clock, memory, log and turns alone."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs

from crosstie.clock import Clock
from crosstie.config import SystemConfig
from crosstie.http import Http, HttpAuth
from crosstie.leasing import held
from crosstie.project import Project
from crosstie.settings import timeout_of
from crosstie.state import State

PATIENCE = 600.0


@attrs.frozen
class KeptMemory:
    """A connector's `Memory` in the state."""

    state: State
    system: str

    def get(self, name: str) -> str | None:
        """See `Memory`."""
        return self.state.recall(self.system, name)

    def set(self, name: str, text: str) -> None:
        """See `Memory`."""
        if self.state.recall(self.system, name) != text:
            self.state.keep(self.system, name, text)


@attrs.frozen
class LentEnv:
    """The `Env` of one connected system; `close` closes the HTTP clients it made."""

    config: SystemConfig
    project: Project
    state: State
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
        return KeptMemory(self.state, self.system)

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
    ) -> Http:
        """See `Env`."""
        client = Http(
            base_url,
            clock=self.clock,
            log=self.log,
            redact=self.project.redact,
            auth=auth,
            headers=headers,
            timeout=timeout_of(self.config.connector),
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

    def close(self) -> None:
        """Close what was lent."""
        for client in self.clients:
            client.close()
