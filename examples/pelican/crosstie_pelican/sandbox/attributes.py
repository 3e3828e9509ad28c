"""Custom attributes: what an account has told Pelican about its contacts."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import attrs

from crosstie_pelican.sandbox.refusals import wrong

LONGEST_TEXT = 500


@attrs.frozen
class Attribute:
    """One custom attribute."""

    name: str
    type: Literal["text", "number", "date", "choice"] = "text"
    choices: tuple[str, ...] = ()
    required: bool = False

    def told(self) -> dict[str, Any]:
        """The attribute as JSON."""
        told: dict[str, Any] = {"name": self.name, "type": self.type, "required": self.required}
        return {**told, "choices": list(self.choices)} if self.type == "choice" else told

    def checked(self, value: Any) -> str:
        """The value as it is kept: always text."""
        if self.type == "number" and isinstance(value, int | float | str):
            return self._number(value)
        if not isinstance(value, str):
            raise wrong("invalid_value", f"{self.name} is a {self.type}, not {value!r}", self.name)
        if self.type == "text" and len(value) > LONGEST_TEXT:
            raise wrong("too_long", f"{self.name} has at most {LONGEST_TEXT} characters", self.name)
        if self.type == "choice" and value not in self.choices:
            known = ", ".join(self.choices)
            raise wrong("invalid_value", f"{self.name} is one of {known}, not {value!r}", self.name)
        if self.type == "date":
            return day(value, self.name)
        return value

    def _number(self, value: float | str) -> str:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite():
            raise wrong("invalid_value", f"{self.name} is a number, not {value!r}", self.name)
        return str(value)


def day(text: str, field: str) -> str:
    """A date as it was sent, checked."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise wrong("invalid_value", f"{text!r} is no date", field) from None


def changed(
    known: Mapping[str, Attribute], before: Mapping[str, str], given: Any
) -> dict[str, str]:
    """The attributes after a change: one by one, null clears."""
    if not isinstance(given, Mapping):
        raise wrong("invalid_value", "attributes are an object", "attributes")
    after = dict(before)
    for name, value in given.items():
        if name not in known:
            raise wrong("unknown_attribute", f"there is no attribute {name!r}", name)
        if value is None:
            after.pop(name, None)
        else:
            after[name] = known[name].checked(value)
    for attribute in known.values():
        if attribute.required and attribute.name not in after:
            raise wrong("attribute_required", f"{attribute.name} is required", attribute.name)
    return after
