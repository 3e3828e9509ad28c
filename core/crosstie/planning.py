"""Planning: a run on a copy of the state, into a sink that only looks.

What is told is what the next run will do to the same keys, while neither system changes.
Nothing is written, remote or local, and no cursor moves. Only what is between the systems and us
is kept: tokens that were renewed, and when the next request may go.
"""

from collections.abc import Callable, Sequence
from contextlib import closing

from crosstie.flow_run import FlowRun
from crosstie.options import RunOptions, RunReport
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.running import in_order, leased, named
from crosstie.sinks import DrySink, LiveSink, Planned


def plan(
    project: Project,
    names: Sequence[str] = (),
    options: RunOptions | None = None,
    *,
    tell: Callable[[Planned], None],
) -> list[RunReport]:
    """Tell what a run of the named flows (all, without names) would write, row by row.

    After the rows of a flow come the records that it would set aside.
    """
    options = options or RunOptions()
    sinks: dict[str, DrySink] = {}
    reports = []
    with closing(project.scratch()) as state, closing(Pools(project, state)) as pools:
        for flow in in_order(pools, named(project, names)):
            sink = sinks.setdefault(
                flow.sink, DrySink(LiveSink(pools.writer(flow.sink)), tell=tell)
            )
            sink.flow = flow.name
            with leased(project, state, f"plan {flow.name}", 0) as lease:
                run = FlowRun(pools, state, flow, options, lease, sink, lambda _: None)
                report = run.execute()
            reports.append(report)
            for entry in state.asides(flow.name):
                if entry.run == report.run:
                    why = f"{entry.kind}: {entry.reason}"
                    table = f"{flow.sink}.{flow.table}"
                    tell(Planned(flow.name, "aside", table, None, entry.key, {}, why))
    return reports
