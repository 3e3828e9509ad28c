"""Sending a range of dates in the foreground: asked first, with progress, with the result."""

import os
import pty
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest


def _on_terminal(
    till: Any, answer: bytes, *arguments: str, then: Callable[[], None] = lambda: None
) -> tuple[int, str, str]:
    """Exit code, stdout, and what was seen on the terminal, where this was typed."""
    screen, terminal = pty.openpty()
    with till.start(*till.send(*arguments), stdin=terminal, stderr=terminal) as process:
        seen = b""
        if answer:
            while b"[y/N]" not in seen:
                seen += os.read(screen, 65536)
            os.write(screen, answer)
            time.sleep(0.2)
            then()
        out, _ = process.communicate(timeout=90)
    os.close(terminal)
    try:
        while more := os.read(screen, 65536):
            seen += more
    except OSError:  # Linux says so when nobody has the terminal open any more
        pass
    os.close(screen)
    return process.returncode, out, seen.decode()


@pytest.mark.feature("N14", "N15", "N16", "N17")
def test_on_a_terminal_it_asks_shows_how_far_it_is_and_tells_the_result_at_once(till: Any) -> None:
    till.sales(20)
    till.hold(0)

    code, out, seen = _on_terminal(till, b"y\n", then=till.let_go)

    year = till.history()[0]["selection"]["since"][:4]
    assert "purchases: shop.sales to crm.purchases, with progress" in seen.replace("\x1b[0m", "")
    assert f"from {year}-01-01 to {year}-01-31, status paid" in seen
    assert "[############------------]  50% of 20  " in seen
    assert (code, out.startswith("purchases completed in ")) == (0, True)
    assert out.endswith(": 20 read, 20 created\n")
    assert len(till.booked()) == 20


@pytest.mark.feature("N15")
@pytest.mark.parametrize("mode", [(), ("--background",)])
def test_what_is_not_confirmed_is_not_sent(till: Any, mode: tuple[str, ...]) -> None:
    till.sales(3)

    code, out, seen = _on_terminal(till, b"\n", *mode)

    assert ("in the background" in seen, "with progress" in seen) == (bool(mode), not mode)
    assert (code, "nothing is sent" in out) == (0, True)
    assert (till.booked(), till.history()) == ([], [])


def test_ctrl_c_at_the_question_ends_it(till: Any) -> None:
    till.sales(3)
    screen, terminal = pty.openpty()
    with till.start(*till.send(), stdin=terminal, stderr=terminal) as process:
        while b"[y/N]" not in os.read(screen, 65536):
            pass
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=90)
    os.close(terminal)
    os.close(screen)

    assert (process.returncode, out) == (130, "")
    assert (till.booked(), till.history()) == ([], [])


def test_nobody_is_asked_who_said_yes(till: Any) -> None:
    till.sales(3)

    code, out, seen = _on_terminal(till, b"", "--yes")

    assert (code, "3 created" in out, "Send" in seen) == (0, True, False)


def test_without_a_terminal_the_command_is_the_confirmation(till: Any) -> None:
    till.sales(3)

    result = till.call(*till.send())

    assert (result.exit_code, result.stderr) == (0, "")
    assert len(till.booked()) == 3


@pytest.mark.feature("N17", "N23")
def test_what_could_not_be_sent_stops_nothing_and_the_result_says_where_to_look(till: Any) -> None:
    till.sales(2)
    till.call(*till.send())
    till.sales(4)

    result = till.call(*till.send())

    run = till.history()[0]
    assert result.exit_code == 1
    first, *rest = result.stdout.splitlines()
    assert first.endswith("s: 4 read, 2 created, 2 there already")
    assert rest == [f"  see why, for each record: crosstie report {run['id']}"]
    assert (run["status"], len(till.booked())) == ("completed with errors", 4)


def test_what_is_there_already_is_not_set_aside(till: Any) -> None:
    till.sales(2)
    till.call(*till.send())
    till.call(*till.send())

    assert till.call("aside", "list").stdout == "nothing is set aside\n"


@pytest.mark.parametrize("command", ["run", "plan"])
def test_what_cannot_be_chosen_is_refused_in_words(till: Any, command: str) -> None:
    till.sales(1)

    result = till.call(command, "purchases", "--since", "2026-01-02", "--until", "2026-01-01")

    told = "purchases refused" if command == "run" else "purchases would be refused"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, told)
    assert "the range ends (2026-01-01) before it begins (2026-01-02)" in result.stderr
    assert till.history() == []
