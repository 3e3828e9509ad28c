"""Systems that wait for others to call: what `crosstie serve` lends them, and what they give back.

A connector with a method `host` is a server of its own (the web plugin); it is begun with `serve`
and closed with it.
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol, TypeGuard, runtime_checkable

from crosstie.clock import Clock
from crosstie.incoming import Request


class Hosting(Protocol):
    """What `crosstie serve` lends a server."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def log(self) -> logging.Logger:
        """Where the server logs to; secrets are taken out."""

    @property
    def apps(self) -> Mapping[str, Any]:
        """ASGI applications of the plugins by the path under which they are mounted."""

    def takes(self, system: str) -> bool:
        """Whether there is such a system, and it sends events."""

    def receive(self, system: str, request: Request) -> int:
        """Have a system that `takes` events understand a request, and keep its events durably;
        returns how many were new. Only then may the sender be told that they are taken.

        Raises `WebhookError` for a request that is refused, with a text for its sender, and
        another `CrosstieError` where events cannot be kept now. Usable from several threads.
        """

    def ready(self) -> str | None:
        """None while events can be kept and are dealt with, else why not, as a sentence."""


class Hosted(Protocol):
    """A server that has begun."""

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""

    def close(self) -> None:
        """End it: requests under way are answered, no more are taken."""


@runtime_checkable
class Hosts(Protocol):
    """A connector that serves."""

    def host(self, hosting: Hosting) -> Hosted:
        """Begin to serve, on threads of its own.

        Raises a `FlowError` where it cannot listen.
        """


def is_host(connector: object) -> TypeGuard[Hosts]:
    """Whether a connector serves; one with a setting of the name `host` does not."""
    return isinstance(connector, Hosts) and callable(connector.host)
