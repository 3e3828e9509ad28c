"""Records that the source itself could not make sense of."""

from collections.abc import Callable
from datetime import date
from typing import Any

from crosstie import MappingError

BROKEN = MappingError("line 7 has 3 cells, expected 5")


def test_such_a_record_is_set_aside_and_the_others_go_on(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(table="notes")
    office.shop.fill(3)
    office.shop.put("00001", error=BROKEN)
    report = office.run()
    assert {"read": 3, "created": 2, "aside": 1} == counts(report)
    with office.state() as state:
        (entry,) = state.asides()
    assert ("00001", "mapping", str(BROKEN)) == (entry.key, entry.kind, entry.reason)
    assert '"number":"00001"' in entry.record


def test_it_is_retried_by_reading_it_again(office: Any, counts: Callable[..., Any]) -> None:
    office.config(table="notes")
    office.shop.put("1", error=BROKEN)
    office.run()
    assert {"read": 1, "aside": 1} == counts(office.run(retry=("1",)))
    office.shop.put("1")
    office.shop.asked.clear()
    assert {"read": 1, "created": 1, "settled": 1} == counts(office.run(retry=("1",)))
    assert ["1"] == office.shop.asked


def test_where_single_records_cannot_be_read_it_is_met_in_the_next_full_pass(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(table="notes")
    office.shop.rereads = False
    office.shop.put("1", error=BROKEN)
    office.run()
    office.shop.put("1")
    report = office.run(retry=("1",))
    assert "stopped" == report.status
    assert "crosstie run purchases --full" in report.error
    assert {"read": 1, "created": 1, "settled": 1} == counts(office.run(full=True))


def test_it_is_not_taken_for_vanished(office: Any, counts: Callable[..., Any]) -> None:
    office.config('on_delete = "mark"\nmark = { gone = "1" }', table="notes")
    office.shop.put("1")
    office.run()
    office.shop.put("1", error=BROKEN)
    assert {"read": 1, "aside": 1} == counts(office.run(reconcile=True))
    assert "gone" not in str(office.register.rows["notes"])


def test_the_filter_is_not_asked_about_it_and_a_plan_tells_it(office: Any) -> None:
    office.config('filter = "{{ record.total > 5 }}"', table="notes")
    office.shop.put("1", error=BROKEN)
    told, report = office.plan(since=date(2026, 10, 1))
    assert [("aside", f"mapping: {BROKEN}")] == [(one.op, one.why) for one in told]
    assert 1 == report.counts["aside"]


def test_while_one_cannot_be_read_none_counts_as_vanished(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(table="notes")
    office.shop.fill(3)
    office.run()
    del office.shop.orders["00002"]
    office.shop.put("line 2", error=BROKEN)
    assert {"read": 3, "unchanged": 2, "aside": 1} == counts(office.run(reconcile=True))
    del office.shop.orders["line 2"]
    assert {"read": 2, "unchanged": 2, "gone": 1} == counts(office.run(reconcile=True))
