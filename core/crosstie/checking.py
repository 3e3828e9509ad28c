"""Checking: is everything as the flows need it? Nothing is changed, neither here nor there."""

import os
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, TypeVar

from crosstie.abilities import Checks, Discovers, Finding, Maps
from crosstie.candidates import Mapper
from crosstie.config import Config, FlowConfig
from crosstie.connectors import Live, Table
from crosstie.errors import CrosstieError, StateError
from crosstie.mistakes import suggestion
from crosstie.pools import Pool, Pools
from crosstie.project import Project
from crosstie.settings import timeout_of

CONFIG, PLUGINS, STATE = "config", "plugins", "state"
SILENCES = 2
"""How many of its time-outs a system may keep silent before it counts as hanging."""

Answer = TypeVar("Answer")
Needs = Mapping[str, frozenset[str]]


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
        yield from _systems(project, pools)


def exit_code(name: str) -> int:
    """What a problem under this name comes to: 2 for the config and plugins, else 3."""
    return 2 if name in {CONFIG, PLUGINS} else 3


def _config(config: Config) -> Iterator[Finding]:
    flows = config.flows.values()
    systems, number = len(config.systems), len(flows)
    counted = f"{systems} system{'s' * (systems != 1)}, {number} flow{'s' * (number != 1)}"
    yield Finding("ok", f"{config.path}: {counted}")
    used = {name for flow in flows for name in (flow.source, flow.sink)}
    for name in config.systems:
        if name not in used:
            yield Finding("warning", f"no flow uses the system {name}")


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
    """Connect each system that is used, then ask it with what the flows need of it."""
    flows = list(project.config.flows.values())
    lives: dict[str, Live] = {}
    for name in dict.fromkeys(name for flow in flows for name in (flow.source, flow.sink)):
        for found in asked(pools.writer(name), _connected):
            if isinstance(found, Finding):
                yield name, found
            else:
                lives[name] = found
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
    needs = needs_of(flows, tables)
    for name, live in lives.items():
        for told in asked(pools.writer(name), _told, live, needs[name]):
            yield name, told


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


def needs_of(flows: Iterable[FlowConfig], tables: Mapping[str, Table]) -> Mapping[str, Needs]:
    """For each system, what each flow needs of it, in the words of `Checks`."""
    needs: dict[str, dict[str, frozenset[str]]] = defaultdict(lambda: defaultdict(frozenset))
    for flow in flows:
        read, write = {f"read:{flow.stream}"}, {f"write:{flow.table}"}
        if (table := tables.get(flow.name)) is not None:
            uses = Mapper(table, flow.source, flow.stream, flow.sink, flow).uses
            read |= {f"read:{flow.stream}.{use}" for use in uses}
            write |= {f"write:{o}" for o in (table.refers_to if isinstance(table, Maps) else ())}
        needs[flow.source][flow.name] |= read
        needs[flow.sink][flow.name] |= write
    return needs


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
