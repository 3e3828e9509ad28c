"""The one HTTP client: time-outs, retries where they are safe, honest errors, no redirects.

What it promises, so that connectors need not think of it:

- A read (GET, HEAD) is tried again after a time-out, a lost or cut answer, 429, 502, 503 and 504.
- A write is tried again only where nothing can have been carried out: the connection was never
  made, or the server answered 429. Any other lost answer raises `UncertainError`.
- 429 and 503 wait as long as `Retry-After` says (seconds or a date), at most five minutes.
- Every other status is the connector's to judge: it comes back as a `Response`.
- Redirects come back as they are, and credentials never travel to another place.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import attrs
import httpx

from crosstie.clock import Clock
from crosstie.errors import UnavailableError, UncertainError

HttpAuth = httpx.Auth | tuple[str, str]
READS = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_WAIT = 300.0
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@attrs.frozen(slots=True)
class Response:
    """An answer as it came. `headers` are looked up in lower case; `url` is without the query."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        """The body as UTF-8, with replacement characters where it is not."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return json.loads(self.content)


class _AgainError(Exception):
    """An answer or failure after which the same request may be sent again."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Http:
    """An HTTP client for one system; usable from several threads.

    `attempts` counts the first try too. The time-out is for connecting and for each silence.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        log: logging.Logger,
        redact: Callable[[str], str] = lambda text: text,
        auth: HttpAuth | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        attempts: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._log = log
        self._redact = redact
        self._attempts = attempts
        self._client = httpx.Client(
            base_url=base_url,
            auth=auth,
            headers={"User-Agent": "crosstie", **(headers or {})},
            timeout=timeout,
            follow_redirects=False,
            transport=transport,
            trust_env=False,
        )

    def get(self, path: str, *, params: Mapping[str, str] | None = None, **more: Any) -> Response:
        """Read; see `request`."""
        return self.request("GET", path, params=params, **more)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int | None = None,
    ) -> Response:
        """Send a request and return the answer, whatever its status (but see the retries above).

        Raises `UnavailableError` when the system cannot be reached or keeps failing, and
        `UncertainError` when a write was sent and its answer is lost.
        """
        request = self._client.build_request(
            method, path, params=params, content=content, data=form, headers=headers
        )
        where = f"{method} {request.url.copy_with(query=None)}"
        last: _AgainError | None = None
        for attempt in range(attempts or self._attempts):
            if last is not None:
                pause = last.wait if last.wait is not None else min(30.0, 0.25 * 2 ** (attempt - 1))
                self._log.info("%s: %s, trying again in %.2g s", where, last, pause)
                self._clock.sleep(pause)
            try:
                return self._send(request, method in READS)
            except _AgainError as error:
                last = error
        message = self._redact(f"{where}: {last}, after {attempts or self._attempts} attempts")
        raise UnavailableError(message) from last

    def _send(self, request: httpx.Request, read: bool) -> Response:
        try:
            answer = self._client.send(request)
        except NEVER_SENT as error:
            raise _AgainError(_reason(error)) from error
        except httpx.TransportError as error:
            if read:
                raise _AgainError(_reason(error)) from error
            where = f"{request.method} {request.url.copy_with(query=None)}"
            raise UncertainError(
                self._redact(f"{where}: {_reason(error)}; it may have been carried out")
            ) from error
        retryable = {429, 502, 503, 504} if read else {429}
        if answer.status_code in retryable:
            wait = _retry_after(answer.headers.get("retry-after"), self._clock.now())
            if wait is not None or answer.status_code == 429 or not answer.content:
                raise _AgainError(f"answered {answer.status_code}", wait)
        return Response(
            status=answer.status_code,
            headers=answer.headers,
            content=answer.content,
            url=str(answer.url.copy_with(query=None)),
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer in time ({type(error).__name__})"
    return str(error) or type(error).__name__


def _retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a `Retry-After` header in seconds or as an HTTP date (RFC 9110)."""
    if not text:
        return None
    if text.strip().isdigit():
        return min(float(text), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)
