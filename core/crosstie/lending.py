"""What the core lends a connector: its HTTP clients, clock, memory and log."""

import logging
from collections.abc import Callable, Mapping

import attrs

from crosstie.clock import Clock
from crosstie.config import SystemConfig
from crosstie.http import Http, HttpAuth
from crosstie.settings import timeout_of
from crosstie.state import State


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
    clock: Clock
    memory: KeptMemory
    log: logging.Logger
    redact: Callable[[str], str]
    clients: list[Http] = attrs.field(factory=list)

    @property
    def system(self) -> str:
        """The system's name in the config."""
        return self.config.name

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
            redact=self.redact,
            auth=auth,
            headers=headers,
            timeout=timeout_of(self.config.connector),
        )
        self.clients.append(client)
        return client

    def close(self) -> None:
        """Close what was lent."""
        for client in self.clients:
            client.close()
