"""Tables that only create: no look before, conflicts told, lost answers counted once."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from crosstie import Ref

WIDE = 'windows = true\nolder = true\nfilters = { status = ["paid"] }\n'
SINCE = date(2026, 10, 1)


@pytest.fixture
def sending(office: Any) -> Any:
    """An office whose flow may send any dates into a table that only creates."""
    office.config(WIDE)
    return office


def taken(office: Any, *numbers: str) -> None:
    """Somebody else has registered these purchases."""
    for number in numbers:
        office.register.add("purchases", f"theirs {number}", number=number)


@pytest.mark.feature("N08")
def test_rows_are_created_without_a_look(sending: Any, counts: Callable[..., Any]) -> None:
    sending.shop.fill(25)
    report = sending.run(since=SINCE)
    assert ("window", {"read": 25, "created": 25}) == (report.mode, counts(report))
    assert 25 == len(sending.register.numbers())
    assert 25 == len(sending.register.requests)


@pytest.mark.feature("N09", "N10")
def test_a_row_that_is_there_is_told_in_the_other_sides_words(
    sending: Any, counts: Callable[..., Any]
) -> None:
    sending.shop.fill(3)
    taken(sending, "00001")
    report = sending.run(since=SINCE)
    assert {"read": 3, "created": 2, "conflict": 1} == counts(report)
    assert ("completed", 1) == (report.status, report.exit_code)
    assert [("00001", "conflict", None, "409: 00001 already exists")] == [
        (one.key, one.outcome, one.sink_id, one.detail)
        for one in sending.outcomes(report)
        if one.outcome != "created"
    ]
    with sending.state() as state:
        assert [] == state.asides()


def test_many_conflicts_in_a_row_do_not_keep_others_from_being_sent(sending: Any) -> None:
    sending.shop.fill(35)
    taken(sending, *(f"{number:05}" for number in range(30)))
    report = sending.run(since=SINCE)
    assert (30, 5, 0) == tuple(report.counts[one] for one in ("conflict", "created", "aside"))


def test_a_conflict_is_told_once_and_then_left(sending: Any, counts: Callable[..., Any]) -> None:
    sending.shop.fill(2)
    taken(sending, "00001")
    sending.run(since=SINCE)
    sending.register.requests.clear()
    assert {"read": 2, "unchanged": 2} == counts(sending.run(since=SINCE))
    assert [] == sending.register.requests


def test_a_set_aside_record_that_turns_out_to_be_there_is_settled(
    sending: Any, counts: Callable[..., Any]
) -> None:
    sending.shop.fill(1)
    sending.register.refused = {"00000"}
    sending.run(since=SINCE)
    sending.register.refused = set()
    taken(sending, "00000")
    report = sending.run(retry=("00000",))
    assert {"read": 1, "conflict": 1, "settled": 1} == counts(report)


@pytest.mark.parametrize(
    ("faults", "requests"),
    [
        (["lost"], ["write 00001", "find 00001"]),
        (["dropped"], ["write 00001", "find 00001", "find 00001", "write 00001"]),
        (["dropped", "late"], [*["write 00001", "find 00001", "find 00001"] * 1, "write 00001"]),
        (["dropped", "lost"], ["write 00001", "find 00001", "find 00001", "write 00001"]),
        (["dropped", "dropped", "late"], []),
        (["dropped", "dropped", "lost"], []),
    ],
)
def test_a_lost_answer_is_looked_up_and_counts_as_created_once(
    sending: Any, faults: list[str], requests: list[str], counts: Callable[..., Any]
) -> None:
    sending.shop.fill(3)
    sending.register.faults["00001"] = list(faults)
    report = sending.run(since=SINCE)
    assert {"read": 3, "created": 3} == counts(report)
    assert ["00000", "00001", "00002"] == sending.register.numbers()
    of_one = [one for one in sending.register.requests if one.endswith("1")]
    assert requests == of_one[: len(requests)]
    assert ["created"] * 3 == [outcome.outcome for outcome in sending.outcomes(report)]
    with sending.state() as state:
        assert [] == state.open_intents("purchases")


def test_an_answer_found_at_once_is_not_waited_for(sending: Any) -> None:
    sending.shop.fill(1)
    sending.register.faults["00000"] = ["lost"]
    sending.run(since=SINCE)
    assert [] == sending.clock.sleeps


def test_what_nobody_ever_answers_is_set_aside_as_uncertain(sending: Any) -> None:
    sending.shop.fill(1)
    sending.register.faults["00000"] = ["dropped"] * 3
    report = sending.run(since=SINCE)
    assert 1 == report.counts["aside"]
    with sending.state() as state:
        assert ["uncertain"] == [entry.kind for entry in state.asides()]


def test_a_changed_record_of_a_row_that_is_ours_is_left(
    sending: Any, counts: Callable[..., Any]
) -> None:
    sending.shop.fill(2)
    sending.run(since=SINCE)
    sending.register.requests.clear()
    sending.shop.put("00001", total=7)
    assert {"read": 2, "unchanged": 2} == counts(sending.run(since=SINCE))
    assert [] == sending.register.requests
    assert "total" not in str(sending.register.rows)


def test_the_second_of_two_records_with_one_number_is_a_conflict(
    sending: Any, counts: Callable[..., Any]
) -> None:
    sending.shop.put("1", number="A1")
    sending.shop.put("2", number=" a1 ")
    report = sending.run(since=SINCE)
    assert {"read": 2, "created": 1, "conflict": 1} == counts(report)
    assert ["created", "conflict"] == [outcome.outcome for outcome in sending.outcomes(report)]
    assert ["A1"] == sending.register.numbers()


def test_numbers_that_differ_in_case_are_two_rows_where_the_table_is_exact(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(table="exact")
    office.shop.put("1", number="A1")
    office.shop.put("2", number="a1")
    told, _ = office.plan()
    assert [("create", "1"), ("create", "2")] == [(one.op, one.key) for one in told]
    assert {"read": 2, "created": 2} == counts(office.run())
    assert ["A1", "a1"] == office.register.numbers("exact")


def test_a_plan_knows_what_would_be_a_conflict(sending: Any) -> None:
    sending.shop.fill(3)
    sending.shop.put("twin", number="00000")
    taken(sending, "00001")
    told, planned = sending.plan(since=SINCE)
    assert [("create", "00000"), ("create", "00002")] == [(one.op, one.key) for one in told]
    assert dict(planned.counts) == dict(sending.run(since=SINCE).counts)


def test_a_sending_waits_for_no_other_however_long_it_takes(sending: Any) -> None:
    sending.shop.fill(60)
    sending.register.after = lambda: sending.clock.sleep(60)
    report = sending.run(since=SINCE)
    assert ("completed", 60) == (report.status, report.counts["created"])


def test_memory_and_requests_grow_with_nothing_but_the_records(sending: Any) -> None:
    sending.shop.fill(3_000)
    ahead: list[int] = []
    sending.shop.meanwhile = lambda told: ahead.append(told - len(sending.register.requests))
    report = sending.run(since=SINCE)
    assert 3_000 == report.counts["created"]
    assert 3_000 == len(sending.register.requests)
    assert max(ahead) <= 4 * 10
    assert threading.active_count() < 20


def test_a_row_that_others_point_to_is_looked_up_because_its_id_is_wanted(sending: Any) -> None:
    sending.register.add("exact", "theirs", number="B1")
    for key, buyer in (("1", "B1"), ("2", "B2"), ("3", "B1")):
        sending.shop.put(key, buyer=Ref("buyers", buyer, {"number": buyer}, table="exact"))
    report = sending.run(since=SINCE)
    assert (3, 1, 0) == tuple(report.counts[one] for one in ("created", "embedded", "conflict"))
    (made,) = sending.register.ids("exact", "B2")
    assert ["theirs", made, "theirs"] == [
        row["buyer"]
        for row in sorted(
            sending.register.rows["purchases"].values(), key=lambda row: row["number"]
        )
    ]
