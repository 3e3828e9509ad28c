import time
from collections.abc import Callable
from typing import Any

import pytest

from crosstie import Finding
from crosstie.checking import check
from crosstie.project import open_project

Found = Callable[..., dict[str, list[Finding]]]


@pytest.fixture
def found(desk: Any) -> Found:
    """What checking the desk finds, by name."""

    def look(**environ: str) -> dict[str, list[Finding]]:
        findings: dict[str, list[Finding]] = {}
        for name, finding in check(open_project(desk.file, environ)):
            findings.setdefault(name, []).append(finding)
        return findings

    return look


def test_each_system_is_asked_with_what_the_flows_need_of_it(desk: Any, found: Found) -> None:
    desk.config(
        people='[flows.people.set]\nnote = "{{ record.story }}"',
        more='[flows.parcels]\nread = "shop.parcels"\nwrite = "crm.loose"\nmatch = ["code"]',
    )

    findings = found()

    assert findings["shop"] == [
        Finding("ok", "people may read:people and read:people.story"),
        Finding("ok", "parcels may read:parcels"),
    ]
    assert findings["crm"] == [
        Finding("ok", "people may write:people"),
        Finding("ok", "parcels may write:loose"),
    ]


def test_nothing_is_made_or_changed(desk: Any, found: Found) -> None:
    before = sorted(desk.folder.rglob("*.*"))

    assert found()["state"][0].text.endswith("crosstie.db will be made by the first run")
    desk.call("run")
    content = (desk.folder / "crosstie.db").read_bytes()
    assert found()["state"][0].text.endswith("crosstie.db can be read and written")

    assert (desk.folder / "crosstie.db").read_bytes() == content
    assert [p for p in desk.folder.rglob("*.*") if p.suffix != ".pyc" and p not in before] == [
        desk.folder / "crosstie.db"
    ]


def test_a_table_that_does_not_say_how_to_recognise_its_rows_is_a_problem(
    desk: Any, found: Found
) -> None:
    desk.config(more='[flows.parcels]\nread = "shop.parcels"\nwrite = "crm.loose"')

    (problem,) = [one for one in found()["config"] if one.level == "problem"]

    assert 'add match = ["…"] to [flows.parcels]' in problem.text
    assert desk.call("check").exit_code == 2


def test_a_system_that_cannot_be_asked_is_called_configured(desk: Any, found: Found) -> None:
    desk.config(crm='mood = "quiet"')

    assert [one.text.partition(";")[0] for one in found()["crm"]] == ["configured"]


def test_a_system_that_no_flow_uses_is_a_warning_and_is_left_alone(desk: Any, found: Found) -> None:
    desk.config(more='[systems.spare]\nuse = "drawer"\nfolder = "x"\nmood = "down"')

    findings = found()

    assert Finding("warning", "no flow or automation uses the system spare") in findings["config"]
    assert "spare" not in findings
    assert desk.call("check").exit_code == 0


@pytest.mark.parametrize(("mood", "why"), [("down", "nobody there"), ("locked", "does not fit")])
def test_a_system_that_cannot_be_used_is_a_problem_and_the_others_are_asked(
    desk: Any, found: Found, mood: str, why: str
) -> None:
    desk.config(shop=f'mood = "{mood}"')

    findings = found()

    assert [(one.level, why in one.text) for one in findings["shop"]] == [("problem", True)]
    assert findings["crm"] == [Finding("ok", "people may write:people")]
    assert desk.call("check").exit_code == 3


def test_a_system_that_hangs_is_told_after_two_of_its_time_outs(desk: Any, found: Found) -> None:
    desk.config(shop='mood = "hanging"')
    began = time.monotonic()

    findings = found()

    assert findings["shop"] == [Finding("problem", "does not answer: nothing for 2 s")]
    assert findings["crm"] == [Finding("ok", "people may write:people")]
    assert 2 <= time.monotonic() - began < 5


def test_no_secret_is_printed(desk: Any) -> None:
    desk.config(shop='token = { env = "DRAWER_TOKEN" }\nmood = "locked"')

    result = desk.call("check", DRAWER_TOKEN="s3cr3t")

    assert "the key *** does not fit" in result.stdout
    assert "s3cr3t" not in result.output


def test_a_plugin_that_nobody_needs_is_only_a_warning(desk: Any, found: Found) -> None:
    levels = {one.level for one in found()["plugins"]}

    assert levels <= {"ok", "warning"}


def test_a_field_that_the_table_does_not_have_is_a_problem_with_the_nearest_name(
    desk: Any, found: Found
) -> None:
    desk.config(
        crm='mood = "telling"',
        people="""match = ["emial"]
on_delete = "mark"
[flows.people.set]
name = "x"
noet = "{{ key }}"
[flows.people.mark]
gone = "yes"
""",
    )

    problems = [one.text for one in found()["config"] if one.level == "problem"]

    assert problems == [
        "people: set: crm.people has no field 'noet'; did you mean 'note'?",
        "people: mark: crm.people has no field 'gone'; there is 'email', 'name', 'note'",
        "people: match: crm.people has no field 'emial'; did you mean 'email'?",
    ]
    assert desk.call("check").exit_code == 2


def test_fields_that_cannot_be_told_are_not_held_against_the_config(
    desk: Any, found: Found
) -> None:
    fields = '[flows.people.set]\nnoet = "x"'
    desk.config(people=fields)
    assert [one.level for one in found()["config"]] == ["ok"]

    desk.config(crm='mood = "telling"\npause = 1', people=fields)
    assert [one.level for one in found()["config"]] == ["ok"]
    assert found()["crm"][0] == Finding("problem", "the label has come off")
