"""ZEROSIX's API: the two calls of it that are documented, and what their answers mean to Crosstie.

How it words an error is not documented: by its status it is told who is refused (401, 403), who
is not there (404), and that a contact is refused (any other below 500), and its body is shown as
it is. An HTML page is never an answer of the API, which speaks JSON.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
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
from crosstie_zerosix.answers import Member, MisfitError

TRIES = 4
PAUSE = 0.5
LONGEST_WORDS = 500


class RefusedError(RejectedError):
    """ZEROSIX read the request and refuses it."""

    def __init__(self, answer: Response) -> None:
        words = answer.text.strip()[:LONGEST_WORDS]
        super().__init__(f"ZEROSIX refuses it, {answer.status}: {words or 'without a word'}")
        self.status = answer.status


@attrs.frozen
class Api:
    """A point of sale in ZEROSIX."""

    http: Http
    clock: Clock

    def member(self, mobile: str) -> Member | None:
        """The member with this mobile, as it is written here; None where there is none."""
        for attempt in range(1, TRIES + 1):
            answer = self.http.get(f"members/{quote(mobile, safe='')}")
            try:
                return Member.of(_judged(answer), mobile)
            except RefusedError as refused:
                if refused.status == 404:
                    return None
                raise UnavailableError(f"members: {refused}") from refused
            except MisfitError as error:
                lost = error
            if attempt == TRIES or not self.clock.sleep(PAUSE * 2**attempt):
                break
        raise UnavailableError(f"{answer.url}: {lost} (asked {attempt} times)") from lost

    def create(self, mobile: str, row: Mapping[str, Any]) -> Member:
        """Create a contact with a card.

        Raises `RefusedError` when ZEROSIX says no, `UncertainError` when nobody knows, and a
        `FlowError` when certainly nothing was created.
        """
        content = _encoded({**row, "mobile": mobile, "create_card": True})
        kind = {"Content-Type": "application/json"}
        answer = self.http.request("POST", "contacts/", content=content, headers=kind)
        try:
            member = Member.of(_judged(answer), mobile)
        except RefusedError as refused:
            if refused.status in {404, 405}:
                raise UnavailableError(f"{answer.url}: {refused}: is the url right?") from refused
            raise
        except MisfitError as error:
            raise UncertainError(f"{answer.url}: {error}; it may have been carried out") from error
        if member.card is None:
            raise UncertainError(f"{answer.url}: answered with a contact that has no card")
        return member


def _judged(answer: Response) -> Mapping[str, Any]:
    """The body of a good answer; raises what a bad one means."""
    if answer.status in {401, 403}:
        words = answer.text.strip()[:LONGEST_WORDS]
        raise UnauthorisedError(
            f"{answer.url}: answered {answer.status} {words}".rstrip() + ": compare key with the"
            " API key on the dashboard of ZEROSIX, and take software out if it is set"
        )
    if 200 <= answer.status < 300:
        return _object(answer)
    if answer.status >= 500:
        raise MisfitError(f"answered {answer.status}")
    if answer.status < 400 or "html" in answer.headers.get("content-type", ""):
        raise UnavailableError(
            f"{answer.url}: answered {answer.status}, and not in ZEROSIX's way: is the url the"
            " API's address?"
        )
    raise RefusedError(answer)


def _object(answer: Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, Mapping):
        raise MisfitError(f"answered {answer.status} with something that is no JSON object")
    return body


def _encoded(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, default=_text, allow_nan=False).encode()


def _text(value: object) -> str:
    """What JSON has no way to say, as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise RejectedError(f"ZEROSIX has no place for a {type(value).__name__}")
