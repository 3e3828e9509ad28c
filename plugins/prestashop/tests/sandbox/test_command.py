"""The command: another process that serves, is changed through its back door, and ends cleanly."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from crosstie_prestashop.sandbox.command import prestashop

SMALL = ("--customers", "20", "--orders", "30")
FOLDER = Path(__file__).parents[1] / "shop-8.2.1"
RUN = "from crosstie_prestashop.sandbox.command import prestashop; prestashop()"
Start = Callable[..., tuple[subprocess.Popen[str], httpx.Client]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command, wait for its line, and give the process and a client with its key."""
    running = []

    def starting(*options: str) -> tuple[subprocess.Popen[str], httpx.Client]:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        *_, url, _, key = process.stdout.readline().split()
        return process, httpx.Client(base_url=url, auth=(key, ""))

    yield starting
    for process in running:
        process.kill()
        process.communicate()


def test_it_serves_from_its_first_line_to_sigterm(start: Start) -> None:
    process, web = start(*SMALL, "--key", "K" * 32, "--version", "1.7.8.11")
    with web:
        answer = web.get("/api/orders?output_format=JSON")
        assert ("1.7.8.11", 30) == (answer.headers["psws-version"], len(answer.json()["orders"]))
        assert 404 != web.get("/_sandbox/state").status_code  # not open: it asks for the shop
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(10)


def test_another_process_can_change_and_look_at_the_shop(start: Start) -> None:
    process, web = start(*SMALL, "--control", "--latency", "1ms", "--row-cost", "0.01ms")

    def post(name: str, /, **asked: Any) -> Any:
        answer = web.post(f"/_sandbox/{name}", json=asked)
        return answer.json()["result"] if answer.is_success else answer.json()["error"]

    with web:
        customer = post("deed", name="register_customer", arguments={"email": "new@example.com"})
        order = post(
            "deed",
            name="place_order",
            arguments={"customer": customer, "products": [[1, 2]], "discount": "10"},
        )
        found = web.get(f"/api/orders/{order}?output_format=JSON").json()["order"]
        assert str(customer) == found["id_customer"]
        state = web.get("/_sandbox/state").json()
        assert (31, 0.001) == (state["counts"]["orders"], state["latency"])
        assert {f"GET /api/orders/{order}": 1} == state["requests"]

        post("latency", seconds=0)
        post("deny", resource="orders", methods=["GET"])
        assert 405 == web.get("/api/orders").status_code
        post("grant", resource="orders", methods=["GET"])
        post("fault", kind="answer", method="GET", path="/api/orders", status=503, body="busy")
        assert (503, "busy") == ((busy := web.get("/api/orders")).status_code, busy.text)
        assert 200 == web.get("/api/orders").status_code
        other = post("key", text="O" * 32, rights={"zones": ["GET"]})
        assert 401 == web.get("/api/orders", auth=(other, "")).status_code
        post("switch", on=False)
        assert 503 == web.get("/api/orders").status_code

        assert "KeyError: 'customers 900'" == post(
            "deed", name="edit_customer", arguments={"customer": 900}
        )
        assert "there is no POST nothing" == post("nothing")
    process.send_signal(signal.SIGINT)
    assert 0 == process.wait(10)


def test_it_can_be_filled_from_resource_files(start: Start) -> None:
    _, web = start("--from", str(FOLDER))
    with web:
        last = web.get("/api/orders?output_format=JSON&sort=[id_DESC]&limit=1").json()
    assert {"orders": [{"id": 5005}]} == last
    mixed = CliRunner().invoke(prestashop, ["--from", str(FOLDER), "--orders", "5"])
    assert (2, True) == (mixed.exit_code, "--orders has no meaning" in mixed.output)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--key", "short"], "a key has 32 characters, this one 5"),
        (["--latency", "soon"], "'soon' is not a duration like 50ms or 0.2s"),
        (["--version", "1.6"], "'1.6' is not one of"),
    ],
)
def test_wrong_options_are_told(options: list[str], complaint: str) -> None:
    answer = CliRunner().invoke(prestashop, options)
    assert (2, True) == (answer.exit_code, complaint in answer.output)


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = CliRunner().invoke(prestashop, ["--port", port, "--orders", "0"])
    assert f"port {port} cannot be used: {os.strerror(98)}" == str(answer.exception)
