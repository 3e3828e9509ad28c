import json
from typing import Any


def test_runs_are_listed_with_the_newest_first(desk: Any) -> None:
    assert desk.call("history").stdout == "nothing has run yet\n"
    desk.people(1)
    desk.call("run")
    desk.config(shop='mood = "down"')
    desk.call("run")

    newest, oldest = desk.call("history").stdout.splitlines()

    assert "stopped" in newest
    assert "nobody there" in newest
    assert oldest.split()[2:5] == ["people", "full", "completed"]
    assert oldest.endswith("1 read, 1 created")


def test_the_list_can_be_cut_and_read_by_machines(desk: Any) -> None:
    desk.call("run")
    desk.call("run")

    (line,) = desk.call("history", "people", "--limit", "1", "--json").stdout.splitlines()

    run = json.loads(line)
    assert (run["flow"], run["mode"], run["status"]) == ("people", "changes", "completed")


def test_an_unknown_flow_is_refused(desk: Any) -> None:
    result = desk.call("history", "poeple")

    assert (result.exit_code, "did you mean 'people'?" in result.stderr) == (2, True)
