"""The promises of `crosstie.http`, against a server on a real socket."""

import gzip
import json
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import (
    Clock,
    CrosstieError,
    Http,
    RejectedError,
    Response,
    SlowError,
    UnavailableError,
    UncertainError,
)
from crosstie.http.client import _retry_after
from crosstie.sandbox import Kind, Reply, Request, Server, serve

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "s3cret-key"
HTML = {"Content-Type": "text/html"}
Connect = Callable[..., Http]


class Ledger:
    """A system that does what it is told, remembers it, and tells what it was asked."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.reply: Reply | None = None

    def respond(self, request: Request) -> Reply:
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            self.done.append(request.body)
        if self.reply is not None:
            return self.reply
        told = {
            "path": request.path,
            "query": dict(request.query),
            "headers": dict(request.headers),
        }
        return Reply(200, json.dumps(told).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def server(ledger: Ledger) -> Iterator[Server]:
    with serve(ledger) as server:
        yield server


@pytest.fixture
def connect(clock: Clock) -> Iterator[Connect]:
    """Make clients; each is closed at the end."""
    made: list[Http] = []

    def make(url: str, **options: Any) -> Http:
        hide = {"redact": lambda text: text.replace(SECRET, "***")}
        log = logging.getLogger("crosstie.test")
        made.append(Http(url, clock=clock, log=log, **{"timeout": 5.0, **hide, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(server: Server, connect: Connect) -> Http:
    return connect(server.url)


def headers_seen(answer: Response) -> Mapping[str, str]:
    seen: Mapping[str, str] = answer.json()["headers"]
    return seen


def failing(error: Exception) -> httpx.MockTransport:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(fail)


# Answers that are the connector's to judge


@pytest.mark.parametrize(
    "status", [200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 405, 409, 500]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_status_of_the_system_comes_back_as_it_is(
    ledger: Ledger, client: Http, method: str, status: int, sleeps: list[float]
) -> None:
    ledger.reply = Reply(status, b"" if status in {204, 304} else b"body", {"X-Own": "yes"})
    answer = client.request(method, "/it")
    assert (answer.status, answer.headers["x-own"], sleeps) == (status, "yes", [])


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("content_type", ["application/json", "text/xml;charset=utf-8"])
def test_an_error_in_the_systems_own_words_comes_back_at_once(
    ledger: Ledger, client: Http, status: int, content_type: str, sleeps: list[float]
) -> None:
    ledger.reply = Reply(status, b'{"errors":[{"code":22}]}', {"Content-Type": content_type})
    assert [client.get("/api").status, client.request("POST", "/api").status] == [status, status]
    assert sleeps == []


def test_what_is_sent_arrives(server: Server, client: Http) -> None:
    server.log = []
    client.get("/a b", params={"filter[name]": "[é]%&"}, headers={"X-One": "1"})
    client.request("POST", "/form", form={"name": "Ada Ü", "empty": ""})
    client.request("PUT", "/raw", content=b"\x00raw")
    got, form, raw = server.log
    assert (got.path, got.query, got.headers["x-one"]) == ("/a%20b", {"filter[name]": "[é]%&"}, "1")
    assert (form.form, raw.body) == ({"name": "Ada Ü", "empty": ""}, b"\x00raw")
    assert got.headers["user-agent"] == "crosstie"


def test_a_compressed_answer_is_unpacked(ledger: Ledger, client: Http) -> None:
    ledger.reply = Reply(200, gzip.compress(b"[1]"), {"Content-Encoding": "gzip"})
    assert client.get("/").json() == [1]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 200_000, b"\xff\xfe\xff", b'{"a":}'])
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (its text is the parser's)
        Response(200, {}, body, "http://x").json()


def test_text_never_fails() -> None:
    assert Response(200, {}, b"caf\xe9", "http://x").text == "caf�"


# Reads are tried again


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("kind", ["drop", "lost", "reset"])
def test_a_read_is_tried_again_after_a_lost_connection(
    server: Server, client: Http, sleeps: list[float], kind: Kind, method: str
) -> None:
    server.fail(kind, times=3)
    assert client.request(method, "/x").status == 200
    assert (server.requests[method, "/x"], sleeps) == (4, [0.25, 0.5, 1.0])


def test_a_read_is_tried_again_after_a_cut_body(
    server: Server, client: Http, sleeps: list[float]
) -> None:
    server.fail("cut", times=2)
    assert client.get("/x").json()["path"] == "/x"
    assert sleeps == [0.25, 0.5]


def test_a_read_is_tried_again_after_a_garbled_body(
    server: Server, client: Http, sleeps: list[float]
) -> None:
    server.fail("answer", reply=Reply(200, b"no gzip", {"Content-Encoding": "gzip"}))
    assert (client.get("/x").status, sleeps) == (200, [0.25])


def test_a_read_is_tried_again_after_a_silence(
    server: Server, connect: Connect, sleeps: list[float]
) -> None:
    server.fail("slow", seconds=0.5)
    assert (connect(server.url, timeout=0.1).get("/x").status, sleeps) == (200, [0.25])


def test_an_impatient_read_raises_at_its_first_silence(
    server: Server, connect: Connect, sleeps: list[float]
) -> None:
    server.fail("slow", seconds=0.5)
    with pytest.raises(SlowError, match="no answer in time"):
        connect(server.url, timeout=0.1).get("/x", patient=False)
    assert sleeps == []


def test_an_impatient_read_still_waits_as_long_as_it_is_asked_to(
    server: Server, client: Http, sleeps: list[float]
) -> None:
    server.fail("answer", reply=Reply(429, b"slow down", {"Retry-After": "12"}))
    assert (client.get("/x", patient=False).status, sleeps) == (200, [12.0])


@pytest.mark.parametrize("status", [502, 504, 520, 522, 524, 530])
def test_a_read_is_tried_again_after_a_gateways_page(
    server: Server, client: Http, sleeps: list[float], status: int
) -> None:
    server.fail("answer", reply=Reply(status, b"<h1>Bad Gateway</h1>", HTML))
    server.fail("answer", reply=Reply(status))
    assert (client.get("/x").status, sleeps) == (200, [0.25, 0.5])


@pytest.mark.parametrize(
    ("reply", "waits"),
    [
        (Reply(503), [0.25]),
        (Reply(503, b"<h1>Service Unavailable</h1>", HTML), [0.25]),
        (Reply(503, b"", {"Retry-After": "7"}), [7.0]),
        (Reply(503, b'{"errors":[]}', {"Retry-After": "7"}), [7.0]),
    ],
)
def test_a_read_is_tried_again_after_a_503_that_promises_better(
    server: Server, client: Http, sleeps: list[float], reply: Reply, waits: list[float]
) -> None:
    server.fail("answer", reply=reply)
    assert (client.get("/x").status, sleeps) == (200, waits)


def test_a_read_that_keeps_failing_ends_in_one_sentence(
    server: Server, client: Http, sleeps: list[float]
) -> None:
    server.fail("answer", times=9, reply=Reply(502))
    with pytest.raises(UnavailableError) as caught:
        client.get("/api/orders", params={"ws_key": SECRET})
    assert str(caught.value) == f"GET {server.url}/api/orders: answered 502, tried 4 times"
    assert (server.requests["GET", "/api/orders"], sleeps) == (4, [0.25, 0.5, 1.0])


def test_the_number_of_attempts_can_be_chosen_for_one_call(
    server: Server, client: Http, sleeps: list[float]
) -> None:
    server.fail("answer", times=9, reply=Reply(504))
    with pytest.raises(UnavailableError) as caught:
        client.get("/x", attempts=1)
    assert str(caught.value) == f"GET {server.url}/x: answered 504"
    assert (server.requests["GET", "/x"], sleeps) == (1, [])


# Writes are tried again only where nothing was done


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("fault", [("drop", 0), ("lost", 1), ("reset", 1), ("cut", 1), ("late", 0)])
def test_a_write_whose_answer_is_lost_is_uncertain_and_not_repeated(
    ledger: Ledger, server: Server, client: Http, method: str, fault: tuple[Kind, int]
) -> None:
    kind, deeds = fault
    server.fail(kind, seconds=60)
    with pytest.raises(UncertainError, match="it may have been carried out"):
        client.request(method, "/x", content=b"deed")
    assert (server.requests[method, "/x"], len(ledger.done)) == (1, deeds)


def test_a_search_by_post_is_asked_again(ledger: Ledger, server: Server, client: Http) -> None:
    server.fail("lost")
    assert client.request("POST", "/x", content=b"search", reads=True).status == 200
    assert ledger.done == [b"search", b"search"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(502, b"<h1>Bad Gateway</h1>", HTML),
        Reply(504, b'{"error":"gateway"}', {"Content-Type": "application/json"}),
        Reply(503),
        Reply(503, b"<h1>Service Unavailable</h1>", HTML),
        Reply(200, b"no gzip", {"Content-Encoding": "gzip"}),
    ],
)
def test_a_write_answered_by_a_gateway_is_uncertain(
    ledger: Ledger, server: Server, client: Http, reply: Reply, sleeps: list[float]
) -> None:
    server.fail("answer-after", reply=reply)
    with pytest.raises(UncertainError):
        client.request("POST", "/x", content=b"deed")
    assert (ledger.done, sleeps) == ([b"deed"], [])


def test_a_write_that_times_out_is_uncertain(
    ledger: Ledger, server: Server, connect: Connect
) -> None:
    server.fail("slow", seconds=0.5)
    with pytest.raises(UncertainError, match="no answer in time"):
        connect(server.url, timeout=0.1).request("POST", "/x", content=b"deed")
    assert ledger.done == [b"deed"]


def test_a_write_waits_after_429_and_is_done_once(
    ledger: Ledger, server: Server, client: Http, sleeps: list[float]
) -> None:
    server.fail("answer", reply=Reply(429, b"slow down", {"Retry-After": "12"}))
    server.fail("answer", reply=Reply(429))
    assert client.request("POST", "/x", content=b"deed").status == 200
    assert (ledger.done, sleeps) == ([b"deed"], [12.0, 0.5])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_is_never_made_is_tried_again(
    connect: Connect, sleeps: list[float], method: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(UnavailableError, match=r"is the address right.*tried 4 times"):
        connect(url).request(method, "/x")
    assert sleeps == [0.25, 0.5, 1.0]


def test_a_system_that_comes_up_meanwhile_is_met(
    ledger: Ledger, connect: Connect, meanwhile: list[Callable[[], object]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = connect(f"http://127.0.0.1:{port}")
    started: list[Server] = []
    meanwhile.append(lambda: started.append(Server(ledger, port=port).start()))
    assert client.request("POST", "/x", content=b"deed").status == 200
    started[0].stop()
    assert ledger.done == [b"deed"]


# Waiting


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_waits_that_many_seconds(
    server: Server, client: Http, sleeps: list[float], status: int
) -> None:
    server.fail("answer", reply=Reply(status, b"", {"Retry-After": "300"}))
    assert (client.get("/x").status, sleeps) == (200, [300.0])


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_waits_until_that_date(
    server: Server, client: Http, clock: Clock, sleeps: list[float], status: int
) -> None:
    later = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    server.fail("answer", reply=Reply(status, b"", {"Retry-After": later}))
    assert (client.get("/x").status, sleeps) == (200, [90.0])


@pytest.mark.parametrize("stale", ["0", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-5", "²", ""])
def test_a_retry_after_that_says_nothing_useful_waits_a_little(
    server: Server, client: Http, sleeps: list[float], stale: str
) -> None:
    server.fail("answer", reply=Reply(429, b"", {"Retry-After": stale}))
    assert (client.get("/x").status, sleeps) == (200, [0.25])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_waits_longer_than_five_minutes(
    server: Server, client: Http, sleeps: list[float], method: str
) -> None:
    server.fail("answer", times=9, reply=Reply(429, b"", {"Retry-After": "3600"}))
    with pytest.raises(UnavailableError, match="it asks for 3600 s of rest"):
        client.request(method, "/x")
    assert (server.requests[method, "/x"], sleeps) == (1, [])


@given(st.one_of(st.text(), st.from_regex(r"\A[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ .*\Z")))
def test_no_retry_after_header_breaks_anything(text: str) -> None:
    wait = _retry_after(text, NOON)
    assert wait is None or wait >= 0


def test_a_date_without_a_place_is_utc() -> None:
    assert _retry_after("Sat, 21 Nov 2026 12:00:05 -0000", NOON) == 5.0


# Bounds


def test_an_answer_that_never_ends_is_left(
    server: Server, connect: Connect, sleeps: list[float]
) -> None:
    server.fail("drip", seconds=2.0)
    client = connect(server.url, timeout=0.03)
    client._client.timeout = httpx.Timeout(5)  # no single silence is too long here
    with pytest.raises(UnavailableError, match=r"no complete answer within 0\.3 s"):
        client.get("/x", attempts=1)


def test_a_slow_answer_that_does_end_is_read(server: Server, client: Http) -> None:
    server.fail("drip", seconds=0.2)
    assert client.get("/x").json()["path"] == "/x"


def test_an_answer_beyond_the_largest_size_is_left_at_once(
    ledger: Ledger, server: Server, connect: Connect, sleeps: list[float]
) -> None:
    client = connect(server.url, largest=1_000)
    ledger.reply = Reply(200, b"x" * 1_000)
    assert len(client.get("/x").content) == 1_000
    ledger.reply = Reply(200, gzip.compress(b"x" * 100_000), {"Content-Encoding": "gzip"})
    with pytest.raises(UnavailableError, match="an answer of over 1,000 bytes"):
        client.get("/x")
    with pytest.raises(UncertainError):
        client.request("POST", "/x")
    assert sleeps == []


# Credentials stay at home


def test_a_redirect_is_not_followed(ledger: Ledger, server: Server, connect: Connect) -> None:
    with serve(Ledger()) as elsewhere:
        ledger.reply = Reply(302, b"", {"Location": f"{elsewhere.url}/stolen"})
        answer = connect(server.url, auth=("key", SECRET)).get("/api")
        assert answer.status == 302
        assert answer.headers["location"] == f"{elsewhere.url}/stolen"
        assert elsewhere.requests.total() == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_to_another_place_is_refused(server: Server, connect: Connect, method: str) -> None:
    client = connect(server.url, auth=("key", SECRET))
    with serve(Ledger()) as elsewhere:
        with pytest.raises(UnavailableError, match="points to another place"):
            client.request(method, f"{elsewhere.url}/next?page=2")
        assert elsewhere.requests.total() == 0
    assert client.request(method, f"{server.url}/next?page=2").status == 200


def test_a_path_with_two_slashes_stays_at_home(server: Server, client: Http) -> None:
    server.log = []
    client.get("//elsewhere.example/x")
    assert [request.headers["host"] for request in server.log] == [server.host]


def test_cookies_are_not_kept(ledger: Ledger, client: Http) -> None:
    ledger.reply = Reply(200, b"{}", {"Set-Cookie": "PrestaShop-1=abc; path=/"})
    client.get("/login")
    ledger.reply = None
    assert "cookie" not in headers_seen(client.get("/x"))


def test_a_key_that_is_no_ascii_is_sent_as_utf8(server: Server, connect: Connect) -> None:
    seen = headers_seen(connect(server.url, headers={"X-Key": "clé"}).get("/x"))
    assert seen["x-key"].encode("latin-1").decode() == "clé"


# Errors


@pytest.mark.parametrize(
    "address", ["", "shop.example", "ftp://shop.example", "http://", "http://h:x"]
)
def test_an_address_that_is_none_is_named(connect: Connect, address: str) -> None:
    with pytest.raises(UnavailableError, match="is no web address"):
        connect(address)


def test_a_path_that_cannot_be_sent_is_the_records_fault(client: Http) -> None:
    with pytest.raises(RejectedError, match="cannot be asked for"):
        client.get("/customers/\x00")


def trouble(server: Server, connect: Connect) -> Iterator[tuple[str, Http]]:
    """Clients whose every call fails, with a secret wherever one can be."""
    keyed = {"auth": ("key", SECRET), "headers": {"X-Key": SECRET}}
    told = httpx.ReadError(f"lost while sending {SECRET}")
    yield "lost", connect(server.url, transport=failing(told), **keyed)
    never = httpx.ConnectError(f"no way to {SECRET}")
    yield "never made", connect(server.url, transport=failing(never), **keyed)
    yield "line break", connect(server.url, headers={"X-Key": f"{SECRET}\nmore"})
    user = server.url.replace("://", f"://user:{SECRET}@") + f"/{SECRET}?ws_key={SECRET}"
    server.fail("lost", times=100)
    yield "in the address", connect(user, **keyed)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_secret_shows_in_errors_or_in_the_log(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="crosstie")
    texts = []
    for name, client in trouble(server, connect):
        with pytest.raises(CrosstieError) as caught:
            client.request(method, f"/{SECRET}", params={"ws_key": SECRET}, form={"k": SECRET})
        texts.append(f"{name}: {caught.value}")
    assert [text for text in [*texts, *caplog.messages] if SECRET in text] == []
    assert [text for text in texts if server.host not in text] == []


def test_an_answer_shows_no_secret_in_its_address(server: Server, connect: Connect) -> None:
    url = server.url.replace("://", f"://user:{SECRET}@")
    answer = connect(url).get("/x", params={"ws_key": SECRET})
    assert answer.url == f"{server.url}/x"


# Connections


def test_a_connection_that_the_server_closes_is_replaced(
    ledger: Ledger, server: Server, client: Http, sleeps: list[float]
) -> None:
    for close in (True, False, True, True, False):
        ledger.reply = Reply(500 if close else 200, b"{}", close=close)
        client.get("/x")
        client.request("POST", "/x", content=b"deed")
    assert (server.requests.total(), len(ledger.done), sleeps) == (10, 5, [])


def test_a_system_that_restarted_is_read_without_a_fuss(
    ledger: Ledger, server: Server, client: Http
) -> None:
    client.get("/x")
    port = int(server.url.rpartition(":")[2])
    server.stop()
    with serve(ledger, port=port):
        assert client.get("/x").status == 200


def test_one_client_serves_many_threads(server: Server, client: Http) -> None:
    def ask(number: int) -> str:
        path: str = client.get(f"/{number}").json()["path"]
        return path

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(200))) == [f"/{number}" for number in range(200)]


def test_each_request_passes_through_the_auth_flow(server: Server, connect: Connect) -> None:
    class Token(httpx.Auth):
        """A token that is fetched when the server refuses the old one."""

        def auth_flow(self, request: httpx.Request) -> Any:
            answer = yield request
            if answer.status_code == 401:
                request.headers["Authorization"] = "Bearer fresh"
                yield request

    server.fail("answer", reply=Reply(401))
    seen = headers_seen(connect(server.url, auth=Token()).get("/x"))
    assert seen["authorization"] == "Bearer fresh"
