"""`again`: a run over dates sends what was sent before."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

WIDE = 'windows = true\nolder = true\nfilters = { status = ["paid"] }\n'
SINCE = date(2026, 10, 1)


@pytest.mark.feature("N09")
def test_a_second_sending_tells_a_conflict_for_each(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(f"again = true\n{WIDE}")
    office.shop.fill(25)
    assert {"read": 25, "created": 25} == counts(office.run(since=SINCE))
    before = str(office.register.rows)
    report = office.run(since=SINCE)
    assert {"read": 25, "conflict": 25} == counts(report)
    assert before == str(office.register.rows)
    assert 25 == len(office.outcomes(report))


def test_a_row_that_was_deleted_there_is_created_again(office: Any) -> None:
    office.config(f"again = true\n{WIDE}")
    office.shop.fill(3)
    office.run(since=SINCE)
    (gone,) = office.register.ids("purchases", "00001")
    del office.register.rows["purchases"][gone]
    report = office.run(since=SINCE)
    assert (1, 2) == (report.counts["created"], report.counts["conflict"])


def test_without_it_a_second_sending_sends_nothing(office: Any, counts: Callable[..., Any]) -> None:
    office.config(WIDE)
    office.shop.fill(5)
    office.run(since=SINCE)
    office.register.requests.clear()
    assert {"read": 5, "unchanged": 5} == counts(office.run(since=SINCE))
    assert [] == office.register.requests


def test_ordinary_rows_are_written_once_more(office: Any, counts: Callable[..., Any]) -> None:
    office.config("again = true", table="notes")
    office.shop.fill(5)
    office.run()
    for row in office.register.rows["notes"].values():
        row["status"] = "changed there"
    office.register.requests.clear()
    assert {"read": 5, "updated": 5} == counts(office.run(since=SINCE))
    assert 5 == len(office.register.told("write"))
    assert {"paid"} == {row["status"] for row in office.register.rows["notes"].values()}


def test_a_run_without_dates_knows_nothing_of_it(office: Any, counts: Callable[..., Any]) -> None:
    office.config(f"again = true\n{WIDE}")
    office.shop.fill(5)
    office.run()
    office.register.requests.clear()
    for options in ({}, {"full": True}, {"reconcile": True}):
        assert not counts(office.run(**options)).keys() - {"read", "unchanged"}
    assert [] == office.register.requests
