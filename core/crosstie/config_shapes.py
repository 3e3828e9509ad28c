"""The shape of `crosstie.toml`: its tables as attrs classes, each key with its documentation.

The config is read into these, its schema and its documentation are made from them.
What a system's table holds besides `use` is declared by its connector.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import attrs

from crosstie.settings import Setting, setting, settings_of, type_text
from crosstie.templates import Template

Interval = timedelta | Literal[False]
"""A duration, or false for never."""

Entry = Literal["event", "customer"] | timedelta
"""How often the same one may enter an automation."""


@attrs.frozen
class Place:
    """A stream or table of a configured system, written ``"shop.customers"``."""

    system: str
    name: str

    def __str__(self) -> str:
        return f"{self.system}.{self.name}"


@attrs.frozen
class TopTable:
    """The settings at the top of the file, above all tables."""

    state: Path | None = setting("The state file; crosstie.db beside the config", default=None)
    keep_outcomes: timedelta = setting(
        "How long the outcome of each record is kept", default=timedelta(days=90)
    )


@attrs.frozen
class FlowTable:
    """One flow: ``[flows.NAME]``."""

    read: Place = setting('The stream to read, as "system.stream"')
    write: Place = setting('The table to write, as "system.table"')
    every: timedelta | None = setting("How often `serve` runs it; else by hand only", default=None)
    set: dict[str, Template] = setting(
        "Fields of the row, added to or instead of what is mapped anyway",
        default=attrs.Factory(dict),
    )
    mapping: str | None = setting("A mapping that a plugin registers, by name", default=None)
    match: tuple[str, ...] = setting(
        "Fields that recognise a row that was there before; else the table's own", default=()
    )
    filters: dict[str, tuple[str, ...]] = setting(
        "Which records to read: a name that the stream knows, with the values that pass",
        default=attrs.Factory(dict),
    )
    filter: Template | None = setting(
        "Which of them to write: an expression, {{ … }}, that is true for these", default=None
    )
    windows: bool = setting(
        "Whether a range of dates longer than the table allows is sent in parts", default=False
    )
    older: bool = setting(
        "Whether dates longer ago than the table allows may be chosen", default=False
    )
    again: bool = setting(
        "Whether a run over dates sends again what was sent before, changed or not", default=False
    )
    on_match: Literal["update", "skip"] = setting(
        "What becomes of a row that is there already: it follows the source, or is left alone",
        default="update",
    )
    once_only: bool = setting(
        "Whether the flow refuses to run again once everything has been written", default=False
    )
    reconcile: Interval = setting(
        "How often source and sink are compared in full, for what the source hides; or false",
        default=timedelta(hours=24),
    )
    on_delete: Literal["keep", "mark", "delete"] = setting(
        "What becomes of a row whose record is gone", default="keep"
    )
    mark: dict[str, Template] = setting(
        'Fields that mark such a row, with on_delete = "mark"', default=attrs.Factory(dict)
    )


DEEDS = ("do", "wait", "wait_until", "emit")


@attrs.frozen
class StepTable:
    """One step of an automation: exactly one of `do`, `wait`, `wait_until` and `emit`."""

    do: Place | None = setting('The action to do, as "system.action"', default=None)
    wait: timedelta | None = setting("How long to wait", default=None)
    wait_until: Template | None = setting("The time to wait for", default=None)
    emit: str | None = setting(
        "The event to emit: another automation begins with it, as crosstie.NAME", default=None
    )
    with_: dict[str, object] = setting(
        "The action's parameters, or what the event tells; texts in it are templates",
        default=attrs.Factory(dict),
    )
    save: str | None = setting(
        "The name under which templates of later steps know what came of it", default=None
    )
    when: Template | None = setting("Whether it is done at all", default=None)
    otherwise: tuple["StepTable", ...] = setting(
        "Steps that are done in its place where `when` is not true", default=()
    )


@attrs.frozen
class AutomationTable:
    """One automation: ``[automations.NAME]``."""

    on: Place = setting(
        'The event that begins it, as "system.event"; or "crosstie.NAME", which a step emits'
    )
    steps: tuple[StepTable, ...] = setting("What is done, one after the other")
    after: timedelta | None = setting(
        "How long a cart has to rest to be abandoned; for cart_abandoned only", default=None
    )
    when: Template | None = setting("Whether an event begins it", default=None)
    every: timedelta = setting(
        "How often a system is looked at whose events are noticed by looking",
        default=timedelta(minutes=1),
    )
    from_: Literal["now", "beginning"] = setting(
        "Whether what was there at the first look begins it too", default="now"
    )
    entry: Entry = setting(
        "How often the same customer may enter: with each event, once, or again after so long",
        default="event",
    )
    per: Template | None = setting(
        "Who counts as the same customer; else the person whom the event is about", default=None
    )
    stop: Place | None = setting(
        "An event of the same customer that ends what is under way", default=None
    )
    stop_when: Template | None = setting(
        "Whether such an event does; `stop` knows it, other names are as in steps", default=None
    )


def settings_in(table: type) -> tuple[Setting, ...]:
    """The settings of a table of the file; the underscore of a name such as `with_`, which Python
    keeps for itself, is left out.
    """
    return tuple(
        attrs.evolve(setting, name=setting.name.removesuffix("_")) for setting in settings_of(table)
    )


SHAPE_TEXTS: dict[Any, str] = {
    Place: '"system.name", such as "shop.customers"',
    Template: "an expression, {{ … }}",
    Interval: f"{type_text(timedelta)}, or false",
    Entry: f'"event", "customer" or {type_text(timedelta)}',
    tuple[StepTable, ...]: "a list of steps, each one a table",
    dict[str, object]: "a table of what JSON can say",
    dict[str, Template]: "a table of texts or templates",
}


def shape_text(declared: Any) -> str:
    """What a value of this type is called in a sentence; knows this module's types too."""
    return SHAPE_TEXTS.get(declared) or type_text(declared)
