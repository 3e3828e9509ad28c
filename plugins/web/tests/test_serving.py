"""The server as a system of a project: how it begins, tells how it is, and ends."""

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import attrs
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from crosstie import ConfigError, PluginError, UnavailableError, hookimpl
from crosstie.checking import check
from crosstie.hosting import hosted
from crosstie.project import Project

from .conftest import SECRET, Front

EVENT = {"type": "goal_reached"}


@attrs.frozen
class Apps:
    """A plugin that brings applications."""

    path: str

    @hookimpl
    def register_apps(self) -> Mapping[str, Any]:
        async def page(_: Any) -> PlainTextResponse:
            return PlainTextResponse("hello", headers={"Cache-Control": "max-age=60"})

        return {self.path: Starlette(routes=[Route("/page", page)])}


def test_it_is_healthy_while_it_lives_and_ready_while_events_are_dealt_with(
    front: Callable[..., Front],
) -> None:
    site = front()
    for path in ("/health", "/ready"):
        answer = site.client.get(path)
        assert (200, {"status": "ok"}) == (answer.status_code, answer.json())
    site.troubles.append(f"automations have ended, {SECRET}")
    answer = site.client.get("/ready")
    reason = {"status": "not ready", "reason": "automations have ended, ***"}
    assert (503, reason) == (answer.status_code, answer.json())
    assert 200 == site.client.get("/health").status_code


def test_a_state_that_is_damaged_is_told(front: Callable[..., Front]) -> None:
    site = front()
    with sqlite3.connect(site.project.config.state) as other:
        other.execute("ALTER TABLE events RENAME TO away")
    answer = site.client.get("/ready")
    assert (503, True) == (answer.status_code, answer.json()["reason"].startswith("state: "))


def test_a_request_under_way_is_answered_when_the_server_ends(front: Callable[..., Front]) -> None:
    site = front()
    body = json.dumps(EVENT).encode()
    with (
        closing(sqlite3.connect(site.project.config.state, isolation_level=None)) as other,
        socket.create_connection(site.host, timeout=60) as sender,
        ThreadPoolExecutor() as threads,
    ):
        other.execute("BEGIN IMMEDIATE")  # the event has to wait
        sender.sendall(site.written(body))
        assert 200 == site.client.get("/health").status_code  # so the other request is there too
        ending = threads.submit(site.server.close)
        time.sleep(0.5)
        assert not ending.done()
        other.execute("COMMIT")
        assert sender.recv(65536).startswith(b"HTTP/1.1 202 Accepted")
        ending.result()
    assert 1 == len(site.kept())


def test_after_its_end_the_port_is_free(project: Callable[..., Project]) -> None:
    config = '[systems.web]\nuse = "web"\nport = {}'
    opened = project(config.format(0))
    with hosted(opened, threading.Event(), lambda: None) as (server,):
        assert 200 == httpx.get(f"{server.address}/health").status_code
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.address}/health")
    port = httpx.URL(server.address).port
    with hosted(project(config.format(port)), threading.Event(), lambda: None) as (server,):
        assert 200 == httpx.get(f"{server.address}/health").status_code


def test_a_port_that_is_taken_is_told(project: Callable[..., Project]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        opened = project(f'[systems.web]\nuse = "web"\nport = {port}')
        told = f"http://127.0.0.1:{port} cannot be listened on .* does another program do so"
        with (
            pytest.raises(UnavailableError, match=told),
            hosted(opened, threading.Event(), lambda: None),
        ):
            pass


def test_apps_of_plugins_are_mounted_under_their_paths(front: Callable[..., Front]) -> None:
    site = front(greeting=Apps("/hello"))
    answer = site.client.get("/hello/page")
    assert (200, "hello") == (answer.status_code, answer.text)
    assert "max-age=60" == answer.headers["cache-control"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert 202 == site.post(EVENT).status_code


@pytest.mark.parametrize("path", ["hello", "/events", "/health/", "/ready/x"])
def test_no_app_takes_the_place_of_our_own_pages(
    project: Callable[..., Project], path: str
) -> None:
    opened = project('[systems.web]\nuse = "web"\nport = 0', greeting=Apps(path))
    with (
        pytest.raises(PluginError, match="no app can be mounted at"),
        hosted(opened, threading.Event(), lambda: None),
    ):
        pass


@pytest.mark.parametrize(
    ("listen", "level"), [("127.0.0.1", "ok"), ("::1", "ok"), ("0.0.0.0", "warning")]
)
def test_listening_for_other_machines_is_warned_of(
    project: Callable[..., Project], listen: str, level: str
) -> None:
    opened = project(f'[systems.web]\nuse = "web"\nlisten = "{listen}"')
    told = dict(check(opened))
    assert level == told["web"].level
    assert ("where other machines reach it" in told["web"].text) is (level == "warning")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('listen = "localhost"', "listen must be an IP address such as 127.0.0.1"),
        ("port = 65536", "port must be from 0 to 65535"),
        ("largest = 0", "largest must be 1 at least"),
        ('[systems.a]\nuse = "events"\nsecret = { env = "BAD" }', "secret must be whsec_ and"),
        (
            '[systems.a]\nuse = "events"\nsecret = { env = "FORMS_SECRET" }\n'
            'old_secret = { env = "BAD" }',
            "old_secret must be whsec_ and",
        ),
        (
            '[systems.a]\nuse = "events"\nsecret = { env = "FORMS_SECRET" }\ntolerance = "2d"',
            "tolerance must be more than 0s and at most 1d",
        ),
    ],
)
def test_wrong_settings_are_told(project: Callable[..., Project], setting: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        project(
            f'[systems.web]\nuse = "web"\n{setting}', {"FORMS_SECRET": SECRET, "BAD": "hush-hush"}
        )
    assert (True, False) == (told in str(refused.value), "hush-hush" in str(refused.value))
