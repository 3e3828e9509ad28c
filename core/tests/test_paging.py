"""Pages are walked through to their end, however a system tells what comes next."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import (
    Http,
    Response,
    UnavailableError,
    keyset_pages,
    link_pages,
    next_link,
    offset_pages,
    token_pages,
)
from crosstie.sandbox import Reply, Request, Server, serve
from crosstie.testing import Surroundings

sizes = st.integers(1, 7)
lists = st.lists(st.integers(), max_size=30)


class Shelf:
    """A list of ten rows, told in pages of three under ``/api/rows?from=…``."""

    def __init__(self) -> None:
        self.link: Callable[[int], str] = lambda after: f"</api/rows?from={after}>; rel=next"
        self.asked: list[str] = []

    def respond(self, request: Request) -> Reply:
        self.asked.append(request.target)
        first = int(request.query.get("from", 0))
        body = {"rows": list(range(first, min(first + 3, 10)))}
        headers = {"Link": self.link(first + 3)} if first + 3 < 10 else {}
        return Reply(200, json.dumps(body).encode(), headers)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def server(shelf: Shelf) -> Iterator[Server]:
    with serve(shelf) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[Http]:
    with closing(Surroundings()) as env:
        yield env.http(f"{server.url}/api")


def answered(link: str | None) -> Response:
    return Response(200, {} if link is None else {"link": link}, b"", "http://h/")


def rows_of(pages: Iterator[Response]) -> list[int]:
    return [row for page in pages for row in page.json()["rows"]]


@given(lists, sizes)
def test_offsets_tell_every_row_of_a_list_that_stands_still(rows: list[int], size: int) -> None:
    numbered = list(enumerate(rows))
    pages = offset_pages(lambda offset: numbered[offset : offset + size])
    assert numbered == [row for page in pages for row in page]


def test_a_page_that_is_shorter_than_it_could_be_is_not_the_last_one() -> None:
    told = {0: "abc", 3: "d", 4: "efg", 7: ""}
    assert ["abc", "d", "efg"] == list(offset_pages(told.__getitem__))


def test_a_system_that_ignores_the_offset_is_found_out() -> None:
    pages = offset_pages(lambda _: ["a", "b"])
    assert ["a", "b"] == next(pages)
    with pytest.raises(UnavailableError, match="rows 0 and on come again at offset 2"):
        next(pages)


@given(st.lists(st.integers(0, 50), unique=True).map(sorted), sizes, st.data())
def test_keys_tell_every_row_that_stays_although_others_come_and_go(
    rows: list[int], size: int, data: st.DataObject
) -> None:
    present = list(rows)
    read: list[int] = []

    def fetch(after: str | None) -> Sequence[int]:
        return [row for row in present if after is None or row > int(after)][:size]

    for page in keyset_pages(fetch, str):
        read += page
        if present:
            present.remove(data.draw(st.sampled_from(present)))
    assert set(present) <= set(read)
    assert len(set(read)) == len(read)


def test_keys_go_on_where_a_cursor_says() -> None:
    pages = keyset_pages(
        lambda after: [row for row in "abcde" if row > (after or "")], str, start="c"
    )
    assert [["d", "e"]] == list(pages)


def test_a_system_that_ignores_the_key_is_found_out() -> None:
    pages = keyset_pages(lambda _: [7], str)
    assert [[7], [7]] == list(islice(pages, 2))
    with pytest.raises(UnavailableError, match="the rows after the key '7' end with the same key"):
        next(pages)


@given(lists, sizes)
def test_tokens_tell_every_row(rows: list[int], size: int) -> None:
    def fetch(token: str | None) -> tuple[list[int], str | None]:
        begin = int(token or 0)
        return rows[begin : begin + size], str(begin + size) if begin + size < len(rows) else None

    assert rows == [row for page in token_pages(fetch) for row in page]


@pytest.mark.parametrize("end", [None, ""])
def test_no_token_and_an_empty_one_are_the_end(end: str | None) -> None:
    told: Mapping[str | None, Any] = {None: ("first", "t1"), "t1": ("last", end)}
    assert ["first", "last"] == list(token_pages(told.__getitem__))


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    told: Mapping[str | None, Any] = {"t0": ([], "t1"), "t1": ([1], None)}
    assert [[], [1]] == list(token_pages(told.__getitem__, start="t0"))


def test_a_token_that_leads_to_itself_is_found_out() -> None:
    pages = token_pages(lambda _: ("page", "t1"))
    assert ["page", "page"] == list(islice(pages, 2))
    with pytest.raises(UnavailableError, match="the token 't1' leads to itself"):
        next(pages)


@pytest.mark.parametrize(
    "link",
    [
        "</api/rows?from={}>; rel=next",
        "<rows?from={}>; rel=next",
        "<?from={}>; rel=next",
        '</api/rows?from=0>; rel="first", <{url}/api/rows?from={}>; rel="next"',
    ],
)
def test_links_are_followed_from_page_to_page(
    shelf: Shelf, server: Server, http: Http, link: str
) -> None:
    shelf.link = lambda after: link.format(after, url=server.url)
    assert list(range(10)) == rows_of(link_pages(http.get, "/rows"))
    assert ["/api/rows", *(f"/api/rows?from={n}" for n in (3, 6, 9))] == shelf.asked


def test_a_link_may_stand_in_the_body(http: Http) -> None:
    def link(answer: Response) -> str | None:
        rows = answer.json()["rows"]
        return f"?from={rows[-1] + 1}" if len(rows) == 3 else None

    assert list(range(10)) == rows_of(link_pages(http.get, "/rows", link=link))


def test_a_link_to_another_host_is_not_followed(shelf: Shelf, http: Http) -> None:
    shelf.link = lambda after: f"<https://evil.example/rows?from={after}>; rel=next"
    pages = link_pages(http.get, "/rows")
    next(pages)
    with pytest.raises(UnavailableError, match="points to another place"):
        next(pages)


def test_a_link_that_leads_to_its_own_page_is_found_out(shelf: Shelf, http: Http) -> None:
    shelf.link = lambda after: f"</api/rows?from={after - 3 if after > 3 else after}>; rel=next"
    pages = link_pages(http.get, "/rows")
    assert 2 == len(list(islice(pages, 2)))
    with pytest.raises(UnavailableError, match=r"'http://.*/api/rows\?from=3', leads to the same"):
        next(pages)


@pytest.mark.parametrize(
    ("header", "target"),
    [
        (None, None),
        ("", None),
        ("<a>; rel=next", "a"),
        ('<a>; rel="next"', "a"),
        ("<a>;REL=NEXT", "a"),
        ('<a>; rel="prev", <b>; rel="next"', "b"),
        ('<a,1;2>; title="x, <y>; rel=next"; rel=prev,<b>;rel="last next"', "b"),
        (r'<a>; title="quoted \", rel=next"; rel=next', "a"),
        ('<a>; title="; rel=next"', None),
        ("<a>; rel=prev; rel=next", None),
        ("<a>; rel=nextish", None),
        ("<a>; rel", None),
        ("<a>", None),
        ("a; rel=next", None),
        ('<a>; rel="next', None),
    ],
)
def test_the_next_link_is_read_from_the_header(header: str | None, target: str | None) -> None:
    assert target == next_link(answered(header))


@given(st.text(alphabet='<>";=, \\relnxt'))
def test_any_header_is_read_without_an_error(header: str) -> None:
    assert next_link(answered(header)) is None or "<" in header
