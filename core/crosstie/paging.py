"""Walking through pages: by offset, by link, by token, by key.

Each takes a function that fetches one page, and yields pages until there is no more::

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        for rows in keyset_pages(self._fetch, lambda row: row["id"], start=selection.since):
            yield from (Record(key=row["id"], data=row) for row in rows)
            yield Checkpoint(rows[-1]["id"])

A system that would be asked for the same page for ever is an `UnavailableError` instead.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import urljoin

from crosstie.errors import UnavailableError
from crosstie.http import Response

Row = TypeVar("Row")
Page = TypeVar("Page")

LINK = re.compile(r'\s*<([^>]*)>((?:[^,"]|"(?:[^"\\]|\\.)*")*),?')
PARAMETER = re.compile(r';\s*([^=;\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')


def offset_pages(
    fetch: Callable[[int], Sequence[Row]], *, start: int = 0
) -> Iterator[Sequence[Row]]:
    """Yield pages by how many rows come before them, until one is empty.

    **This loses records of a list that moves.** When a row before the offset vanishes, or moves to
    the end because it changes, one that was not read yet slips into a page that was; sorting by
    time of change makes that the rule. Use it for lists that stand still. Else use `keyset_pages`
    where the list can be sorted and filtered by a key; `token_pages` or `link_pages` where the
    system offers them; or read a second time until nothing new comes.
    `fetch` gets the number of rows to skip.
    """
    offset = start
    before: Sequence[Row] | None = None
    while rows := fetch(offset):
        if rows == before:
            raise _going_round(f"rows {offset - len(rows)} and on come again at offset {offset}")
        yield rows
        offset += len(rows)
        before = rows


def link_pages(
    fetch: Callable[[str], Response],
    start: str,
    *,
    link: Callable[[Response], str | None] | None = None,
) -> Iterator[Response]:
    """Yield the answer at `start`, then what each answer links to as the next one.

    `link` tells the next address by an answer, where that does not stand in a ``Link`` header
    (RFC 8288): ``lambda answer: answer.json()["links"].get("next")``.
    It may be relative; one on another host is refused by `Http`.
    `fetch` gets the address and judges the answer's status.
    """
    address = start
    while True:
        answer = fetch(address)
        yield answer
        following = (link or next_link)(answer)
        if not following:
            return
        target = urljoin(answer.url, following)
        if target in {address, urljoin(answer.url, address)}:
            raise _going_round(f"the link to the next page, {target!r}, leads to the same page")
        address = target


def next_link(answer: Response) -> str | None:
    """The target of the link with the relation ``next`` in the ``Link`` header, if there is one."""
    position, header = 0, answer.headers.get("link", "")
    while found := LINK.match(header, position):
        target, parameters = found.groups()
        # Of several relations of one link only the first counts.
        named = {name.lower(): text for name, text in reversed(PARAMETER.findall(parameters))}
        if "next" in named.get("rel", "").strip('"').lower().split():
            return target
        position = found.end()
    return None


def token_pages(
    fetch: Callable[[str | None], tuple[Page, str | None]], *, start: str | None = None
) -> Iterator[Page]:
    """Yield pages by the token that each page tells for the next, until one tells none.

    `fetch` gets a token, None for the first page, and returns a page with the next token.
    """
    token = start
    while True:
        page, following = fetch(token)
        yield page
        if not following:
            return
        if following == token:
            raise _going_round(f"the token {token!r} leads to itself")
        token = following


def keyset_pages(
    fetch: Callable[[str | None], Sequence[Row]],
    key: Callable[[Row], str],
    *,
    start: str | None = None,
) -> Iterator[Sequence[Row]]:
    """Yield pages by the key of the last row read, until one is empty; nothing that moves is lost.

    `fetch` gets a key, None for the first page, and returns the rows that follow it, sorted by it.
    The key must be unique: of rows with equal keys those beyond the page are lost. Where it is a
    time, join it with the id.
    """
    last = start
    while rows := fetch(last):
        yield rows
        following = key(rows[-1])
        if following == last:
            raise _going_round(f"the rows after the key {last!r} end with the same key")
        last = following


def _going_round(seen: str) -> UnavailableError:
    return UnavailableError(f"the pages of a list go round in a circle: {seen}")
