"""A sending that ends in the middle goes on as the same run, and sends nothing twice."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from crosstie import RejectedError

WIDE = 'windows = true\nolder = true\nfilters = { status = ["paid"] }\n'
FILTER = "filter = \"{{ key != '00003' }}\"\n"
SINCE, UNTIL = date(2025, 10, 1), date(2026, 11, 2)
DATES = {"since": SINCE, "until": UNTIL}


@pytest.fixture
def sending(office: Any) -> Any:
    """An office whose flow may send any dates into a table that only creates."""
    office.config(WIDE)
    return office


def various(office: Any) -> None:
    """Records of every fate: created, refused, unreadable, filtered, deleted, twins."""
    office.config(WIDE + FILTER)
    office.shop.fill(24)
    office.shop.put("00007", error=RejectedError("no order at all"))
    office.shop.put("00012", deleted=True)
    office.shop.put("twin", number="00001")
    office.register.refused = {"00009"}


def fates(office: Any, report: Any) -> list[tuple[Any, ...]]:
    """What became of each record of a run, but for ids and times."""
    return [(one.key, one.outcome) for one in office.outcomes(report)]


def passes(office: Any) -> list[Any]:
    with office.state() as state:
        return list(state.query("SELECT * FROM seen"))


def test_killed_at_any_instant_it_goes_on_as_if_nothing_had_happened(
    offices: Any, photograph: Any, counts: Callable[..., Any]
) -> None:
    calm, office = offices(), offices()
    various(calm)
    various(office)
    expected = calm.run(**DATES)
    told = {"read": 25, "created": 20, "conflict": 1, "filtered": 1, "aside": 2, "ignored": 1}
    assert told == counts(expected)
    camera = photograph(office)
    first = office.run(camera.take, **DATES)
    assert 2 * len(office.register.requests) < len(camera.instants)
    for number, instant in enumerate(camera.instants):
        camera.restore(instant)
        report = office.run(**DATES)
        assert (first.run, "completed") == (report.run, report.status), number
        assert counts(expected) == counts(report), number
        assert fates(calm, expected) == fates(office, report), number
        assert calm.register.numbers() == office.register.numbers(), number
        assert [] == passes(office)


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_it_still_ends_as_a_calm_one(
    offices: Any, photograph: Any, seed: int, counts: Callable[..., Any]
) -> None:
    chance = random.Random(seed)
    calm, office = offices(), offices()
    various(calm)
    various(office)
    expected, runs = calm.run(**DATES), set()
    for _ in range(6):
        camera = photograph(office)
        runs.add(office.run(camera.take, **DATES).run)
        camera.restore(chance.choice(camera.instants[:30]))
    report = office.run(**DATES)
    assert {report.run} == runs
    assert (counts(expected), fates(calm, expected)) == (counts(report), fates(office, report))
    assert calm.register.numbers() == office.register.numbers()


@pytest.mark.parametrize("fault", ["down", "stop"])
def test_stopped_at_any_request_the_next_run_goes_on(
    offices: Any, fault: str, counts: Callable[..., Any]
) -> None:
    calm = offices()
    various(calm)
    expected = calm.run(**DATES)
    for number in range(0, len(calm.register.requests) - 6, 3):
        office = offices()
        various(office)

        def interrupt(office: Any = office, number: int = number) -> None:
            if len(office.register.requests) > number:
                if fault == "stop":
                    office.stop.set()
                else:
                    raise office.down

        office.register.before = interrupt
        first = office.run(**DATES)
        assert {"down": "stopped", "stop": "interrupted"}[fault] == first.status
        assert fault == "stop" or first.passing
        office.register.before = lambda: None
        office.stop.clear()
        report = office.run(**DATES)
        assert (first.run, "completed") == (report.run, report.status)
        assert counts(expected) == counts(report)
        assert fates(calm, expected) == fates(office, report)
        assert [] == passes(office)
        with office.state() as state:
            assert 1 == len(state.runs())


def test_after_a_lost_answer_and_a_stop_the_row_counts_as_created(
    sending: Any, counts: Callable[..., Any]
) -> None:
    sending.shop.fill(3)
    sending.register.faults["00001"] = ["lost"]
    sending.register.after = sending.stop.set
    sending.run(**DATES)
    sending.register.after = lambda: None
    sending.stop.clear()
    assert {"read": 3, "created": 3} == counts(sending.run(**DATES))


def test_what_somebody_else_had_registered_stays_a_conflict_however_it_ends(
    offices: Any, photograph: Any, counts: Callable[..., Any]
) -> None:
    office = offices()
    office.config(WIDE + FILTER)
    office.shop.fill(30)
    for number in range(30):
        office.register.add("purchases", f"theirs {number}", number=f"{number:05}")
    camera = photograph(office)
    office.run(**DATES)
    for instant in camera.instants[::7]:
        camera.restore(instant)
        report = office.run(**DATES)
        in_flight = 2 * 2  # of these nobody can know whether it was us
        assert 29 == report.counts["conflict"] + report.counts["created"]
        assert report.counts["created"] <= in_flight


def test_a_second_sending_that_is_killed_tells_every_conflict(
    offices: Any, photograph: Any, counts: Callable[..., Any]
) -> None:
    office = offices()
    office.config(WIDE + FILTER + "again = true\n")
    office.shop.fill(30)
    office.run(**DATES)
    camera = photograph(office)
    office.run(**DATES)
    for instant in camera.instants[::7]:
        camera.restore(instant)
        told = {"read": 30, "conflict": 29, "filtered": 1}
        assert told == counts(office.run(**DATES))


def interrupted(office: Any, **options: Any) -> Any:
    """A run that was stopped after some of its records."""
    office.register.faults["00015"] = [office.down]
    return office.run(**options)


def test_another_selection_is_a_run_of_its_own(sending: Any) -> None:
    sending.shop.fill(30)
    first = interrupted(sending, **DATES)
    other = sending.run(since=date(2025, 11, 1), until=UNTIL)
    assert first.run != other.run
    assert "completed" == other.status
    assert first.run == sending.run(**DATES).run


def test_the_same_statuses_in_another_order_are_the_same_selection(sending: Any) -> None:
    sending.shop.fill(30)
    first = interrupted(sending, **DATES, filters={"status": ("paid", "sent")})
    assert first.run == sending.run(**DATES, filters={"status": ("sent", "paid", "sent")}).run


def test_a_sending_up_to_now_goes_on_and_takes_what_has_come_since(
    sending: Any, counts: Callable[..., Any]
) -> None:
    sending.shop.fill(30)
    first = interrupted(sending, since=SINCE)
    sending.clock.sleep(3600)
    sending.shop.put("new", sending.clock.now())
    sending.clock.sleep(1)
    report = sending.run(since=SINCE)
    assert first.run == report.run
    assert {"read": 31, "created": 31} == counts(report)


def test_one_that_was_completed_begins_anew(sending: Any, counts: Callable[..., Any]) -> None:
    sending.shop.fill(30)
    first = sending.run(**DATES)
    second = sending.run(**DATES)
    assert first.run != second.run
    assert {"read": 30, "unchanged": 30} == counts(second)


def test_a_run_with_a_limit_does_not_go_on_and_leaves_nothing_behind(sending: Any) -> None:
    sending.shop.fill(30)
    first = interrupted(sending, **DATES, limit=20)
    assert ("stopped", []) == (first.status, passes(sending))
    second = sending.run(**DATES, limit=20)
    assert first.run != second.run
    assert 20 == second.counts["read"]
    assert 20 == len(sending.register.numbers())


def test_what_is_due_again_does_not_use_up_the_limit_beyond_nothing(sending: Any) -> None:
    sending.shop.fill(30)
    sending.register.refused = {"00001", "00002"}
    sending.run(**DATES)
    sending.clock.sleep(3600)
    assert 2 == sending.run(**DATES, limit=1).counts["read"]


def test_ordinary_rows_are_all_written_after_a_kill_at_any_instant(
    offices: Any, photograph: Any
) -> None:
    office = offices()
    office.config(FILTER, table="notes")
    office.shop.fill(24)
    for number in range(0, 24, 4):
        office.register.add("notes", f"old {number}", number=f"{number:05}", status="old")
    camera = photograph(office)
    office.run(camera.take, **DATES)
    for instant in camera.instants[::3]:
        camera.restore(instant)
        report = office.run(**DATES)
        assert None is report.error
        assert 24 == report.counts["read"]
        assert 23 == report.counts["created"] + report.counts["updated"]
        assert [f"{n:05}" for n in range(24) if n != 3] == office.register.numbers("notes")
        assert {"paid"} == {row["status"] for row in office.register.rows["notes"].values()}


def test_who_has_lost_the_lease_leaves_the_run_to_who_has_it(sending: Any) -> None:
    sending.shop.fill(30)
    taken_over = []

    def take_over() -> None:
        if len(sending.register.requests) == 12:
            with sending.state() as state:
                state.change("UPDATE leases SET token = 7, owner = 'other:1:1'", ())
                taken_over.extend(state.runs())

    sending.register.after = take_over
    report = sending.run(**DATES)
    assert "stopped" == report.status
    assert "lost its lease to other" in report.error
    with sending.state() as state:
        (left,) = state.runs()
    assert [("running", None)] == [(left.status, left.finished)]


def test_what_was_begun_and_never_ended_is_forgotten_with_its_outcomes(sending: Any) -> None:
    sending.shop.fill(30)
    interrupted(sending, **DATES)
    assert [] != passes(sending)
    sending.clock.sleep(100 * 24 * 3600)
    sending.run(**DATES, limit=1)
    assert [] == passes(sending)
