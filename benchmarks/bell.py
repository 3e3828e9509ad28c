"""A bell: a system whose only action tells a Unix socket, at once, that it has been started.

The benchmark puts it beside a config, as `crosstie_plugins.py`.
"""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs

from crosstie import Connector, Env, Row, Stream, Table, hookimpl, setting
from crosstie.actions import Action


@attrs.frozen
class Bell:
    """Whoever listens at the socket."""

    kind: ClassVar[str] = "bell"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    path: Path = setting("The socket")

    def connect(self, env: Env) -> "Bell":
        """See `crosstie.Connector`."""
        return self

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        return {}

    def close(self) -> None:
        """See `crosstie.Live`."""


@attrs.frozen
class Ring:
    """Rings."""

    name: ClassVar[str] = "ring"
    on: ClassVar[str] = "bell"
    repeats: ClassVar[bool] = True

    mark: str = setting("What is told")

    def run(self, system: Bell, once: str) -> Row:
        """See `crosstie.Action`."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
            bell.sendto(self.mark.encode(), str(system.path))
        return {}


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """The bell."""
    return [Bell]


@hookimpl
def register_actions() -> Sequence[type[Action | Any]]:
    """Its action."""
    return [Ring]
