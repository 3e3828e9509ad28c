"""Going on until it is done, on a clock on which hours take no time."""

import threading
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import attrs
import pytest

from crosstie.options import Progress, RunOptions, RunReport
from crosstie.persisting import persist
from crosstie.project import open_project

Act = Callable[[], object]


@attrs.define
class Sender:
    """Sends twenty sales on a clock of its own; `after_page` is done once, after the first page."""

    till: Any
    clock: Any
    stop: threading.Event = attrs.field(factory=threading.Event)
    after_page: Act | None = None
    waited: list[float] = attrs.field(factory=list)

    def send(self, **options: Any) -> Iterator[RunReport]:
        """The reports, each when it is asked for."""
        project = open_project(self.till.file, {}, self.stop, clock=self.clock)
        chosen = {"since": date(2026, 11, 20), "filters": {"status": ("paid",)}, **options}
        wanted = RunOptions(**chosen)
        return persist(project, (), wanted, tell=self._told, waiting=self.waited.append)

    def close(self) -> None:
        """Close the ledger."""
        self.till.open(closed=True)

    def _told(self, _: Progress) -> None:
        act, self.after_page = self.after_page, None
        if act is not None:
            act()


@pytest.fixture
def sender(till: Any, clock: Any) -> Sender:
    till.sales(20, at="2026-11-21T09:00:00+01:00")
    return Sender(till, clock)


def test_it_waits_longer_each_time_and_goes_on_as_the_same_run(
    sender: Sender, sleeps: list[float], meanwhile: list[Act]
) -> None:
    sender.close()
    meanwhile += [lambda: None] * 5 + [sender.till.open]

    *stopped, last = sender.send()

    assert [(one.status, one.passing) for one in stopped] == [("stopped", True)] * 6
    assert (last.status, last.counts["created"], last.exit_code) == ("completed", 20, 0)
    assert {one.run for one in stopped} == {last.run}
    assert sleeps == sender.waited == [60, 120, 240, 480, 900, 900]
    assert len(sender.till.booked()) == 20


def test_after_some_progress_it_waits_a_minute_again(
    sender: Sender, sleeps: list[float], meanwhile: list[Act]
) -> None:
    sender.close()
    sender.after_page = sender.close
    meanwhile += [lambda: None, sender.till.open, sender.till.open]

    reports = list(sender.send())

    assert [one.counts["read"] for one in reports] == [0, 0, 10, 20]
    assert sleeps == [60, 120, 60]


def test_other_flows_do_not_wait(sender: Sender, meanwhile: list[Act]) -> None:
    sender.close()
    meanwhile.append(sender.till.open)
    (sender.till.folder / "other").mkdir()
    other = '[systems.b]\nuse = "till"\nfolder = "other"\n'
    flow = '[flows.copies]\nread = "shop.sales"\nwrite = "b.purchases"\n'
    sender.till.config(crm=f"\n{other}\n{flow}")

    told = [(report.flow, report.status) for report in sender.send()]

    assert told == [("copies", "completed"), ("purchases", "stopped"), ("purchases", "completed")]


def test_it_ends_while_it_waits_when_it_is_asked_to(
    sender: Sender, meanwhile: list[Act], sleeps: list[float]
) -> None:
    sender.close()
    meanwhile.append(sender.stop.set)

    assert [report.status for report in sender.send()] == ["stopped"]
    assert sleeps == [60]


def test_a_state_that_is_not_armed_sends_nothing(sender: Sender, sleeps: list[float]) -> None:
    assert [report.status for report in sender.send()] == ["completed"]
    state = sender.till.folder / "crosstie.db"
    copied = state.read_bytes()
    state.rename(sender.till.folder / "original.db")
    state.write_bytes(copied)

    assert ["is not armed" in (report.error or "") for report in sender.send()] == [True]
    result = sender.till.call(*sender.till.send("--background"))
    assert (result.exit_code, "is not armed" in result.stderr) == (3, True)


def test_what_waiting_does_not_help_ends_at_once(sender: Sender, sleeps: list[float]) -> None:
    assert [report.status for report in sender.send(filters={})] == ["refused"]
    assert [report.status for report in sender.send()] == ["completed"]
    assert sleeps == []
