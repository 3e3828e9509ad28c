"""What the server answers: it takes events, tells how it is, and has the apps of plugins."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import attrs
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crosstie import CrosstieError, Hosting, PluginError, Request, WebhookError

AGAIN = "30"
"""Seconds after which a sender may try again."""
DISCARDED = 10
"""How many times too large a body may be for its sender to be told; others are cut off."""
OWN = ("events", "health", "ready")
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def application(
    hosting: Hosting, keeping: ThreadPoolExecutor, *, largest: int, limit: float
) -> ASGIApp:
    """The whole application; events are kept on the threads of `keeping`.

    A body has at most `largest` bytes, and `limit` seconds to arrive.
    Raises `PluginError` for an app at a path that is taken.
    """
    for path in hosting.apps:
        if not path.startswith("/") or path.strip("/").partition("/")[0] in OWN:
            raise PluginError(f"no app can be mounted at {path!r}: it must be /NAME, not {OWN}")
    front = Front(hosting, keeping, largest, limit)
    routes = [
        Route("/events/{system}", front.take, methods=["POST"]),
        Route("/health", front.health),
        Route("/ready", front.ready),
        *(Mount(path.rstrip("/"), app) for path, app in hosting.apps.items()),
    ]
    return Guarded(Starlette(routes=routes, exception_handlers={HTTPException: _refusal}))


@attrs.frozen
class Front:
    """Our own pages."""

    hosting: Hosting
    keeping: ThreadPoolExecutor
    largest: int
    limit: float

    async def take(self, asked: Asked) -> Response:
        """Take events in: the answer comes when they are kept."""
        system = asked.path_params["system"]
        if not self.hosting.takes(system):
            raise HTTPException(404, "no such system takes events")
        request = _told(asked, await self._body(asked))
        loop = asyncio.get_running_loop()
        try:
            added = await loop.run_in_executor(self.keeping, self.hosting.receive, system, request)
        except WebhookError as error:
            self.hosting.log.info("%s: a request is refused: %s", system, error)
            raise HTTPException(400, str(error)) from error
        except CrosstieError as error:
            self.hosting.log.error("%s: events cannot be kept: %s", system, error)
            told = "events cannot be kept now"
            raise HTTPException(503, told, {"Retry-After": AGAIN}) from error
        return JSONResponse({"accepted": added}, 202)

    async def _body(self, asked: Asked) -> bytes:
        """The body, as far as it is neither too large nor too slow."""
        parts, size = [], 0
        try:
            async with asyncio.timeout(self.limit):
                async for part in asked.stream():
                    size += len(part)
                    if size <= self.largest:
                        parts.append(part)
                    elif size > DISCARDED * self.largest:
                        break
        except TimeoutError:
            raise HTTPException(408, "the request took too long to arrive") from None
        except ClientDisconnect:
            raise HTTPException(400, "the request did not arrive whole") from None
        if size > self.largest:
            raise HTTPException(413, f"the body has more than {self.largest} bytes")
        return b"".join(parts)

    async def health(self, _: Asked) -> Response:
        """Whether the program lives."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Asked) -> Response:
        """Whether events can be kept and are dealt with."""
        reason = await asyncio.to_thread(self.hosting.ready)
        if reason is None:
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "not ready", "reason": reason}, 503)


@attrs.frozen
class Guarded:
    """An application whose answers harm no browser; one that knows better sets its own headers."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, text in HEADERS.items():
                    headers.setdefault(name, text)
            await send(message)

        await self.app(scope, receive, guarded)


def _told(asked: Asked, body: bytes) -> Request:
    """The request as systems understand it; headers that come twice are joined."""
    headers: dict[str, str] = {}
    for name, text in asked.headers.items():
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    path, query = asked.scope["raw_path"], asked.scope["query_string"]
    return Request(
        method=asked.method,
        path=asked.scope["path"],
        query=dict(asked.query_params),
        headers=headers,
        body=body,
        target=(path + b"?" + query if query else path).decode("latin-1"),
    )


async def _refusal(_: Asked, error: Exception) -> Response:
    """Why a request is refused; nothing more is read from its sender."""
    assert isinstance(error, HTTPException)
    headers = {**(error.headers or {}), "Connection": "close"}
    return JSONResponse({"error": error.detail}, error.status_code, headers)
