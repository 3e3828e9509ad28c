import json
from typing import Any


def test_a_plan_is_a_diff_of_what_a_run_would_write(desk: Any) -> None:
    desk.put(
        p1={"email": "ada@example.com", "name": "Ada"},
        p2={"email": "bob@example.com", "name": "Bob"},
    )
    desk.call("run")
    desk.put(
        p2={"email": "bob@example.com", "name": "Robert", "city": "Rome"},
        p3={"email": "cy@example.com", "name": "Cy", "city": None},
    )

    result = desk.call("plan")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "~ crm.people r2 (p2)",
        "    - name: Bob",
        "    + name: Robert",
        "    + city: Rome",
        "+ crm.people (p3)",
        "    + email: cy@example.com",
        "    + name: Cy",
        "people would end: 2 read, 1 created, 1 updated",
    ]


def test_a_plan_writes_nothing_here_or_there(desk: Any) -> None:
    desk.people(3)
    before = sorted(path.name for path in desk.folder.rglob("*") if "__pycache__" not in path.parts)

    assert desk.call("plan").exit_code == 0

    after = sorted(path.name for path in desk.folder.rglob("*") if "__pycache__" not in path.parts)
    assert after == before
    assert desk.rows() == []


def test_a_plan_takes_the_selection_of_a_run(desk: Any) -> None:
    desk.people(3)

    assert desk.call("plan", "people", "--limit", "2").stdout.count("+ crm.people") == 2


def test_for_machines_a_plan_is_lines_of_json(desk: Any) -> None:
    desk.people(1)

    lines = [json.loads(line) for line in desk.call("plan", "--json").stdout.splitlines()]

    assert lines[0] == {
        "event": "planned",
        "flow": "people",
        "op": "create",
        "table": "crm.people",
        "id": None,
        "key": "p1",
        "changes": {
            "email": {"from": None, "to": "p1@example.com"},
            "name": {"from": None, "to": "p1"},
        },
        "why": "",
    }
    assert (lines[1]["event"], lines[1]["counts"]["created"]) == ("report", 1)


def test_a_plan_ends_with_the_code_of_the_run_that_it_foretells(desk: Any) -> None:
    desk.put(p1={"name": "nobody"})

    foretold = desk.call("plan")
    assert (foretold.exit_code, "! crm.people (p1)  mapping: " in foretold.stdout) == (1, True)
    desk.config(shop='mood = "down"')
    stopped = desk.call("plan")
    assert (stopped.exit_code, "people would stop" in stopped.stderr) == (3, True)
