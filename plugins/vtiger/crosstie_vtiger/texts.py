"""Values on their way into vtiger and back: everything is a text there.

vtiger checks nothing: "true" is stored as 0, "12.345,67" as 12.35. So values are sent in the one
form that it reads as it is meant, and read back in that same form, so that they can be compared.
"""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import Any

from crosstie import MappingError
from crosstie_vtiger.modules import NUMBERS, Module

CHOICES = " |##| "
"""What stands between the values of a multipicklist."""

_FOUR_BYTES = re.compile("[\U00010000-\U0010ffff]")
_BRACKET = re.compile("&[lg]t;")


def sent(value: Any) -> Any:
    """The value as vtiger is told it: text, null, or a list or mapping of these.

    An empty text becomes null, which clears a field where "" is refused or ignored.
    Raises `MappingError` for a value that vtiger has no form for.
    """
    convert = FORMS.get(type(value))
    if convert is not None:
        return convert(value)
    if isinstance(value, Mapping):
        return {name: sent(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        if all(isinstance(inner, str) for inner in value):
            return CHOICES.join(value) or None
        return [sent(inner) for inner in value]
    raise MappingError(f"vtiger has no form for a {type(value).__name__}: {str(value)[:80]!r}")


def plain(number: Decimal, least: int = 0) -> str:
    """A number without exponent and without needless zeros, but with at least so many decimals."""
    text = f"{number:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def number(text: Any) -> Decimal | None:
    """A number as vtiger tells it (text, or a JSON number with a float's noise), None if none."""
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def shown(value: Any, type_: str) -> Any:
    """A field's value as vtiger tells it, in the form in which `sent` gives it; None for empty.

    An amount that is empty is zero, which vtiger tells now one way and now the other.
    """
    if value is None or value == "":
        return "0.00" if type_ == "currency" else None
    if type_ in NUMBERS:
        found = number(value)
        return value if found is None else plain(found, 2 if type_ == "currency" else 0)
    return unescaped(str(value))


def shown_row(told: Mapping[str, Any], module: Module) -> dict[str, Any]:
    """A record as vtiger tells it, in the forms of `sent`; the lines of an order likewise."""
    row = {
        name: shown(value, module.fields[name].type if name in module.fields else "")
        for name, value in told.items()
        if not isinstance(value, list | dict)
    }
    if isinstance(lines := told.get("LineItems"), list):
        row["LineItems"] = [shown_line(line) for line in in_sequence(lines)]
    return row


def shown_line(told: Mapping[str, Any]) -> dict[str, Any]:
    """A line of an order, with the fields that this connector writes."""
    return {
        "productid": shown(told.get("productid"), ""),
        "quantity": shown(told.get("quantity"), "double"),
        "listprice": shown(told.get("listprice"), "currency"),
        "comment": shown(told.get("comment"), ""),
    }


def in_sequence(lines: list[Any]) -> list[Any]:
    """The lines as they are numbered."""
    return sorted(lines, key=lambda line: number(line.get("sequence_no")) or Decimal(0))


def unescaped(text: str) -> str:
    """The text as it was sent: vtiger gives one with ``<script`` back with all brackets escaped."""
    return html.unescape(text) if _BRACKET.search(text) else text


def mangled(text: str, marks: int = 2) -> str:
    """What becomes of a text in a database that keeps three bytes a character: emoji are lost."""
    return text if text.isascii() else _FOUR_BYTES.sub("?" * marks, text)


def same(wanted: Any, present: Any) -> bool:
    """Whether a value read back is what was sent, allowing for what vtiger makes of texts."""
    if wanted is None or present is None:
        return wanted is None and present is None
    present = str(present)
    return present in (wanted, mangled(str(wanted)), mangled(str(wanted), 4))


def folded(value: Any) -> str:
    """A natural key's value without what the database does not tell apart: case, outer blanks."""
    return unescaped(str(value)).strip().casefold()


FORMS: Mapping[type, Callable[[Any], str | None]] = {
    str: lambda text: text.encode("utf-8", "replace").decode() or None,
    NoneType: lambda _: None,
    bool: lambda yes: "1" if yes else "0",
    int: str,
    Decimal: plain,
    datetime: lambda time: time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    date: date.isoformat,
}
