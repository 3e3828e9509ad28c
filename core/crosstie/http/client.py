"""The one HTTP client: time-outs, retries where they are safe, honest errors, no redirects.

What it promises, so that connectors need not think of it:

- A read (GET, HEAD, OPTIONS) is tried again after a time-out, a lost, cut or garbled answer,
  429, and whenever a gateway answers in the system's place: 502, 504, Cloudflare's 520 to 530,
  and 503 with no body, with an HTML page or with `Retry-After`.
- A write is tried again only where nothing can have been carried out: the connection was never
  made, or the server answered 429. Any other lost answer, a gateway's included, raises
  `UncertainError`.
- With a rate, each request waits for its turn before it is sent, a retry too; where the system's
  answers tell the rate, all requests rest once none is left.
- `Retry-After` (seconds or a date) is waited for in full. Where it asks for more than five
  minutes, waiting is left to the next run: `UnavailableError` says until when.
- Every other status is the connector's to judge: it comes back as a `Response`. So does a 503 in
  the system's own words, such as a web service that is switched off.
- Redirects come back as they are. A path that leads to another host is refused, cookies are not
  kept: credentials never travel to another place.
- No answer lasts or grows without end: a body has ten time-outs to arrive and 200 MB to fill.
- Errors and the log name host and path, never the query, a password or a redacted text.
"""

import http.cookiejar
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from crosstie.clock import Clock
from crosstie.errors import RejectedError, SlowError, UnavailableError, UncertainError
from crosstie.http.rate import LONGEST_WAIT, ToldRate, Turns, await_turn
from crosstie.http.response import Response

HttpAuth = httpx.Auth | tuple[str, str]
"""How requests are signed: a pair of user and password, or any `httpx.Auth`."""

HttpTransport = httpx.BaseTransport
"""What carries requests; a test may put its own in place of the network."""

IS_READ = "crosstie.reads"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
GATEWAY = frozenset({502, 504, *range(520, 531)})
TOO_SLOW = frozenset({504, 524})
LARGEST_ANSWER = 200_000_000
LONGEST_REST = 86400.0
BEGUN = "crosstie.begun"
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _LostError(Exception):
    """There is no answer of the system's own.

    `sent`: it may have been carried out. `wait`: seconds the other side asks for.
    `again`: asking once more may help. `slow`: it did not come in time.
    """

    def __init__(
        self,
        reason: str,
        *,
        sent: bool = True,
        wait: float = 0.0,
        again: bool = True,
        slow: bool = False,
    ) -> None:
        super().__init__(reason)
        self.sent = sent
        self.wait = wait
        self.again = again
        self.slow = slow


class Http:
    """An HTTP client for one system; usable from several threads.

    `timeout` (seconds) is for connecting and for each silence, `attempts` counts the first try
    too, `largest` (bytes, after decompression) bounds a body, `turns` keep to a rate, which the
    answers tell where it is a `told` one.
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
        largest: int = LARGEST_ANSWER,
        transport: HttpTransport | None = None,
        turns: Turns | None = None,
        told: ToldRate | None = None,
    ) -> None:
        self._clock = clock
        self._log = log
        self._redact = redact
        self._attempts = attempts
        self._longest = 10 * timeout
        self._largest = largest
        self._turns = turns
        self._told = told
        self._client = httpx.Client(
            base_url=self._address(base_url),
            auth=auth,
            headers=httpx.Headers({"User-Agent": "crosstie", **(headers or {})}, encoding="utf-8"),
            cookies=http.cookiejar.CookieJar(_NO_COOKIES),
            timeout=timeout,
            follow_redirects=False,
            transport=transport,
            trust_env=False,
            verify=_tls(),
            event_hooks={"request": [self._begin]},
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
        patient: bool = True,
        reads: bool | None = None,
    ) -> Response:
        """Send a request and return the answer, whatever its status (but see the retries above).

        Raises `UnavailableError` when the system cannot be reached or keeps failing, and
        `UncertainError` when a write was sent and its answer is lost.
        `reads` says of a POST that it changes nothing (a search), so that it is tried again as a
        read is; by default the method tells.
        Not `patient`: the first time-out of a read is a `SlowError`, so that a connector can ask
        for less instead of asking again.
        """
        sent = {"params": params, "content": content, "data": form}
        request = self._build(method, path, headers=headers, **sent)
        request.extensions[IS_READ] = method in READS if reads is None else reads
        most = attempts or self._attempts
        attempt = 1
        while True:
            try:
                return self._send(request)
            except _LostError as lost:
                allowed = 1 if lost.slow and not patient else most
                self._wait_or_raise(request, lost, attempt, allowed)
            attempt += 1

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _address(self, base_url: str) -> httpx.URL:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in {"http", "https"} or not url.host:
            shown = self._redact(base_url.partition("?")[0].rpartition("@")[2])
            raise UnavailableError(f"{shown!r} is no web address: it must be https://host/…")
        return url

    def _build(
        self, method: str, path: str, *, headers: Mapping[str, str] | None, **sent: Any
    ) -> httpx.Request:
        more = httpx.Headers(headers, encoding="utf-8") if headers else None
        try:
            request = self._client.build_request(method, path, headers=more, **sent)
        except httpx.InvalidURL as error:
            shown = self._redact(f"{path.partition('?')[0][:100]!r} cannot be asked for: {error}")
            raise RejectedError(shown) from error
        home = self._client.base_url
        if (request.url.scheme, request.url.netloc) != (home.scheme, home.netloc):
            there = f"{_shown(home)} points to another place, {_shown(request.url)}: not followed"
            raise UnavailableError(self._redact(there))
        return request

    def _wait_or_raise(
        self, request: httpx.Request, lost: _LostError, attempt: int, most: int
    ) -> None:
        said = self._redact(f"{request.method} {_shown(request.url)}: {lost}")
        if lost.sent and not request.extensions[IS_READ]:
            raise UncertainError(f"{said}; it may have been carried out") from lost
        if lost.wait > LONGEST_WAIT:
            raise UnavailableError(f"{said}; it asks for {lost.wait:.0f} s of rest") from lost
        if attempt >= most or not lost.again:
            kind = SlowError if lost.slow else UnavailableError
            raise kind(f"{said}, tried {attempt} times" if attempt > 1 else said) from lost
        pause = max(lost.wait, min(30.0, 0.25 * 2 ** (attempt - 1)))
        self._log.info("%s; trying again in %.3g s", said, pause)
        self._clock.sleep(pause)

    def _begin(self, request: httpx.Request) -> None:
        """Wait for a turn; called right before each sending, also of one that is signed anew."""
        if self._turns is not None:
            await_turn(self._turns, self._clock, _shown(request.url))
        request.extensions[BEGUN] = time.monotonic()

    def _send(self, request: httpx.Request) -> Response:
        try:
            answer = self._receive(request)
        except NEVER_SENT as error:
            hint = "is the address right, and the system up?"
            raise _LostError(f"{_reason(error)} ({hint})", sent=False) from error
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            # The cause would show the header, and with it perhaps a key.
            reason = "a header or the path holds characters that HTTP cannot carry"
            raise UnavailableError(self._redact(f"{_shown(request.url)}: {reason}")) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _LostError(
                _reason(error), slow=isinstance(error, httpx.TimeoutException)
            ) from error
        wait = _retry_after(answer.headers.get("retry-after"), self._clock.now())
        if self._told is not None and (
            answer.status == 429 or self._told.is_used_up(answer.headers)
        ):
            rest = self._told.rest(answer.headers, self._clock.now())
            self._rest(rest)
            wait = rest if wait is None and answer.status == 429 else wait
        if answer.status == 429:
            self._rest(wait)
            raise _LostError("answered 429, too many requests", sent=False, wait=wait or 0.0)
        own_words = answer.content and "html" not in answer.headers.get("content-type", "")
        comes_back = wait is None or not request.extensions[IS_READ]
        if answer.status in GATEWAY or (answer.status == 503 and not (own_words and comes_back)):
            raise _LostError(
                f"answered {answer.status}", wait=wait or 0.0, slow=answer.status in TOO_SLOW
            )
        return answer

    def _rest(self, seconds: float | None) -> None:
        """Let all requests to the system wait."""
        if seconds and self._turns is not None:
            rest = timedelta(seconds=min(seconds, LONGEST_REST))
            self._turns.rest(self._clock.now() + rest)

    def _receive(self, request: httpx.Request) -> Response:
        answer = self._client.send(request, stream=True)
        until = answer.request.extensions[BEGUN] + self._longest
        pieces, size = [], 0
        try:
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > self._largest:
                    raise _LostError(f"an answer of over {self._largest:,} bytes", again=False)
                if time.monotonic() > until:
                    raise _LostError(f"no complete answer within {self._longest:g} s", slow=True)
                pieces.append(piece)
        finally:
            answer.close()
        return Response(answer.status_code, answer.headers, b"".join(pieces), _shown(answer.url))


@cache
def _tls() -> ssl.SSLContext:
    """The well-known authorities; one for all clients, because loading them takes 17 ms."""
    return httpx.create_ssl_context(trust_env=False)


_NO_COOKIES = http.cookiejar.DefaultCookiePolicy(allowed_domains=())


def _shown(url: httpx.URL) -> str:
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def _reason(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer in time ({type(error).__name__})"
    return str(error)[:200] or type(error).__name__


def _retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a `Retry-After` header in seconds or as an HTTP date (RFC 9110)."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:  # "-0000", which says UTC and nothing about the place
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
