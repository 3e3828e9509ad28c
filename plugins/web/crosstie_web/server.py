"""The server itself: uvicorn on a thread of its own, which leaves signals and logs alone."""

import asyncio
import math
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import attrs
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from crosstie import Hosting, UnavailableError
from crosstie_web.app import application
from crosstie_web.web import Web

AT_ONCE = 8
"""Requests whose events are being kept."""
CONNECTIONS = 500
"""More are told to come back, so that the rest of the program has files to open."""


class Connection(H11Protocol):
    """Hangs up on a client that does not say in time what it wants."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Called by uvicorn after each answer."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Let time run while the head of a request is awaited, however much of it has come."""
        is_waiting = self.cycle is None or self.cycle.response_complete
        if is_waiting and self._timer is None:
            self._timer = self.loop.call_later(self.timeout_keep_alive, self._hang_up)
        elif not is_waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hang_up(self) -> None:
        self.transport.close()


@attrs.frozen
class WebServer:
    """See `crosstie.Hosted`."""

    address: str
    _server: uvicorn.Server
    _thread: threading.Thread
    _keeping: ThreadPoolExecutor

    def close(self) -> None:
        """See `crosstie.Hosted`."""
        self._server.should_exit = True
        self._thread.join()
        self._keeping.shutdown()


def begin(settings: Web, hosting: Hosting) -> WebServer:
    """Listen; raises `UnavailableError` where that is not possible."""
    keeping = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="web")
    limit = settings.timeout.total_seconds()
    app = application(hosting, keeping, largest=settings.largest, limit=limit)
    family = socket.AF_INET6 if ":" in settings.listen else socket.AF_INET
    try:
        listening = socket.create_server((settings.listen, settings.port), family=family)
    except OSError as error:
        reason = f"{settings.address} cannot be listened on ({os.strerror(error.errno or 0)})"
        raise UnavailableError(f"{reason}: does another program do so already?") from error
    # asyncio does this by itself for sockets that it makes; else each answer waits for 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=math.ceil(limit),
        timeout_graceful_shutdown=math.ceil(limit) + 1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="web")
    thread.start()
    address = attrs.evolve(settings, port=listening.getsockname()[1]).address
    return WebServer(address, server, thread, keeping)
