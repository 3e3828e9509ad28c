"""Sending in the background: a process of its own, watched by the history."""

import os
import pty
import signal
import subprocess
from typing import Any

import pytest


def _status(till: Any) -> str:
    runs = till.history()
    return str(runs[0]["status"]) if runs else "none"


@pytest.mark.feature("N14", "N18", "N19", "N20", "N21", "N22")
def test_it_goes_on_when_its_terminal_is_gone_and_the_history_tells_when_it_is_done(
    till: Any,
) -> None:
    till.sales(40)
    till.hold(5)
    screen, terminal = pty.openpty()

    with till.start(
        *till.send("--background", "--yes"), stdin=terminal, start_new_session=True
    ) as process:
        out, err = process.communicate(timeout=90)
    os.close(terminal)
    os.close(screen)

    assert (process.returncode, err) == (0, "")
    first, *rest = out.splitlines()
    assert first.startswith("in the background, as process ")
    background = int(first.split()[5].rstrip(":"))
    till.processes.append(background)
    log = till.folder / "crosstie-purchases.log"
    assert rest == [
        "  see how it goes on: crosstie history purchases",
        f"  what it tells: {log}",
        f"  end it: kill {background} (asked for again, it goes on)",
    ]
    assert os.getsid(background) == background
    assert _status(till) == "running"
    till.let_go()
    till.when(lambda: till.ended(background))
    assert _status(till) == "completed"
    assert len(till.booked()) == 40
    assert "purchases completed in" in log.read_text("utf-8")
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.feature("N18")
def test_what_is_refused_is_told_at_once_and_nothing_is_begun(till: Any) -> None:
    result = till.call(
        "run", "purchases", "--background", "--since", "2001-01-01", "--until", "2004-01-01"
    )

    assert (result.exit_code, result.stdout) == (2, "")
    assert "longer than one year" in result.stderr
    assert "more than 5 years ago" in result.stderr
    assert "choose at least one status" in result.stderr
    assert till.history() == []
    assert not (till.folder / "crosstie-purchases.log").exists()


def test_a_second_one_is_refused_and_names_the_first(till: Any) -> None:
    till.sales(10)
    till.hold(5)
    process = till.begin()

    result = till.call(*till.send("--background"))

    assert (result.exit_code, result.stdout) == (3, "")
    assert f"purchases is being run by process {process} on " in result.stderr
    till.let_go()
    till.when(lambda: till.ended(process))


@pytest.mark.feature("N20", "N21")
def test_one_that_was_killed_is_interrupted_and_goes_on_as_the_same_when_asked_for_again(
    till: Any,
) -> None:
    till.sales(40)
    till.hold(5)
    process = till.begin()
    till.when(lambda: len(till.booked()) == 5)
    os.kill(process, signal.SIGKILL)
    till.when(lambda: till.ended(process))

    assert _status(till) == "interrupted"
    assert "its process has ended; asked for again, it goes on" in till.call("history").stdout
    (killed,) = till.history()
    till.let_go()
    assert till.call(*till.send()).exit_code == 0

    (run,) = till.history()
    assert (run["id"], run["status"]) == (killed["id"], "completed")
    assert (run["counts"]["read"], run["counts"]["conflict"]) == (40, 0)
    assert sorted(till.booked(), key=int) == [str(one) for one in range(1, 41)]


def test_it_waits_for_a_system_that_is_down_and_holds_its_place(till: Any) -> None:
    till.sales(3)
    till.open(closed=True)
    process = till.begin()
    till.when(lambda: _status(till) == "waiting")

    assert "ledger is closed" in till.call("history").stdout
    assert f"run by process {process} on" in till.call(*till.send()).stderr
    os.kill(process, signal.SIGTERM)
    till.when(lambda: till.ended(process))
    assert _status(till) == "stopped"
    log = (till.folder / "crosstie-purchases.log").read_text("utf-8")
    assert '{"event":"waiting","seconds":60.0}' in log
    till.open()
    assert till.call(*till.send()).exit_code == 0
    assert len(till.booked()) == 3


def test_where_its_log_cannot_be_it_is_not_begun(till: Any) -> None:
    (till.folder / "crosstie-purchases.log").symlink_to(till.folder)

    result = till.call(*till.send("--background"))

    assert result.exit_code == 2
    assert "crosstie-purchases.log: cannot be written: Is a directory" in result.stderr


@pytest.mark.parametrize("option", ["--persist", "--background"])
def test_going_on_to_the_end_and_ending_before_it_contradict_each_other(
    till: Any, option: str
) -> None:
    result = till.call(*till.send(option, "--limit", "3"))

    assert (result.exit_code, "drop one" in result.stderr) == (2, True)


def test_the_environment_with_its_secrets_goes_along(till: Any) -> None:
    till.config(crm='token = { env = "LEDGER_TOKEN" }')
    till.sales(1)
    command = till.send("--background", "--json")
    assert till.call(*command).exit_code == 2  # the variable is not set

    code, out, err = till.finish(*command, environ={"LEDGER_TOKEN": "geheim-4711"})

    assert (code, err) == (0, "")
    till.when(lambda: till.booked() == ["1"])
    ps = subprocess.run(["ps", "-ef"], capture_output=True, text=True, check=True).stdout
    assert "geheim-4711" not in out + ps
