"""The promises about several writers at once, proven in threads and in real time."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crosstie.clock import SystemClock
from crosstie.options import RunOptions, RunReport
from crosstie.running import run
from crosstie.sandbox import serve
from crosstie.settings import settings_of
from crosstie.testing.rig import Bench
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import FLOW, Ended, Ledger

LATENCY = 0.003
WORKERS = 4


class Together(TableCase):
    """Core and table together make one row of one key, whoever writes it."""

    @pytest.fixture
    def crowd(self, tmp_path: Path) -> Iterator[Ledger]:
        """A ledger in real time: leases of a simulated one would expire while others sleep."""
        clock = SystemClock()
        with serve(self.sandbox(clock), latency=LATENCY) as server:
            server.log = []
            ledger = Ledger.of(self, Bench(self, tmp_path / "crowd", clock, server))
            if "workers" in {setting.name for setting in settings_of(type(ledger.connector))}:
                ledger.settings["workers"] = WORKERS
            with closing(ledger):
                yield ledger

    def test_two_flows_make_one_row_of_one_key(self, crowd: Ledger) -> None:
        """Two shops may know the same person, and their flows may run at the same moment.

        Usually `find` does not see a row that was created a moment ago.
        """
        with crowd.opened() as table:
            keys = [table.key_of(table.mapped(1, "Kit row", source)) for source in ("kit", "twin")]
        if keys[0] != keys[1]:
            pytest.skip("the natural key tells the sources apart, so each has rows of its own")
        crowd.bench.sources = ("kit", "twin")
        crowd.flow("twin", "twin")
        crowd.tell(1, 2, 3, 4, 5, 6)
        reports = self._at_once(crowd, FLOW, "twin")
        ends = [crowd.amiss(Ended(report, report.error or "")) for report in reports]
        if amiss := next(filter(None, ends), ""):
            self.broken(
                f"two flows at once: {amiss}",
                "does `find` see a row at once when it was created a moment ago, and does nothing"
                " that workers share change while it is used?",
            )

    def test_one_key_many_times_in_a_page_is_one_row(self, crowd: Ledger) -> None:
        """A shop may hold one person under several records; the last one told stands.

        Usually `write` creates rows for the natural keys that it has not met itself.
        """
        with crowd.opened() as table:
            keys = [table.key_of(table.mapped(1, "Kit row", key=key)) for key in ("1", "1-b")]
        if keys[0] != keys[1]:
            pytest.skip("the natural key holds the record's own key")
        if crowd.only_creates:
            pytest.skip("rows of this table are never changed: the first one told stands")
        for turn in range(5):
            for number in (1, 2, 3):
                crowd.told[number] = turn + 1
                key = f"{number}-{turn}" if turn < 4 else str(number)
                crowd.bench.script.tell(key, crowd.data(number))
        if amiss := crowd.amiss(crowd.attempt()):
            self.broken(
                amiss,
                "does `write` change the row of the id that it is given, and nothing else?",
            )

    def test_rows_written_at_once_do_not_mix(self, crowd: Ledger) -> None:
        """Each worker has a connected system of its own and writes at the same time as others.

        Usually something is shared after all: a buffer, the last answer, a class attribute.
        """
        if "workers" not in crowd.settings:
            pytest.skip("this connector has no setting `workers`: one row is written at a time")
        with crowd.opened() as table:
            count = min(max(6 * table.batch, 24), 400)
        crowd.tell(*range(1, count + 1))
        try:
            amiss = crowd.amiss(crowd.attempt())
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told with its cause)
            amiss = repr(error)
        if amiss:
            self.broken(f"{count} rows, {WORKERS} workers: {amiss}", SHARED)

    def _at_once(self, crowd: Ledger, *flows: str) -> list[RunReport]:
        __tracebackhide__ = True
        projects = {flow: crowd.bench.project(**crowd.settings) for flow in flows}
        reports: dict[str, RunReport] = {}
        failures: list[Exception] = []

        def work(flow: str) -> None:
            try:
                (reports[flow],) = run(projects[flow], [flow], RunOptions())
            except Exception as error:  # noqa: BLE001 (it is told below, in the test's own thread)
                failures.append(error)

        threads = [threading.Thread(target=work, args=(flow,)) for flow in flows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            self.broken(f"{failures[0]!r}", "is something shared between connected systems?")
        return [reports[flow] for flow in flows]


SHARED = (
    "what do two connected systems share: a buffer, the last answer, an attribute of a class or"
    " a module? Keep it in what `connect` returns."
)
