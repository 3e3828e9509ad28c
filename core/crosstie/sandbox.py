"""The ground that sandboxes stand on: a small HTTP server on a real socket that fails on demand.

A sandbox is a class with `respond`; everything else is here::

    class Echo:
        def respond(self, request: Request) -> Reply:
            return Reply(200, request.body, {"Content-Type": "text/plain"})

    with serve(Echo()) as server:
        httpx.get(server.url)

Faults are a list that tests add to: each `Fault` waits for its turn and then spoils one answer.
"""

import signal
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlsplit

import attrs

from crosstie.errors import ConfigError
from crosstie.incoming import Request


@attrs.frozen(slots=True)
class Reply:
    """An answer; `close` asks for ``Connection: close``. No Content-Type is added by itself."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    close: bool = False


class Sandbox(Protocol):
    """A system that is played: it gets requests, from several threads, and gives replies."""

    def respond(self, request: Request) -> Reply:
        """Answer one request, changing the sandbox's own records as the real system would."""


__all__ = ["Fault", "Kind", "Later", "Reply", "Request", "Sandbox", "Server", "play", "serve"]

Later = Callable[[float, Callable[[], object]], None]
"""Does a deed after so many seconds."""

Kind = Literal["answer", "answer-after", "drop", "lost", "reset", "cut", "late", "slow", "drip"]
"""How an answer is spoiled; see `Fault`."""


@attrs.define(slots=True)
class Fault:
    """Spoil one answer (or `times` of them) whose request `matches`, after letting `skip` pass.

    kinds: ``answer`` (send `reply` instead and do nothing), ``answer-after`` (do it, then send
    `reply`), ``drop`` (close the connection before doing anything), ``lost`` (do it, then close
    the connection without an answer), ``reset`` (do it, then reset the connection), ``cut`` (do
    it, send half of the body), ``late`` (close the connection now, do it `seconds` later),
    ``slow`` (do it, but answer only after `seconds`), ``drip`` (do it, the body in small bits
    spread over `seconds`).
    """

    kind: Kind
    matches: Callable[[Request], bool] = lambda _: True
    skip: int = 0
    times: int = 1
    seconds: float = 0.0
    reply: Reply = Reply(500)


class Server:
    """A sandbox on a free port of 127.0.0.1; `url` has no trailing slash.

    `requests` counts requests by (method, path), `latency` is added to each answer in seconds.
    `later` does a deed after so many seconds, for the fault ``late``; by default in real time.
    """

    def __init__(
        self, sandbox: Sandbox, *, port: int = 0, latency: float = 0.0, later: Later | None = None
    ) -> None:
        self.sandbox = sandbox
        self.latency = latency
        self.faults: list[Fault] = []
        self.requests: Counter[tuple[str, str]] = Counter()
        self.log: list[Request] | None = None
        self._lock = threading.Lock()
        self._later = later or self._in_real_time
        self._timers: list[threading.Timer] = []
        self._httpd = _Httpd(("127.0.0.1", port), _Handler)
        self._httpd.owner = self
        self.host = f"127.0.0.1:{self._httpd.server_address[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True)

    def start(self) -> "Server":
        """Begin to answer, on threads of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, hang up on everybody and free the port; a second time does nothing."""
        if self._thread.is_alive():
            self._httpd.shutdown()
            self._thread.join()
        self._httpd.server_close()
        self._httpd.hang_up()
        for timer in self._timers:
            timer.cancel()

    def fail(self, kind: Kind, **options: Any) -> Fault:
        """Add a fault; returns it, so that a test can see how many `times` are left."""
        fault = Fault(kind, **options)
        with self._lock:
            self.faults.append(fault)
        return fault

    def _do_later(self, seconds: float, request: Request) -> None:
        self._later(seconds, lambda: self.sandbox.respond(request))

    def _in_real_time(self, seconds: float, deed: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, deed)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def _meet(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests[request.method, request.path] += 1
            if self.log is not None:
                self.log.append(request)
            for fault in self.faults:
                if fault.times <= 0 or not fault.matches(request):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None


@contextmanager
def serve(
    sandbox: Sandbox, *, port: int = 0, latency: float = 0.0, later: Later | None = None
) -> Iterator[Server]:
    """Serve a sandbox for the length of a `with` block."""
    server = Server(sandbox, port=port, latency=latency, later=later).start()
    try:
        yield server
    finally:
        server.stop()


def play(
    sandbox: Sandbox, begin: Callable[[Server], object], *, port: int = 0, latency: float = 0.0
) -> None:
    """Serve a sandbox until SIGTERM or SIGINT, on the main thread; `begin` is told the server.

    Raises `ConfigError` for a port that cannot be used.
    """
    try:
        server = Server(sandbox, port=port, latency=latency)
    except OSError as error:
        raise ConfigError([f"port {port} cannot be used: {error.strerror}"]) from error
    stop, ends = threading.Event(), (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(one, lambda *_: stop.set()) for one in ends]
    try:
        begin(server)
        server.start()
        while not stop.wait(1.0):  # a wait without end is not always woken by a signal
            pass
    finally:
        server.stop()
        for one, handler in zip(ends, before, strict=True):
            signal.signal(one, handler)


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    owner: Server

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection: a kept-alive one would outlive the server."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection, so that the threads that wait on one end too."""
        for connection in list(self._open):
            with suppress(OSError):  # it may just have been closed
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is a normal thing here; our own errors are not."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Httpd

    def _answer(self) -> None:
        split = urlsplit(self.path)
        request = Request(
            self.command,
            split.path,
            dict(parse_qsl(split.query, keep_blank_values=True)),
            {name.lower(): text for name, text in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            self.path,
        )
        owner = self.server.owner
        fault = owner._meet(request)
        if owner.latency:
            time.sleep(owner.latency)
        if fault is None:
            self._send(owner.sandbox.respond(request))
        elif fault.kind in {"drop", "lost", "reset", "late"}:
            self._vanish(fault, request)
        else:
            self._spoil(fault, request)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def _send(self, reply: Reply, *, bits: int = 1, over: float = 0.0, cut: bool = False) -> None:
        self.send_response_only(reply.status)
        for name, text in reply.headers.items():
            self.send_header(name, text)
        if "Content-Length" not in reply.headers:
            length = len(reply.body) or (1 if cut else 0)  # even nothing can be cut
            self.send_header("Content-Length", str(length))
        if reply.close or cut:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        body = reply.body if self.command != "HEAD" else b""
        if cut:
            body = body[: len(body) // 2]
        size = max(1, -(-len(body) // bits))
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            if bits > 1:
                self.wfile.flush()
                time.sleep(over / bits)
        self.wfile.flush()

    def _spoil(self, fault: Fault, request: Request) -> None:
        if fault.kind == "answer":
            self._send(fault.reply)
            return
        reply = self.server.owner.sandbox.respond(request)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        self._send(
            fault.reply if fault.kind == "answer-after" else reply,
            bits=20 if fault.kind == "drip" else 1,
            over=fault.seconds,
            cut=fault.kind == "cut",
        )

    def _vanish(self, fault: Fault, request: Request) -> None:
        respond = self.server.owner.sandbox.respond
        if fault.kind in {"lost", "reset"}:
            respond(request)
        elif fault.kind == "late":
            self.server.owner._do_later(fault.seconds, request)
        if fault.kind == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        else:
            with suppress(OSError):  # the client may have gone first
                self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (its name there)
        """A sandbox keeps its own counts; nothing is printed."""
