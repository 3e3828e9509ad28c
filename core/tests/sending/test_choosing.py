"""What a run over dates selects, and what is refused."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

PARIS, SANTIAGO = ZoneInfo("Europe/Paris"), ZoneInfo("America/Santiago")
ZONES = [PARIS, SANTIAGO, *map(ZoneInfo, ("America/Havana", "Asia/Beirut", "UTC"))]
MOMENT = timedelta(microseconds=1)
DAYS = st.dates(date(1996, 1, 1), date(2026, 11, 1))


@pytest.fixture(scope="module")
def unlimited(offices: Any) -> Any:
    """An office whose flow writes into a table without limits."""
    made = offices()
    made.config(table="notes")
    return made


def test_days_are_days_of_the_sources_zone_and_both_are_included(narrow: Any) -> None:
    begin, end = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    day = date(2026, 3, 29)
    assert ((begin, end),) == narrow.windows(since=day, until=day)


def test_what_lies_in_the_days_is_sent_up_to_their_last_moment(narrow: Any) -> None:
    first, after = (datetime(2026, 3, day, tzinfo=PARIS).astimezone(UTC) for day in (1, 4))
    for name, at in {
        "before": first - MOMENT,
        "first": first,
        "middle": first + timedelta(hours=30),
        "last": after - MOMENT,
        "after": after,
    }.items():
        narrow.shop.put(name, at)
    report = narrow.run(since=date(2026, 3, 1), until=date(2026, 3, 3))
    assert 3 == report.counts["created"]
    assert ["first", "last", "middle"] == narrow.register.numbers()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (PARIS, date(2026, 3, 29), 23),
        (PARIS, date(2026, 10, 25), 25),
        (SANTIAGO, date(2024, 9, 8), 23),
        (SANTIAGO, date(2024, 4, 6), 25),
    ],
)
def test_a_day_on_which_the_clock_changes_is_whole(
    unlimited: Any, zone: ZoneInfo, day: date, hours: int
) -> None:
    unlimited.shop.zone = zone
    ((begin, end),) = unlimited.windows(since=day, until=day)
    assert timedelta(hours=hours) == end - begin


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ZONES), DAYS)
@example(SANTIAGO, date(2024, 9, 8))
def test_a_day_begins_with_its_first_moment_also_where_it_has_no_midnight(
    unlimited: Any, zone: ZoneInfo, day: date
) -> None:
    unlimited.shop.zone = zone
    ((begin, end),) = unlimited.windows(since=day, until=day)
    assert day > (begin - MOMENT).astimezone(zone).date()
    assert day == begin.astimezone(zone).date()
    assert day == (end - MOMENT).astimezone(zone).date()
    assert day < end.astimezone(zone).date()


@pytest.fixture
def machine_in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in_new_york")
def test_days_of_a_source_without_a_zone_are_this_machines_in_summer_and_winter(
    office: Any,
) -> None:
    office.config(table="notes")
    office.shop.zone = None
    ((begin, end),) = office.windows(since=date(2026, 1, 5), until=date(2026, 7, 5))
    assert datetime(2026, 1, 5, 5, tzinfo=UTC) == begin
    assert datetime(2026, 7, 6, 4, tzinfo=UTC) == end


def test_times_are_exact_and_their_end_is_excluded(narrow: Any) -> None:
    since = datetime(2026, 5, 1, 10, 30, tzinfo=timezone(timedelta(hours=2)))
    until = datetime(2026, 5, 1, 12, tzinfo=SANTIAGO)
    expected = (datetime(2026, 5, 1, 8, 30, tzinfo=UTC), datetime(2026, 5, 1, 16, tzinfo=UTC))
    assert (expected,) == narrow.windows(since=since, until=until)


def test_without_an_end_it_is_now_and_without_a_beginning_it_is_all(unlimited: Any) -> None:
    ((_, end),) = unlimited.windows(since=date(2026, 10, 1))
    assert unlimited.clock.now() == end
    ((begin, _),) = unlimited.windows(until=date(2026, 10, 1))
    assert datetime(1970, 1, 1, tzinfo=UTC) == begin


@pytest.mark.feature("N06")
@pytest.mark.parametrize(
    ("since", "until", "allowed"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 29), date(2025, 3, 1), False),
        (date(2023, 3, 1), date(2024, 3, 1), True),
        (date(2023, 3, 1), date(2024, 3, 2), False),
        (date(2025, 6, 30), date(2026, 6, 30), True),
        (date(2025, 6, 30), date(2026, 7, 1), False),
        (date(2026, 6, 30), date(2026, 6, 30), True),
    ],
)
def test_a_range_is_at_most_one_calendar_year(
    narrow: Any, since: date, until: date, *, allowed: bool
) -> None:
    mistakes = narrow.refused(since=since, until=until)
    told = (
        f"purchases: {since} to {until} is longer than one year: choose a shorter range, or let it"
        " be sent in parts with windows = true in [flows.purchases]"
    )
    assert ([] if allowed else [told]) == mistakes


@pytest.mark.feature("N07")
def test_it_begins_at_most_five_years_ago_by_the_calendar_of_the_source(narrow: Any) -> None:
    narrow.clock.move(datetime(2026, 11, 1, 23, 30, tzinfo=UTC))  # in Paris, the 2nd
    assert [] == narrow.refused(since=date(2021, 11, 2), until=date(2021, 12, 1))
    (mistake,) = narrow.refused(since=date(2021, 11, 1), until=date(2021, 12, 1))
    assert mistake == (
        "purchases: 2021-11-01 is more than 5 years ago: begin on 2021-11-02 or later, or allow it"
        " with older = true in [flows.purchases]"
    )


@pytest.mark.feature("N07")
def test_on_29_february_five_years_ago_was_the_28th(narrow: Any) -> None:
    narrow.clock.move(datetime(2028, 2, 29, 12, tzinfo=UTC))
    assert [] == narrow.refused(since=date(2023, 2, 28), until=date(2023, 3, 1))
    assert 1 == len(narrow.refused(since=date(2023, 2, 27), until=date(2023, 3, 1)))


def test_a_sending_that_could_be_chosen_goes_on_when_the_day_is_over(narrow: Any) -> None:
    chosen_then = {"since": date(2021, 11, 2), "until": date(2021, 12, 1)}
    narrow.shop.put("1", datetime(2021, 11, 20, tzinfo=UTC))
    narrow.register.faults["1"] = [narrow.down]
    assert "stopped" == narrow.run(**chosen_then).status
    narrow.clock.sleep(24 * 3600)
    assert "completed" == narrow.run(**chosen_then).status
    assert "refused" == narrow.run(**chosen_then).status


@pytest.mark.feature("N06", "N07")
@settings(max_examples=40, deadline=None)
@given(DAYS, DAYS, st.sampled_from(ZONES), st.integers(1, 3))
@example(date(2024, 2, 29), date(2026, 3, 1), SANTIAGO, 1)
def test_a_long_range_is_split_exactly(
    wide: Any, one: date, other: date, zone: ZoneInfo, years: int
) -> None:
    wide.shop.zone = zone
    wide.register.limits = attrs.evolve(wide.register.limits, years=years)
    since, until = sorted((one, other))
    pieces = wide.windows(since=since, until=until)
    days = [
        (begin.astimezone(zone).date(), (end - MOMENT).astimezone(zone).date())
        for begin, end in pieces
    ]
    assert (since, until) == (days[0][0], days[-1][1])
    assert all(earlier[1] == later[0] for earlier, later in pairwise(pieces))
    for first, last in days:
        longest = (first.year + years, first.month, first.day)
        assert (last.year, last.month, last.day) <= longest
    assert len(pieces) <= (until - since).days // (365 * years) + 1


@pytest.mark.feature("N03")
def test_what_is_asked_for_stands_instead_of_the_flows_own_filter(narrow: Any) -> None:
    narrow.shop.put("1")
    narrow.shop.put("2", status="sent")
    narrow.run(since=date(2026, 1, 1), filters={"status": ("sent",)})
    assert ["2"] == narrow.register.numbers()


def test_a_flow_that_may_send_all_runs_without_dates(wide: Any) -> None:
    assert () == wide.windows()


def test_a_flow_with_filters_reads_on_from_its_own_cursor(wide: Any) -> None:
    wide.shop.fill(25)
    assert "full" == wide.run().mode
    wide.shop.put("later")
    report = wide.run()
    assert ("changes", 1) == (report.mode, report.counts["read"])
    wide.shop.orders.clear()


def test_progress_tells_how_many_there_are_in_all_windows(wide: Any) -> None:
    wide.shop.zone = PARIS
    wide.shop.orders.clear()
    wide.shop.fill(25)
    wide.shop.put("old", datetime(2023, 5, 1, tzinfo=UTC))
    wide.shop.put("older", datetime(2019, 5, 1, tzinfo=UTC))
    told: list[Any] = []
    wide.run(told.append, since=date(2020, 1, 1), count=True)
    assert {26} == {one.total for one in told}
    assert 26 == told[-1].counts["read"]
