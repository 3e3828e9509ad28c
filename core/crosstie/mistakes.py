"""How a mistake is told: where it is, what is wrong, and which name may have been meant."""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

LISTED = 12
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Mistakes:
    """Every mistake found in one file so far, each a sentence that names file, table and field.

    `file` may also be another name for where the values come from.
    """

    def __init__(self, file: Path | str) -> None:
        self.file = file
        self._found: list[str] = []
        self._reasons: dict[str, None] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """All sentences: the mistakes in the order in which they were found, then the reasons."""
        return (*self._found, *self._reasons)

    def add(self, table: Sequence[str], field: str | None, text: str) -> None:
        """Note a mistake; `field` is None when it is about the whole table."""
        words = [f"[{'.'.join(map(_written, table))}]"] if table else []
        if field is not None:
            words.append(_written(field))
        self._found.append(": ".join([str(self.file), *([" ".join(words)] if words else []), text]))

    def blame(self, reasons: Iterable[object]) -> None:
        """Tell these as well, once each: they may be why a name is not known."""
        self._reasons.update(dict.fromkeys(map(str, reasons)))


def _written(key: str) -> str:
    """A key as TOML writes it."""
    return key if BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def suggestion(wrong: str, valid: Iterable[str], *, else_all: bool = True) -> str:
    """A clause to put after "unknown …": the nearest name, else the names there are, else nothing.

    It begins with its own semicolon: ``"; did you mean 'timeout'?"``. Names that are too many or
    not ours to show are not listed without `else_all`.
    """
    names = sorted(set(valid))
    lowered = {name.lower(): name for name in names}
    if close := get_close_matches(wrong.lower(), lowered, n=1, cutoff=0.6):
        return f"; did you mean {lowered[close[0]]!r}?"
    if not names or not else_all:
        return ""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"; there is {', '.join(map(repr, names[:LISTED]))}{more}"
