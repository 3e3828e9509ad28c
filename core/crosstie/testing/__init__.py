"""The conformance kit: proves on a connector's sandbox that it keeps what the core relies on::

    class Acme(Rig):
        kind = "acme"

        def sandbox(self, clock):
            return AcmeSandbox(clock)

        def settings(self, url):
            return {"url": url, "token": Secret("acme-token-1")}


    class TestContacts(Acme, SourceConformance):
        stream = "contacts"

        def add(self, sandbox, number, at, text):
            return sandbox.add(f"c{number}@example.com", name=text, at=at)

It comes with the extra ``crosstie[testing]``. What each promise means, and what usually breaks
it, stands in ``promises.md`` beside this file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crosstie.testing.kit import *  # noqa: F403 (what its `__all__` names is offered here)
else:

    def __getattr__(name: str) -> Any:
        """Import the kit when it is used: pytest loads this package in every run."""
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        return getattr(import_module("crosstie.testing.kit"), name)
