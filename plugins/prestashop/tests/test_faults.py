"""A shop that is slow, busy or broken is read all the same, or says why it cannot be."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crosstie import Checkpoint, Secret, Selection, UnavailableError
from crosstie.sandbox import Kind, Reply, Request, Server, serve
from crosstie_prestashop.connector import LiveShop, PrestaShop
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, generate

HTML = {"Content-Type": "text/html; charset=utf-8", "X-Powered-By": "PHP/8.2.36"}
PATIENCE = 0.3
"""Seconds that a shop which is too slow is given; every other test gives it ten."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A shop of 60 orders on a real socket."""
    with serve(PrestaShopSandbox(generate(customers=40, orders=60))) as server:
        yield server
        server.faults.clear()


@pytest.fixture
def connect(server: Server, clock: Any, lent_for: Callable[..., Any]) -> Callable[..., LiveShop]:
    """Connect over the socket; waits for a next attempt cost no time."""
    server.faults.clear()
    server.requests.clear()

    def make(*, patience: float = 10.0, **settings: Any) -> LiveShop:
        lent = lent_for(clock, timeout=patience)
        return PrestaShop(url=server.url, key=Secret(DEFAULT_KEY), **settings).connect(lent)

    return make


def orders(live: LiveShop, since: str | None = None) -> list[str]:
    """The keys of all orders."""
    reading = live.streams()["orders"].read(Selection(since=since))
    return [thing.key for thing in reading if not isinstance(thing, Checkpoint)]


def everything(server: Server) -> list[str]:
    assert isinstance(server.sandbox, PrestaShopSandbox)
    return [str(key) for key in server.sandbox.shop["orders"]]


def wide(request: Request) -> bool:
    """A window of more than 20 orders."""
    first, _, last = request.query.get("filter[id]", "").strip("[]").partition(",")
    return request.path == "/api/orders" and last.isdigit() and int(last) - int(first) >= 20


def test_a_page_that_takes_too_long_is_halved(server: Server, connect: Any) -> None:
    server.fail("slow", matches=wide, times=100, seconds=2 * PATIENCE)
    live = connect(workers=1, patience=PATIENCE)
    assert orders(live) == everything(server)
    assert live.shop.webservice.pace("orders").size < 60


def test_a_page_size_is_regained_slowly(server: Server, connect: Any) -> None:
    live = connect(workers=1, page=60)
    pace = live.shop.webservice.pace("orders")
    pace.slower(60)
    sizes = []
    for _ in range(12):
        sizes.append(pace.size)
        pace.faster(pace.size)
    assert sizes[:3] == [30, 33, 36]
    assert sizes[-1] == 60


def test_a_look_up_that_takes_too_long_is_halved(server: Server, connect: Any) -> None:
    def many(request: Request) -> bool:
        return request.path == "/api/addresses" and request.query["filter[id]"].count("|") > 17

    server.fail("slow", matches=many, times=100, seconds=2 * PATIENCE)
    assert orders(connect(patience=PATIENCE)) == everything(server)


def test_an_incremental_page_that_takes_too_long_is_halved(server: Server, connect: Any) -> None:
    def large(request: Request) -> bool:
        return int(request.query.get("limit") or 0) in range(20, 4000)

    server.fail("slow", matches=large, times=100, seconds=2 * PATIENCE)
    told = orders(connect(page=60, patience=PATIENCE), '{"start":1}')
    assert sorted(told, key=int) == everything(server)


def test_a_page_that_breaks_the_shop_is_halved(server: Server, connect: Any) -> None:
    server.fail("answer", matches=wide, times=100, reply=Reply(500, b"", HTML, close=True))
    assert orders(connect()) == everything(server)


def test_a_shop_that_keeps_failing_says_where_to_look(server: Server, connect: Any) -> None:
    server.fail("answer", times=1000, reply=Reply(500, b"", HTML, close=True))
    with pytest.raises(UnavailableError, match=r"HTTP 500 with an empty page\); look at its PHP"):
        orders(connect())


@pytest.mark.parametrize("kind", ["drop", "lost", "reset", "cut"])
def test_a_connection_that_breaks_is_made_again(server: Server, connect: Any, kind: Kind) -> None:
    server.fail(kind, skip=2, times=2)
    assert orders(connect()) == everything(server)


def test_an_answer_that_drips_is_waited_for(server: Server, connect: Any) -> None:
    server.fail("drip", skip=2, seconds=2 * PATIENCE)
    assert orders(connect(patience=PATIENCE)) == everything(server)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_shop_is_left_alone_as_long_as_it_asks(
    server: Server, connect: Any, clock: Any, status: int
) -> None:
    server.fail("answer", skip=2, reply=Reply(status, b"busy", {"Retry-After": "17"}, close=True))
    assert orders(connect(workers=1)) == everything(server)
    assert clock.sleeps == [17.0]


def test_an_answer_that_breaks_off_in_the_middle_is_asked_for_again(
    server: Server, connect: Any
) -> None:
    half = Reply(200, b'{"orders":[{"id":1,"id_add', {"X-Powered-By": "PrestaShop Webservice"})
    server.fail("answer", skip=1, matches=lambda r: r.path == "/api/orders", reply=half)
    assert orders(connect(workers=1)) == everything(server)


def test_warnings_around_the_json_do_no_harm(server: Server, connect: Any) -> None:
    sandbox = server.sandbox

    class Chatty:
        def respond(self, request: Request) -> Reply:
            told = sandbox.respond(request)
            noise = b"<br />\n<b>Deprecated</b>: [x] in <b>y.php</b>\n"
            return Reply(told.status, noise + told.body + b"\n<!-- 3 ms -->", told.headers)

    server.sandbox = Chatty()
    try:
        told = orders(connect())
    finally:
        server.sandbox = sandbox
    assert told == everything(server)


def test_nobody_at_home_is_said(clock: Any, lent_for: Callable[..., Any]) -> None:
    lent = lent_for(clock)
    nobody = PrestaShop(url="http://127.0.0.1:9", key=Secret(DEFAULT_KEY)).connect(lent)
    with pytest.raises(UnavailableError, match="is the address right, and the system up"):
        orders(nobody)


def test_many_readers_at_once_get_everything(server: Server, connect: Any) -> None:
    assert orders(connect(page=4, workers=6)) == everything(server)
