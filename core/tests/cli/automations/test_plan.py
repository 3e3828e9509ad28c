"""`crosstie plan AUTOMATION --event FILE`: what would be done, and nothing is."""

import json
from typing import Any

import pytest

ADA = {"customer": {"email": "ada@example.com"}, "key": "17"}


def plan(stand: Any, event: Any, *arguments: str, name: str = "welcome") -> Any:
    file = stand.folder / "event.json"
    file.write_text(event if isinstance(event, str) else json.dumps(event), "utf-8")
    return stand.call("plan", name, "--event", str(file), *arguments)


def test_each_step_is_told_with_gaps_for_what_is_not_known_yet(stand: Any) -> None:
    result = plan(stand, ADA)

    assert (0, ["nobody is on the way\n"]) == (
        result.exit_code,
        [stand.call("journeys", "list").stdout],
    )
    assert [
        "1   booth.leave",
        "    A note:",
        "    one ada@example.com",
        "2   wait",
        "    1d",
        "3   booth.leave",
        "    A note:",
        "    two <first.code>",
    ] == result.stdout.splitlines()
    assert [] == stand.notes()


def test_machines_get_a_line_for_each_step(stand: Any) -> None:
    lines = plan(stand, ADA, "--json").stdout.splitlines()

    first = {"event": "planned step", "label": "1", "what": "booth.leave", "error": None}
    assert first | {"text": "A note:\none ada@example.com"} == json.loads(lines[0])
    assert 3 == len(lines)


def test_it_is_told_that_no_journey_would_begin(stand: Any) -> None:
    stand.config(settings='when = "{{ customer.newsletter }}"')

    assert "when\n    is not true: no journey would begin\n" == plan(stand, ADA).stdout
    assert "1   booth.leave" in plan(stand, {"customer": {"newsletter": True}}).stdout


def test_what_the_file_does_not_tell_is_not_known(stand: Any) -> None:
    stand.config(settings='when = "{{ customer.address.city == none }}"')

    result = plan(stand, ADA)

    assert 1 == result.exit_code
    assert "'city' is looked up on something that is None" in result.stdout


def test_a_step_that_would_fail_gives_code_1(stand: Any) -> None:
    result = plan(stand, {"customer": {"email": "wrong"}})

    assert (1, True) == (result.exit_code, "    ! no notes with that on them" in result.stdout)
    assert "3   booth.leave" in result.stdout


def test_texts_of_a_file_are_the_times_and_decimals_of_the_vocabulary(stand: Any) -> None:
    stand.config(
        settings="""when = "{{ customer.address.updated < customer.created }}" """,
        between="wait_until = \"{{ customer.created | plus('1d') }}\"",
    )
    address = {"city": "Turin", "updated": "2030-01-01T00:00:00+01:00"}
    person = {"email": "a@x.example", "created": "2030-01-02T10:00:00+01:00", "address": address}

    result = plan(stand, {"customer": person})

    assert (0, True) == (result.exit_code, "    2030-01-03T10:00:00+01:00" in result.stdout)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("{", "not JSON"),
        ("[]", "expected a JSON object"),
        ("{}", "the event has no 'customer': expected a JSON object under it"),
        ({"customer": "ada"}, "the event has no 'customer': expected a JSON object under it"),
        ({"customer": {"emial": "x"}}, "customer has no 'emial'; did you mean 'email'?"),
        ({"customer": {"address": 5}}, "customer.address: expected a JSON object, found 5"),
        (
            {"customer": {"created": "2030-01-01"}},
            'customer.created: expected a time with its zone, such as "2026-01-31T10:00+01:00"',
        ),
    ],
)
def test_a_file_that_tells_no_event_is_refused(stand: Any, event: Any, told: str) -> None:
    result = plan(stand, event)

    assert (2, "", True) == (result.exit_code, result.stdout, told in result.stderr)


def test_a_condition_on_a_gap_is_taken_as_true_and_shown(stand: Any) -> None:
    stand.config(
        between="""do = "booth.mumble"
with = { words = ["{{ first.code }}", "{{ first.code | plus('1d') }}"] }
when = "{{ first.number > 1 }}" """
    )

    assert [
        "2   booth.mumble",
        "    when {{ first.number > 1 }} is true",
        "    words = ['<first.code>', \"{{ first.code | plus('1d') }}\"]",
    ] == plan(stand, ADA).stdout.splitlines()[3:6]


def test_a_wait_until_a_gap_shows_what_it_waits_for(stand: Any) -> None:
    stand.config(between="wait_until = \"{{ first.ends | plus('-1h') }}\"")

    assert [
        "2   wait until",
        "    {{ first.ends | plus('-1h') }}",
    ] == plan(stand, ADA).stdout.splitlines()[3:5]


def test_what_an_automation_emits_is_shown_with_its_values(stand: Any) -> None:
    stand.config(between='emit = "seen"\nwith = { who = "{{ customer.email }}" }')

    assert ["2   emit seen", "    who = ada@example.com"] == plan(stand, ADA).stdout.splitlines()[
        3:5
    ]


def test_an_automation_that_begins_with_any_event_is_told_its_data(stand: Any) -> None:
    stand.config(
        between='emit = "seen"\nwith = { who = "{{ customer.email }}" }',
        more="""
[automations.next]
on = "crosstie.seen"

[[automations.next.steps]]
do = "booth.leave"
with = { text = "{{ data.who }} {{ event.kind }} {{ key }}" }
""",
    )

    told = plan(stand, {"data": {"who": "Ada"}, "key": "7"}, name="next").stdout
    assert "    Ada seen 7" in told.splitlines()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plan", "welcome"), "An automation is planned by itself, with --event FILE."),
        (("plan", "welcome", "--event", "nowhere.json"), "does not exist"),
    ],
)
def test_an_automation_is_planned_with_an_event(
    stand: Any, arguments: tuple[str, ...], told: str
) -> None:
    result = stand.call(*arguments)

    assert (2, True) == (result.exit_code, told in result.stderr)


def test_another_name_is_no_automation(stand: Any) -> None:
    result = plan(stand, ADA, name="welcom")

    assert (2, True) == (result.exit_code, "there is no automation 'welcom'" in result.stderr)
