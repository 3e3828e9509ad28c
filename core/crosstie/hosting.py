"""Systems that take events in while `crosstie serve` runs: they are begun, and lent what they need.

::

    with hosted(project, automating.wake, automating.trouble) as servers:
        print(servers[0].address)
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import attrs

from crosstie.abilities import Receives
from crosstie.acting import connected
from crosstie.clock import Clock
from crosstie.connectors import Live
from crosstie.errors import PluginError, StateError, WebhookError
from crosstie.event_kinds import received_kinds
from crosstie.happening import told
from crosstie.hosts import Hosted, is_host
from crosstie.incoming import Event, Request
from crosstie.plugins import Plugins
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.state import EventRow, State, new_id

DEEPEST = 64
"""Mappings and lists within each other: those who unpack them again have a stack of their own."""


@contextmanager
def hosted(
    project: Project, wake: threading.Event, trouble: Callable[[], str | None]
) -> Iterator[list[Hosted]]:
    """Begin every system that is a server, and close them in the end.

    `wake` is set whenever events have come in; `trouble` says why nobody deals with them, as a
    sentence, or None.
    Raises a `FlowError` where one of them cannot listen, and a `PluginError` for applications
    that cannot be mounted; the others are closed then.
    """
    systems = project.config.systems.items()
    servers = {name: one.connector for name, one in systems if is_host(one.connector)}
    if not servers:
        yield []
        return
    with ExitStack() as stack:
        state = stack.enter_context(closing(project.state()))
        pools = stack.enter_context(closing(connected(project, state)))
        intake = Intake(project, state, pools, wake)
        apps = _apps(project.plugins)
        begun = []
        for name, server in servers.items():
            begun.append(server.host(LentHosting(name, intake, apps, trouble)))
            stack.callback(begun[-1].close)
        yield begun


@attrs.frozen
class Intake:
    """Requests become events here; usable from several threads.

    A system is connected with its first request, and stays so.
    """

    project: Project
    state: State
    pools: Pools
    wake: threading.Event
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def takes(self, system: str) -> bool:
        """See `Hosting`; nothing is connected to know that, whoever asks."""
        known = self.project.config.systems.get(system)
        return known is not None and received_kinds(type(known.connector)) != ()

    def receive(self, system: str, request: Request) -> int:
        """See `Hosting`."""
        with self._lock:
            pool = self.pools.reader(system)
        try:
            events = pool.call(lambda live: _events(live, system, request)).result()
            rows = self._rows(system, events)
        except WebhookError as error:
            raise WebhookError(self.project.redact(str(error))) from error
        added = self.state.add_events(rows)
        if added:
            self.wake.set()
        return added

    def _rows(self, system: str, events: Iterable[Event]) -> list[EventRow]:
        now = self.project.clock.now()
        return [
            EventRow(
                id=new_id(now),
                system=system,
                kind=_text(event.kind),
                key=_text(event.key),
                version=_text(event.version),
                at=event.at,
                received=now,
                data=_packed(event),
            )
            for event in events
        ]


@attrs.frozen
class LentHosting:
    """The `Hosting` of one server."""

    system: str
    intake: Intake
    apps: Mapping[str, Any]
    trouble: Callable[[], str | None]

    @property
    def clock(self) -> Clock:
        """See `Hosting`."""
        return self.intake.project.clock

    @property
    def log(self) -> logging.Logger:
        """See `Hosting`."""
        return logging.getLogger(f"crosstie.{self.system}")

    def takes(self, system: str) -> bool:
        """See `Hosting`."""
        return self.intake.takes(system)

    def receive(self, system: str, request: Request) -> int:
        """See `Hosting`."""
        return self.intake.receive(system, request)

    def ready(self) -> str | None:
        """See `Hosting`."""
        try:
            with self.intake.state.transaction(None):
                self.intake.state.new_events(limit=1)
        except StateError as error:
            return str(error)
        trouble = self.trouble()
        return None if trouble is None else self.intake.project.redact(trouble)


def _events(live: Live, system: str, request: Request) -> Iterable[Event]:
    if not isinstance(live, Receives):
        raise PluginError(f"{system}: its connector names events, and has no method `receive`")
    return live.receive(request)


def _text(text: Any) -> str:
    """A part of an event's identity, which SQLite could not keep where it is no text."""
    if not isinstance(text, str) or not text or not _is_utf8(text):
        raise WebhookError("an event has no kind, key or version that is a text")
    return text


def _packed(event: Event) -> str:
    try:
        _check_depth(event.data, DEEPEST)
        data = told(event.data, event.more)
    except ValueError as error:
        raise WebhookError(f"the event {event.kind} cannot be kept: {error}") from error
    if not _is_utf8(data):
        raise WebhookError(f"the event {event.kind} cannot be kept: it holds half a character")
    return data


def _check_depth(value: Any, left: int) -> None:
    if not left:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            _check_depth(one, left - 1)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _apps(plugins: Plugins) -> dict[str, Any]:
    """The applications of all plugins by path; raises `PluginError` for a path of two."""
    apps: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for name, plugin in plugins.manager.list_name_plugin():
        if not hasattr(plugin, "register_apps"):
            continue
        for path, app in plugin.register_apps().items():
            if path in owners:
                clash = f"{owners[path]!r} and {name!r} both want to be at {path}"
                raise PluginError(f"the plugins {clash}: remove one of them")
            owners[path], apps[path] = name, app
    return apps
