"""Objects of the commerce vocabulary as people write them in JSON, to try automations with.

::

    made_up(Customer, {"email": "ada@example.com", "birthday": "1815-12-10"}, "customer")

Texts become the decimals, dates and times that the vocabulary has there; what is not told is None.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_args, get_origin, get_type_hints

import attrs

from crosstie.commerce import VOCABULARY
from crosstie.mistakes import suggestion
from crosstie.records import Ref
from crosstie.settings import TYPE_TEXTS, without_none


class Known(dict[str, Any]):
    """An object of the vocabulary as far as it is told: each other field of its is None."""

    def __init__(self, kind: type, told: Mapping[str, Any]) -> None:
        super().__init__(told)
        self._fields = attrs.fields_dict(kind)

    def __missing__(self, name: str) -> None:
        if name not in self._fields:
            raise KeyError(name)


def made_up(kind: Any, told: Any, name: str) -> Any:
    """What is told under this name, as a value of that type.

    Raises ValueError for another one, with a sentence that names the field.
    """
    kind = without_none(kind)
    if told is None or kind is None:
        return told
    if get_origin(kind) is tuple and isinstance(told, list):
        (inner, *_) = get_args(kind)
        return [made_up(inner, one, f"{name}.{at}") for at, one in enumerate(told, 1)]
    if attrs.has(kind):
        return _thing(kind, told, name)
    return _value(kind, told, name) if kind in {Decimal, date, datetime} else told


def _thing(kind: type, told: Any, name: str) -> Known:
    if not isinstance(told, Mapping):
        raise ValueError(f"{name}: expected a JSON object, found {told!r}")
    hints = get_type_hints(kind)
    for field in told:
        if field not in hints:
            raise ValueError(f"{name} has no {field!r}{suggestion(field, hints)}")
    known = {field: made_up(hints[field], one, f"{name}.{field}") for field, one in told.items()}
    if kind is Ref:  # it points to what its field is called after
        pointed = VOCABULARY.get(name.rpartition(".")[2])
        known["embedded"] = made_up(pointed, told.get("embedded"), f"{name}.embedded")
    return Known(kind, known)


def _value(kind: type, told: Any, name: str) -> Any:
    try:
        value = told if isinstance(told, kind) else _read(kind, told)
    except (InvalidOperation, ValueError):
        value = None
    if value is None or (isinstance(value, datetime) and value.tzinfo is None):
        raise ValueError(f"{name}: expected {TYPE_TEXTS[kind]}, found {told!r}")
    return value


def _read(kind: type, told: Any) -> Any:
    if kind is Decimal and isinstance(told, str | int) and not isinstance(told, bool):
        return Decimal(told)
    if not isinstance(told, str):
        return None
    return datetime.fromisoformat(told) if kind is datetime else date.fromisoformat(told)
