"""Rows as JSON: a number goes out as exactly the decimal that it is, a date as a date-time."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crosstie import RejectedError

DIGITS = 15
"""So many significant digits survive in the binary numbers in which JSON is mostly read."""


def encoded(row: Mapping[str, Any]) -> bytes:
    """The row as JSON; raises `RejectedError` for a value that cannot be sent as it is."""
    return json.dumps(_plain("", row), ensure_ascii=False, allow_nan=False).encode()


def number(value: Decimal | int, name: str) -> float | int:
    """A number whose JSON is exactly this decimal; raises `RejectedError` where none is."""
    exact = Decimal(value)
    if not exact.is_finite() or len(exact.normalize().as_tuple().digits) > DIGITS:
        raise RejectedError(
            f"{name} is {value}, and Connectif's numbers hold {DIGITS} digits: round it in `set`,"
            " or in the shop"
        )
    if isinstance(value, int):
        return value
    near = float(value)
    if Decimal(repr(near)) != value:
        raise RejectedError(f"{name} is {value}, which is beyond what Connectif's numbers hold")
    return near


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {one: _plain(f"{name}.{one}".lstrip("."), inner) for one, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(f"{name}[{place}]", inner) for place, inner in enumerate(value)]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal | int):
        return number(value, name)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    raise RejectedError(f"{name}: Connectif has no place for a {type(value).__name__}")
