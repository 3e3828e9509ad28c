"""The shape of `crosstie.toml`: its tables as attrs classes, each key with its documentation.

The config is read into these, its schema and its documentation are made from them.
What a system's table holds besides `use` is declared by its connector.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import attrs

from crosstie.settings import setting, type_text
from crosstie.templates import Template

Interval = timedelta | Literal[False]
"""A duration, or false for never."""


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


SHAPE_TEXTS: dict[Any, str] = {
    Place: '"system.name", such as "shop.customers"',
    Template: "an expression, {{ … }}",
    Interval: f"{type_text(timedelta)}, or false",
    dict[str, Template]: "a table of texts or templates",
}


def shape_text(declared: Any) -> str:
    """What a value of this type is called in a sentence; knows this module's types too."""
    return SHAPE_TEXTS.get(declared) or type_text(declared)
