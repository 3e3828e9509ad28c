"""How a connector's settings are declared, and what types they may have.

A setting is an attrs field made by `setting`; its type is one of text, int, bool, Decimal,
timedelta (written "30s", "5m", "24h", "2d"), Path, ZoneInfo, Secret, a Literal of texts,
``tuple[str, ...]``, ``dict[str, str]``, or one of these with ``| None``.
"""

from typing import Any

import attrs


@attrs.frozen(slots=True, repr=False)
class Secret:
    """A text that must not be seen: it shows as ``***`` wherever it is printed."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the moment in which it is sent."""
        return self._text

    def __repr__(self) -> str:
        return "***"


def setting(doc: str, *, default: Any = attrs.NOTHING) -> Any:
    """Declare a setting: `doc` is its one-line documentation, with units; no default: required."""
    return attrs.field(default=default, kw_only=True, metadata={"doc": doc})
