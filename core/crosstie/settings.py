"""How a connector's settings are declared, and what types they may have.

A setting is an attrs field made by `setting`; its type is one of text, int, bool, Decimal,
timedelta (written "500ms", "30s", "5m", "24h", "2d"), date, datetime (aware), Path, ZoneInfo,
Secret, a Literal of texts, ``tuple[str, ...]``, ``dict[str, str]``,
``dict[str, tuple[str, ...]]``, object (whatever JSON can say), or one of these with ``| None``.

`settings_of` reads the declarations back, for the config, its schema and its description;
`timeout_of`, `settle_of`, `workers_of` and `identity_of` tell what the four conventional fields
say (see `crosstie.connectors`).
"""

import re
import types
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import attrs

TIMEOUT = timedelta(seconds=30)
"""How long one request may take where a connector has no `timeout` of its own."""


@attrs.frozen(slots=True, repr=False)
class Secret:
    """A text that must not be seen: it shows as ``***`` wherever it is printed."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the moment in which it is sent."""
        return self._text

    def __repr__(self) -> str:
        return "***"


UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

TYPE_TEXTS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    Decimal: 'a decimal number in quotes, such as "10.5", or a whole number',
    timedelta: 'a duration such as "30s", "5m", "24h" or "2d"',
    date: 'a date such as "2026-01-31"',
    datetime: 'a time with its zone, such as "2026-01-31T10:00+01:00"',
    Path: "a path, as text",
    ZoneInfo: 'a time zone such as "Europe/Paris"',
    Secret: 'a secret, as { env = "NAME" } or { file = "path" }',
    tuple[str, ...]: "a list of texts",
    dict[str, str]: "a table of texts",
    dict[str, tuple[str, ...]]: "a table of lists of texts",
    object: "whatever JSON can say",
}


def setting(
    doc: str,
    *,
    default: Any = attrs.NOTHING,
    alias: str | None = None,
    identifies: bool = False,
) -> Any:
    """Declare a setting: `doc` is its one-line documentation, with units; no default: required.

    With `alias` a config says that instead of the field's name (an action whose parameter is
    called ``name``, which its class says already).
    With `identifies` its value says which system this is (an address, an account): with another
    one it is another system, see `crosstie.interlock`. Not for secrets.
    """
    metadata = {"doc": doc, "identifies": identifies}
    return attrs.field(default=default, kw_only=True, alias=alias, metadata=metadata)


@attrs.frozen(slots=True)
class Setting:
    """One declared setting, as the config, its schema and its description need it.

    `type` is the type without ``| None``: a config says None by leaving the setting out.
    """

    name: str
    type: Any
    required: bool
    default: Any
    doc: str


def settings_of(declared: type) -> tuple[Setting, ...]:
    """The settings of an attrs class, in the order of their declaration."""
    hints = get_type_hints(declared)
    return tuple(
        Setting(
            name=field.alias or field.name,
            type=without_none(hints.get(field.name)),
            required=field.default is attrs.NOTHING,
            default=_default(field.default),
            doc=field.metadata.get("doc", ""),
        )
        for field in attrs.fields(declared)
        if field.init
    )


def _default(declared: Any) -> Any:
    if isinstance(declared, attrs.Factory):  # type: ignore[arg-type]  # a class at run time
        return declared.factory()
    return None if declared is attrs.NOTHING else declared


def without_none(declared: Any) -> Any:
    """The type T of ``T | None``; any other type as it is."""
    if get_origin(declared) not in {Union, types.UnionType}:
        return declared
    kept = [part for part in get_args(declared) if part is not type(None)]
    return kept[0] if len(kept) == 1 else declared


def is_setting_type(declared: Any) -> bool:
    """Whether a connector's setting may have this type (given without ``| None``)."""
    if get_origin(declared) is Literal:
        return all(isinstance(choice, str) for choice in get_args(declared))
    return declared in TYPE_TEXTS


def type_text(declared: Any) -> str:
    """What a value of this type is called in a sentence: ``a whole number``, ``a duration``."""
    if get_origin(declared) is Literal:
        return f"one of {', '.join(map(repr, get_args(declared)))}"
    return TYPE_TEXTS.get(declared, "a value")


def duration_of(text: str) -> timedelta | None:
    """The duration that a text such as "500ms", "30s", "5m", "24h" or "2d" means, or None."""
    match = re.fullmatch(r"([0-9]{1,9})(ms|[smhd])", text)
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None


def as_written(value: Any) -> Any:
    """A setting's value as JSON and TOML both write it: ``"30s"`` for half a minute."""
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Decimal | Path | ZoneInfo):
        return str(value)
    if isinstance(value, Mapping):
        return {name: as_written(one) for name, one in value.items()}
    return [as_written(one) for one in value] if isinstance(value, tuple | list) else value


def _duration_text(value: timedelta) -> str:
    if value.microseconds:
        return f"{value // timedelta(milliseconds=1)}ms"
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def timeout_of(connector: object) -> float:
    """Seconds that one request may take: the connector's `timeout`, else 30."""
    return _duration(connector, "timeout", TIMEOUT).total_seconds()


def settle_of(connector: object) -> float:
    """Seconds for which a lost write may still land: its `settle`, else its time-out."""
    timeout = _duration(connector, "timeout", TIMEOUT)
    return _duration(connector, "settle", timeout).total_seconds()


def workers_of(connector: object) -> int:
    """How many writers may work on this system at once: the connector's `workers`, else 1."""
    workers = getattr(connector, "workers", None)
    return 1 if workers is None else int(workers)


def identity_of(connector: object, system: str) -> str:
    """Whose keys the records carry: the connector's `identity`, else the system's name."""
    return getattr(connector, "identity", None) or system


def place_of(connector: object) -> str:
    """Which system it is: the values of the settings that identify it; empty where one is not set,
    as in a dry mode.
    """
    kind: Any = type(connector)
    told = [
        getattr(connector, field.name)
        for field in attrs.fields(kind)
        if field.metadata.get("identifies")
    ]
    return "" if None in told else " ".join(map(str, told))


def _duration(connector: object, name: str, default: timedelta) -> timedelta:
    given: timedelta | None = getattr(connector, name, None)
    return default if given is None else given
