"""What the answer of a service means: done, refused, or nobody knows."""

from collections.abc import Mapping
from typing import Any

from crosstie import RejectedError, Response, UnauthorisedError, UnavailableError, UncertainError

LONGEST = 300


def judged(answer: Response) -> Mapping[str, Any]:
    """The JSON object of a good answer; raises what a bad one means.

    A lost connection, 429 and a gateway's answers were dealt with by the client.
    """
    raise_for(answer)
    body = _body(answer)
    if body is None:
        told = f"{answer.url}: answered {answer.status} with something that is no JSON object"
        raise UncertainError(f"{told}; it may have been carried out")
    return body


def raise_for(answer: Response) -> None:
    """Raise what a status other than 2xx means."""
    if 200 <= answer.status < 300:
        return
    told = f"{answer.url}: answered {answer.status}{words(answer)}"
    if answer.status >= 500:
        raise UncertainError(f"{told}; it may have been carried out")
    if answer.status in {401, 403}:
        raise UnauthorisedError(f"{told}: are the credentials right, and is this allowed?")
    if answer.status < 400 or (answer.status == 404 and _body(answer) is None):
        raise UnavailableError(f"{told}: is url right?")
    raise RejectedError(told)


def words(answer: Response) -> str:
    """The service's own reason, after a colon; nothing where it is a page for people."""
    body = _body(answer)
    if body is None:
        is_page = "html" in answer.headers.get("content-type", "")
        said = "" if is_page else answer.text
    else:
        known = [body.get(name) for name in ("code", "error", "class", "message")]
        said = ", ".join(str(one) for one in known if isinstance(one, str | int) and one != "")
    said = " ".join(said.split())[:LONGEST]
    return f": {said}" if said else ""


def _body(answer: Response) -> Mapping[str, Any] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None
