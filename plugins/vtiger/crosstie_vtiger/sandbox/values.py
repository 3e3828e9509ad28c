"""What becomes of a value on its way into vtiger's database, and of a text on its way out.

Nothing is validated: texts are cut, numbers are what they begin with, wrong dates are lost.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from html.entities import codepoint2name
from typing import Any

from crosstie_vtiger.sandbox.modules import Field
from crosstie_vtiger.sandbox.refusals import CrashError

_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN_DATE = re.compile(r"(\d{1,2})[.-](\d{1,2})[.-](\d{4})")
_FOUR_BYTES = re.compile("[\U00010000-\U0010ffff]")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9a-fA-F]+);")
_BARE_AMPERSAND = re.compile(rf"&(?!{_ENTITY.pattern[1:]})")
_SCRIPT = re.compile(r"<\s*/?\s*(?:script|iframe|object|embed)|javascript:", re.IGNORECASE)
_BRACKETS = str.maketrans({"<": "&lt;", ">": "&gt;"})
_ENTITIES = str.maketrans(
    {code: f"&{name};" for code, name in codepoint2name.items() if name != "amp"}
    | {ord("'"): "&#039;"}
)
_CENT = Decimal("0.01")


def stored(field: Field, value: Any, *, loose: bool = False) -> str | None:
    """Return what the column holds after `value` (anything from JSON) was written to the field.

    References and owners keep the number behind the ``x``. `loose` is 8.0's way with lists:
    8.4 takes their first element, 8.0 dies on them.
    """
    if isinstance(value, list | dict):
        if loose:
            raise CrashError("Input array has more params than the query")
        value = next(iter(value.values() if isinstance(value, dict) else value), "")
        return stored(field, "" if isinstance(value, list | dict) else value)
    if field.kind == "boolean":
        return "1" if value is True or str(value) in {"1", "on"} else "0"
    if value is None:
        return field.initial if field.kind in {"decimal", "integer"} else None
    return _COLUMNS[field.kind](field, php_text(value))


def php_text(value: Any) -> str:
    """The text that PHP makes of a scalar from JSON: true is "1", false and null are empty."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def number(text: str) -> Decimal:
    """The number that a text begins with, else 0."""
    found = _NUMBER.match(text)
    return Decimal(found[1]) if found else Decimal(0)


def is_numeric(value: Any) -> bool:
    """Whether PHP 8 can calculate with the value; with another text it dies."""
    if isinstance(value, str):
        found = _NUMBER.match(value)
        return found is not None  # "5 pieces" is a warning only
    return isinstance(value, int | float)


def plain(amount: Decimal, scale: int) -> str:
    """A number as a column of that many decimals gives it back."""
    return f"{amount.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP):f}"


def escaped(text: str) -> str:
    """A text as labels carry it: every character that has a name in HTML 4 is written by it.

    What looks like an entity already is left alone.
    """
    return _BARE_AMPERSAND.sub("&amp;", text).translate(_ENTITIES)


def fold(text: str) -> str:
    """What two texts have in common that the database's collation calls equal.

    Case, accents and trailing blanks make no difference in utf8's general collation.
    """
    if not text.isascii():
        marked = unicodedata.normalize("NFD", text)
        text = "".join(each for each in marked if not unicodedata.combining(each))
        text = text.replace("ß", "s")
    return text.lower().rstrip(" ")


def _written(field: Field, text: str) -> str:
    if not text.isascii():
        text = _FOUR_BYTES.sub("??", text)  # the tables are utf8mb3
    if "<" in text or ">" in text:
        if _SCRIPT.search(text):
            text = text.translate(_BRACKETS)
    elif "&" in text:
        text = _ENTITY.sub(lambda found: unescape(found[0]), text)
    return text[: field.length] if field.length else text


def _decimal(field: Field, text: str) -> str | None:
    if text == "":
        return field.initial
    amount = number(text)
    if field.rounds:
        amount = amount.quantize(_CENT, ROUND_HALF_UP)
    if field.initial is None and not amount:
        return None
    return plain(amount, field.scale)


def _date(_: Field, text: str) -> str | None:
    if found := _ISO_DATE.match(text):
        year, month, day = found.groups()
    elif found := _GERMAN_DATE.match(text):
        day, month, year = found.groups()
    else:
        return None
    return f"{year}-{int(month):02d}-{int(day):02d}"


def _number_behind_x(_: Field, text: str) -> str | None:
    return text.partition("x")[2] or text or None


def _integer(_: Field, text: str) -> str:
    return str(int(number(text)))


_COLUMNS: Mapping[str, Callable[[Field, str], str | None]] = {
    "text": _written,
    "decimal": _decimal,
    "integer": _integer,
    "date": _date,
    "reference": _number_behind_x,
    "owner": _number_behind_x,
}
