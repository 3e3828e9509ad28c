"""How things are printed: what comes from a system is cleaned of control characters first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from crosstie.canonical import canonical
from crosstie.options import COUNTS

WORDS = {
    "aside": "set aside",
    "conflict": "there already",
    "filtered": "filtered out",
    "drift": "drifted",
    "embedded": "written along",
}


def clean(text: str) -> str:
    """The text on one line and without control characters, which could act on a terminal."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def shown(value: Any) -> str:
    """A value of a row on one line; nothing is shown as a dash."""
    if value is None or value == "":
        return "–"
    return clean(value if isinstance(value, str) else canonical(value).strip('"'))


def local(moment: datetime) -> str:
    """A time to the second, in this machine's zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words: how many were read, and what else there was."""
    told = [name for name in COUNTS if name == "read" or counts.get(name)]
    return ", ".join(f"{counts.get(name, 0):,} {WORDS.get(name, name)}" for name in told)


def print_json(value: Any) -> None:
    """Print one JSON object on a line of its own."""
    click.echo(canonical(value))


def print_table(rows: Iterable[Sequence[str]], *, indent: str = "") -> None:
    """Print rows in columns, the last of which may be of any length."""
    listed = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        *cells, last = row
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
        click.echo(indent + "  ".join([*padded, last]).rstrip())


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The fields of nested data as (dotted name, value); what is not known is left out.

    What points to another record is shown as that record's stream and key.
    """
    if isinstance(value, Mapping) and set(value) == {"$ref"}:
        yield name, f"→ {shown(' '.join(value['$ref'][:2]))}"
        return
    if isinstance(value, Mapping):
        parts: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        if value is not None:
            yield name, shown(value)
        return
    for part, inner in parts:
        yield from flattened(inner, f"{name}.{part}" if name else str(part))
