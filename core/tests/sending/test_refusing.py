"""What is refused before a run over dates begins: all of it at once, and nothing is begun."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

PARIS = ZoneInfo("Europe/Paris")


def test_a_range_that_ends_before_it_begins_is_refused_as_it_was_asked_for(wide: Any) -> None:
    wide.shop.zone = PARIS
    days = wide.refused(since=date(2026, 2, 2), until=date(2026, 1, 31))
    assert ["purchases: the range ends (2026-01-31) before it begins (2026-02-02)"] == days
    moment = datetime(2026, 1, 31, 10, tzinfo=UTC)
    times = wide.refused(since=moment, until=moment - timedelta(minutes=1))
    assert ["purchases: the range ends (2026-01-31 10:59) before it begins (2026-01-31 11:00)"] == (
        times
    )
    future = wide.refused(since=date(2027, 1, 1))
    assert ["purchases: the range ends (2026-11-02 10:00) before it begins (2027-01-01)"] == future


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_year_that_nobody_can_reckon_with_is_refused(wide: Any, day: date) -> None:
    expected = f"purchases: {day} is in no year from 1900 to 8999"
    assert [expected] == wide.refused(since=day)
    assert [expected] == wide.refused(until=day)


@pytest.mark.feature("N12")
@pytest.mark.parametrize("options", [{}, {"until": date(2026, 6, 30)}])
def test_somebody_has_to_choose_the_dates(narrow: Any, options: Any) -> None:
    assert ["purchases: choose the dates: --since 2026-01-01 --until 2026-06-30"] == narrow.refused(
        **options
    )


@pytest.mark.feature("N13")
def test_at_least_one_status_has_to_be_chosen(office: Any) -> None:
    dates = {"since": date(2026, 1, 1), "until": date(2026, 2, 1)}
    expected = (
        "purchases: choose at least one status: --status NAME, or filters = { status = [...] } in"
        " [flows.purchases]"
    )
    assert [expected] == office.refused(**dates)
    assert [expected] == office.refused(**dates, filters={"status": ()})
    assert [] == office.refused(**dates, filters={"status": ("paid", "sent")})


@pytest.mark.feature("N05")
def test_one_of_several_languages_has_to_be_chosen(narrow: Any) -> None:
    narrow.shop.languages = ("es", "ca")
    (mistake,) = narrow.refused(since=date(2026, 1, 1))
    assert mistake == (
        "purchases: shop.orders may be told in several languages (es, ca), and register.purchases"
        ' takes one: choose it with language = "es" in [systems.shop]'
    )


def test_all_that_is_wrong_is_told_at_once(office: Any) -> None:
    office.shop.languages = ("es", "ca")
    told = office.refused(since=date(2019, 1, 1), until=date(2021, 1, 1))
    begins = ["2019-01-01 to 2021-01-01 is", "2019-01-01 is", "choose at least one", "shop.orders"]
    assert [True] * 4 == [
        one.startswith(f"purchases: {begin}") for one, begin in zip(told, begins, strict=True)
    ]
    told = office.refused(since=date(2026, 2, 2), until=date(2026, 1, 1))
    begins[:2] = ["the range ends"]
    assert [True] * 3 == [
        one.startswith(f"purchases: {begin}") for one, begin in zip(told, begins, strict=True)
    ]


def test_a_run_that_is_refused_begins_nothing(office: Any) -> None:
    report = office.run(since=date(2026, 1, 1))
    assert ("refused", 2, "") == (report.status, report.exit_code, report.run)
    assert "choose at least one status" in report.error
    assert [] == office.shop.selections
    with office.state() as state:
        assert [] == state.runs()


def test_a_retry_is_not_limited(office: Any) -> None:
    office.shop.languages = ("es", "ca")
    assert [] == office.refused(retry=("1",))
