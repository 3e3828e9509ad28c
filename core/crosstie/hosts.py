"""Systems that wait for others to call: what `crosstie serve` lends them, and what they give back.

A connector with a method `host` is a server of its own (the web plugin); it is begun with `serve`
and closed with it.
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

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

    def receive(self, system: str, request: Request) -> int:
        """Have a system understand a request, and keep its events durably; returns how many were
        new. Only then may the sender be told that they are taken.

        Raises `LookupError` where no such system takes events, `WebhookError` for a request that
        is refused, and a `CrosstieError` where events cannot be kept now.
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
