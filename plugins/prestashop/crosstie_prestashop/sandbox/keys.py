"""The webservice's keys and what each may do, which can change at any time."""

from collections.abc import Iterable

import attrs

ALL = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
DEFAULT_KEY = "CROSSTIESANDBOXKEY00000000000001"


@attrs.define(slots=True)
class Key:
    """A key of 32 characters; `rights` maps resources to methods, `shops` is where it holds."""

    text: str
    rights: dict[str, set[str]]
    shops: set[int] = attrs.field(factory=lambda: {1})
    active: bool = True

    def grant(self, resource: str, methods: Iterable[str] = ALL) -> None:
        """Allow methods; GET brings HEAD along, as the back office's first box does."""
        new = {method.upper() for method in methods}
        self.rights.setdefault(resource, set()).update(new | ({"HEAD"} if "GET" in new else set()))

    def deny(self, resource: str, methods: Iterable[str] = ALL) -> None:
        """Forbid methods; a resource of which nothing is left is not the key's any more."""
        left = self.rights.get(resource, set()) - {method.upper() for method in methods}
        if left - {"HEAD"}:
            self.rights[resource] = left
        else:
            self.rights.pop(resource, None)
