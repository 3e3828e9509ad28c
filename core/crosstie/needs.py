"""What flows and automations need of each system, for `crosstie check` and `crosstie init`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from crosstie.abilities import Maps
from crosstie.candidates import Mapper
from crosstie.commerce import vocabulary_name
from crosstie.config import Config, FlowConfig
from crosstie.config_automations import AutomationConfig
from crosstie.connectors import Table
from crosstie.event_kinds import POLLED, polled_kinds
from crosstie.happening import OWN
from crosstie.hosts import is_host

Needs = Mapping[str, frozenset[str]]
"""By flow or automation, in the words of `Checks`."""


def used_systems(config: Config) -> list[str]:
    """The systems that flows and automations use, and those that are servers."""
    flows = [name for flow in config.flows.values() for name in (flow.source, flow.sink)]
    automations = [
        name
        for automation in config.automations.values()
        for name, _ in (*automation.events, *automation.actions)
    ]
    servers = [name for name, system in config.systems.items() if is_host(system.connector)]
    return [name for name in dict.fromkeys([*flows, *automations, *servers]) if name != OWN]


def needs_of(
    flows: Iterable[FlowConfig], tables: Mapping[str, Table], config: Config | None = None
) -> Mapping[str, Needs]:
    """For each system, what each flow needs of it, and each automation of the config."""
    needs: dict[str, dict[str, frozenset[str]]] = defaultdict(lambda: defaultdict(frozenset))
    for flow in flows:
        read, write = {f"read:{flow.stream}"}, {f"write:{flow.table}"}
        if (table := tables.get(flow.name)) is not None:
            uses = Mapper(table, flow.source, flow.stream, flow.sink, flow).uses
            read |= {f"read:{flow.stream}.{use}" for use in uses}
            write |= {f"write:{o}" for o in (table.refers_to if isinstance(table, Maps) else ())}
        needs[flow.source][flow.name] |= read
        needs[flow.sink][flow.name] |= write
    if config is not None:
        for automation in config.automations.values():
            for name, wanted in _wanted(config, automation):
                needs[name][automation.name] |= {wanted}
    return needs


def _wanted(config: Config, automation: AutomationConfig) -> Iterator[tuple[str, str]]:
    """Each system with something that an automation needs of it, as for flows."""
    for system, kind in automation.events:
        streams = streams_of(config, system, kind)
        for stream in streams:
            yield system, f"read:{stream}"
        if streams:
            thing = vocabulary_name(POLLED[kind].thing)
            for template in automation.templates:
                for use in template.attributes(thing) | template.attributes("data"):
                    yield system, f"read:{streams[0]}.{use}"
    for system, action in automation.actions:
        yield system, f"do:{action}"


def way_of(config: Config, system: str, kind: str) -> str:
    """How an event comes to be known."""
    if system == OWN:
        return "is emitted by an automation"
    if streams := streams_of(config, system, kind):
        return f"is noticed by looking at {' and '.join(streams)}"
    return "is received by `crosstie serve`"


def streams_of(config: Config, system: str, kind: str) -> tuple[str, ...]:
    """The streams in which an event is noticed; none for one that is received or emitted."""
    if system == OWN:
        return ()
    kinds = polled_kinds(config.systems[system].connector.streams_offered)
    return POLLED[kind].streams if kind in kinds else ()
