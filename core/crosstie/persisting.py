"""Going on until it is done: a flow that a system stopped, down or asking for rest, runs again.

It keeps its lease while it waits, so that nobody else runs it meanwhile; the other flows go on.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing

from crosstie.acting import connected
from crosstie.choosing import Agree
from crosstie.config import FlowConfig
from crosstie.errors import LeaseError, NotArmedError
from crosstie.flow_run import FlowRun
from crosstie.options import Progress, RunOptions, RunReport
from crosstie.project import Project
from crosstie.running import armed_lease, held_elsewhere, in_order, named
from crosstie.sinks import LiveSink
from crosstie.state import State

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 900.0
Tries = Generator[RunReport, None, None]


def persist(
    project: Project,
    names: Sequence[str] = (),
    options: RunOptions | None = None,
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    agree: Agree = lambda _flow, _choice: True,
    waiting: Callable[[float], None] = lambda _: None,
    patience: float = 0.0,
) -> Iterator[RunReport]:
    """Run flows as `running.run` does, and those again that a system has stopped for now.

    Yields a report of each try. `waiting` is told the seconds of each pause: a minute, twice as
    long each time, at most a quarter of an hour, and a minute again after any progress.
    Ends when there is no such flow left, or when the program is to stop.
    """
    options = options or RunOptions()
    read: dict[str, int] = {}
    pause = FIRST_PAUSE
    with closing(project.state()) as state, ExitStack() as leases:
        with closing(connected(project, state)) as pools:
            flows = in_order(pools, named(project, names))
        left: dict[str, Tries] = {}
        for flow in flows:
            tries = _tries(project, state, flow, options, tell=tell, agree=agree, patience=patience)
            left[flow.name] = leases.enter_context(closing(tries))
        while left:
            progress = False
            for name, tries in list(left.items()):
                if project.stop.is_set():
                    return
                report = next(tries)
                progress |= report.counts.get("read", 0) > read.get(report.run, 0)
                read[report.run] = report.counts.get("read", 0)
                if not report.passing:
                    tries.close()
                    del left[name]
                yield report
            pause = FIRST_PAUSE if progress else pause
            if left:
                waiting(pause)
                if not project.clock.sleep(pause):
                    return
            pause = min(2 * pause, LONGEST_PAUSE)
        state.prune(project.clock.now() - project.config.keep_outcomes)


def _tries(
    project: Project,
    state: State,
    flow: FlowConfig,
    options: RunOptions,
    *,
    tell: Callable[[Progress], None],
    agree: Agree,
    patience: float,
) -> Tries:
    """Run the flow each time that it is asked to, under one lease, with new connections."""
    try:
        with armed_lease(project, state, flow.name, patience) as lease:
            while True:
                with closing(connected(project, state)) as pools:
                    sink = LiveSink(pools.writer(flow.sink))
                    run = FlowRun(pools, state, flow, options, lease, sink, tell, agree)
                    report = run.execute()
                yield report
                agree = _as_before
    except (LeaseError, NotArmedError) as error:
        yield held_elsewhere(flow, error)


def _as_before(_flow: FlowConfig, _choice: object) -> bool:
    return True
