"""One request, as the parts of the sandbox look at it."""

import json
from collections.abc import Mapping
from typing import Any

import attrs

from crosstie import Request
from crosstie_pelican.sandbox.refusals import RefusalError

Answer = tuple[int, Mapping[str, Any]] | tuple[int, Mapping[str, Any], Mapping[str, str]]
"""Status, body, and headers where there are some."""

MOST_KEYS = 100
USUAL_PAGE = 50
LARGEST_PAGE = 200


@attrs.frozen
class Call:
    """A request; `name` is what stands in its path in place of a variable."""

    request: Request
    name: str = ""

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        try:
            body = json.loads(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RefusalError(400, "malformed", "the body is no JSON object")
        return body

    def many(self, name: str) -> list[Any]:
        """The list of 1 to 100 that was sent under this name."""
        listed = self.body().get(name)
        if not isinstance(listed, list) or not 0 < len(listed) <= MOST_KEYS:
            raise RefusalError(400, "malformed", f"{name} is a list of 1 to {MOST_KEYS}", name)
        return listed

    def external_ids(self) -> list[str]:
        """The external ids that were sent."""
        return [str(key) for key in self.many("external_ids")]

    def size(self) -> int:
        """How long a page may be."""
        text = self.request.query.get("limit", str(USUAL_PAGE))
        if not text.isdecimal() or not 0 < int(text) <= LARGEST_PAGE:
            raise RefusalError(400, "malformed", f"limit is 1 to {LARGEST_PAGE}", "limit")
        return int(text)

    @property
    def page_token(self) -> str | None:
        """The token of the page that is wanted, None for the first."""
        return self.request.query.get("page_token")
