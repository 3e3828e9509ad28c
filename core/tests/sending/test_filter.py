"""`filter`: which of the records that were read are written."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from crosstie import ConfigError, MappingError
from crosstie.explaining import explain

SINCE = date(2026, 10, 1)


def test_what_the_filter_does_not_let_through_is_counted_and_nothing_else(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config('filter = "{{ record.total > 5 if record.total else none }}"', table="notes")
    for number, total in enumerate((1, 9, None, 7)):
        office.shop.put(str(number), total=total)
    report = office.run()
    assert {"read": 4, "created": 2, "filtered": 2} == counts(report)
    assert ["1", "3"] == office.register.numbers("notes")
    assert {"1", "3"} == {*office.register.told("find"), *office.register.told("write")}
    assert ["1", "3"] == [outcome.key for outcome in office.outcomes(report)]
    assert 0 == report.exit_code


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("{{ record.total }}", "expected true or false, found 5"),
        ("{{ 'true' }}", "expected true or false, found 'true'"),
        ("{{ record.totl > 5 }}", "dict has no 'totl'; did you mean 'total'?"),
        ("{{ record.total > 'x' }}", "'>' not supported between instances of 'int' and 'str'"),
    ],
)
def test_a_filter_that_gives_no_truth_sets_the_record_aside(
    office: Any, expression: str, reason: str
) -> None:
    office.config(f'filter = "{expression}"', table="notes")
    office.shop.put("1", total=5)
    report = office.run()
    assert (1, 1) == (report.counts["aside"], report.exit_code)
    with office.state() as state:
        (entry,) = state.asides()
    assert ("mapping", f"filter = {expression!r}: {reason}") == (entry.kind, entry.reason)
    assert [] == office.register.requests


def test_a_filter_that_fails_for_one_record_hurts_no_other(office: Any) -> None:
    office.config('filter = "{{ record.total > 5 }}"', table="notes")
    for number, total in enumerate((6, "x", 7)):
        office.shop.put(str(number), total=total)
    assert {"created": 2, "aside": 1}.items() <= office.run().counts.items()
    assert ["0", "2"] == office.register.numbers("notes")


def test_a_set_aside_record_that_is_filtered_now_is_settled(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config('filter = "{{ record.wanted }}"', table="notes")
    office.register.refused = {"1"}
    office.shop.put("1", wanted=True)
    assert 1 == office.run().counts["aside"]
    office.shop.put("1", wanted=False)
    assert {"read": 1, "filtered": 1, "settled": 1} == counts(office.run(retry=("1",)))
    with office.state() as state:
        assert [] == state.asides()


@pytest.mark.parametrize("dates", [{}, {"since": SINCE}])
def test_the_source_is_told_what_the_filter_looks_at(office: Any, dates: Any) -> None:
    office.config("filter = \"{{ order.payments and raw.mark and record['slips'] }}\"", "notes")
    office.run(**dates)
    assert {"payments", "raw", "mark", "slips"} - {"mark"} == office.shop.selections[0].uses


def test_a_mistake_in_a_filter_is_told_before_anything_runs(office: Any) -> None:
    def mistakes(filter_: str) -> list[str]:
        office.config(f"filter = {filter_}", table="notes")
        with pytest.raises(ConfigError) as raised:
            office.project  # noqa: B018 (it is read here)
        return [mistake.partition("filter: ")[2] for mistake in raised.value.mistakes]

    assert ["'ordr' is not known here; did you mean 'order'?"] == mistakes('"{{ ordr.total }}"')
    (told,) = mistakes('"{{ row.total }}"')
    assert told.startswith("'row' is not known here")
    assert ["Order has no 'discount'; did you mean 'discounts'?"] == mistakes(
        '"{{ order.discount }}"'
    )
    found = "expected an expression, {{ … }}, found "
    assert [f'{found}the text "order.discounts"'] == mistakes('"order.discounts"')
    assert [f'{found}the text "{{{{ key }}}}!"'] == mistakes('"{{ key }}!"')
    assert [f"{found}true"] == mistakes("true")


@pytest.mark.parametrize("dates", [{}, {"since": SINCE}])
def test_a_plan_shows_the_same(office: Any, dates: Any) -> None:
    office.config('filter = "{{ record.total > 5 }}"', table="notes")
    for number, total in enumerate((1, 9, "x")):
        office.shop.put(str(number), total=total)
    told, report = office.plan(**dates)
    assert [("create", "1"), ("aside", "2")] == [(one.op, one.key) for one in told]
    assert dict(report.counts) == dict(office.run(**dates).counts)


def test_a_row_whose_record_is_filtered_now_is_left_and_not_taken_for_vanished(
    office: Any, counts: Callable[..., Any]
) -> None:
    office.config(
        'filter = "{{ record.wanted }}"\non_delete = "mark"\nmark = { gone = "1" }', "notes"
    )
    office.shop.put("1", wanted=True)
    office.run()
    office.shop.put("1", wanted=False)
    assert {"read": 1, "filtered": 1} == counts(office.run(reconcile=True))
    assert [{"number": "1", "status": "paid", "wanted": True}] == [
        *office.register.rows["notes"].values()
    ]
    office.shop.put("1", wanted=True)
    assert {"read": 1, "unchanged": 1} == counts(office.run(reconcile=True))


def test_a_filter_and_filters_work_together(office: Any, counts: Callable[..., Any]) -> None:
    office.config(
        'filter = "{{ record.total > 5 }}"\nfilters = { status = ["paid"] }', table="notes"
    )
    office.shop.put("1", total=9)
    office.shop.put("2", total=9, status="sent")
    office.shop.put("3", total=1)
    office.shop.put("4", at=office.clock.now() - timedelta(days=90), total=9)
    assert {"read": 2, "created": 1, "filtered": 1} == counts(office.run(since=SINCE))


def test_an_explanation_says_that_the_filter_does_not_let_it_through(office: Any) -> None:
    office.config('filter = "{{ record.total > 5 }}"', table="notes")
    office.shop.put("1", total=1)
    office.shop.put("2", error=MappingError("line 7 is broken"))
    told = [explain(office.project, "shop.orders", key).mapped[0].error for key in "12"]
    assert ["the flow's filter does not let it through", "line 7 is broken"] == told
