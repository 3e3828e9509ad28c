"""Introducing: systems tell what a first config should know of them. Changes nothing.

::

    project = drafted(path, systems, plugins, os.environ, stop)
    introduction = introduced(project)
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import attrs

from crosstie.abilities import Advice, Finding, Introduces
from crosstie.checking import asked
from crosstie.clock import SystemClock
from crosstie.config import FlowConfig, read_config
from crosstie.connectors import Table
from crosstie.errors import FlowError
from crosstie.first_config import first_config
from crosstie.needs import Needs, needs_of
from crosstie.new_systems import NewSystem
from crosstie.plugins import Plugins
from crosstie.pools import Pool, Pools
from crosstie.project import Project
from crosstie.running import in_order
from crosstie.sinks import LiveSink


@attrs.frozen
class Introduction:
    """What the systems of a project tell: their advice, and why some could not be looked at.

    Both are by system; `order` has the flows' names so that what others point to comes first.
    """

    advice: Mapping[str, Sequence[Advice]] = attrs.field(factory=dict)
    failures: Mapping[str, str] = attrs.field(factory=dict)
    order: Sequence[str] = ()


def drafted(
    path: Path,
    systems: Sequence[NewSystem],
    plugins: Plugins,
    environ: Mapping[str, str],
    stop: threading.Event,
) -> Project:
    """The project of a config that will stand at `path`, before anything is written.

    Raises `ConfigError` with every mistake in what is given.
    """
    secrets = {
        f"{system.name}-{name}": secret
        for system in systems
        for name, secret in system.typed.items()
    }
    lent = [
        system.with_settings({name: {"env": f"{system.name}-{name}"} for name in system.typed})
        for system in systems
    ]
    text = first_config(plugins, lent)
    known = {**environ, **{name: secret.reveal() for name, secret in secrets.items()}}
    config = read_config(text.encode(), path, plugins, known)
    return Project(config=config, plugins=plugins, clock=SystemClock(stop), stop=stop)


def introduced(project: Project) -> Introduction:
    """Ask every system that can introduce itself."""
    flows = list(project.config.flows.values())
    advice: dict[str, list[Advice]] = defaultdict(list)
    failures: dict[str, str] = {}
    with closing(project.scratch()) as state, closing(Pools(project, state)) as pools:
        needs = needs_of(flows, _tables(pools, flows))
        for name in project.config.systems:
            for told in asked(pools.writer(name), _told, needs[name]):
                text = project.redact(told.text)
                if isinstance(told, Finding):
                    failures[name] = text
                    advice[name].append(Advice(f"It could not be looked at: {text}"))
                else:
                    advice[name].append(attrs.evolve(told, text=text))
        order = [flow.name for flow in in_order(pools, flows)]
    return Introduction(advice, failures, order)


def _tables(pools: Pools, flows: Iterable[FlowConfig]) -> Mapping[str, Table]:
    """The tables that flows write, as far as their systems can be used."""
    tables = {}
    for flow in flows:
        try:
            tables[flow.name] = LiveSink(pools.writer(flow.sink)).table(flow.table)
        except FlowError:
            continue  # the system says so itself when it is asked
    return tables


def _told(pool: Pool, use: Needs) -> Iterable[Advice]:
    live = pool.live()
    return live.introduce(use) if isinstance(live, Introduces) else ()
