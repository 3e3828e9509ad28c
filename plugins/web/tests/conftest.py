"""A server that takes events in, begun as `crosstie serve` begins it, and who posts to it."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import attrs
import httpx
import pytest

from crosstie import Hosted, Secret, sign_webhook, webhook_key
from crosstie.hosting import hosted
from crosstie.project import Project
from crosstie.state import EventRow
from crosstie.testing import SimulatedClock

SECRET = f"whsec_{b64encode(b'k' * 32).decode()}"
CONFIG = """
[systems.web]
use = "web"
port = 0
{web}

[systems.forms]
use = "events"
secret = {{ env = "FORMS_SECRET" }}
"""


@attrs.define
class Front:
    """The server, and the sender whom it knows."""

    project: Project
    server: Hosted
    clock: SimulatedClock
    client: httpx.Client
    wake: threading.Event
    troubles: list[str] = attrs.field(factory=list)

    @property
    def host(self) -> tuple[str, int]:
        """Where it listens."""
        url = httpx.URL(self.server.address)
        return url.host, url.port or 0

    def signed(self, body: bytes, mark: str = "msg_1", secret: str = SECRET) -> dict[str, str]:
        """The headers of a message as its sender signs it now."""
        return sign_webhook(webhook_key(Secret(secret)), mark, self.clock.now(), body)

    def written(self, body: bytes) -> bytes:
        """A signed message as it stands on the wire."""
        told = {"Host": "here", "Content-Length": str(len(body)), **self.signed(body)}
        lines = "".join(f"{name}: {text}\r\n" for name, text in told.items())
        return f"POST /events/forms HTTP/1.1\r\n{lines}\r\n".encode() + body

    def post(self, told: Any, mark: str = "msg_1", **headers: str) -> httpx.Response:
        """Post a message, signed; bytes as they are, anything else as JSON."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        signed = {**self.signed(body, mark), **headers}
        return self.client.post("/events/forms", content=body, headers=signed)

    def kept(self) -> list[EventRow]:
        """The events that are in the state, read by another connection."""
        with self.project.state() as state:
            return state.new_events(limit=10_000)


@pytest.fixture
def front(project: Callable[..., Project], clock: SimulatedClock) -> Iterator[Callable[..., Front]]:
    """Begin a server with these settings, in this text of TOML, until the test ends."""
    with ExitStack() as stack:

        def begin(web: str = "", environ: Mapping[str, str] = {}, **plugins: object) -> Front:
            opened = project(CONFIG.format(web=web), {"FORMS_SECRET": SECRET, **environ}, **plugins)
            wake, troubles = threading.Event(), list[str]()
            trouble = lambda: next(iter(troubles), None)  # noqa: E731 (short enough to be seen)
            (server,) = stack.enter_context(hosted(opened, wake, trouble))
            client = stack.enter_context(httpx.Client(base_url=server.address))
            return Front(opened, server, clock, client, wake, troubles)

        yield begin
