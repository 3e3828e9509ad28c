import os
import pty
from typing import Any

import pytest


@pytest.fixture
def two_aside(desk: Any) -> Any:
    """One person without an e-mail and one whom the CRM refuses, both set aside."""
    desk.put(p1={"name": "Ada"}, p2={"email": "bob@example.com", "name": "refused"})
    assert desk.call("run").exit_code == 1
    return desk


def test_the_list_tells_which_records_and_why(two_aside: Any) -> None:
    result = two_aside.call("aside", "list")

    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.split()[:2] == ["people", "p1"]
    assert "email is empty, and crm.people recognises its rows by email" in first
    assert second.split()[:2] == ["people", "p2"]
    assert second.endswith("this drawer takes nobody of that name")


def test_there_may_be_nothing_to_list(desk: Any) -> None:
    assert desk.call("aside", "list", "people").stdout == "nothing is set aside\n"
    assert desk.call("aside", "retry").stdout == "nothing is set aside\n"


def test_one_entry_is_shown_with_the_record_that_was_read(two_aside: Any) -> None:
    result = two_aside.call("aside", "show", "people", "p1")

    lines = result.stdout.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines[:-2])
    assert told["key"] == "p1"
    assert told["why"].startswith("mapping: email is empty")
    assert lines[-2:] == ["record, as it was read:", "  name:  Ada"]


@pytest.mark.parametrize(
    "arguments",
    [("show", "people", "p9"), ("retry", "people", "p9"), ("drop", "people", "p9", "--yes")],
)
def test_a_key_that_is_not_set_aside_is_refused(two_aside: Any, arguments: tuple[str, ...]) -> None:
    result = two_aside.call("aside", *arguments)

    assert (result.exit_code, "not set aside: p9" in result.stderr) == (2, True)


def test_an_unknown_flow_is_refused_with_the_nearest_name(two_aside: Any) -> None:
    result = two_aside.call("aside", "list", "peopel")

    assert (result.exit_code, "did you mean 'people'?" in result.stderr) == (2, True)


def test_a_retry_settles_what_was_mended_and_names_what_is_left(two_aside: Any) -> None:
    two_aside.put(p1={"email": "ada@example.com", "name": "Ada"})

    result = two_aside.call("aside", "retry")

    assert result.exit_code == 1
    assert "2 read, 1 created, 1 set aside, 1 settled" in result.stdout
    assert "still set aside:\n  people  p2" in result.stdout
    two_aside.put(p2={"email": "bob@example.com", "name": "Bob"})
    assert two_aside.call("aside", "retry", "people", "p2").exit_code == 0
    assert two_aside.call("aside", "list").stdout == "nothing is set aside\n"
    assert [row["name"] for row in two_aside.rows()] == ["Ada", "Bob"]


def test_a_retry_of_one_key_leaves_the_others(two_aside: Any) -> None:
    two_aside.put(p1={"email": "a@x.example"}, p2={"email": "b@x.example"})

    two_aside.call("aside", "retry", "people", "p2")

    assert [row["email"] for row in two_aside.rows()] == ["b@x.example"]


def test_entries_of_a_flow_that_was_taken_out_can_be_listed_and_dropped(two_aside: Any) -> None:
    text = two_aside.file.read_text("utf-8").replace("[flows.people]", "[flows.persons]")
    two_aside.file.write_text(text, "utf-8")

    assert two_aside.call("aside", "list").stdout.count("people  p") == 2
    assert two_aside.call("aside", "retry").stdout == "nothing is set aside\n"
    assert two_aside.call("aside", "drop", "people", "p1", "p2", "--yes").exit_code == 0
    assert two_aside.call("aside", "list").stdout == "nothing is set aside\n"


def test_where_nobody_can_be_asked_dropping_wants_a_yes(two_aside: Any) -> None:
    refused = two_aside.call("aside", "drop", "people", "p1")

    assert (refused.exit_code, "add --yes" in refused.stderr) == (2, True)
    assert two_aside.call("aside", "drop", "people", "p1", "--yes").stdout == "1 given up\n"
    assert "p1" not in two_aside.call("aside", "list").stdout


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 130)])
def test_on_a_terminal_dropping_asks(two_aside: Any, answer: str, code: int) -> None:
    screen, terminal = pty.openpty()
    os.write(screen, f"{answer}\n".encode())
    with two_aside.start("aside", "drop", "people", "p1", stdin=terminal) as process:
        out, _ = process.communicate(timeout=20)
    os.close(terminal)
    os.close(screen)

    assert "Give up 1 of people?" in out
    assert process.returncode == code
    assert ("p1" in two_aside.call("aside", "list").stdout) == (answer == "n")
