"""Running flows: in the order of their references, each under its lease."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from graphlib import CycleError, TopologicalSorter

from crosstie.abilities import Maps
from crosstie.acting import connected
from crosstie.choosing import Agree, Choice, choose
from crosstie.config import FlowConfig
from crosstie.errors import ConfigError, FlowError, LeaseError, NotArmedError
from crosstie.flow_run import FlowRun
from crosstie.interlock import check_armed
from crosstie.leasing import held
from crosstie.mistakes import suggestion
from crosstie.options import Progress, RunOptions, RunReport
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.sinks import LiveSink
from crosstie.state import Lease, State


def run(
    project: Project,
    names: Sequence[str] = (),
    options: RunOptions | None = None,
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    agree: Agree = lambda _flow, _choice: True,
    patience: float = 0.0,
) -> Iterator[RunReport]:
    """Run the named flows (all, without names) and yield a report as each ends.

    Before a flow begins, `agree` is asked; where it says no, nothing of that flow is done.
    A flow that another process runs is waited for up to `patience` seconds; then its report says
    who holds it. Raises `ConfigError` for unknown names and `StateError` for an unusable state.
    """
    options = options or RunOptions()
    with closing(project.state()) as state, closing(connected(project, state)) as pools:
        for flow in in_order(pools, named(project, names)):
            if project.stop.is_set():
                return
            yield run_flow(pools, state, flow, options, tell=tell, agree=agree, patience=patience)
        keep = project.config.keep_outcomes
        state.prune(project.clock.now() - keep)


def chosen(
    project: Project, names: Sequence[str], options: RunOptions
) -> list[tuple[FlowConfig, Choice]]:
    """What each of the named flows would read with these options, before anything is begun.

    Raises `ConfigError` with all that is refused, and a `FlowError` where a system cannot be asked.
    """
    found: list[tuple[FlowConfig, Choice]] = []
    mistakes: list[str] = []
    with closing(project.state()) as state, closing(connected(project, state)) as pools:
        for flow in in_order(pools, named(project, names)):
            table = LiveSink(pools.writer(flow.sink)).table(flow.table)
            try:
                found.append((flow, choose(pools, flow, table, options)))
            except ConfigError as error:
                mistakes += error.mistakes
    if mistakes:
        raise ConfigError(mistakes)
    return found


def run_flow(
    pools: Pools,
    state: State,
    flow: FlowConfig,
    options: RunOptions,
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    agree: Agree = lambda _flow, _choice: True,
    patience: float = 0.0,
) -> RunReport:
    """Run one flow under its lease."""
    try:
        with armed_lease(pools.project, state, flow.name, patience) as lease:
            sink = LiveSink(pools.writer(flow.sink))
            return FlowRun(pools, state, flow, options, lease, sink, tell, agree).execute()
    except (LeaseError, NotArmedError) as error:
        return held_elsewhere(flow, error)


def held_elsewhere(flow: FlowConfig, error: FlowError) -> RunReport:
    """The report of a flow that cannot be begun, such as one that somebody else runs."""
    return RunReport(
        run="", flow=flow.name, mode="", status="stopped", counts={}, error=str(error), seconds=0
    )


def named(project: Project, names: Iterable[str]) -> list[FlowConfig]:
    """The flows of these names, all of them when there are no names."""
    flows = project.config.flows
    unknown = [name for name in names if name not in flows]
    if unknown:
        raise ConfigError(
            [
                f"there is no flow {name!r} in {project.config.path.name}{suggestion(name, flows)}"
                for name in unknown
            ]
        )
    return [flows[name] for name in names] or list(flows.values())


def in_order(pools: Pools, flows: Sequence[FlowConfig]) -> list[FlowConfig]:
    """The flows so that what others point to comes first; else as in the config."""
    graph: dict[str, list[str]] = {}
    by_name = {flow.name: flow for flow in flows}
    for flow in flows:
        wanted = _refers_to(pools, flow)
        graph[flow.name] = [
            other.name
            for other in flows
            if other.name != flow.name
            and (other.source, other.sink) == (flow.source, flow.sink)
            and other.stream in wanted
            and other.stream != flow.stream
        ]
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ConfigError([f"flows point to each other in a circle: {error.args[1]}"]) from error


def _refers_to(pools: Pools, flow: FlowConfig) -> tuple[str, ...]:
    """The streams that the flow's rows point to; none while its sink cannot be used.

    The run of such a flow meets the same error and stops with it, and only that flow does.
    """
    try:
        table = LiveSink(pools.writer(flow.sink)).table(flow.table)
    except FlowError:
        return ()
    return table.refers_to if isinstance(table, Maps) else ()


def armed_lease(
    project: Project, state: State, name: str, patience: float
) -> AbstractContextManager[Lease]:
    """The lease of a flow that is to be run in earnest; raises `NotArmedError` too."""
    check_armed(project, state)
    return leased(project, state, name, patience)


def leased(
    project: Project, state: State, name: str, patience: float
) -> AbstractContextManager[Lease]:
    """Hold a flow's lease, kept alive by a heartbeat; raises `LeaseError` naming the holder."""
    refused = f"{name} is being run by {{holder}}: wait for it (--wait 10m) or stop it"
    return held(state, project.clock, project.stop, name, patience=patience, refused=refused)
