"""Checking: is all as flows and automations need it? Nothing is changed, neither here nor there."""

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any, TypeVar

from crosstie.abilities import Checks, Discovers, Finding, Receives
from crosstie.config import Config, FlowConfig
from crosstie.connectors import Live, Table
from crosstie.errors import CrosstieError, StateError
from crosstie.hosts import Hosts
from crosstie.interlock import unarmed
from crosstie.mistakes import suggestion
from crosstie.needs import Needs, needs_of, streams_of, used_systems, way_of
from crosstie.pools import Pool, Pools
from crosstie.project import Project
from crosstie.settings import timeout_of

CONFIG, PLUGINS, STATE = "config", "plugins", "state"
SILENCES = 2
"""How many of its time-outs a system may keep silent before it counts as hanging."""

Answer = TypeVar("Answer")


def check(project: Project) -> Iterator[tuple[str, Finding]]:
    """Tell what is well and what is not, as (system or config, plugins, state; finding)."""
    yield from ((CONFIG, finding) for finding in _config(project.config))
    yield from ((PLUGINS, finding) for finding in _plugins(project))
    try:
        state = project.scratch()
    except StateError as error:
        yield STATE, Finding("problem", str(error))
        return
    yield STATE, _state(project.config)
    with closing(state), closing(Pools(project, state)) as pools:
        if project.config.state.exists() and (told := unarmed(project, state)):
            yield STATE, Finding("problem", told)
        yield from _systems(project, pools)


def exit_code(name: str) -> int:
    """What a problem under this name comes to: 2 for the config and plugins, else 3."""
    return 2 if name in {CONFIG, PLUGINS} else 3


def _config(config: Config) -> Iterator[Finding]:
    flows = config.flows.values()
    systems, number = len(config.systems), len(flows)
    counted = f"{systems} system{'s' * (systems != 1)}, {number} flow{'s' * (number != 1)}"
    if automations := config.automations.values():
        counted += f", {len(automations)} automation{'s' * (len(automations) != 1)}"
    yield Finding("ok", f"{config.path}: {counted}")
    used = used_systems(config)
    for name, system in config.systems.items():
        if name not in used and not isinstance(system.connector, Hosts):
            yield Finding("warning", f"no flow or automation uses the system {name}")
    for automation in automations:
        for event in automation.events:
            yield Finding("ok", f"{automation.name}: {'.'.join(event)} {way_of(config, *event)}")


def _plugins(project: Project) -> Iterator[Finding]:
    used = {system.kind for system in project.config.systems.values()}
    yield Finding("ok", f"{len(project.plugins.origins)} in use, for {', '.join(sorted(used))}")
    for failure in project.plugins.failures:
        yield Finding("warning", str(failure))


def _state(config: Config) -> Finding:
    path = config.state
    if path.exists():
        if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
            return Finding("ok", f"{path} can be read and written")
        return Finding("problem", f"{path} cannot be written: check its and its folder's rights")
    if path.parent.is_dir() and os.access(path.parent, os.W_OK):
        return Finding("ok", f"{path} will be made by the first run")
    return Finding("problem", f"{path} cannot be made: is its folder there, and may it be written?")


def _systems(project: Project, pools: Pools) -> Iterator[tuple[str, Finding]]:
    """Connect each system that is used, then ask it with what is needed of it."""
    flows = list(project.config.flows.values())
    lives: dict[str, Live] = {}
    yield from _connect(project.config, pools, lives)
    tables: dict[str, Table] = {}
    for flow in flows:
        if (live := lives.get(flow.sink)) is None:
            continue
        for place in asked(pools.writer(flow.sink), _table, live, flow):
            if isinstance(place, Finding):
                yield flow.sink, place
            else:
                tables[flow.name] = place
                yield from ((CONFIG, finding) for finding in _match(flow, place))
                yield from _fields(pools.writer(flow.sink), flow, place)
    needs = needs_of(flows, tables, project.config)
    for name, live in lives.items():
        for told in asked(pools.writer(name), _told, live, needs[name]):
            yield name, told
        for told in asked(pools.writer(name), _events, live, project.config, name):
            yield name, told


def _connect(config: Config, pools: Pools, lives: dict[str, Live]) -> Iterator[tuple[str, Finding]]:
    """Fill in the systems that can be connected."""
    for name in used_systems(config):
        for found in asked(pools.writer(name), _connected):
            if isinstance(found, Finding):
                yield name, found
            else:
                lives[name] = found


def _connected(pool: Pool) -> Iterable[Live]:
    return [pool.live()]


def _table(_: Pool, live: Live, flow: FlowConfig) -> Iterable[Table | Finding]:
    tables = live.tables()
    if flow.table in tables:
        return [tables[flow.table]]
    hint = suggestion(flow.table, tables)
    return [Finding("problem", f"{flow.name}: there is no table {flow.table!r}{hint}")]


def _match(flow: FlowConfig, table: Table) -> Iterator[Finding]:
    if not (flow.match or table.key):
        yield Finding(
            "problem",
            f"{flow.name}: {flow.sink}.{flow.table} does not say by which fields its rows are "
            f'recognised: add match = ["…"] to [flows.{flow.name}]',
        )


def _fields(pool: Pool, flow: FlowConfig, table: Table) -> Iterator[tuple[str, Finding]]:
    """The fields named in the config that the table does not have, where it can tell them."""
    named = [("set", field) for field in flow.set] + [("mark", field) for field in flow.mark]
    named += [("match", field) for field in flow.match]
    if not named or not isinstance(table, Discovers):
        return
    for known in asked(pool, _known, table):
        if isinstance(known, Finding):
            yield flow.sink, known
            continue
        for setting, field in named:
            if field not in known:
                text = f"{flow.name}: {setting}: {flow.sink}.{flow.table} has no field {field!r}"
                yield CONFIG, Finding("problem", f"{text}{suggestion(field, known)}")


def _known(_: Pool, table: Discovers) -> Iterable[frozenset[str]]:
    return [frozenset(table.fields())]


def _events(_: Pool, live: Live, config: Config, name: str) -> Iterator[Finding]:
    """The events that automations want of a system and that cannot come from it."""
    for automation in config.automations.values():
        for system, kind in automation.events:
            if system != name:
                continue
            wanted = streams_of(config, system, kind)
            for stream in wanted:
                if stream not in live.streams():
                    hint = suggestion(stream, live.streams())
                    text = f"{automation.name}: there is no stream {stream!r}{hint}"
                    yield Finding("problem", text)
            if not wanted and not isinstance(live, Receives):
                yield Finding("problem", f"{automation.name}: it receives no events")


def _told(_: Pool, live: Live, needs: Needs) -> Iterable[Finding]:
    if isinstance(live, Checks):
        return live.check(needs)
    return [Finding("ok", "configured; this kind of system cannot be asked how it is")]


def asked(
    pool: Pool, ask: Callable[..., Iterable[Answer]], *about: Any
) -> Iterator[Answer | Finding]:
    """What a system answers, on a thread that is left alone if it hangs; errors as findings."""
    answers: queue.SimpleQueue[Answer | Exception | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            for answer in ask(pool, *about):
                answers.put(answer)
            answers.put(None)
        except Exception as error:  # noqa: BLE001 (told by the thread that waits)
            answers.put(error)

    threading.Thread(target=work, name=f"check {pool.system.name}", daemon=True).start()
    patience = SILENCES * timeout_of(pool.system.connector)
    try:
        while (answer := answers.get(timeout=patience)) is not None:
            if isinstance(answer, CrosstieError):
                yield Finding("problem", str(answer))
                return
            if isinstance(answer, Exception):
                raise answer
            yield answer
    except queue.Empty:
        yield Finding("problem", f"does not answer: nothing for {patience:g} s")
