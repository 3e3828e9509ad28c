"""Tables that only create and adopt: what is there is linked, and is no conflict."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def enrolling(office: Any) -> Any:
    """An office whose flow makes cards; somebody has card 00001 already."""
    office.config(table="cards")
    office.shop.fill(3)
    office.register.add("cards", "theirs", number="00001")
    return office


def test_a_row_that_is_there_is_linked_and_no_conflict(
    enrolling: Any, counts: Callable[..., Any]
) -> None:
    report = enrolling.run()
    assert {"read": 3, "created": 2, "unchanged": 1} == counts(report)
    assert ("completed", 0) == (report.status, report.exit_code)
    linked = {one.key: one.sink_id for one in enrolling.outcomes(report)}
    assert "theirs" == linked["00001"]
    assert ["00000", "00002"] == sorted(enrolling.register.told("write"))


def test_a_changed_record_of_an_adopted_row_asks_nothing(enrolling: Any) -> None:
    enrolling.run()
    enrolling.register.requests.clear()
    enrolling.shop.put("00001", total=7)
    assert 3 == enrolling.run(full=True).counts["unchanged"]
    assert [] == enrolling.register.requests
    assert {"number": "00001"} == enrolling.register.rows["cards"]["theirs"]


def test_the_second_of_two_records_with_one_number_is_linked_to_the_row_of_the_first(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(table="cards")
    office.shop.put("1", number="A1")
    office.shop.put("2", number=" a1 ", total=7)
    report = office.run()
    assert {"read": 2, "created": 1, "unchanged": 1} == counts(report)
    (one,) = office.register.rows["cards"]
    assert {"1": one, "2": one} == {each.key: each.sink_id for each in office.outcomes(report)}
    assert ["A1"] == office.register.told("write")


@pytest.mark.parametrize(
    "faults", [["lost"], ["dropped"], ["dropped", "lost"], ["dropped", "late"]]
)
def test_a_lost_answer_counts_as_created_once(
    enrolling: Any, faults: list[str], counts: Callable[..., Any]
) -> None:
    enrolling.register.faults["00002"] = list(faults)
    assert {"read": 3, "created": 2, "unchanged": 1} == counts(enrolling.run())
    assert ["00000", "00001", "00002"] == enrolling.register.numbers("cards")


def test_a_row_that_somebody_makes_after_the_look_is_told_as_a_conflict(
    enrolling: Any, counts: Callable[..., Any]
) -> None:
    enrolling.register.before = lambda: enrolling.register.add("cards", "later", number="00002")
    assert {"read": 3, "created": 1, "unchanged": 1, "conflict": 1} == counts(enrolling.run())
    assert ["later"] == enrolling.register.ids("cards", "00002")


def test_a_plan_shows_only_what_would_be_created(enrolling: Any) -> None:
    told, planned = enrolling.plan()
    assert [("create", "00000"), ("create", "00002")] == [(one.op, one.key) for one in told]
    assert dict(planned.counts) == dict(enrolling.run().counts)
