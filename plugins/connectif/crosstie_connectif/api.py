"""Connectif's API: requests as it wants them, and what its answers mean to Crosstie.

An answer that is none of Connectif's says nothing: a read is asked again and then the system is
down (`UnavailableError`), a write may have been carried out all the same (`UncertainError`).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import attrs

from crosstie import (
    Clock,
    Http,
    RejectedError,
    Response,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)
from crosstie_connectif.encoding import encoded

TRIES = 4
PAUSE = 0.5
NOT_THERE = frozenset({400, 404, 422})
SCOPES = "Read and Write of Contacts, Products and Purchases"
WHERE_KEYS_ARE = "in Connectif, among the API keys of the store"


class ScopeError(UnauthorisedError):
    """The key is known, and may not do this."""


class RefusedError(RejectedError):
    """Connectif read the request and refuses it: `said` is the body of its answer."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(f"Connectif refuses it: {words_of(said) or status}")
        self.status = status
        self.said = said

    @property
    def code(self) -> str:
        """Connectif's own code, such as E0101; empty where it has none."""
        return str(self.said.get("code", ""))


@attrs.frozen
class Api:
    """A store in Connectif."""

    http: Http
    clock: Clock

    def get(self, path: str) -> Mapping[str, Any] | None:
        """What is at this path; None where Connectif says that there is nothing, or that there
        cannot be, such as a contact whose e-mail is none.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return _judged(self.http.get(path))
            except RefusedError as refused:
                if refused.status in NOT_THERE:
                    return None
                raise UnavailableError(f"{path.partition('/')[0]}: {refused}") from refused
            except _NoAnswerError as error:
                lost = error
            if attempt == TRIES or not self.clock.sleep(PAUSE * 2**attempt):
                break
        raise UnavailableError(f"{lost} (asked {attempt} times)") from lost

    def limit(self, path: str) -> str | None:
        """How many requests a minute are allowed, as the answer at this path tells.

        Raises what keeps the path from being read.
        """
        answer = self.http.get(path)
        try:
            _judged(answer)
        except RefusedError as refused:
            if refused.status not in NOT_THERE:
                raise
        except _NoAnswerError as error:
            raise UnavailableError(str(error)) from error
        return answer.headers.get("x-ratelimit-limit")

    def change(
        self, method: str, path: str, row: Mapping[str, Any], **params: str
    ) -> Mapping[str, Any]:
        """Write a row; returns Connectif's answer, empty where that has no content.

        Raises `RefusedError` when Connectif says no, `UncertainError` when nobody knows, and a
        `FlowError` when certainly nothing was changed.
        """
        content = encoded(row)
        kind = {"Content-Type": "application/json"}
        answer = self.http.request(method, path, params=params, content=content, headers=kind)
        try:
            return _judged(answer)
        except RefusedError as refused:
            if refused.status in {404, 405}:
                raise UnavailableError(f"{answer.url}: {refused}: is the url right?") from refused
            raise
        except _NoAnswerError as error:
            raise UncertainError(f"{error}; it may have been carried out") from error


def quoted(key: object) -> str:
    """A key as a part of a path."""
    return quote(str(key), safe="")


def words_of(said: Mapping[str, Any]) -> str:
    """What Connectif says of an error, with the fields that it finds wrong."""
    told = " ".join(str(said[name]) for name in ("code", "detail") if said.get(name))
    wrong = said.get("validationErrors")
    for one in wrong if isinstance(wrong, list) else ():
        if isinstance(one, Mapping):
            told += f"; {one.get('path')}: {one.get('reason')}"
    return (told or str(said.get("title") or ""))[:2000]


class _NoAnswerError(Exception):
    """What came is no answer of Connectif's, or says that it broke on the way."""


def _judged(answer: Response) -> Mapping[str, Any]:
    """The body of a good answer; raises what a bad one means."""
    where = f"{answer.url}: answered {answer.status}"
    body = _body(answer)
    if answer.status == 204:
        return {}
    if 200 <= answer.status < 300:
        if body is None:
            raise _NoAnswerError(f"{where} with something that is no JSON object")
        return body
    said = body or {}
    if answer.status == 401:
        raise UnauthorisedError(
            f"{where}: Connectif does not know this key; compare key_id and key_secret with what"
            f" stands {WHERE_KEYS_ARE}"
        )
    if answer.status == 403:
        told = words_of(said) or "the key may not do this, or the account is blocked"
        raise ScopeError(f"{where}: {told}; the key needs {SCOPES}, {WHERE_KEYS_ARE}")
    if answer.status == 409:
        raise RefusedError(409, said)
    if answer.status >= 500:
        raise _NoAnswerError(f"{where} {words_of(said)}".rstrip())
    if "status" in said:
        raise RefusedError(answer.status, said)
    raise UnavailableError(f"{where}, and not in Connectif's way: is the url the API's address?")


def _body(answer: Response) -> Mapping[str, Any] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None
