"""Automations while the program serves: two threads, which take up what comes in."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import attrs
import pytest

from crosstie import SystemClock, UnavailableError
from crosstie.automating import Automating, PassReport, automate
from crosstie.interlock import arm
from crosstie.project import Project

from .conftest import Bench
from .test_dispatching import registered

REGISTERED = "shop.customer_registered"
PATIENCE = 60.0


@attrs.define
class Served:
    """Automations that are served, and what was told of them."""

    automating: Automating
    reports: list[PassReport] = attrs.field(factory=list)

    def counted(self, name: str) -> int:
        return sum(report.counts.get(name, 0) for report in self.reports)

    def errors(self) -> list[str]:
        return [error for report in self.reports for error in report.errors]

    def end(self) -> None:
        self.automating.end()


@pytest.fixture
def real(bench: Bench) -> Callable[[], Project]:
    """The project on a real clock, with a stop of its own."""

    def opened() -> Project:
        stop = threading.Event()
        return attrs.evolve(bench.project(), clock=SystemClock(stop), stop=stop)

    return opened


@pytest.fixture
def serve(real: Callable[[], Project]) -> Iterator[Callable[[], Served]]:
    """Serve the automations as they are now, until the test ends."""
    begun: list[Served] = []

    def start() -> Served:
        reports: list[PassReport] = []
        automating = Automating(real(), reports.append, again=0.05, take_over=0.05)
        begun.append(Served(automating, reports))
        automating.begin()
        return begun[-1]

    yield start
    for one in begun:
        one.automating.stop.set()
        one.automating.wake.set()


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    assert true()


def test_what_happens_in_a_shop_is_noticed_and_dealt_with(
    bench: Bench, serve: Callable[[], Served]
) -> None:
    bench.automation("a", REGISTERED, every="50ms")
    served = serve()
    wait_until(lambda: len(bench.kiosk.selections) > 1)
    bench.customer("1")
    wait_until(lambda: bench.kiosk.said == ["a 1"])
    served.end()

    assert (1, 1, None) == (
        *(served.counted("done"), served.counted("events")),
        served.errors() or None,
    )


def test_what_comes_in_is_dealt_with_before_any_look(
    bench: Bench, serve: Callable[[], Served]
) -> None:
    bench.automation("a", REGISTERED, every="1d")
    served = serve()
    with closing(bench.state()) as state:
        state.add_events([registered(bench, "1")])
    served.automating.wake.set()
    wait_until(lambda: bench.kiosk.said == ["a 1"])
    served.end()


def test_a_wait_ends_while_serving(bench: Bench, serve: Callable[[], Served]) -> None:
    step = {"do": "shop.say", "with": {"text": "after"}}
    bench.automation("a", REGISTERED, {"wait": "300ms"}, step, every="50ms")
    served = serve()
    with closing(bench.state()) as state:
        state.add_events([registered(bench, "1")])
    wait_until(lambda: bench.kiosk.said == ["after"])
    served.end()

    assert ["done"] == bench.statuses()


def test_to_end_waits_for_the_step_under_way_and_goes_no_further(
    bench: Bench, serve: Callable[[], Served]
) -> None:
    steps = [{"do": "shop.say", "with": {"text": text}} for text in ("one", "two")]
    bench.automation("a", REGISTERED, *steps)
    doing, go_on = threading.Event(), threading.Event()

    def hold(text: str) -> None:
        doing.set()
        assert go_on.wait(PATIENCE)

    bench.kiosk.doing = hold
    served = serve()
    with closing(bench.state()) as state:
        state.add_events([registered(bench, "1")])
    assert doing.wait(PATIENCE)
    served.automating.project.stop.set()
    ending = threading.Thread(target=served.end)
    ending.start()
    go_on.set()
    ending.join(PATIENCE)

    assert (["one"], ["waiting"]) == (bench.kiosk.said, bench.statuses())
    bench.kiosk.doing = lambda _: None
    serve()
    wait_until(lambda: bench.kiosk.said == ["one", "two"])


def test_a_system_that_is_down_is_told_and_looked_at_again(
    bench: Bench, serve: Callable[[], Served]
) -> None:
    bench.automation("a", REGISTERED, every="50ms")
    bench.kiosk.unreachable = UnavailableError("nobody there")
    served = serve()
    wait_until(lambda: "shop: nobody there" in served.errors())
    bench.kiosk.unreachable = None
    wait_until(lambda: bool(bench.kiosk.selections))
    assert None is served.automating.trouble()
    served.end()


def test_a_bug_ends_the_program_and_is_raised(bench: Bench, serve: Callable[[], Served]) -> None:
    def bug(_: object) -> None:
        raise ZeroDivisionError("oh")

    bench.automation("a", REGISTERED)
    bench.customer("1")
    bench.kiosk.reading = bug
    served = serve()
    wait_until(served.automating.project.stop.is_set)
    wait_until(lambda: served.automating.trouble() is not None)

    with pytest.raises(ZeroDivisionError, match="oh"):
        served.end()


def holding(bench: Bench) -> int:
    """How many of the leases that automations need somebody holds."""
    with bench.project().state() as state:
        names = "SELECT name FROM leases WHERE owner <> '' AND name IN ('automations', 'watches')"
        return len(state.query(names))


def test_one_at_a_time_deals_with_automations_and_the_other_takes_over(
    bench: Bench, serve: Callable[[], Served]
) -> None:
    bench.automation("a", REGISTERED, every="50ms")
    first = serve()
    wait_until(lambda: 2 == holding(bench))
    second = serve()
    wait_until(lambda: 2 <= len(second.errors()))
    bench.customer("1")
    wait_until(lambda: bench.kiosk.said == ["a 1"])
    first.end()
    bench.customer("2")
    wait_until(lambda: bench.kiosk.said == ["a 1", "a 2"])
    second.end()

    told = [error.partition(" by ")[0] for error in second.errors()]
    assert ["automations are being dealt with", "watches are being dealt with"] == sorted(told)


def test_a_run_beside_it_names_who_is_at_work(bench: Bench, serve: Callable[[], Served]) -> None:
    bench.automation("a", REGISTERED)
    served = serve()
    wait_until(lambda: bool(bench.kiosk.selections))
    report = automate(bench.project())
    served.end()

    assert 3 == report.exit_code
    assert "watches are being dealt with by process" in report.errors[0]


def test_a_state_that_is_not_armed_is_told_once_and_taken_up_when_it_is(
    bench: Bench, serve: Callable[[], Served], real: Callable[[], Project]
) -> None:
    bench.systems = '[systems.shop]\nuse = "kiosk"\nplace = "live"\n'
    bench.automation("a", REGISTERED, every="50ms")
    bench.run()
    bench.systems = bench.systems.replace("live", "staging")
    bench.customer("1")
    served = serve()
    wait_until(lambda: len(served.errors()) == 2)
    assert "is not armed" in (served.automating.trouble() or "")
    assert all("system shop was kiosk live and is kiosk staging now" in e for e in served.errors())
    project = real()
    with closing(project.state()) as state:
        arm(project, state)
    wait_until(lambda: bench.kiosk.said == ["a 1"])
    served.end()

    assert 2 == len(served.errors())


def test_without_automations_nothing_is_begun(bench: Bench, serve: Callable[[], Served]) -> None:
    before = threading.active_count()
    served = serve()

    assert (before, None) == (threading.active_count(), served.automating.trouble())
    served.end()


def test_old_events_and_journeys_are_pruned_while_serving(
    bench: Bench, serve: Callable[[], Served]
) -> None:
    bench.automation("a", REGISTERED)
    bench.run()
    bench.customer("1")
    bench.run()
    assert (1, 1) == (len(bench.events()), len(bench.journeys()))
    with closing(bench.state()) as state:  # the bench's clock is far from the real one
        old = ("2001-01-01T00:00:00+00:00",)
        state.change("UPDATE journeys SET updated = ?", old)
        state.change("UPDATE events SET received = ?", old)
    served = serve()
    wait_until(lambda: not bench.events() and not bench.journeys())
    served.end()
