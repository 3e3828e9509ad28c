"""From a record to a flat row of plain values: text, numbers, true and false, None, lists, dicts.

- An object inside an object gives its own columns: ``invoice_address_city``.
- A `Ref` gives the key it points to, and what a reader knows the record by: ``customer`` and
  ``customer_email``, ``product`` and ``product_code``. A currency is its ISO code alone.
- Several objects, such as the lines of an order, are a list of such rows.
- Money is the plain text of its decimal, a time is ISO 8601 with its zone, an identifier stays
  text, and what is not known is None.
"""

import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import attrs

from crosstie import Ref, RejectedError

KNOWN_BY = {"customer": "email", "product": "code"}
"""What people know a record by, beside its key, by the field that points to it."""


@attrs.frozen
class _Field:
    """A field of a class, and what becomes of it.

    `columns` are the names it gives to the row. `within` are their names in the object that the
    field holds, empty where it holds none. `points` tells that it holds a `Ref`.
    """

    name: str
    columns: tuple[str, ...]
    within: tuple[str, ...] = ()
    points: bool = False

    def put(self, value: Any, row: dict[str, Any]) -> None:
        """Write the field's columns into a row."""
        if value is None:
            for column in self.columns:
                row[column] = None
        elif self.within:
            inner = flat(value)
            for column, name in zip(self.columns, self.within, strict=True):
                row[column] = inner.get(name)
        elif self.points:
            row.update(zip(self.columns, self._known_by(value), strict=True))
        else:
            row[self.name] = _plain_in(self.name, value)

    def _known_by(self, ref: Ref) -> Sequence[str | None]:
        if self.name == "currency":
            return [plain(getattr(ref.embedded, "code", None))]
        if len(self.columns) == 1:
            return [plain(ref.key)]
        return [plain(ref.key), plain(getattr(ref.embedded, KNOWN_BY[self.name], None))]


def flat(thing: Any) -> dict[str, Any]:
    """An attrs object or a mapping as a flat row.

    Raises `RejectedError` for anything else, and for a value that no file can hold.
    """
    row: dict[str, Any] = {}
    if fields := _fields(type(thing)):
        for field in fields:
            value = getattr(thing, field.name)
            if type(value) is str and value.isascii():  # as most are: no call for each
                row[field.name] = value
            else:
                field.put(value, row)
    elif isinstance(thing, Mapping):
        for name, value in thing.items():
            if value is None or (type(value) is str and value.isascii()):
                row[_name(name)] = value
            else:
                row[_name(name)] = _plain_in(name, value)
    else:
        raise RejectedError(f"a file cannot hold a value of type {type(thing).__name__}")
    return row


def plain(value: Any) -> Any:
    """A value as JSON can say it; raises `RejectedError` for one that it cannot say."""
    convert = PLAIN.get(type(value)) or _of_kin(type(value))
    return convert(value)


def _plain_in(field: str, value: Any) -> Any:
    try:
        return plain(value)
    except RejectedError as error:
        raise RejectedError(f"{field}: {error}") from error


def _same(value: Any) -> Any:
    return value


def _sound(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _moment(time: datetime) -> str:
    if time.utcoffset() is None:
        raise RejectedError(f"the time {time} has no zone")
    return time.isoformat()


PLAIN: Mapping[type, Callable[[Any], Any]] = {
    types.NoneType: _same,
    bool: _same,
    int: _same,
    str: _sound,
    Decimal: lambda amount: format(amount, "f"),
    datetime: _moment,
    date: date.isoformat,
    float: lambda number: number if math.isfinite(number) else str(number),
    list: lambda parts: [plain(part) for part in parts],
    tuple: lambda parts: [plain(part) for part in parts],
    frozenset: lambda parts: sorted(plain(part) for part in parts),
    Ref: lambda ref: _sound(ref.key),
}


def _of_kin(kind: type) -> Callable[[Any], Any]:
    return next((PLAIN[known] for known in kind.__mro__ if known in PLAIN), flat)


def _look_up(kind: type) -> tuple[_Field, ...]:
    """The fields of an attrs class; none of any other."""
    if not attrs.has(kind):
        return ()
    hints = typing.get_type_hints(kind)
    return tuple(_field(name, _parts(hints[name]), hints) for name in attrs.fields_dict(kind))


_fields: Callable[[type], tuple[_Field, ...]] = cache(_look_up)


def _field(name: str, kinds: tuple[Any, ...], siblings: Mapping[str, Any]) -> _Field:
    if Ref in kinds:
        known_by = KNOWN_BY.get(name)
        if known_by is None or known_by in siblings:
            return _Field(name, (name,), points=True)
        return _Field(name, (name, f"{name}_{known_by}"), points=True)
    held = [kind for kind in kinds if attrs.has(kind)]
    if not held:
        return _Field(name, (name,))
    within = tuple(column for field in _fields(held[0]) for column in field.columns)
    return _Field(name, tuple(f"{name}_{column}" for column in within), within)


def _parts(hint: Any) -> tuple[Any, ...]:
    """The classes of a union, or the one class."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return typing.get_args(hint)
    return (hint,) if isinstance(hint, type) else ()


@lru_cache(10_000)
def _name(field: Any) -> str:
    if not isinstance(field, str) or not field or "\0" in field:
        raise RejectedError(f"{field!r} is no name for a field")
    return _sound(field)
