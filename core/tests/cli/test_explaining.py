import json
from collections.abc import Callable
from typing import Any

import pytest

from crosstie import ConfigError
from crosstie.explaining import AS_WRITTEN, DIFFERS, NEVER, Explanation, Tied, explain
from crosstie.project import open_project

Explained = Callable[[str], Explanation]


@pytest.fixture
def explained(desk: Any) -> Explained:
    """What there is to tell about a person of the desk's shop."""
    return lambda key: explain(open_project(desk.file, {}), "shop.people", key)


def test_a_written_record_is_told_from_its_reading_to_its_row(
    desk: Any, explained: Explained
) -> None:
    desk.put(p1={"email": "ada@example.com", "name": "Ada"})
    desk.call("run")

    told = explained("p1")

    assert (told.record, told.version) == ({"email": "ada@example.com", "name": "Ada"}, "1")
    (mapped,) = told.mapped
    assert (mapped.flow, mapped.table, mapped.row) == ("people", "crm.people", told.record)
    assert (mapped.standing, mapped.aside) == (AS_WRITTEN, None)
    assert told.links == [Tied(table="crm.people", id="r1", also={})]
    assert [(one.outcome, one.sink_id) for one in told.outcomes] == [("created", "r1")]


def test_a_change_that_no_run_has_met_yet_is_told(desk: Any, explained: Explained) -> None:
    desk.put(p1={"email": "ada@example.com"})
    assert explained("p1").mapped[0].standing == NEVER
    desk.call("run")
    desk.put(p1={"email": "ada@example.com", "name": "new"})

    assert explained("p1").mapped[0].standing == DIFFERS


def test_a_record_that_is_set_aside_is_told_with_the_reason(
    desk: Any, explained: Explained
) -> None:
    desk.put(p1={"name": "nobody"})
    desk.call("run")

    told = explained("p1")

    assert told.mapped[0].aside is not None
    assert told.mapped[0].aside.kind == "mapping"
    assert told.links == []
    assert [one.outcome for one in told.outcomes] == ["aside"]


def test_the_history_is_told_although_the_source_is_down_or_the_record_gone(
    desk: Any, explained: Explained
) -> None:
    desk.put(p1={"email": "ada@example.com"})
    desk.call("run")
    (desk.folder / "shop" / "people.json").write_text("{}")
    gone = explained("p1")
    desk.config(shop='mood = "down"')
    down = explained("p1")

    assert gone.unread == "shop.people has no record 'p1' (any more)"
    assert down.unread is not None
    assert "nobody there" in down.unread
    assert [one.outcome for one in gone.outcomes] == ["created"]
    assert down.outcomes == gone.outcomes


def test_a_sink_that_is_down_hides_only_the_mapping(desk: Any, explained: Explained) -> None:
    desk.put(p1={"email": "ada@example.com"})
    desk.config(crm='mood = "down"')

    told = explained("p1")

    assert told.record == {"email": "ada@example.com"}
    assert "nobody there" in str(told.mapped[0].error)


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ("shop.peple", "shop has no stream 'peple'; did you mean 'people'?"),
        ("shp.people", "unknown stream 'shp.people'; did you mean 'shop.people'?"),
        ("people", "unknown stream 'people'; did you mean 'shop.people'?"),
    ],
)
def test_an_unknown_stream_is_refused_with_the_nearest_name(
    desk: Any, stream: str, why: str
) -> None:
    with pytest.raises(ConfigError, match=why.replace("?", r"\?")):
        explain(open_project(desk.file, {}), stream, "p1")


def test_it_is_printed_for_people(desk: Any) -> None:
    desk.put(p1={"email": "ada@example.com", "name": "Ada\x1b[31m"})
    desk.call("run")
    desk.put(p1={"name": "nobody"})
    desk.call("run")

    result = desk.call("explain", "shop.people", "p1")

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:3] == ["shop.people p1", "read now (version 2):", "  name:  nobody"]
    assert lines[3] == "mapped now by people for crm.people:"
    assert any("set aside since" in line and "email is empty" in line for line in lines)
    assert "tied to:" in lines
    assert "  crm.people r1" in lines
    assert [line.split()[-1] for line in lines if "created" in line] == ["created"]
    assert "\x1b" not in result.stdout


def test_it_is_printed_for_machines(desk: Any) -> None:
    desk.put(p1={"email": "ada@example.com"})
    desk.call("run")

    (line,) = desk.call("explain", "shop.people", "p1", "--json").stdout.splitlines()

    told = json.loads(line)
    assert told["record"] == {"email": "ada@example.com"}
    assert told["outcomes"][0]["outcome"] == "created"
    assert told["links"] == [{"table": "crm.people", "id": "r1", "also": {}}]
