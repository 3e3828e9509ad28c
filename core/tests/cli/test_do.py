import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

SECRET = "s3cr3t-of-the-drawer"


def slips(desk: Any) -> list[str]:
    """What was left in the CRM's drawer."""
    file = desk.folder / "crm" / "slips.json"
    return list(json.loads(file.read_text("utf-8"))["slips"]) if file.exists() else []


def test_a_deed_is_done_and_what_came_of_it_is_told(desk: Any) -> None:
    result = desk.call("do", "crm.leave", "text=hello = you", "copies=2", 'tags=["a", "b"]')

    assert (0, ["hello = you"] * 2) == (result.exit_code, slips(desk))
    told = dict(line.split() for line in result.stdout.splitlines() if "hello" not in line)
    assert told["crm.leave"] == "done"
    assert (told["price:"], told["tags.1:"]) == ("0.10", "b")


def test_a_fresh_once_is_told_before_and_tells_the_same_when_it_is_given(desk: Any) -> None:
    first = desk.call("do", "crm.leave", "text=hello")
    once = first.stderr.removeprefix("crm.leave, once ").strip()

    again = desk.call("do", "crm.leave", "text=hello", "--once", once)

    assert (0, "", first.stdout) == (again.exit_code, again.stderr, again.stdout)
    assert ["hello"] == slips(desk)


def test_machines_get_one_object(desk: Any) -> None:
    result = desk.call("do", "crm.leave", "text=hello", "--once", "one", "--json")

    kept = {"key": "k1", "price": "0.10", "slips": ["hello"], "tags": []}
    assert {"action": "crm.leave", "once": "one", "result": kept} == json.loads(result.stdout)


def test_parameters_may_stand_in_a_file_and_those_beside_it_win(desk: Any) -> None:
    file = desk.folder / "slip.json"
    file.write_text(json.dumps({"text": "from the file", "copies": 3}), "utf-8")

    assert desk.call("do", "crm.leave", "--from", str(file), "copies=1").exit_code == 0
    assert ["from the file"] == slips(desk)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("crm.leave", "text"), "'text' is no NAME=VALUE"),
        (("crm.leave", "=x"), "'=x' is no NAME=VALUE"),
        (("crm.leave", "text=a", "text=b"), "text is given twice"),
        (("crm.leave", "text=a", "copies=2.5"), "expected a whole number, found the number 2.5"),
        (("crm.leave", "text=a", "copies=two"), 'expected a whole number, found the text "two"'),
        (("crm.leave", "text=a", "tags=b"), 'expected a list of texts, found the text "b"'),
        (("crm.leave", "txt=a"), "unknown parameter; did you mean 'text'?"),
        (("crm.leave",), "text: missing: expected text (What stands on it)"),
        (("crm.leave", "text=a", "--once", ""), "once is empty"),
        (("crm.leaf", "text=a"), "did you mean 'crm.leave'?; there is crm.leave, shop.leave"),
        (("leave", "text=a"), "there is no action 'leave'"),
        (("crm.leave", "--settle", "done"), "--settle goes with --once alone"),
        (("crm.leave", "text=a", "--once", "x", "--settle", "done"), "goes with --once alone"),
        (("crm.leave", "text=a", "--preview"), "this action cannot show what it would do"),
        (("crm.leave", "text=a", "--preview", "--json"), "--preview goes with neither"),
        (("crm.leave", "--once", "x", "--settle", "done"), "nothing is known of a deed with once"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_done(
    desk: Any, arguments: tuple[str, ...], told: str
) -> None:
    result = desk.call("do", *arguments)

    assert (2, True) == (result.exit_code, told in result.stderr), result.stderr
    assert "once 0" not in result.stderr
    assert [] == slips(desk)


@pytest.mark.parametrize(
    ("content", "told"), [("{", "holds no JSON"), ("[1]", "does not hold a JSON object")]
)
def test_a_file_without_parameters_is_refused(desk: Any, content: str, told: str) -> None:
    file = desk.folder / "slip.json"
    file.write_text(content, "utf-8")

    result = desk.call("do", "crm.leave", "--from", str(file))

    assert (2, True) == (result.exit_code, told in result.stderr)


def test_a_refusal_tells_the_systems_reason(desk: Any) -> None:
    result = desk.call("do", "crm.leave", "text=refused")

    assert (1, True) == (result.exit_code, "takes no such slip" in result.stderr)


@pytest.mark.parametrize("mood", ["down", "locked"])
def test_a_system_that_cannot_be_used_is_told_without_its_secret(desk: Any, mood: str) -> None:
    desk.config(crm=f'mood = "{mood}"\ntoken = {{ env = "DRAWER_TOKEN" }}')

    result = desk.call("do", "crm.leave", "text=hello", DRAWER_TOKEN=SECRET)

    assert (3, False) == (result.exit_code, SECRET in result.output)
    kept = b"".join(path.read_bytes() for path in desk.folder.glob("crosstie.db*"))
    assert SECRET.encode() not in kept


@pytest.mark.parametrize(("verdict", "left"), [("done", ["lost"]), ("again", ["lost", "lost"])])
def test_a_lost_answer_says_how_to_settle_it(desk: Any, verdict: str, left: list[str]) -> None:
    lost = desk.call("do", "crm.leave", "text=lost", "--once", "one")
    assert (1, ["lost"]) == (lost.exit_code, slips(desk))
    assert lost.stderr.endswith("crosstie do crm.leave --once one --settle done (or: again)\n")

    settled = desk.call("do", "crm.leave", "--once", "one", "--settle", verdict)

    assert (0 if verdict == "done" else 1, left) == (settled.exit_code, slips(desk))


def test_two_programs_with_one_once_do_it_once_and_tell_the_same(desk: Any) -> None:
    desk.config(crm="pause = 500")
    asked = ("do", "crm.leave", "text=hello", "--once", "one", "--json")

    with desk.start(*asked) as one, desk.start(*asked) as other:
        told = [process.communicate(timeout=30)[0] for process in (one, other)]

    assert (0, 0, ["hello"]) == (one.returncode, other.returncode, slips(desk))
    assert told[0] == told[1] != ""


def test_a_program_that_is_killed_leaves_its_deed_to_be_settled(desk: Any) -> None:
    desk.config(crm="pause = 60000")
    with desk.start("do", "crm.leave", "text=hello", "--once", "one") as process:
        until = time.monotonic() + 30
        while status(desk) != "trying" and time.monotonic() < until:
            time.sleep(0.02)
        reached = status(desk)
        process.kill()
        assert "trying" == reached, process.communicate()
    desk.config()

    result = desk.call("do", "crm.leave", "text=hello", "--once", "one")
    assert (1, []) == (result.exit_code, slips(desk))
    assert "an attempt ended in the middle; look into crm whether it was done" in result.stderr
    assert desk.call("do", "crm.leave", "--once", "one", "--settle", "again").exit_code == 0
    assert ["hello"] == slips(desk)


def status(desk: Any) -> str:
    """How far the deed is, read from the state file as any tool would."""
    file = desk.folder / "crosstie.db"
    if not file.exists():
        return "no state"
    with closing(sqlite3.connect(file)) as db:
        try:
            rows = db.execute("SELECT status FROM deeds").fetchall()
        except sqlite3.OperationalError:  # it is only being made
            return "no table"
    return str(rows[0][0]) if rows else "no deed"


def test_actions_are_completed_from_the_config(desk: Any) -> None:
    environ = {"_CROSSTIE_COMPLETE": "bash_complete", "COMP_WORDS": "crosstie do c"}
    with desk.start(environ={**environ, "COMP_CWORD": "2", "CROSSTIE_CONFIG": str(desk.file)}) as p:
        out, _ = p.communicate(timeout=30)

    assert "plain,crm.leave\n" == out
