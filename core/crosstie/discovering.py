"""Discovering: which fields a table or stream has, as the system tells. Changes nothing."""

from collections.abc import Mapping
from contextlib import closing
from typing import Literal

import attrs

from crosstie.abilities import Discovers
from crosstie.connectors import Live
from crosstie.errors import ConfigError
from crosstie.mistakes import suggestion
from crosstie.pools import Pools
from crosstie.project import Project

Kind = Literal["table", "stream"]


@attrs.frozen
class Discovered:
    """The fields of a table or a stream: name to a short text."""

    kind: Kind
    fields: Mapping[str, str]


def discover(project: Project, place: str) -> list[Discovered]:
    """The fields of what is called ``system.name``: one entry, or two where table and stream are.

    Raises `ConfigError` when there is no such place, or when it cannot tell its fields.
    """
    system, _, name = place.partition(".")
    systems = project.config.systems
    if system not in systems:
        raise ConfigError([f"unknown system {system!r}{suggestion(system, systems)}"])

    def ask(live: Live) -> list[Discovered]:
        return _told(live, system, name)

    with closing(project.scratch()) as state, closing(Pools(project, state)) as pools:
        return pools.reader(system).call(ask).result()


def _told(live: Live, system: str, name: str) -> list[Discovered]:
    places: dict[Kind, Mapping[str, object]] = {"table": live.tables(), "stream": live.streams()}
    there = {kind: named[name] for kind, named in places.items() if name in named}
    if not there:
        hint = suggestion(name, [one for named in places.values() for one in named])
        raise ConfigError([f"{system} has no table or stream {name!r}{hint}"])
    found = [
        Discovered(kind, thing.fields())
        for kind, thing in there.items()
        if isinstance(thing, Discovers)
    ]
    if not found:
        raise ConfigError([f"{system}.{name} cannot tell its fields: see what its plugin says"])
    return found
