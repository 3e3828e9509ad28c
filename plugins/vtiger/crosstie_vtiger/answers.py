"""What vtiger's web service answers: a result, a refusal in its own words, or neither.

Success and refusal are both HTTP 200 with JSON. HTTP 500 with an empty body is a normal way to
fail, and something may have been written all the same (observed on 8.0.0 and 8.4.0).
"""

import json
from typing import Any

from crosstie import RejectedError, Response, UnauthorisedError, UnavailableError

SESSION_LOST = frozenset(
    {"INVALID_SESSIONID", "SESSION_EXPIRED", "SESSION_LEFT_IDLE", "AUTHENTICATION_REQUIRED"}
)
NOT_THERE = frozenset({"ACCESS_DENIED", "RECORD_NOT_FOUND"})
TOO_LONG = frozenset({413, 414, 431})
KEPT_OUT = frozenset({401, 403, 406, 407})


class RefusedError(RejectedError):
    """vtiger said no. `code` is its error code as text: a duplicate has "0"."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(f"vtiger says: {message} ({code})")
        self.message = message
        self.code = code

    @property
    def session_lost(self) -> bool:
        """The session is gone and nothing was carried out: log in and ask again."""
        return self.code in SESSION_LOST

    @property
    def duplicate(self) -> bool:
        """A field that must be unique is taken; the code is the integer 0, or another number."""
        return self.code == "0" or self.message.startswith("Duplicate")

    @property
    def gone(self) -> bool:
        """There is no such record (any more): the same answer as for an unknown module.

        A record that is there but not for us is told apart by its text.
        """
        return self.code in NOT_THERE and "given object" not in self.message


class GarbledError(Exception):
    """An answer that is none of vtiger's own; a write may have been carried out."""


class TooLongError(UnavailableError):
    """The web server does not take so long an address (HTTP 414)."""


class KeptOutError(UnauthorisedError):
    """The web server in front of vtiger, not vtiger itself, turned the request away."""


def result_of(response: Response) -> Any:
    """The `result` of a successful answer.

    Raises `RefusedError`, `GarbledError`, or an `UnavailableError` where it is not vtiger that
    answers and nothing can have been carried out.
    """
    answer = _answer(response.content)
    if answer is not None and answer["success"] is True:
        return answer.get("result")
    if answer is not None:
        error = answer.get("error") or {}
        raise RefusedError(str(error.get("message", "")), str(error.get("code", "")))
    raise _failure(response)


def _answer(content: bytes) -> dict[str, Any] | None:
    """vtiger's JSON, also where PHP has printed a warning before it; None where there is none."""
    for start in (0, content.find(b'{"success":')):
        try:
            answer = json.loads(content[start:]) if start >= 0 else None
        except (ValueError, RecursionError):
            continue
        if isinstance(answer, dict) and "success" in answer:
            return answer
    return None


def _failure(response: Response) -> Exception:
    where, status = response.url, response.status
    if 300 <= status < 400:
        there = response.headers.get("location", "another place").partition("?")[0]
        return UnavailableError(
            f"{where} sends us on to {there}: give `url` as vtiger itself is reached"
        )
    if status in TOO_LONG:
        return TooLongError(f"{where} does not take so long a request (HTTP {status})")
    if status in KEPT_OUT:
        return KeptOutError(f"the web server at {where} turns us away (HTTP {status})")
    if status in {404, 410}:
        return UnavailableError(
            f"there is no {where}: `url` must be the address under which vtiger's start page is"
        )
    start = response.text.strip()[:80]
    shown = f"{start!r}, which is not vtiger's JSON" if start else "an empty page"
    return GarbledError(f"{where} answered HTTP {status} with {shown}")
