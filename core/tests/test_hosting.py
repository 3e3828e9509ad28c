"""Systems that are servers get what they need, and requests become events that are kept."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar

import attrs
import pytest

from crosstie import (
    Env,
    Event,
    Hosting,
    Live,
    PluginError,
    Request,
    Secret,
    UnavailableError,
    WebhookError,
    hookimpl,
    setting,
)
from crosstie.happening import context_of
from crosstie.hosting import hosted
from crosstie.project import Project

CONFIG = """
[systems.door]
use = "door"

[systems.bell]
use = "bell"
key = { env = "KEY" }

[systems.lamp]
use = "lamp"
host = "lamp.example"
"""
RING = ["rung", "17", "1", {"loud": True}]


@attrs.frozen
class Connected:
    """A connected system that has nothing."""

    log: logging.Logger

    def streams(self) -> Mapping[str, Any]:
        return {}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        self.log.info("closed")


@attrs.frozen
class Ringing(Connected):
    """Tells the events that stand in the body, or raises the error."""

    def receive(self, request: Request) -> Sequence[Event]:
        told = json.loads(request.body)
        if isinstance(told, str):
            raise WebhookError(told)
        return [Event(*one) for one in told]


class Kind:
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...]] = ()

    def connect(self, env: Env) -> Live:
        env.log.info("connected")
        return Connected(env.log)


@attrs.frozen
class Door(Kind):
    """A server."""

    kind: ClassVar[str] = "door"
    jammed: bool = setting("Whether it cannot be opened", default=False)

    def host(self, hosting: Hosting) -> "Doorway":
        if self.jammed:
            raise UnavailableError("the door is jammed")
        return Doorway(hosting)


@attrs.frozen
class Doorway:
    hosting: Hosting
    address: str = "http://door.example"

    def close(self) -> None:
        self.hosting.log.info("closed")


@attrs.frozen
class Bell(Kind):
    """Sends events."""

    kind: ClassVar[str] = "bell"
    events_offered: ClassVar[tuple[str, ...]] = ("rung",)
    key: Secret | None = setting("Whatever", default=None)
    deaf: bool = setting("Whether it has no `receive`", default=False)
    broken: bool = setting("Whether it cannot be connected", default=False)

    def connect(self, env: Env) -> Live:
        if self.broken:
            raise UnavailableError("the bell is broken")
        live = super().connect(env)
        return live if self.deaf else Ringing(env.log)


@attrs.frozen
class Lamp(Kind):
    """Neither a server nor a sender, although it has a `host`."""

    kind: ClassVar[str] = "lamp"
    host: str = setting("Where it shines")


class House:
    """The plugin with all of them."""

    @hookimpl
    def register_sources(self) -> Sequence[Any]:
        return [Door, Bell, Lamp]


@attrs.frozen(eq=False)
class Painted:
    """A plugin with an application."""

    path: str

    @hookimpl
    def register_apps(self) -> Mapping[str, Any]:
        return {self.path: f"the app at {self.path}"}


@attrs.define
class Home:
    """A project that is served."""

    project: Project
    doorways: list[Doorway]
    wake: threading.Event
    troubles: list[str]

    @property
    def hosting(self) -> Hosting:
        return self.doorways[0].hosting

    def ring(self, told: Any, system: str = "bell") -> int:
        body = json.dumps(told).encode()
        return self.hosting.receive(system, Request("POST", "/", {}, {}, body))

    def kept(self) -> list[Any]:
        with self.project.state() as state:
            return [[e.kind, e.key, e.version, context_of(e)["data"]] for e in state.new_events()]


@pytest.fixture
def home(project: Callable[..., Project]) -> Callable[..., Any]:
    """Serve a project with this plugin, for the length of a `with` block."""

    @contextmanager
    def begin(config: str = CONFIG, **plugins: object) -> Iterator[Home]:
        opened = project(config, {"KEY": "hush-hush"}, house=House(), **plugins)
        wake, troubles = threading.Event(), list[str]()
        with hosted(opened, wake, lambda: troubles[0] if troubles else None) as servers:
            yield Home(opened, servers, wake, troubles)  # type: ignore[arg-type]  # ours are those

    return begin


def test_events_are_kept_and_whoever_deals_with_them_is_woken(home: Callable[..., Any]) -> None:
    with home() as own:
        assert 1 == own.ring([RING])
        assert own.wake.is_set()
        assert [RING] == own.kept()


def test_the_same_event_is_one_and_wakes_nobody(home: Callable[..., Any]) -> None:
    with home() as own:
        own.ring([RING])
        own.wake.clear()
        assert (0, False) == (own.ring([RING]), own.wake.is_set())
        assert 1 == own.ring([RING, ["rung", "18", "1", {}]])


def test_a_request_without_events_is_taken(home: Callable[..., Any]) -> None:
    with home() as own:
        assert (0, False) == (own.ring([]), own.wake.is_set())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (["rung", 18, "1", {}], "no kind, key or version"),
        (["rung", None, "1", {}], "no kind, key or version"),
        (["rung", "", "1", {}], "no kind, key or version"),
        (["rung", "\ud800", "1", {}], "no kind, key or version"),
        (["rung", "18", "1", {"a": 1.5}], "the number 1.5 is not exact"),
        (["rung", "18", "1", {"a": "\ud800"}], "half a character"),
        (["rung", "18", "1", {"a": "x" * 1_000_001}], "more than 1000000"),
        (["rung", "18", "1", json.loads("[" * 65 + "]" * 65)], "more than 64 deep"),
    ],
)
def test_of_a_request_with_an_event_that_cannot_be_kept_nothing_is(
    home: Callable[..., Any], wrong: Any, reason: str
) -> None:
    with home() as own:
        with pytest.raises(WebhookError, match=reason):
            own.ring([RING, wrong])
        assert ([], False) == (own.kept(), own.wake.is_set())


def test_a_refusal_shows_its_sender_no_secret(home: Callable[..., Any]) -> None:
    with home() as own, pytest.raises(WebhookError, match=r"^it is not \*\*\*$"):
        own.ring("it is not hush-hush")


def test_only_systems_that_send_events_are_connected_and_only_once(
    home: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with home() as own:
        names = ("bell", "lamp", "door", "nobody")
        assert [True, False, False, False] == [own.hosting.takes(name) for name in names]
        with ThreadPoolExecutor(20) as threads:
            told = [["rung", str(number), "1", {}] for number in range(60)]
            assert 60 == sum(threads.map(lambda one: own.ring([one]), told))
        assert sorted(told) == sorted(own.kept())
    bell = "crosstie.bell"
    assert [(bell, "connected")] == [(r.name, r.message) for r in caplog.records][:1]
    assert ["crosstie.door", bell] == [r.name for r in caplog.records if r.message == "closed"]


def test_it_is_ready_while_the_state_can_be_written_and_events_are_dealt_with(
    home: Callable[..., Any],
) -> None:
    with home() as own:
        assert own.hosting.ready() is None
        own.troubles.append("it has ended, hush-hush")
        assert "it has ended, ***" == own.hosting.ready()
        with sqlite3.connect(own.project.config.state) as other:
            other.execute("DROP TABLE events")
        assert own.hosting.ready().startswith("state: ")


@pytest.mark.parametrize(
    ("how", "error", "reason"),
    [
        ("broken = true", UnavailableError, "the bell is broken"),
        ("deaf = true", PluginError, "bell: its connector names events, and has no method"),
    ],
)
def test_a_system_that_cannot_receive_says_why(
    home: Callable[..., Any], how: str, error: type[Exception], reason: str
) -> None:
    with home(CONFIG.replace("[systems.lamp]", f"{how}\n[systems.lamp]")) as own:
        for _ in range(2):
            with pytest.raises(error, match=reason):
                own.ring([RING])


def test_where_one_server_cannot_begin_the_others_are_closed(
    home: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = CONFIG + '[systems.gate]\nuse = "door"\njammed = true\n'
    with pytest.raises(UnavailableError, match="the door is jammed"), home(config):
        pass
    assert [("crosstie.door", "closed")] == [(one.name, one.message) for one in caplog.records]


def test_without_a_server_nothing_is_opened(home: Callable[..., Any]) -> None:
    with home('[systems.bell]\nuse = "bell"\n') as own:
        assert ([], False) == (own.doorways, own.project.config.state.exists())


def test_applications_of_all_plugins_are_lent(home: Callable[..., Any]) -> None:
    with home(one=Painted("/one"), two=Painted("/two")) as own:
        assert {"/one": "the app at /one", "/two": "the app at /two"} == own.hosting.apps


def test_two_applications_at_one_path_are_told_with_both_plugins(home: Callable[..., Any]) -> None:
    told = "the plugins 'one' and 'two' both want to be at /a"
    with pytest.raises(PluginError, match=told), home(one=Painted("/a"), two=Painted("/a")):
        pass
