"""What a source told, and what is in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from crosstie.records import Checkpoint, Record, Ref

MOST_SHOWN = 5


@attrs.frozen
class Told:
    """What one read told, in its order; `error` is what ended it before its time."""

    things: Sequence[Record | Checkpoint]
    error: Exception | None = None

    @property
    def records(self) -> list[Record]:
        """The records."""
        return [thing for thing in self.things if isinstance(thing, Record)]

    @property
    def keys(self) -> list[str]:
        """The records' keys, as often as they were told."""
        return [record.key for record in self.records]

    @property
    def latest(self) -> dict[str, Record]:
        """Key to what was told last under it."""
        return {record.key: record for record in self.records}

    @property
    def end(self) -> str | None:
        """The last checkpoint's cursor; None where none was told."""
        cursors = [thing.cursor for thing in self.things if isinstance(thing, Checkpoint)]
        return cursors[-1] if cursors else None

    def places(self) -> Iterator[tuple[str, list[Record], list[Record]]]:
        """Each cursor, the records told before it, and those between it and the next one."""
        marks = [place for place, one in enumerate(self.things) if isinstance(one, Checkpoint)]
        for mark, following in zip(marks, [*marks[1:], len(self.things)], strict=True):
            checkpoint = self.things[mark]
            assert isinstance(checkpoint, Checkpoint)
            before, after = Told(self.things[:mark]), Told(self.things[mark:following])
            yield checkpoint.cursor, before.records, after.records


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every single value within a record's data, with its path such as ``data.lines[0].price``."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}")
    elif isinstance(value, list | tuple | set | frozenset):
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}[{number}]")
    elif isinstance(value, Ref):
        if value.embedded is not None:
            yield from leaves(value.embedded, path)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    else:
        yield path, value


def texts_in(data: Any) -> set[str]:
    """Every text within a record's data."""
    return {leaf for _, leaf in leaves(data, "") if isinstance(leaf, str)}


def listed(names: Iterable[object]) -> str:
    """Some names in a sentence, not too many."""
    known = [str(name) for name in names]
    more = len(known) - MOST_SHOWN
    return ", ".join(known[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
