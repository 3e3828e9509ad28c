import json
from typing import Any

import pytest

TELLING = 'mood = "telling"'


def test_the_fields_of_a_table_are_listed_with_their_texts(desk: Any) -> None:
    desk.config(crm=TELLING)
    result = desk.call("fields", "crm.loose")
    assert (0, "") == (result.exit_code, result.stderr)
    assert [
        "crm.loose, a table",
        "  email  text, mandatory",
        "  name   text",
        "  note   one of a,\\nb",
    ] == result.stdout.splitlines()


def test_a_stream_and_a_table_of_one_name_are_both_listed(desk: Any) -> None:
    desk.config(crm=TELLING)
    lines = desk.call("fields", "crm.people").stdout.splitlines()
    assert ["crm.people, a table", "crm.people, a stream"] == [lines[0], lines[4]]
    assert ["  email  text", "  age    a number"] == lines[5:]


def test_machines_get_an_object_per_field(desk: Any) -> None:
    desk.config(crm=TELLING)
    lines = desk.call("fields", "crm.people", "--json").stdout.splitlines()
    assert {"name": "email", "of": "table", "text": "text, mandatory"} == json.loads(lines[0])
    assert {"name": "age", "of": "stream", "text": "a number"} == json.loads(lines[-1])
    assert 5 == len(lines)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("crn.people", "unknown system 'crn'; did you mean 'crm'?"),
        ("crm.peple", "crm has no table or stream 'peple'; did you mean 'people'?"),
        ("crm", "crm has no table or stream ''; there is 'loose', 'parcels', 'people'"),
        ("shop.people", "shop.people cannot tell its fields: see what its plugin says"),
    ],
)
def test_what_cannot_be_listed_is_told(desk: Any, place: str, told: str) -> None:
    desk.config(crm=TELLING)
    result = desk.call("fields", place)
    assert (2, f"{told}\n", "") == (result.exit_code, result.stderr, result.stdout)


def test_listing_leaves_no_trace(desk: Any) -> None:
    desk.config(crm=TELLING)
    desk.call("fields", "crm.people")
    assert not (desk.folder / "crosstie.db").exists()
