"""Quill's API: every request is sent here, and here is decided what its answer means.

The client that Crosstie lends waits, retries and keeps secrets out of errors; see `crosstie.Http`.
What is left to you is the meaning of each status, because it decides what happens next:

- `UnauthorisedError`, `UnavailableError`: nothing was done, the flow stops till its next run;
- `RejectedError`: the record is set aside with the reason, the others go on;
- `UncertainError`: it may have been carried out, so Crosstie looks before it tries again.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from crosstie import (
    Http,
    RejectedError,
    Response,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    token_pages,
)

LARGEST_PAGE = 100
LONGEST_LIST = 20
"""How many ids or e-mails fit into an address, of which Quill takes 8,000 characters."""


@attrs.frozen
class QuillApi:
    """The requests that Quill understands; `page` is how many subscribers come at once."""

    _http: Http
    page: int = LARGEST_PAGE

    def account(self) -> Any:
        """Whose token it is: ``name``, and ``rights``, a list of ``read``, ``write``, ``send``."""
        return self._get("/v1/account", {}, "rights")

    def pages(self, selection: Mapping[str, str]) -> Iterator[Any]:
        """The answers that list the selected subscribers, ordered by when they changed, and id.

        Each tells in ``next`` how to go on behind its last one; counting (``page=2``) would skip
        somebody whenever an earlier one changes and moves to the end. Crosstie also walks by
        `link_pages`, `keyset_pages` and, where a list stands still, `offset_pages`.
        """

        def fetch(token: str | None) -> tuple[Any, str | None]:
            params = {**selection, "limit": str(self.page), **({"after": token} if token else {})}
            answer = self._get("/v1/subscribers", params, "subscribers")
            return answer, answer["next"]

        return token_pages(fetch)

    def listed(self, parameter: str, values: list[str]) -> Iterator[Any]:
        """The subscribers whose ``ids`` or ``emails`` are among the values."""
        for start in range(0, len(values), LONGEST_LIST):
            some = ",".join(values[start : start + LONGEST_LIST])
            for answer in self.pages({parameter: some}):
                yield from answer["subscribers"]

    def write(self, subscribers: list[Mapping[str, Any]]) -> Any:
        """Create (without ``id``) or change subscribers; answers for each, in the same order."""
        return self._post("/v1/subscribers/batch", {"subscribers": subscribers}, "results")

    def send(self, letter: Mapping[str, str], once: str) -> Any:
        """Send a letter; the same `once` a second time sends none and gives the same answer."""
        return self._post("/v1/letters", letter, "letter", {"Idempotency-Key": once})

    def _get(self, path: str, params: Mapping[str, str], holding: str) -> Any:
        answer = self._http.get(path, params=params)
        said = _judged(answer)
        if not (answer.status == 200 and isinstance(said, dict) and holding in said):
            raise UnavailableError(_strange(answer, "is the url the one of Quill's API?"))
        return said

    def _post(
        self, path: str, body: Mapping[str, Any], holding: str, headers: Mapping[str, str] = {}
    ) -> Any:
        content = json.dumps(body, default=str).encode()  # str: for Decimals and dates
        kind = {"Content-Type": "application/json"}
        answer = self._http.request("POST", path, content=content, headers={**kind, **headers})
        said = _judged(answer)
        if not (answer.status == 200 and isinstance(said, dict) and holding in said):
            raise UncertainError(_strange(answer, "it may have been carried out"))
        return said


def _judged(answer: Response) -> Any:
    """The JSON that was answered, None if it is none; raises what certainly was not carried out."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    reason = said.get("message") if isinstance(said, dict) else None
    if answer.status == 401:
        raise UnauthorisedError(f"{answer.url}: the token is refused; see Settings > API")
    if answer.status == 403:
        raise UnauthorisedError(f"{answer.url}: the token lacks a right; see Settings > API")
    if answer.status in {404, 405} or 300 <= answer.status < 400:
        raise UnavailableError(_strange(answer, "is the url the one of Quill's API?"))
    if 400 <= answer.status < 500:
        raise RejectedError(f"Quill refuses it: {reason or answer.status}")
    return said


def _strange(answer: Response, hint: str) -> str:
    return f"{answer.url} answered {answer.status}, and not as Quill does; {hint}"
