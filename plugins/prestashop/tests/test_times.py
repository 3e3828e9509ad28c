"""The shop's clock, which shows one hour twice in autumn and skips one in spring."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie_prestashop.times import at, earliest, is_set_about, local_text, next_second, span
from crosstie_prestashop.values import moments

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Paris",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "UTC",
    )
]
PARIS = ZONES[0]
# Around the changes of 2026: in Europe on 29 March and 25 October, elsewhere within weeks of them.
unix = st.integers(
    min_value=int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()),
    max_value=int(datetime(2026, 12, 31, tzinfo=UTC).timestamp()),
) | st.integers(
    min_value=int(datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp()),
    max_value=int(datetime(2026, 10, 25, 4, tzinfo=UTC).timestamp()),
)


@given(unix, st.integers(min_value=0, max_value=3 * 86400), st.sampled_from(ZONES))
def test_no_later_moment_shows_an_earlier_time(start: int, later: int, zone: ZoneInfo) -> None:
    assert earliest(at(start), zone) <= local_text(start + later, zone)


@given(
    st.sampled_from(["2026-03-29", "2026-10-25", "2026-07-01", "2026-11-01", "2026-04-05"]),
    st.times().map(lambda one: one.replace(microsecond=0)),
    st.integers(min_value=0, max_value=3 * 86400),
    st.integers(min_value=1, max_value=3 * 86400),
    st.sampled_from(ZONES),
)
def test_every_local_time_that_means_a_moment_of_a_span_lies_in_it(
    day: str, clock: time, before: int, after: int, zone: ZoneInfo
) -> None:
    text = f"{day} {clock}"
    meant = moments(zone)(text)
    assert meant is not None
    begin = meant.astimezone(UTC) - timedelta(seconds=before)
    first, last = span(begin, meant.astimezone(UTC) + timedelta(seconds=after), zone)
    assert first <= text <= last


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-07-01 10:00", "2026-07-02 10:00", ("2026-07-01 12:00:00", "2026-07-02 11:59:59")),
        ("2026-10-25 00:30", "2026-10-25 01:30", ("2026-10-25 01:30:00", "2026-10-25 03:29:59")),
        ("2026-03-29 01:00", "2026-03-29 02:00", ("2026-03-29 02:00:00", "2026-03-29 03:59:59")),
    ],
)
def test_a_span_is_wider_only_about_a_change_of_the_clock(
    begin: str, end: str, expected: tuple[str, str]
) -> None:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begin, end))
    assert expected == span(first, last, PARIS)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 01:30:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 01:30:00"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "2026-10-25 03:30:00"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "2026-03-29 03:30:00"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "2026-07-01 14:00:00"),
    ],
)
def test_the_hour_that_occurs_twice_is_begun_an_hour_earlier(moment: datetime, shown: str) -> None:
    assert earliest(moment, PARIS) == shown


def test_a_second_is_followed_by_the_next_over_midnight() -> None:
    assert next_second("2026-12-31 23:59:59") == "2027-01-01 00:00:00"


@pytest.mark.parametrize(
    ("days", "about"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)]
)
def test_the_days_around_a_change_of_the_clock_are_known(days: int, about: bool) -> None:
    moment = datetime(2026, 10, 25, 1, 0, tzinfo=UTC) + timedelta(days=days)
    assert is_set_about(int(moment.timestamp()), PARIS) is about
