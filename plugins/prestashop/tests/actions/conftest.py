"""What the actions' tests stand on: a shop that understands requests wrongly, on purpose."""

import re
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from crosstie.sandbox import Reply, Request, Sandbox


@attrs.frozen
class Misunderstanding:
    """A shop that gets other XML than was sent, and each POST so many `times`."""

    shop: Sandbox
    pattern: str = "(?!)"
    becomes: str = ""
    times: int = 1

    def respond(self, request: Request) -> Reply:
        """Answer as the shop does, to what it understood."""
        if request.method != "POST":
            return self.shop.respond(request)
        body = re.sub(self.pattern, self.becomes, request.body.decode()).encode()
        for _ in range(self.times):
            reply = self.shop.respond(attrs.evolve(request, body=body))
        return reply


@pytest.fixture
def misunderstood(reach: Any) -> Callable[..., None]:
    """From now on the shop gets other XML than is sent."""

    def begin(**how: Any) -> None:
        reach.wire.sandbox = Misunderstanding(reach.sandbox, **how)

    return begin


@pytest.fixture
def changed() -> Callable[..., set[str]]:
    """The fields that differ between two states of a record; nothing is nothing, as null or ""."""

    def between(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
        return {name for name in after if _known(before[name]) != _known(after[name])}

    return between


def _known(value: Any) -> Any:
    return value if str(value).strip("0-: ") else None


@pytest.fixture
def rules(reach: Any) -> Callable[[str], list[dict[str, Any]]]:
    """The cart rules that the shop has under a code, oldest first."""

    def named(code: str) -> list[dict[str, Any]]:
        table = reach.shop["cart_rules"]
        return [table[key] for key in table if table.value(key, "code") == code]

    return named
