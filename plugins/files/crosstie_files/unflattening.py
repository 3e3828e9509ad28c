"""From a flat row back to an object of the vocabulary: the mirror of `flattening`.

What a row does not hold is None: of a record that another one points to, all but its key and what
people know it by. Whatever a cell says that the vocabulary cannot take is told with its column.
"""

import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import attrs

from crosstie import MappingError, Ref
from crosstie.commerce import VOCABULARY, Currency
from crosstie_files.flattening import KNOWN_BY

Row = Mapping[str, Any]
Read = Callable[[Any], Any]
"""Turns what a cell holds, never None, into a value; raises `MappingError`."""

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
TRUTHS: Mapping[Any, bool] = {"true": True, "false": False, "1": True, "0": False}


def unflat(kind: type, row: Row) -> Any:
    """An object of that class of the vocabulary.

    Raises `MappingError`, naming the column, for a cell that is not what the field wants, and for
    one that is empty where the field must not be.
    """
    return kind(**_values(kind, row, ""))


def columns(kind: type) -> frozenset[str]:
    """The columns that a row of the class may have; any other says nothing to it."""
    names: set[str] = set()
    for field in _fields(kind):
        if field.within:
            names |= {f"{field.name}_{column}" for column in columns(field.within)}
        else:
            names |= {field.name, *field.beside}
    return frozenset(names)


@attrs.frozen
class _Field:
    """A field of a class and how it is read: from its column, or from those of the class `within`.

    `beside` is a second column, which tells what a record is known by.
    """

    name: str
    required: bool
    read: Callable[[Row, str], Any]
    within: type | None = None
    beside: tuple[str, ...] = ()


def _values(kind: type, row: Row, prefix: str) -> dict[str, Any]:
    """The fields that the row knows; none at all where all its columns are empty."""
    told = {field: field.read(row, f"{prefix}{field.name}") for field in _fields(kind)}
    values = {field.name: value for field, value in told.items() if value is not None}
    empty = [field.name for field in told if field.required and field.name not in values]
    if empty and (values or not prefix):
        raise MappingError(f"{prefix}{empty[0]} is empty, and has to be there")
    return values


@cache
def _fields(kind: type) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(_field(kind, field, hints[field.name]) for field in attrs.fields(kind))


def _field(kind: type, field: Any, hint: Any) -> _Field:
    known = _without_none(hint)
    required = field.default is attrs.NOTHING
    if known is Ref:
        return _pointer(kind, field.name, required=required)
    if attrs.has(known):
        return _Field(field.name, required, partial(_inside, known), within=known)
    return _Field(field.name, required, partial(_column, _reader(known)))


def _column(read: Read, row: Row, column: str) -> Any:
    value = row.get(column)
    if value is None or (value == "" and read is not _text):
        return None
    try:
        return read(value)
    except MappingError as error:
        raise MappingError(f"{column}: {error}") from error


def _inside(kind: type, row: Row, column: str) -> Any:
    values = _values(kind, row, f"{column}_")
    return kind(**values) if values else None


def _pointer(kind: type, name: str, *, required: bool) -> _Field:
    if name == "currency":
        return _Field(name, required, _currency)
    known_by = KNOWN_BY.get(name)
    if known_by is None:
        return _Field(name, required, partial(_pointed, name))
    if known_by in attrs.fields_dict(kind):
        told = attrs.fields_dict(kind).keys() & attrs.fields_dict(VOCABULARY[name]).keys()
        return _Field(name, required, partial(_told_beside, name, sorted(told - {"currency"})))
    beside = f"{name}_{known_by}"
    return _Field(name, required, partial(_known_by, name, known_by), beside=(beside,))


def _currency(row: Row, column: str) -> Ref | None:
    code = _column(_text, row, column)
    return Ref("currencies", code, Currency(code=code)) if code else None


def _pointed(name: str, row: Row, column: str) -> Ref | None:
    key = _column(_text, row, column)
    return Ref(f"{name}s", key) if key else None


def _known_by(name: str, known_by: str, row: Row, column: str) -> Ref | None:
    """A customer by key and e-mail; where there is no key, by the e-mail alone."""
    known = _column(_text, row, f"{column}_{known_by}")
    key = _column(_text, row, column) or known
    embedded = VOCABULARY[name](**{known_by: known}) if known else None
    return Ref(f"{name}s", key, embedded) if key else None


def _told_beside(name: str, told: list[str], row: Row, column: str) -> Ref | None:
    """The product of an order's line, which tells its code and its name itself."""
    key = _column(_text, row, column)
    prefix = column.removesuffix(name)
    values = {field: _column(_text, row, f"{prefix}{field}") for field in told}
    embedded = VOCABULARY[name](**values) if values[KNOWN_BY[name]] else None
    return Ref(f"{name}s", key, embedded) if key else None


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
    return hint


def _reader(hint: Any) -> Read:
    parts = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        if parts[1:] == (...,):
            return partial(_list, _reader(parts[0]))
        return partial(_tuple, tuple(map(_reader, parts)))
    if typing.get_origin(hint) is typing.Literal:
        return partial(_choice, parts)
    return partial(_object, hint) if attrs.has(hint) else READERS[hint]


def _list(read: Read, value: Any) -> tuple[Any, ...]:
    return tuple(_part(read, number, part) for number, part in enumerate(_parts(value), 1))


def _tuple(reads: tuple[Read, ...], value: Any) -> tuple[Any, ...]:
    parts = _parts(value)
    if len(parts) != len(reads):
        raise MappingError(f"{value!r} has {len(parts)} parts instead of {len(reads)}")
    numbered = enumerate(zip(reads, parts, strict=True), 1)
    return tuple(_part(read, number, part) for number, (read, part) in numbered)


def _part(read: Read, number: int, value: Any) -> Any:
    try:
        return read(value)
    except MappingError as error:
        raise MappingError(f"{number}: {error}") from error


def _parts(value: Any) -> list[Any]:
    """A list, or the JSON text of one."""
    found = value
    if isinstance(value, str):
        try:
            found = json.loads(value, parse_float=Decimal)
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, list):
        raise MappingError(f"{value!r} is no list as JSON writes it")
    return found


def _object(kind: type, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise MappingError(f"{value!r} is no object as JSON writes it")
    return unflat(kind, value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise MappingError(f"{value!r} is no text")
    return str(value)


def _choice(choices: tuple[Any, ...], value: Any) -> str:
    if value not in choices:
        raise MappingError(f"{value!r} is none of {', '.join(choices)}")
    return str(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal) or type(value) is int:
        return Decimal(value)
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise MappingError(f"{value!r} is no number such as 1234.50")
    return Decimal(value)


def _whole(value: Any) -> int:
    number = _decimal(value)
    if number != int(number):
        raise MappingError(f"{value!r} is no whole number")
    return int(number)


def _truth(value: Any) -> bool:
    known = TRUTHS.get(str(value).lower())
    if known is None:
        raise MappingError(f"{value!r} is neither true nor false")
    return known


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise MappingError(f"{value!r} is no time such as 2026-11-21T12:00:00+01:00") from None
    if found.utcoffset() is None:
        raise MappingError(f"the time {value!r} has no zone, such as +01:00 at its end")
    return found


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise MappingError(f"{value!r} is no date such as 2026-11-21") from None


READERS: Mapping[Any, Read] = {
    str: _text,
    Decimal: _decimal,
    int: _whole,
    bool: _truth,
    datetime: _moment,
    date: _day,
}
