"""One run of a flow at a time, and serving."""

import subprocess
import sys
import threading
import time
from typing import Any

from crosstie.serving import serve

HOLD = """
import sys, time
from pathlib import Path
from crosstie.project import open_project
from crosstie.running import leased
project = open_project(Path(sys.argv[1]), {})
with project.state() as state, leased(project, state, "customers", 0):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(bench: Any) -> subprocess.Popen[str]:
    config = str(bench.folder / "crosstie.toml")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, config], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "held\n" == process.stdout.readline()
    return process


def test_a_second_run_names_who_holds_the_flow(bench: Any) -> None:
    bench.customers(3)
    with holder(bench) as process:
        report = bench.run("customers")["customers"]
        assert ("stopped", 3) == (report.status, report.exit_code)
        assert f"process {process.pid} on " in report.error
        process.kill()


def test_the_lease_of_a_killed_process_is_free_at_once(bench: Any) -> None:
    bench.customers(3)
    with holder(bench) as process:
        process.kill()
        process.wait()
    assert 3 == bench.run("customers")["customers"].counts["created"]


def test_a_second_run_waits_as_long_as_it_is_told(bench: Any) -> None:
    bench.customers(3)
    with holder(bench) as process:
        threading.Timer(0.7, process.kill).start()
        report = bench.run("customers", patience=10.0)["customers"]
    assert "completed" == report.status


def test_a_run_that_lost_its_lease_commits_nothing_more(bench: Any) -> None:
    bench.customers(100)
    bench.crm_server.latency = 0.005
    project, stolen = bench.project(), threading.Event()

    def steal(request: Any) -> bool:
        if bench.crm.writes >= 20 and not stolen.is_set():
            stolen.set()
            with project.state() as state:
                state.change("UPDATE leases SET token = token + 1, owner = 'thief:1:1'", ())
        return False

    bench.crm_server.fail("drop", matches=steal)
    report = bench.run("customers")["customers"]
    assert "stopped" == report.status
    assert "thief:1:1" in report.error
    with project.state() as state:
        links = state.count_links("shop", "customers", "crm", "people")
    assert links < 40


def test_two_runs_and_a_serve_started_together_double_nothing(bench: Any) -> None:
    every = 'every = "1s"'
    bench.config(customers=every)
    bench.customers(80)
    for number in range(80):
        buyer = {"email": f"c{number}@example.com", "lastname": "Guest"}
        bench.shop.put("orders", str(number), who=f"g{number}", buyer=buyer)
    bench.crm_server.latency = 0.003
    heard: list[Any] = []
    server = threading.Thread(
        target=serve, args=(bench.project(), lambda: None), kwargs={"heard": heard.append}
    )
    server.start()
    runs = [threading.Thread(target=bench.run, kwargs={"patience": 60.0}) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    time.sleep(0.1)
    bench.stop.set()
    server.join()
    assert 80 == len(bench.crm.rows["people"])
    assert 80 == len(bench.crm.rows["sales"])


def test_serve_runs_what_is_due_and_ends_when_asked(bench: Any) -> None:
    bench.config(customers='every = "1s"')
    bench.customers(3)
    heard: list[Any] = []

    def hear(report: Any) -> None:
        heard.append(report)
        bench.shop.put("customers", "9", email="c9@example.com", lastname="Late")
        if len(heard) == 2:
            bench.stop.set()

    serve(bench.project(), lambda: None, heard=hear)
    assert [("customers", 3), ("customers", 1)] == [(r.flow, r.counts["created"]) for r in heard]
