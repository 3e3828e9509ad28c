"""The ground that sandboxes stand on: each fault spoils an answer in its own way, and only once."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from crosstie.sandbox import Fault, Kind, Reply, Request, Server, serve


class Counter:
    """Counts up on POST, tells the count in any case."""

    def __init__(self) -> None:
        self.count = 0
        self.met: list[Request] = []

    def respond(self, request: Request) -> Reply:
        self.met.append(request)
        if request.method == "POST":
            self.count += 1
        return Reply(200, f"count is {self.count:050}".encode(), {"X-Count": str(self.count)})


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def server(counter: Counter) -> Iterator[Server]:
    with serve(counter) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=5) as client:
        yield client


def count_soon(counter: Counter, wanted: int) -> int:
    until = time.monotonic() + 5
    while counter.count != wanted and time.monotonic() < until:
        time.sleep(0.005)
    return counter.count


def test_a_request_comes_decoded(counter: Counter, client: httpx.Client) -> None:
    client.post("/a%20b?filter[id]=[1,2]&empty=", data={"name": "Zoë & co", "blank": ""})
    (request,) = counter.met
    assert (request.method, request.path) == ("POST", "/a%20b")
    assert request.query == {"filter[id]": "[1,2]", "empty": ""}
    assert request.form == {"name": "Zoë & co", "blank": ""}
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_reply_goes_out_as_it_is(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["x-count"]) == (200, "0")
    assert "content-type" not in answer.headers


def test_head_has_headers_and_no_body(client: httpx.Client) -> None:
    answer = client.head("/")
    assert (answer.headers["content-length"], answer.content) == ("59", b"")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_each_method_is_counted_by_its_path(
    server: Server, client: httpx.Client, method: str
) -> None:
    client.request(method, "/x?page=1")
    client.request(method, "/x?page=2")
    assert server.requests == {(method, "/x"): 2}


def test_the_log_keeps_requests_when_it_is_asked_to(server: Server, client: httpx.Client) -> None:
    client.get("/before")
    server.log = []
    client.get("/after?x=1")
    assert [(request.path, request.query) for request in server.log] == [("/after", {"x": "1"})]


def test_connections_are_kept_unless_the_reply_closes_them(client: httpx.Client) -> None:
    assert "connection" not in client.get("/").headers
    with serve(Once()) as server:
        assert httpx.get(server.url, trust_env=False).headers["connection"] == "close"


class Once:
    """Closes the connection after each answer, as Apache does after an error."""

    def respond(self, request: Request) -> Reply:
        return Reply(500, close=True)


def test_latency_is_added_to_each_answer(counter: Counter) -> None:
    with serve(counter, latency=0.05) as server, httpx.Client(trust_env=False) as client:
        started = time.monotonic()
        for _ in range(3):
            client.get(server.url)
        assert 0.15 <= time.monotonic() - started < 1


def test_requests_are_answered_at_the_same_time(counter: Counter) -> None:
    with serve(counter, latency=0.1) as server:
        asking = [
            threading.Thread(target=httpx.get, args=(server.url,), kwargs={"trust_env": False})
            for _ in range(8)
        ]
        started = time.monotonic()
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert time.monotonic() - started < 0.8
        assert server.requests.total() == 8


@pytest.mark.parametrize(
    ("kind", "done"),
    [("drop", 0), ("lost", 1), ("reset", 1), ("cut", 1)],
)
def test_a_lost_answer_is_lost_and_the_deed_done_or_not(
    counter: Counter, server: Server, client: httpx.Client, kind: Kind, done: int
) -> None:
    fault = server.fail(kind)
    with pytest.raises(httpx.TransportError):
        client.post("/")
    assert (count_soon(counter, done), fault.times) == (done, 0)
    assert client.post("/").headers["x-count"] == str(done + 1)


def test_a_late_deed_lands_after_the_connection_is_gone(
    counter: Counter, server: Server, client: httpx.Client
) -> None:
    server.fail("late", seconds=0.1)
    with pytest.raises(httpx.TransportError):
        client.post("/")
    assert counter.count == 0
    assert count_soon(counter, 1) == 1


def test_a_late_deed_never_lands_on_a_stopped_server(counter: Counter) -> None:
    with serve(counter) as server:
        server.fail("late", seconds=0.1)
        with pytest.raises(httpx.TransportError):
            httpx.post(server.url, trust_env=False)
    time.sleep(0.2)
    assert counter.count == 0


def test_a_cut_answer_without_a_body_is_cut_too(client: httpx.Client, server: Server) -> None:
    server.sandbox = Empty()
    server.fail("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/")


class Empty:
    """Answers with nothing."""

    def respond(self, request: Request) -> Reply:
        return Reply(200)


@pytest.mark.parametrize(("kind", "done"), [("answer", 0), ("answer-after", 1)])
def test_another_answer_is_given_instead(
    counter: Counter, server: Server, client: httpx.Client, kind: Kind, done: int
) -> None:
    server.fail(kind, reply=Reply(500, b"", {"Content-Type": "text/html"}))
    answer = client.post("/")
    assert (answer.status_code, answer.content, counter.count) == (500, b"", done)


def test_a_slow_answer_comes_after_the_deed(
    counter: Counter, server: Server, client: httpx.Client
) -> None:
    server.fail("slow", seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/", timeout=0.1)
    assert counter.count == 1


def test_a_dripping_answer_is_complete_and_slow(server: Server, client: httpx.Client) -> None:
    server.fail("drip", seconds=0.2)
    started = time.monotonic()
    assert len(client.get("/", timeout=0.1).content) == 59
    assert time.monotonic() - started >= 0.18


def test_a_fault_waits_for_its_turn(server: Server, client: httpx.Client) -> None:
    server.fail("answer", reply=Reply(500), skip=1, times=2, matches=lambda it: it.path == "/x")
    asked = ["/x", "/y", "/x", "/y", "/x", "/x"]
    assert [client.get(path).status_code for path in asked] == [200, 200, 500, 200, 500, 200]


def test_a_test_may_add_faults_of_its_own(server: Server, client: httpx.Client) -> None:
    server.faults.append(Fault("answer", reply=Reply(429)))
    assert [client.get("/").status_code for _ in range(2)] == [429, 200]


def test_a_stopped_server_answers_nobody_not_even_a_kept_connection(
    server: Server, client: httpx.Client
) -> None:
    client.get("/")
    server.stop()
    with pytest.raises(httpx.TransportError):
        client.get("/")
    server.stop()


def test_a_freed_port_can_be_used_again(counter: Counter) -> None:
    with serve(counter) as first:
        port = int(first.host.rpartition(":")[2])
    with serve(counter, port=port) as second:
        assert second.url == first.url
        assert httpx.get(second.url, trust_env=False).status_code == 200


def test_a_mistake_in_a_sandbox_is_shown(
    server: Server, client: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    server.sandbox = Broken()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/")
    until = time.monotonic() + 5
    told = ""
    while "a mistake of ours" not in told and time.monotonic() < until:
        told += capfd.readouterr().err
    assert "LookupError: a mistake of ours" in told


class Broken:
    """Fails, and not on purpose."""

    def respond(self, request: Request) -> Reply:
        raise LookupError("a mistake of ours")
