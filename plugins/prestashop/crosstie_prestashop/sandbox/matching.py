"""How MySQL compares, as far as the webservice's filters and sorts show it.

Text is compared by the database's collation: without case, without accents, without blanks at the
end. Numbers are compared with whatever digits a text begins with. NULL matches nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import attrs

from crosstie_prestashop.sandbox.resources import NUMBERS, Field

_FILTER = re.compile(r"^(.*)\[(.*)\](.*)$", re.DOTALL)
_INTERVAL = re.compile(r"^([\d.:\-\s]+),([\d.:\-\s]+)$")
_DIGITS = re.compile(r"^\s*[-+]?(\d+\.?\d*|\.\d+)")
_TIME = re.compile(r"^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?\s*$")


@attrs.frozen(slots=True)
class Condition:
    """One filter, understood: `kind` is in, between, above, below, not or like."""

    kind: str
    values: tuple[str, ...]


def understand(text: str) -> Condition | None:
    """The condition of a filter's text; None when the webservice would silently drop it.

    So it does with a value that has brackets of its own (observed on 8.2.1 and 1.7.8.11).
    """
    parts = _FILTER.match(text)
    if parts is None:
        return Condition("in", (text,))
    before, inside, after = parts.groups()
    if "%" in {before, after}:
        return Condition("like", (before + inside + after,))
    kind = {"": "in", ">": "above", "<": "below", "!": "not"}.get(before)
    if kind is None or after:
        return None
    interval = _INTERVAL.match(inside)
    if kind == "not" or (kind == "in" and inside.find("|") > 0):
        return Condition(kind, tuple(inside.split("|")))
    if kind == "in" and interval:
        return Condition("between", _ordered(*interval.groups()))
    return Condition(kind, (inside,))


def _ordered(left: str, right: str) -> tuple[str, str]:
    try:
        swap = float(left) > float(right)
    except ValueError:
        swap = left > right
    return (right, left) if swap else (left, right)


def fold(text: str) -> str:
    """A text as the collation sees it."""
    if text.isascii():
        return text.lower().rstrip(" ")
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().rstrip(" ")


def known(field: Field, raw: Any) -> Any:
    """A stored value made comparable; None where the database holds NULL.

    A text in several languages becomes a tuple with one comparable text for each.
    """
    if raw is None or raw is False or (raw == "" and field.type not in {"text", "html"}):
        return None
    if field.translated:
        texts = raw if isinstance(raw, list) else [{"value": raw}]
        return tuple(fold(text["value"] or "") for text in texts)
    if field.type in {"int", "bool"}:
        return int(raw)
    if field.type in NUMBERS:
        return float(raw)
    if field.type == "day":
        return f"{raw} 00:00:00"
    return raw if field.type == "time" else fold(str(raw))


def asked(field: Field, text: str) -> Any:
    """A filter's value made comparable with `known` ones; None when it can match nothing.

    A time in ISO 8601 (with T, Z or an offset) matches nothing: observed for intervals.
    """
    if field.type in NUMBERS:
        digits = _DIGITS.match(text)
        return float(digits[0]) if digits else 0.0
    if field.type in {"time", "day"}:
        parts = _TIME.match(text)
        if parts is None:
            return None
        year, *rest = (int(part or 0) for part in parts.groups())
        return f"{year:04}-{rest[0]:02}-{rest[1]:02} {rest[2]:02}:{rest[3]:02}:{rest[4]:02}"
    return fold(text)


def test(field: Field, condition: Condition) -> Callable[[Any], bool]:
    """A function that tells whether a `known` value meets the condition."""
    if condition.kind == "like":
        return _like(condition.values[0])
    wanted = [asked(field, text) for text in condition.values]
    if condition.kind == "in":
        accepted = {value for value in wanted if value is not None}
        return lambda value: value in accepted
    if None in wanted:
        return lambda value: False
    least, most = wanted[0], wanted[-1]
    return {
        "not": lambda value: value is not None and value not in wanted,
        "between": lambda value: value is not None and least <= value <= most,
        "above": lambda value: value is not None and value > least,
        "below": lambda value: value is not None and value < least,
    }[condition.kind]


def _like(pattern: str) -> Callable[[Any], bool]:
    parts = {"%": ".*", "_": "."}
    found = re.compile("".join(parts.get(c) or re.escape(c) for c in fold(pattern)), re.DOTALL)
    return lambda value: value is not None and found.fullmatch(str(value)) is not None


def sort_key(value: Any) -> tuple[bool, Any]:
    """A key to sort `known` values by: NULL is the least of all."""
    return value is not None, value
