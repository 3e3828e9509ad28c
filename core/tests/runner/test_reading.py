"""Never lost: cursors, killed runs, windows, set-aside records."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from crosstie.sandbox import Request

RUN = """
import sys
from pathlib import Path
from crosstie.project import open_project
from crosstie.running import run
for report in run(open_project(Path(sys.argv[1]), {})):
    print(report.flow, report.status, report.error)
"""


def start(bench: Any) -> subprocess.Popen[bytes]:
    config = str(bench.folder / "crosstie.toml")
    return subprocess.Popen(
        [sys.executable, "-c", RUN, config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.full) for n in (1, 2, 3))])
def test_killed_at_any_instant_the_next_run_goes_on(bench: Any, seed: int) -> None:
    bench.config('settle = "150ms"')
    bench.crm_server.latency = 0.004
    bench.customers(120)
    for number in range(120):
        buyer = {"email": f"o{number % 30}@example.com", "lastname": "Guest"}
        bench.shop.put("orders", str(number), who=f"g{number % 40}", buyer=buyer)
    chance = random.Random(seed)
    for _ in range(3):
        process = start(bench)
        time.sleep(0.25 + chance.random() * 0.6)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    output, errors = start(bench).communicate()
    assert b"" == errors
    assert b"customers completed None\norders completed None\n" == output
    assert 150 == len(bench.crm.rows["people"])
    sales = [row["number"] for row in bench.crm.rows["sales"].values()]
    assert sorted(f"shop#{number}" for number in range(120)) == sorted(sales)
    assert all(
        row["buyers"][0]["who"] in bench.crm.rows["people"]
        for row in bench.crm.rows["sales"].values()
    )


def test_only_what_changed_is_read_again(bench: Any, counts: Callable[..., Any]) -> None:
    bench.customers(60)
    bench.run("customers")
    bench.shop.put("customers", "7", email="c7@example.com", lastname="Changed", version="2")
    report = bench.run("customers")["customers"]
    assert ("changes", {"read": 1, "updated": 1}) == (report.mode, counts(report))
    assert ("c7@example.com", "Changed") in bench.people()


def test_a_sink_that_is_down_stops_the_flow_and_moves_no_cursor(bench: Any) -> None:
    bench.customers(60)
    bench.run("customers")
    bench.customers(5, start=100)
    bench.crm_server.fail("drop", matches=lambda request: True, times=10_000)
    report = bench.run("customers")["customers"]
    assert ("stopped", 3) == (report.status, report.exit_code)
    assert "/find" in report.error
    bench.crm_server.faults.clear()
    assert 5 == bench.run("customers")["customers"].counts["created"]


def test_a_shop_that_is_down_leaves_other_flows_alone(bench: Any) -> None:
    bench.customers(3)
    bench.shop_server.fail("drop", matches=lambda r: r.path == "/orders", times=10_000)
    reports = bench.run()
    assert {"customers": "completed", "orders": "stopped"} == {
        name: report.status for name, report in reports.items()
    }


def test_a_window_neither_reads_nor_moves_the_cursor(bench: Any) -> None:
    bench.customers(10)
    report = bench.run("customers", since=datetime(2026, 1, 1, tzinfo=UTC))["customers"]
    assert ("window", 10) == (report.mode, report.counts["created"])
    with bench.project().state() as state:
        assert None is state.cursor("customers", "customers", "")
    report = bench.run("customers")["customers"]
    assert ("full", 10) == (report.mode, report.counts["unchanged"])


def test_a_limit_ends_the_run_and_the_next_goes_on(bench: Any) -> None:
    bench.customers(120)
    report = bench.run("customers", limit=70)["customers"]
    assert 70 == report.counts["created"]
    report = bench.run("customers")["customers"]
    assert ("full", 50) == (report.mode, report.counts["created"])
    assert 120 == len(bench.people())


def test_asked_to_stop_it_ends_cleanly_in_the_middle(bench: Any) -> None:
    bench.customers(200)
    bench.crm_server.latency = 0.01
    written = 0

    def stop_soon(request: Request) -> bool:
        nonlocal written
        written += request.method == "POST"
        if written == 40:
            bench.stop.set()
        return False

    bench.crm_server.fail("drop", matches=stop_soon)
    report = bench.run("customers")["customers"]
    assert ("interrupted", 3) == (report.status, report.exit_code)
    assert 40 <= len(bench.people()) < 80
    bench.stop.clear()
    with bench.project().state() as state:
        assert [] == state.open_intents("customers")
        assert ["interrupted"] == [row.status for row in state.runs()]
    report = bench.run("customers")["customers"]
    assert "completed" == report.status
    assert 200 == len(bench.people())


def test_a_set_aside_record_is_replaced_by_a_newer_read(bench: Any) -> None:
    bench.crm.refuse["c1@example.com"] = "no"
    bench.customers(3)
    bench.run("customers")
    bench.shop.put("customers", "1", email="c1b@example.com", lastname="Mended")
    report = bench.run("customers")["customers"]
    assert (1, 1) == (report.counts["created"], report.counts["settled"])
    with bench.project().state() as state:
        assert [] == state.asides()


def test_a_retry_re_reads_so_that_old_data_never_overwrites_new(bench: Any) -> None:
    bench.crm.refuse["c1@example.com"] = "no"
    bench.customers(3)
    bench.run("customers")
    bench.crm.refuse.clear()
    bench.shop.put("customers", "1", feed=False, email="c1@example.com", lastname="Newest")
    bench.run("customers", retry=("1",))
    assert ("c1@example.com", "Newest") in bench.people()


def test_a_failing_retry_keeps_one_entry_and_counts_its_attempts(bench: Any) -> None:
    bench.crm.refuse["c1@example.com"] = "no"
    bench.customers(3)
    bench.run("customers")
    assert 1 == bench.run("customers", retry=("1",))["customers"].exit_code
    with bench.project().state() as state:
        (entry,) = state.asides()
    assert 2 == entry.attempts
    assert entry.first_at < entry.last_at < entry.next_at


def test_a_record_that_cannot_be_mapped_stops_nothing(bench: Any) -> None:
    bench.config(customers='set = { lastname = "{{ customer.lastname.upper() }}" }')
    bench.customers(3)
    bench.shop.put("customers", "x", email="x@example.com", lastname=None)
    report = bench.run("customers")["customers"]
    assert (3, 1) == (report.counts["created"], report.counts["aside"])
    with bench.project().state() as state:
        (entry,) = state.asides()
    assert "mapping" == entry.kind
    assert "lastname" in entry.reason


def test_a_table_without_natural_key_asks_for_match(bench: Any) -> None:
    bench.config(
        more='[flows.r]\nread = "shop.customers"\nwrite = "crm.raw"\nset = { a = "{{ key }}" }\n'
    )
    report = bench.run("r")["r"]
    assert "stopped" == report.status
    assert 'match = ["…"]' in report.error
    bench.config(
        more='[flows.r]\nread = "shop.customers"\nwrite = "crm.raw"\nmatch = ["a"]\n'
        'set = { a = "{{ key }}" }\n'
    )
    bench.customers(2)
    assert 2 == bench.run("r")["r"].counts["created"]
    assert ["0", "1"] == sorted(row["a"] for row in bench.crm.rows["raw"].values())


def test_memory_stays_flat_because_one_page_is_held_at_a_time(bench: Any) -> None:
    bench.customers(400)
    peak = 0
    asked: list[int] = []

    def watch(request: Request) -> bool:
        nonlocal peak
        asked.append(int(request.query.get("after", "0")))
        ahead = max(asked) - bench.crm.writes
        peak = max(peak, ahead)
        return False

    bench.shop_server.fail("drop", matches=watch)
    bench.crm_server.latency = 0.002
    bench.run("customers")
    assert peak <= 250
