"""Serving: runs what is due, forever, one flow after the other, with automations and servers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

from crosstie.acting import connected
from crosstie.automating import Automating, PassReport
from crosstie.config import FlowConfig
from crosstie.hosting import hosted
from crosstie.options import RunOptions, RunReport
from crosstie.project import Project
from crosstie.running import in_order, run_flow
from crosstie.state import State

LONGEST_NAP = 60.0
SHORTEST_NAP = 0.2
LOOK = 1.0
AGAIN = timedelta(seconds=30)


def serve(
    project: Project,
    reload: Callable[[], Project | None],
    *,
    heard: Callable[[RunReport], None],
    automated: Callable[[PassReport], None] = lambda _: None,
    listening: Callable[[str], None] = lambda _: None,
) -> None:
    """Run each flow with an `every` when it is due, and automations, until `project.stop` is set.

    Systems that are servers take events in meanwhile; `listening` is told where, as a URL.

    `reload` is asked between rounds of runs, at least every second; a project it returns takes
    the place of the present one.
    Systems are connected for a round of runs and closed after it.
    """
    tried: dict[str, datetime] = {}
    while not project.stop.is_set():
        with (
            _automating(project, automated) as automating,
            hosted(project, automating.wake, automating.trouble) as servers,
        ):
            for server in servers:
                listening(server.address)
            project = _until_reloaded(project, reload, tried, heard)


@contextmanager
def _automating(project: Project, heard: Callable[[PassReport], None]) -> Iterator[Automating]:
    automating = Automating(project, heard)
    automating.begin()
    try:
        yield automating
    finally:
        automating.end()


def _until_reloaded(
    project: Project,
    reload: Callable[[], Project | None],
    tried: dict[str, datetime],
    heard: Callable[[RunReport], None],
) -> Project:
    """Run flows until another project is to be served; returns that one."""
    while not project.stop.is_set():
        with closing(project.state()) as state:
            due = [f for f in project.config.flows.values() if _wait(f, state, tried, project) <= 0]
            if due:
                _round(project, state, due, tried, heard)
            flows = project.config.flows.values()
            nap = min((_wait(flow, state, tried, project) for flow in flows), default=LONGEST_NAP)
        following = _nap(project, min(LONGEST_NAP, max(SHORTEST_NAP, nap)), reload)
        if following is not project:
            return following
    return project


def _nap(project: Project, seconds: float, reload: Callable[[], Project | None]) -> Project:
    """Wait, but not longer than until there is another project; returns the one to go on with."""
    while seconds > 0 and not project.stop.is_set():
        project.clock.sleep(min(LOOK, seconds))
        seconds -= LOOK
        if (fresh := reload()) is not None:
            return fresh
    return project


def _round(
    project: Project,
    state: State,
    due: Sequence[FlowConfig],
    tried: dict[str, datetime],
    heard: Callable[[RunReport], None],
) -> None:
    with closing(connected(project, state)) as pools:
        for flow in in_order(pools, due):
            if project.stop.is_set():
                return
            tried[flow.name] = project.clock.now()
            heard(run_flow(pools, state, flow, RunOptions()))
    state.prune(project.clock.now() - project.config.keep_outcomes)


def _wait(flow: FlowConfig, state: State, tried: Mapping[str, datetime], project: Project) -> float:
    """Seconds until the flow is due; a flow without `every` never is.

    Who last ran it does not matter; one that another process holds is tried again in a while.
    """
    if flow.every is None:
        return float("inf")
    dues = []
    if (started := state.times(flow.name).started) is not None:
        dues.append(started + flow.every)
    if flow.name in tried:
        dues.append(tried[flow.name] + min(flow.every, AGAIN))
    return (max(dues) - project.clock.now()).total_seconds() if dues else 0.0
