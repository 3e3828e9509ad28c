"""Whether a value is one that the shop's models accept: the named checks of `resources.txt`."""

import re
from collections.abc import Callable
from datetime import date

from crosstie_prestashop.sandbox.resources import Field


def _matches(pattern: str) -> Callable[[str], bool]:
    found = re.compile(pattern)
    return lambda text: found.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    parts = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})( \d{1,2}:\d{1,2}(:\d{1,2})?)?", text)
    if parts is None:
        return False
    try:
        date(*(int(part) for part in parts.groups()[:3]))
    except ValueError:
        return False
    return True


def _is_percentage(text: str) -> bool:
    return CHECKS["isFloat"](text) and 0 <= float(text) <= 100


def _is_date_or_none(text: str) -> bool:
    return text in _ZERO_DATES or _is_date(text)


_UNSIGNED = _matches(r"\d{1,10}")
_FLOAT = _matches(r"[-+]?(\d+(\.\d*)?|\.\d+)")
_GENERIC = _matches(r"[^<>={}]*")
CHECKS: dict[str, Callable[[str], bool]] = {
    "isAddress": _matches(r"[^!<>?=+@{}_$%]*"),
    "isApe": _matches(r"\d{3,4}[a-zA-Z]"),
    "isBirthDate": _is_date_or_none,
    "isBool": _matches(r"[01]"),
    "isCityName": _matches(r'[^!<>;?=+@#"°{}_$%]*'),
    "isCleanHtml": lambda text: re.search(r"<\s*(script|iframe)|\bon\w+\s*=", text, re.I) is None,
    "isCustomerName": _matches(r"(?:[^0-9!<>,;?=+()/\\@#\"°*`{}_^$%:¤\[\]|.]|\.(?:\s|$))*"),
    "isDate": _is_date,
    "isDateOrNull": _is_date_or_none,
    "isDniLite": _matches(r"[0-9A-Za-z.\-]{1,16}"),
    "isEmail": _matches(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+"),
    "isFloat": _FLOAT,
    "isGenericName": _GENERIC,
    "isHashedPassword": lambda text: len(text) >= 5,
    "isInt": _matches(r"-?\d{1,10}"),
    "isMd5": _matches(r"[a-fA-F0-9]{32}"),
    "isMessage": _matches(r"[^<>{}]*"),
    "isModuleName": _matches(r"[a-zA-Z0-9_\-]+"),
    "isName": _matches(r'[^0-9!<>,;?=+()@#"°{}_$%:¤|]*'),
    "isPercentage": _is_percentage,
    "isPhoneNumber": _matches(r"[+0-9. ()/\-]*"),
    "isPostCode": _matches(r"[a-zA-Z 0-9\-]+"),
    "isPrice": _FLOAT,
    "isSha1": _matches(r"[a-fA-F0-9]{40}"),
    "isUnsignedId": _UNSIGNED,
    "isUnsignedInt": _UNSIGNED,
    "isUrl": _matches(r"[~:#,$%&_=().? +\-@/\w]+"),
}
_BY_TYPE = {
    "int": "isInt",
    "bool": "isBool",
    "f2": "isFloat",
    "f3": "isFloat",
    "f6": "isFloat",
}
_ZERO_DATES = {"0000-00-00", "0000-00-00 00:00:00"}


def complaint(field: Field, value: object, *, stored: bool) -> str | None:
    """What is wrong with a value, with ``%s`` for the field's name; None when nothing is.

    `stored` values may be the database's own zero dates.
    """
    text = "" if value is None else str(value)
    if text == "":
        return "Property %s is empty." if field.required else None
    if field.longest and len(text) > field.longest:
        limits = f"It must be between 0 and {field.longest} chars."
        return f"The length of property %s is currently {len(text)} chars. {limits}"
    check = field.check or _BY_TYPE.get(field.type)
    if check is None or (stored and text in _ZERO_DATES):
        return None
    return None if CHECKS[check](text) else "Property %s is not valid"
