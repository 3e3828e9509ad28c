import json
import os
import pty
import re
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

Finished = Callable[..., tuple[int, str, str]]
TWICE = """
[flows.broken]
read = "shop.parcels"
write = "crm.loose"
"""


def test_what_has_changed_is_written_once(desk: Any) -> None:
    desk.people(2)

    first, second = desk.call("run"), desk.call("run")

    assert (first.exit_code, "2 read, 2 created" in first.stdout) == (0, True)
    assert (second.exit_code, "0 read\n" in second.stdout) == (0, True)
    assert [row["name"] for row in desk.rows()] == ["p1", "p2"]


def test_a_record_that_is_set_aside_makes_it_end_with_one(desk: Any) -> None:
    desk.people(1)
    desk.put(p2={"name": "nobody"})

    result = desk.call("run")

    assert result.exit_code == 1
    assert "2 read, 1 created, 1 set aside" in result.stdout
    assert "crosstie aside list people" in result.stdout


def test_a_flow_that_stops_is_told_on_stderr_and_the_others_go_on(desk: Any) -> None:
    desk.config(more=TWICE)
    desk.people(1)

    result = desk.call("run")

    assert result.exit_code == 3
    assert "broken stopped" in result.stderr
    assert 'add match = ["…"] to [flows.broken]' in result.stderr
    assert "people completed" in result.stdout
    assert len(desk.rows()) == 1


def test_only_the_named_flows_run(desk: Any) -> None:
    desk.config(more=TWICE)

    assert desk.call("run", "people").exit_code == 0
    unknown = desk.call("run", "peple")
    assert unknown.exit_code == 2
    assert "there is no flow 'peple' in crosstie.toml; did you mean 'people'?" in unknown.stderr


def test_for_machines_there_are_only_lines_of_json(desk: Any) -> None:
    desk.people(2)

    lines = [json.loads(line) for line in desk.call("run", "--json").stdout.splitlines()]

    assert [line["event"] for line in lines] == ["progress", "report"]
    report = lines[-1]
    assert (report["flow"], report["status"], report["mode"]) == ("people", "completed", "full")
    assert (report["counts"]["created"], report["error"]) == (2, None)


def test_a_selection_narrows_what_is_read(desk: Any) -> None:
    desk.put(
        a={"email": "a@x.example", "status": "new"},
        b={"email": "b@x.example", "status": "paid"},
        c={"email": "c@x.example", "status": "old"},
    )

    desk.call("run", "--status", "paid", "--status", "old")
    assert {row["email"] for row in desk.rows()} == {"b@x.example", "c@x.example"}
    desk.call("run", "--full", "--limit", "1")
    assert {row["email"] for row in desk.rows()} == {f"{one}@x.example" for one in "abc"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--since", "2026-01-01", "--full"), "drop one"),
        (("--until", "2026-01-01", "--reconcile"), "drop one"),
        (("--since", "2026-01-02", "--until", "2026-01-01"), "before it begins (2026-01-02)"),
        (("--since", "2026-01-02T10:00"), "has no time zone"),
        (("--limit", "0"), "--limit"),
        (("--wait", "soon"), "is no duration"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    desk: Any, options: tuple[str, ...], why: str
) -> None:
    result = desk.call("run", *options)

    assert (result.exit_code, why in result.stderr) == (2, True)


def _when_running(desk: Any, rows: int = 1) -> None:
    until = time.monotonic() + 20
    while len(desk.rows()) < rows and time.monotonic() < until:
        time.sleep(0.02)
    assert len(desk.rows()) >= rows


@pytest.mark.feature("V92")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_a_run_cleanly_and_the_next_one_goes_on(desk: Any, number: int) -> None:
    desk.config(shop="pause = 20")
    desk.people(60)
    with desk.start("run") as process:
        _when_running(desk)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)

    assert (process.returncode, "people interrupted" in out) == (3, True)
    assert "once more ends it at once" in err
    written = len(desk.rows())
    assert 0 < written < 60
    desk.config()
    assert desk.call("run").exit_code == 0
    assert sorted(row["name"] for row in desk.rows()) == sorted(f"p{n}" for n in range(1, 61))


def test_a_second_signal_ends_it_at_once(desk: Any) -> None:
    desk.config(shop="pause = 1000")
    desk.people(50)
    with desk.start("run") as process:
        assert process.stderr is not None
        _when_running(desk)
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == "\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    assert process.returncode == 130
    assert time.monotonic() - began < 15  # of the 50 that are left to do


def test_a_second_run_names_the_first_or_waits_for_it(desk: Any, finished: Finished) -> None:
    desk.config(shop="pause = 60")
    desk.people(60)
    with desk.start("run") as process:
        _when_running(desk)
        code, _, err = finished("run")
        assert (code, f"people is being run by process {process.pid}" in err) == (3, True)
        assert finished("run", "--wait", "30s")[0] == 0
        process.communicate(timeout=20)

    assert process.returncode == 0
    assert len(desk.rows()) == 60


@pytest.mark.feature("V88", "V89")
def test_a_terminal_shows_one_line_that_changes_and_disappears_at_the_end(desk: Any) -> None:
    desk.config(shop="pause = 40")
    desk.people(12)
    screen, terminal = pty.openpty()
    with desk.start("run", stderr=terminal) as process:
        out, _ = process.communicate(timeout=20)
    os.close(terminal)
    seen = os.read(screen, 65536).decode()
    os.close(screen)

    assert re.search("\r\x1b\\[Kpeople: [1-9] read, [1-9] created …\r", seen)
    assert seen.endswith("\r\x1b[K")
    assert "\n" not in seen
    assert out.startswith("people completed")


def test_elsewhere_a_short_run_tells_only_its_end(desk: Any, finished: Finished) -> None:
    desk.config(shop="pause = 20")
    desk.people(5)

    code, out, err = finished("run")

    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_a_full_disk_is_told_and_nothing_is_lost(desk: Any, finished: Finished) -> None:
    desk.people(150)
    desk.call("run", "--limit", "1")

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    code, _, err = finished("run", preexec_fn=small_disk)

    assert code == 3
    assert "is it full" in err
    assert "Traceback" not in err
    assert finished("run")[0] == 0
    assert sorted(row["name"] for row in desk.rows()) == sorted(f"p{n}" for n in range(1, 151))
