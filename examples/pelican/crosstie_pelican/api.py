"""Pelican's API: requests as it wants them, and what its answers mean to Crosstie.

What an answer means depends on what it answers: where nothing was to be changed, one that is none
is asked for again, and then the system is down (`UnavailableError`); where something was, it may
have been done all the same (`UncertainError`).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from crosstie import (
    Clock,
    FlowError,
    Http,
    RejectedError,
    Response,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    token_pages,
)

AT_ONCE = 100
TRIES = 4
PAUSE = 0.5
NOT_THERE = frozenset({"not_found", "method_not_allowed"})


class RefusedError(RejectedError):
    """Pelican read the request and refuses it: `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@attrs.frozen
class Api:
    """A Pelican account."""

    http: Http
    clock: Clock

    def get(self, path: str, **params: str) -> Mapping[str, Any]:
        """Read; raises `RefusedError` where the request itself is refused."""
        return self._read(lambda: self.http.get(path, params=params))

    def pages(self, path: str, name: str, **asked: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        """The pages of the list called `name`; a token stands for the whole question."""

        def fetch(token: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
            answer = self.get(path, **({"page_token": token} if token else asked))
            return listed(answer, name), answer.get("next_page_token")

        return token_pages(fetch)

    def lookup(self, path: str, name: str, keys: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The rows called `name` that have these external ids, in any order.

        Looking up is a POST, which the client cannot know to be harmless: so it is `_read` that
        asks again when an answer got lost.
        """
        kind = {"Content-Type": "application/json"}
        for start in range(0, len(keys), AT_ONCE):
            body = _json({"external_ids": keys[start : start + AT_ONCE]})
            ask = partial(self.http.request, "POST", path, content=body, headers=kind)
            for row in listed(self._read(ask), name):
                if not isinstance(row.get("external_id"), str):
                    raise UnavailableError(f"{path} told a row without external_id")
                yield row

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """Change something; a body in bytes are lines of JSON.

        Raises `RefusedError` when Pelican says no, `UncertainError` when nobody knows, and a
        `FlowError` when certainly nothing was changed.
        """
        lines = isinstance(body, bytes)
        kind = {"Content-Type": "application/x-ndjson" if lines else "application/json"}
        answer = self.http.request(
            "POST",
            path,
            params=params,
            content=body if isinstance(body, bytes) else _json(body),
            headers={**kind, **(headers or {})},
        )
        try:
            return _judged(answer)
        except _NoAnswerError as error:
            raise UncertainError(f"{error}; it may have been carried out") from error

    def _read(self, ask: Callable[[], Response]) -> Mapping[str, Any]:
        """What is answered, asked again after an answer that got lost or is none."""
        for attempt in range(1, TRIES + 1):
            try:
                return _judged(ask())
            except (UncertainError, _NoAnswerError) as error:
                lost = error
            if attempt == TRIES or not self.clock.sleep(PAUSE * 2**attempt):
                break
        raise UnavailableError(f"{lost} (asked {attempt} times)") from lost


def listed(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list of objects under this name; raises `UnavailableError` where there is none."""
    rows = answer.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise UnavailableError(f"Pelican's answer has no list of {name}: is the url right?")
    return rows


def lines_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as lines of JSON."""
    return b"\n".join(map(_json, rows))


class _NoAnswerError(Exception):
    """What came is no answer of Pelican's, or says that it broke on the way."""


def _json(value: Any) -> bytes:
    return json.dumps(value, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise RejectedError(f"Pelican has no place for {type(value).__name__} {value!r}")


def _judged(answer: Response) -> Mapping[str, Any]:
    """The body of a good answer; raises what a bad one means."""
    body = _body(answer)
    error = body.get("error") if body else None
    said: Mapping[str, Any] = error if isinstance(error, Mapping) else {}
    code, message = str(said.get("code", "")), str(said.get("message", ""))[:500]
    where = f"{answer.url}: answered {answer.status}"
    if 200 <= answer.status < 300:
        if body is None:
            raise _NoAnswerError(f"{where} with something that is no JSON object")
        return body
    if answer.status == 401:
        raise UnauthorisedError(f"{where}: it does not know the access token that it has given")
    if answer.status == 403:
        lacking = f"{message} ({said['field']})" if "field" in said else message or "not allowed"
        raise UnauthorisedError(f"{where}: {lacking}; authorise the app anew in Pelican")
    if answer.status >= 500:
        raise _NoAnswerError(" ".join([where, message, str(said.get("incident", ""))]).strip())
    if not code or code in NOT_THERE:
        raise UnavailableError(f"{where} {message}".rstrip() + ": is the url the API's address?")
    raise RefusedError(code, refusal(said))


def _body(answer: Response) -> Mapping[str, Any] | None:
    try:
        body = json.loads(answer.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


def refusal(error: Mapping[str, Any]) -> str:
    """Pelican's own reason, in its words."""
    field = f" ({error['field']})" if "field" in error else ""
    return f"Pelican refuses it, {error.get('code')}: {error.get('message')}{field}"


def unanswered(what: str, error: FlowError | RefusedError) -> UncertainError:
    """What an error means in the middle of a deed that has begun."""
    return UncertainError(f"{what} was begun, and what came of it cannot be told: {error}")
