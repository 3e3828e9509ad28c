"""Choosing the requests that a fault spoils, by what they ask for."""

import json
from collections.abc import Callable

from crosstie.sandbox import Request


def operation(name: str, *, module: str | None = None) -> Callable[[Request], bool]:
    """A predicate for `Fault.matches`: requests for this operation, of this module if given.

    A module is known by `elementType`, by a query's ``from``, or by the fields ``elementType``
    inside an element; updates and revises tell theirs by the id, so give its prefix and ``x``
    (``"6x"``) for them.
    """

    def matches(request: Request) -> bool:
        asked = {**request.query, **(request.form if request.method == "POST" else {})}
        if asked.get("operation", "").lower() != name.lower():
            return False
        if module is None:
            return True
        if module in {asked.get("elementType"), asked.get("id", "").partition("x")[0] + "x"}:
            return True
        if f" from {module.lower()} " in asked.get("query", "").lower().replace(";", " ") + " ":
            return True
        return module == _prefix(asked.get("element", "")) + "x"

    return matches


def _prefix(element: str) -> str:
    try:
        given = json.loads(element or "{}")
    except ValueError:
        return ""
    id_ = given.get("id") if isinstance(given, dict) else None
    return str(id_ or "").partition("x")[0]
