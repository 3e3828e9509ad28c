"""What a `Row` holds: exact, zoned, and of bounded size, from a template or from an action.

`marked` and `unmarked` carry such values through JSON and back, with their types.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import attrs

from crosstie.records import Ref
from crosstie.settings import duration_of

LONGEST = 1_000_000
"""Characters of a text, elements of a list, and the widest width."""

MARK = "$"
READERS: dict[str, Callable[[str], Any]] = {
    "$decimal": Decimal,
    "$time": datetime.fromisoformat,
    "$date": date.fromisoformat,
}


def check_size(size: int) -> None:
    """Raise ValueError for more characters or elements than a value may have."""
    if size > LONGEST:
        raise ValueError(f"more than {LONGEST} characters or elements")


def row_value(value: Any) -> Any:
    """The value as a `Row` may hold it; raises ValueError for one that it may not hold."""
    if value is None or isinstance(value, bool | int | Decimal | Ref):
        return value
    if isinstance(value, str):
        check_size(len(value))
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"the time {value} has no zone")
    if isinstance(value, date):
        return value
    if isinstance(value, float):
        raise ValueError(
            f"the number {value!r} is not exact: divide and multiply decimals,"
            " written as {{ '1.5' | decimal }}"
        )
    if isinstance(value, Mapping):
        return {str(name): row_value(one) for name, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        listed = list(islice(value, LONGEST + 1))
        check_size(len(listed))
        return [row_value(one) for one in listed]
    raise ValueError(f"a row cannot hold a {type(value).__name__}: take one of its fields")


def marked(value: Any) -> Any:
    """A value as JSON holds it, where what JSON has no type for is marked with its type.

    Raises ValueError for what no row may hold, and for a `Ref`, which only a flow can resolve.
    """
    plain = row_value(value)
    if isinstance(plain, Ref):
        raise ValueError(f"it points to {plain.stream} {plain.key}: give the id itself")
    if isinstance(plain, Mapping):
        inner = {name: marked(one) for name, one in plain.items()}
        return {"$row": inner} if any(name.startswith(MARK) for name in inner) else inner
    if isinstance(plain, list):
        return [marked(one) for one in plain]
    if isinstance(plain, Decimal):
        return {"$decimal": str(plain)}
    if isinstance(plain, datetime):
        return {"$time": plain.isoformat()}
    return {"$date": plain.isoformat()} if isinstance(plain, date) else plain


def unmarked(value: Any) -> Any:
    """The value that `marked` made this of."""
    if isinstance(value, list):
        return [unmarked(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    for mark, read in READERS.items():
        if mark in value:
            return read(value[mark])
    return {name: unmarked(one) for name, one in value.get("$row", value).items()}


def text_value(value: Any) -> Any:
    """The value as it stands in a text: None is nothing, and a list has to be joined first."""
    if value is None:
        return ""
    if isinstance(value, list | tuple | Mapping | Ref) or attrs.has(type(value)):
        raise ValueError(f"a text cannot hold a {type(value).__name__}: join it, or take a field")
    return row_value(value)


def decimal(value: Any) -> Decimal | None:
    """A Decimal, exact, from a text or a whole number; None stays None."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ValueError(f"{value!r} is not a decimal number") from None
        if number.is_finite():
            return number
    raise ValueError(f"{value!r} cannot be made a decimal, a text such as '1.5' can")


def plus(value: Any, duration: Any) -> Any:
    """The time or date so much later, or earlier with a minus: ``"2d"``, ``"-12h"``.

    A day is 24 hours, whatever the clocks do; a date moves by whole days. None stays None.
    """
    if value is None:
        return None
    sign, text = (-1, duration[1:]) if str(duration).startswith("-") else (1, duration)
    size = duration_of(text) if isinstance(text, str) else None
    if size is None:
        raise ValueError(f'{duration!r} is no duration such as "12h", "2d" or "-30m"')
    if isinstance(value, datetime) and value.tzinfo is not None:
        return (value.astimezone(UTC) + sign * size).astimezone(value.tzinfo)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError(f"{value!r} is neither a time with a zone nor a date")
    if size % timedelta(days=1):
        raise ValueError(f"a date moves by whole days, such as 2d, and not by {duration}")
    return value + sign * size
