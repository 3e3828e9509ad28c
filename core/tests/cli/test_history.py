import json
from contextlib import closing
from typing import Any

import pytest

from crosstie.project import open_project


def test_runs_are_listed_with_the_newest_first(desk: Any) -> None:
    assert desk.call("history").stdout == "nothing has run yet\n"
    desk.people(1)
    desk.call("run")
    desk.config(shop='mood = "down"')
    desk.call("run")

    header, newest, oldest = desk.call("history").stdout.splitlines()

    assert header.split() == ["Started", "Flow", "Mode", "Status", "Report", "Run"]
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
    assert run["id"].startswith(run["short"])
    assert (run["selection"], run["error"], run["counts"]["read"]) == (None, None, 0)


@pytest.mark.feature("N20", "N22", "N23")
def test_a_sending_is_listed_with_what_was_selected_and_how_it_is(till: Any) -> None:
    till.sales(2)
    till.call(*till.send())
    till.sales(3)
    till.call(*till.send("--status", "shipped"))

    _, *runs = till.call("history").stdout.splitlines()
    told = [json.loads(line) for line in till.call("history", "--json").stdout.splitlines()]

    later, first = [line.partition("window  ")[2] for line in runs]
    since = told[0]["selection"]["since"]
    assert since.endswith("-01-01T00:00:00+01:00")
    dates = f"from {since[:10]} to {since[:4]}-01-31, status paid"
    fine = f"completed {told[1]['short']} {dates}: 2 read, 2 created"
    wrong = f"completed with errors ! {told[0]['short']} {dates} or shipped: 3 read, 1 created"
    assert first.split() == fine.split()
    assert later.split() == f"{wrong}, 2 there already".split()


def test_two_runs_of_one_moment_are_called_by_longer_beginnings(till: Any) -> None:
    ids = ["01a201d2-4cb1-7000-8000-00000000000", "01a201d2-4cb2-7000-8000-00000000000"]
    with closing(open_project(till.file, {}).state()) as state:
        for one in (f"{ids[0]}1", f"{ids[0]}2", f"{ids[1]}3"):
            state.start_run(one, "purchases", "window")

    shorts = [run["short"] for run in till.history()]

    assert shorts == ["01a201d2-4cb2", f"{ids[0]}2", f"{ids[0]}1"]


def test_an_unknown_flow_is_refused(desk: Any) -> None:
    result = desk.call("history", "poeple")

    assert (result.exit_code, "did you mean 'people'?" in result.stderr) == (2, True)
