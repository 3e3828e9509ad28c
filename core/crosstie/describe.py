"""What `crosstie describe KIND` prints: a connector, told from its own declarations."""

import inspect
import json
from collections.abc import Iterable, Iterator

from crosstie.connectors import Connector
from crosstie.event_kinds import POLLED, polled_kinds, received_kinds
from crosstie.plugins import Plugins
from crosstie.settings import Setting, as_written, settings_of, type_text


def describe_kind(plugins: Plugins, kind: str) -> str:
    """What this kind of system is and offers; raises `PluginError` for an unknown kind."""
    connector = plugins.connector(kind)
    lines = [f"{kind}: {_summary(connector)}"]
    lines += _section("Settings", _settings(settings_of(connector)))
    if kind in plugins.sources:
        streams = connector.streams_offered
        told = ["those that the system itself has"] if streams is None else streams
        lines += _section("Streams to read", told)
    if kind in plugins.sinks:
        offered = connector.tables_offered
        known = getattr(connector, "tables_known", ())
        told = [*known, "those that the system itself has"] if offered is None else offered
        lines += _section("Tables to write", told)
    lines += _section("Events", _events(connector))
    actions = sorted(name for name, action in plugins.actions.items() if action.on == kind)
    for name in actions:
        action = plugins.actions[name]
        about = [_summary(action), *_settings(settings_of(action))]
        lines += _section(f"Action {name}", about)
    return "\n".join(lines)


def _summary(thing: type) -> str:
    """The first line of a class's docstring."""
    return (inspect.getdoc(thing) or "(not documented)").splitlines()[0]


def _events(connector: type[Connector]) -> Iterator[str]:
    """How each kind of event comes to be known."""
    for kind in polled_kinds(connector.streams_offered):
        yield f"{kind}: noticed by looking at {' and '.join(POLLED[kind].streams)}"
    received = received_kinds(connector)
    for kind in ("of any name",) if received is None else received:
        yield f"{kind}: received"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    listed = list(lines)
    return ["", title, *(f"  {line}" for line in listed)] if listed else []


def _settings(settings: Iterable[Setting]) -> Iterator[str]:
    """Two lines for each setting, the required ones first."""
    for setting in sorted(settings, key=lambda setting: not setting.required):
        given = "required"
        if not setting.required:
            default = as_written(setting.default)
            given = "optional" if default is None else f"default {json.dumps(default)}"
        yield f"{setting.name}: {type_text(setting.type)}; {given}"
        yield f"  {setting.doc}"
