"""The back door, and the command that serves both."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from crosstie.sandbox import serve
from crosstie_vtiger.sandbox import VtigerSandbox
from crosstie_vtiger.sandbox.command import vtiger
from crosstie_vtiger.sandbox.control import Control

COMMAND = "from crosstie_vtiger.sandbox.command import vtiger; vtiger()"
CHALLENGE = {"operation": "getchallenge", "username": "admin"}
SERVES = r"vtiger (\S+) at (http://127\.0\.0\.1:\d+) for (\S+) with key (\S+)\n"


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    command = [sys.executable, "-c", COMMAND, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(SERVES, line)
            assert found is not None, line
            yield process, list(found.groups())
        finally:
            process.kill()


@pytest.fixture
def door(sandbox: VtigerSandbox) -> Iterator[httpx.Client]:
    control = Control(sandbox)
    with serve(control) as server, httpx.Client(base_url=server.url) as http:
        control.server = server
        yield http


def test_the_back_door_shows_what_is_there(door: httpx.Client, admin: Any) -> None:
    seeded = {"module": "Contacts", "element": {"lastname": "x", "assigned_user_id": "19x1"}}
    made = door.post("/_sandbox/seed", json=seeded).json()
    assert made == {"id": "12x2"}
    assert door.get("/_sandbox/counts").json()["Contacts"] == 1
    [contact] = door.get("/_sandbox/records", params={"module": "Contacts"}).json()
    assert (contact["id"], contact["lastname"]) == ("12x2", "x")
    assert door.get("/_sandbox/content").json()["Contacts"][0]["lastname"] == "x"
    assert door.get("/_sandbox/operations").json() == {"getchallenge": 1, "login": 1}


def test_the_back_door_disturbs(door: httpx.Client, sandbox: VtigerSandbox, admin: Any) -> None:
    assert door.post("/_sandbox/expire").json() is None
    assert admin.refused("GET", "listtypes")[0] == "INVALID_SESSIONID"
    door.post("/_sandbox/latency", json={"seconds": 0.2})
    assert sandbox.latency == 0.2
    door.post("/_sandbox/latency", json={"seconds": 0})
    fault = {"kind": "answer", "operation": "getchallenge", "skip": 1, "status": 503}
    door.post("/_sandbox/faults", json=fault)
    answers = [door.get("/webservice.php", params=CHALLENGE).status_code for _ in range(3)]
    assert answers == [200, 503, 200]


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("faults", {"kind": "explode", "operation": "create"}, 400),
        ("faults", {"operation": "create"}, 400),
        ("latency", {"seconds": "long"}, 400),
        ("nothing", {}, 404),
    ],
)
def test_the_back_door_says_what_it_does_not_understand(
    door: httpx.Client, path: str, asked: dict[str, Any], status: int
) -> None:
    answer = door.post(f"/_sandbox/{path}", json=asked)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_stop(how: signal.Signals) -> None:
    options = ["--version", "8.0.0", "--username", "sync", "--access-key", "k", "--latency", "1ms"]
    with running("--control", *options) as (process, (version, url, name, key)):
        assert (version, name, key) == ("8.0.0", "sync", "k")
        answer = httpx.get(f"{url}/webservice.php", params={**CHALLENGE, "username": "sync"})
        assert answer.json()["success"] is True
        assert httpx.get(f"{url}/_sandbox/operations").json() == {"getchallenge": 1}
        process.send_signal(how)
        assert process.wait(10) == 0


def test_without_being_asked_for_there_is_no_back_door() -> None:
    with running() as (_, (_, url, _, _)):
        assert httpx.get(f"{url}/_sandbox/counts").status_code == 404


def test_a_port_that_is_taken_is_told(door: httpx.Client) -> None:
    taken = str(door.base_url.port)
    command = [sys.executable, "-c", COMMAND, "--port", taken]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert f"port {taken} cannot be used: Address already in use" in ended.stderr


def test_a_latency_that_is_none_is_a_usage_error() -> None:
    result = CliRunner().invoke(vtiger, ["--latency", "50"])
    assert result.exit_code == 2
    assert "'50' is not a length of time such as 50ms or 1.5s" in result.output
