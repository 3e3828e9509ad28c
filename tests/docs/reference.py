"""Reference tables made from the code, for the marks in the pages; `generate` fills them in."""

import inspect
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from crosstie import errors, hookspecs
from crosstie.clock import SystemClock
from crosstie.commerce import vocabulary_name
from crosstie.config_shapes import (
    AutomationTable,
    Entry,
    FlowTable,
    Interval,
    Place,
    StepTable,
    TopTable,
    settings_in,
)
from crosstie.event_kinds import POLLED, received_kinds
from crosstie.plugins import Plugins, load_plugins
from crosstie.settings import Secret, Setting, as_written, settings_of
from crosstie.state import open_state
from crosstie.templates import Template

KINDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    Decimal: "decimal",
    timedelta: "duration",
    date: "date",
    datetime: "time with its zone",
    Path: "path",
    ZoneInfo: "time zone",
    Secret: "secret",
    Place: "system.name",
    Interval: "duration, or false",
    Entry: "`event`, `customer` or duration",
    Template: "expression",
    tuple[StepTable, ...]: "list of steps",
    dict[str, object]: "table",
    tuple[str, ...]: "list of texts",
    dict[str, str]: "table of texts",
    dict[str, Template]: "table of templates",
    dict[str, tuple[str, ...]]: "table of lists",
    object: "whatever JSON can say",
}


def top_settings() -> str:
    """The settings at the top of the config."""
    return _settings(settings_of(TopTable))


def flow_settings() -> str:
    """The settings of a flow."""
    return _settings(settings_of(FlowTable))


def automation_settings() -> str:
    """The settings of an automation."""
    return _settings(settings_in(AutomationTable))


def step_settings() -> str:
    """The settings of a step of an automation."""
    return _settings(settings_in(StepTable))


def polled_events() -> str:
    """The events that are noticed by looking, with the names that templates know of them."""
    rows = (
        (
            f"`{name}`",
            " and ".join(f"`{stream}`" for stream in kind.streams),
            ", ".join(f"`{one}`" for one in (vocabulary_name(kind.thing), *kind.more)),
        )
        for name, kind in POLLED.items()
    )
    return table(("event", "for a system that has", "templates know"), rows)


def settings(kind: str) -> str:
    """The settings of a kind of system."""
    return _settings(settings_of(installed().connector(kind)))


def parameters(action: str) -> str:
    """The parameters of an action, such as ``prestashop.create_coupon``."""
    return _settings(settings_of(installed().actions[action]))


def offers(kind: str) -> str:
    """What a config may name of a kind of system: its streams, tables, events and actions."""
    plugins = installed()
    connector = plugins.connector(kind)
    parts = ["## What a config may name"]
    if kind in plugins.sources and connector.streams_offered != ():
        parts.append(f"Streams to read: {_names(connector.streams_offered or ())}.")
    if kind in plugins.sinks:
        offered: Iterable[str] | None = connector.tables_offered
        known = getattr(connector, "tables_known", ()) if offered is None else offered
        more = "; any other that the system itself knows" if offered is None else ""
        parts.append(f"Tables to write: {_names(known) or 'none by name'}{more}.")
    if (received := received_kinds(connector)) != ():
        parts.append(f"Events that it posts: {_names(received or ()) or 'of any name'}.")
    found = {name: one for name, one in plugins.actions.items() if one.on == kind}
    for name, action in sorted(found.items()):
        title = f"### Action {name.partition('.')[2]}"
        parts += [title, prose(action), _settings(settings_of(action))]
    return "\n\n".join(parts) if len(parts) > 1 else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def installed() -> Plugins:
    """Every plugin that is installed here."""
    return load_plugins()


def _settings(listed: Sequence[Setting]) -> str:
    rows = (
        (f"`{one.name}`", cell(one.doc), cell(_kind(one.type)), _default(one))
        for one in sorted(listed, key=lambda one: not one.required)
    )
    return table(("setting", "meaning", "is", "default"), rows)


def _kind(declared: Any) -> str:
    if get_origin(declared) is Literal:
        return " or ".join(f"`{json.dumps(choice)[1:-1]}`" for choice in get_args(declared))
    return KINDS[declared]


def _default(one: Setting) -> str:
    written = as_written(one.default)
    if one.required:
        return "required"
    if written in (None, "", [], {}):
        return ""
    return f"`{written if isinstance(written, str) else json.dumps(written)}`"


def error_tree() -> str:
    """The tree of errors, as the code draws it."""
    drawn = inspect.cleandoc(errors.__doc__ or "").split("::\n\n")[1].split("\n\n")[0]
    return f"```text\n{inspect.cleandoc(drawn)}\n```"


def error_classes() -> str:
    """Each error with what it promises."""
    found = [one for one in vars(errors).values() if inspect.isclass(one)]
    ours = [one for one in found if issubclass(one, errors.CrosstieError)]
    rows = (
        (f"`{one.__name__}`", f"`{getattr(one, 'kind', '')}`".replace("``", ""), cell(prose(one)))
        for one in ours
    )
    return table(("error", "set aside as", "meaning"), rows)


def hooks() -> str:
    """Each hook with its signature and its sentence."""
    parts = []
    for name, hook in vars(hookspecs).items():
        if name.startswith("register_"):
            parts += [f"### {name}", _signature(name, hook), prose(hook)]
    return "\n\n".join(parts)


def _signature(name: str, hook: Any) -> str:
    text = str(inspect.signature(hook)).replace("collections.abc.", "").replace("typing.", "")
    for module in ("crosstie.connectors.", "crosstie.abilities.", "crosstie.records."):
        text = text.replace(module, "")
    return f"```text\ndef {name}{text}\n```"


def columns(name: str) -> str:
    """The columns of a table of the state, those of its key marked."""
    with _state() as db:
        rows = db.execute(f'PRAGMA table_info("{name}")').fetchall()
    assert rows, f"the state has no table {name!r}"
    told = ((f"`{row[1]}`", row[2].lower(), "key" if row[5] else "") for row in rows)
    return table(("column", "is", ""), told)


def state_tables() -> list[str]:
    """The names of all tables of the state."""
    with _state() as db:
        found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [name for (name,) in found]


def _state() -> "closing[sqlite3.Connection]":
    """A new state, as the first run makes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crosstie.db"
        open_state(path, SystemClock(), {}).close()
        memory = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as written:
            written.backup(memory)
    return closing(memory)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(_lines(head, rows))


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def cell(text: str) -> str:
    """A text as it may stand in a table's cell."""
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


def prose(thing: Any) -> str:
    """A docstring, with code marked as Markdown does."""
    return (inspect.getdoc(thing) or "").replace("``", "`")
