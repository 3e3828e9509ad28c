"""Explaining one record: what is read now, mapped now, tied to what, and what became of it.

Nothing is written, and what cannot be told now (a system is down) is told as such: the history
is there all the same.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import attrs

from crosstie.abilities import Gets
from crosstie.candidates import Mapper
from crosstie.canonical import canonical, digest
from crosstie.config import FlowConfig
from crosstie.connectors import Live
from crosstie.errors import ConfigError, CrosstieError
from crosstie.mistakes import suggestion
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.reading import stream_of
from crosstie.records import Record
from crosstie.sinks import LiveSink
from crosstie.state import Aside, Outcome, State

AS_WRITTEN = "this is what was last written"
DIFFERS = "this differs from what was last written: the next run that reads it writes it"
NEVER = "this flow has not written it yet"
FILTERED = "the flow's filter does not let it through"
SHARED = "this is one row with {key}, which tells it"


@attrs.frozen(kw_only=True)
class Mapped:
    """What one flow makes of the record now.

    `row` is plain data; None with the reason in `error`. `standing` compares it with what the
    flow last wrote; `aside` is the open entry, if the record is set aside.
    """

    flow: str
    table: str
    row: Any = None
    error: str | None = None
    standing: str | None = None
    aside: Aside | None = None


@attrs.frozen(kw_only=True)
class Tied:
    """A row that the record is tied to; `table` is "system.table", `also` has further ids."""

    table: str
    id: str
    also: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Explanation:
    """All about one record. `record` is plain data; None with the reason in `unread`."""

    stream: str
    key: str
    record: Any = None
    version: str | None = None
    unread: str | None = None
    mapped: Sequence[Mapped] = ()
    links: Sequence[Tied] = ()
    outcomes: Sequence[Outcome] = ()


def explain(project: Project, system_stream: str, key: str) -> Explanation:
    """Explain the record with this key of a stream, given as "system.stream".

    Raises `ConfigError` for a stream that is none of the config's.
    """
    system, stream = _place(project, system_stream)
    flows = [f for f in project.config.flows.values() if (f.source, f.stream) == (system, stream)]
    identity = project.config.systems[system].identity
    with closing(project.state()) as state, closing(Pools(project, state)) as pools:
        mappers = {flow.name: _mapper(pools, flow) for flow in flows}
        uses = [mapper.uses for mapper in mappers.values() if isinstance(mapper, Mapper)]
        record = _read(pools, system, stream, key, frozenset().union(*uses))
        read = record if isinstance(record, Record) else None
        return Explanation(
            stream=system_stream,
            key=key,
            record=_plain(read.data) if read else None,
            version=read.version if read else None,
            unread=record if isinstance(record, str) else None,
            mapped=[_mapped(state, flow, mappers[flow.name], key, read) for flow in flows],
            links=[
                Tied(table=f"{to.sink}.{to.table}", id=link.id, also=link.also)
                for to, link in state.links_of(identity, stream, key)
            ],
            outcomes=state.outcomes(identity, stream, key),
        )


def _place(project: Project, system_stream: str) -> tuple[str, str]:
    system, _, stream = system_stream.partition(".")
    systems = project.config.systems
    if system not in systems or not stream:
        known = [f"{flow.source}.{flow.stream}" for flow in project.config.flows.values()]
        raise ConfigError([f"unknown stream {system_stream!r}{suggestion(system_stream, known)}"])
    offered = systems[system].connector.streams_offered
    if offered is not None and stream not in offered:
        raise ConfigError([f"{system} has no stream {stream!r}{suggestion(stream, offered)}"])
    return system, stream


def _mapper(pools: Pools, flow: FlowConfig) -> Mapper | str:
    """The flow's mapper, or why there is none."""
    systems = pools.project.config.systems
    try:
        table = LiveSink(pools.writer(flow.sink)).table(flow.table)
    except CrosstieError as error:
        return pools.project.redact(str(error))
    return Mapper(
        table, systems[flow.source].identity, flow.stream, systems[flow.sink].identity, flow
    )


def _read(pools: Pools, system: str, name: str, key: str, uses: frozenset[str]) -> Record | str:
    """The record as it is now, or why it cannot be told."""

    def get(live: Live) -> Record | str:
        stream = stream_of(live, name, system)
        if not isinstance(stream, Gets):
            return f"{system}.{name} cannot be asked for a single record"
        found = [record for record in stream.get([key], uses) if record.key == key]
        return found[0] if found else f"{system}.{name} has no record {key!r} (any more)"

    try:
        return pools.reader(system).call(get).result()
    except CrosstieError as error:
        return pools.project.redact(str(error))


def _mapped(
    state: State, flow: FlowConfig, mapper: Mapper | str, key: str, record: Record | None
) -> Mapped:
    asides = state.asides(flow.name, [key])
    told = Mapped(
        flow=flow.name, table=f"{flow.sink}.{flow.table}", aside=asides[0] if asides else None
    )
    if isinstance(mapper, str) or record is None:
        reason = mapper if isinstance(mapper, str) else "nothing was read"
        return attrs.evolve(told, error=reason)
    try:
        if record.error is not None:
            raise record.error
        if not mapper.wants(record):
            return attrs.evolve(told, error=FILTERED)
        text = canonical(mapper.row(record))
    except CrosstieError as error:
        return attrs.evolve(told, error=str(error))
    mark = state.fingerprints(flow.name, [key]).get(key)
    same = mark is not None and mark.hash == digest(mapper.rank(record) + text)
    standing = NEVER if mark is None else AS_WRITTEN if same else DIFFERS
    if same and (teller := _teller(state, mapper, key)) != key:
        standing = SHARED.format(key=teller)
    return attrs.evolve(told, row=json.loads(text), standing=standing)


def _teller(state: State, mapper: Mapper, key: str) -> str:
    """The key of the record that tells the row of this one, see `crosstie.folding`."""
    place = (mapper.sink, mapper.table.name)
    link = state.links(mapper.source, mapper.stream, *place, [key]).get(key)
    shared = state.ranked_links(*place, naturals=(), ids=[link.id]) if link else ()
    ranks = [(theirs.rank, other) for other, theirs in shared]
    return max(ranks)[1].key if ranks else key


def _plain(data: Any) -> Any:
    return json.loads(canonical(data))
