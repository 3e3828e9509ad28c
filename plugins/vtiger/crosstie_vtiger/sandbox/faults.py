"""Choosing the requests that a fault spoils, by what they ask for."""

import json
import re
from collections.abc import Callable

from crosstie.sandbox import Request
from crosstie_vtiger.sandbox.modules import LISTED

_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)


def operation(name: str, *, module: str | None = None) -> Callable[[Request], bool]:
    """A predicate for `Fault.matches`: requests for this operation, of this module if given.

    A module is known by `elementType`, by a query's ``from``, or by the prefix that its ids have
    on a fresh installation.
    """

    def matches(request: Request) -> bool:
        asked = {**request.query, **(request.form if request.method == "POST" else {})}
        if asked.get("operation", "").lower() != name.lower():
            return False
        return module is None or _concerns(asked, module)

    return matches


def _concerns(asked: dict[str, str], module: str) -> bool:
    queried = _FROM.search(asked.get("query", ""))
    if module in {asked.get("elementType"), queried and queried[1]}:
        return True
    id_ = asked.get("id") or _id_in(asked.get("element", ""))
    return id_.partition("x")[0] == str(LISTED[module]["idPrefix"])


def _id_in(element: str) -> str:
    try:
        given = json.loads(element or "{}")
    except ValueError:
        return ""
    return str(given.get("id", "")) if isinstance(given, dict) else ""
