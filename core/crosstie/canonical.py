"""Rows as canonical text: for hashes, for natural keys, and for people to read later."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from crosstie.errors import MappingError
from crosstie.records import Ref, Row

REF_MARK = '{"$ref":'
"""Stands in the canonical text of a row exactly when there is a `Ref` in it: quotes in texts are
escaped there."""

SEPARATOR = "\x1f"


def canonical(row: Any) -> str:
    """The row as JSON with sorted keys; equal rows give equal text. A `Ref` is its stream and key.

    Raises `MappingError` for a value that is none of the types of a `Row`.
    """
    return json.dumps(
        row, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


def digest(text: str) -> str:
    """A short hash (128 bits, hex) of canonical text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def natural_key(
    row: Row, fields: tuple[str, ...], table: str, *, exact: bool = False
) -> tuple[str, dict[str, Any]]:
    """The natural key of a row, folded unless it is `exact`, and its fields as they are.

    Raises `MappingError` when one of the fields is missing or empty.
    """
    values: dict[str, Any] = {}
    for field in fields:
        value = row.get(field)
        if value is None or not str(value).strip():
            raise MappingError(
                f"{field} is empty, and {table} recognises its rows by {' and '.join(fields)}"
            )
        values[field] = value
    texts = [str(value) for value in values.values()]
    return SEPARATOR.join(texts if exact else [t.strip().casefold() for t in texts]), values


def _ref(ref: Ref) -> Any:
    return {"$ref": [ref.stream, ref.key, *([ref.table] if ref.table else [])]}


PLAIN: dict[type, Callable[[Any], Any]] = {
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    Ref: _ref,
    frozenset: sorted,
}


def _plain(value: Any) -> Any:
    convert = PLAIN.get(type(value))
    if convert is not None:
        return convert(value)
    if isinstance(value, Mapping):
        return dict(value)
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return {f.name: getattr(value, f.name) for f in fields if f.name != "raw"}
    raise MappingError(f"a row cannot hold a {type(value).__name__}: {str(value)[:80]!r}")
