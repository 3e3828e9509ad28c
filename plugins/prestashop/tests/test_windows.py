"""A range of dates is selected on the shop's side, to the second, whatever its clock does."""

import json
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie import ConfigError, Counts, Selection

PARIS = ZoneInfo("Europe/Paris")
SPRING = datetime(2026, 3, 28, 23, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 24, 22, tzinfo=UTC)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def date_orders(reach: Any, *dates: str) -> None:
    """The first orders were placed at these local times, all others long before."""
    orders = reach.shop["orders"]
    for number, key in enumerate(orders):
        when = dates[number] if number < len(dates) else "2010-01-01 12:00:00"
        orders.change(key, date_add=when)


def read(reach: Any, begin: datetime, end: datetime, **more: Any) -> list[str]:
    """The local times of the orders in a window, as the shop writes them."""
    told = reach.read("orders", window=(begin, end), **more)
    assert len(set(told.keys)) == len(told.keys)
    return [str(reach.shop["orders"].value(int(key), "date_add")) for key in told.keys]


@pytest.mark.feature("N02", "N03")
def test_a_window_and_states_are_selected_in_one_request(reach: Any) -> None:
    orders = reach.shop["orders"]
    begin = datetime(2026, 1, 1, tzinfo=PARIS)
    told = reach.read("orders", window=(begin, LAST), filters={"status": ("5", "6")})
    assert sorted(told.keys, key=int) == [
        str(key)
        for key in orders
        if str(orders.value(key, "current_state")) in {"5", "6"}
        and orders.value(key, "date_add") >= "2026-01-01"
    ]
    asked = [request.query for request in reach.wire.log if request.path == "/api/orders"]
    assert {(one["filter[date_add]"], one["filter[current_state]"]) for one in asked} == {
        ("[2026-01-01 00:00:00,2027-01-01 00:59:59]", "[5|6]")
    }


@pytest.fixture
def crowded(reach: Any) -> Any:
    """A shop with 2,000 orders, of which three are of 29 February 2024."""
    orders = reach.shop["orders"]
    date_orders(reach)
    row = orders[5]
    for key in range(1001, 2941):
        orders.insert({**row, "id": key})
    for key, clock in ((7, "00:00:00"), (1500, "12:00:00"), (2900, "23:59:59")):
        orders.change(key, date_add=f"2024-02-29 {clock}")
    orders.change(8, date_add="2024-03-01 00:00:00")
    orders.change(9, date_add="2024-02-28 23:59:59")
    return reach


@pytest.mark.feature("N12")
def test_a_window_costs_what_lies_in_it(crowded: Any) -> None:
    sent: list[Any] = []

    def spoil(request: Any) -> Any:
        reply = crowded.sandbox.respond(request)
        if request.path == "/api/orders":
            sent.append(json.loads(reply.body)["orders"])
        return reply

    crowded.wire.spoil = spoil
    day = (datetime(2024, 2, 29, tzinfo=PARIS), datetime(2024, 3, 1, tzinfo=PARIS))
    assert len(crowded.shop["orders"]) == 2000
    assert crowded.read("orders", window=day).keys == ["7", "1500", "2900"]
    asked = crowded.wire.asked()
    costs = {name: asked[name] for name in ("orders", "customers", "addresses")}
    assert costs == {"orders": 2, "customers": 1, "addresses": 1}
    assert [len(rows) for rows in sent] == [3, 3]
    assert [sorted(rows[0]) == ["id"] for rows in sent] == [True, False]


def test_the_orders_of_a_window_are_counted_without_reading_them(crowded: Any) -> None:
    stream = crowded.stream("orders")
    assert isinstance(stream, Counts)
    day = (datetime(2024, 2, 29, tzinfo=PARIS), datetime(2024, 3, 1, tzinfo=PARIS))
    assert stream.count(Selection(window=day)) == 3
    assert stream.count(Selection(window=day, filters={"status": ("11",)})) == 0
    asked = [request.query for request in crowded.wire.log if request.path == "/api/orders"]
    assert ["display" in query for query in asked] == [False, False]


def test_a_large_window_is_read_page_by_page(reach: Any) -> None:
    selection = Selection(window=(FIRST, LAST))
    reading = iter(reach.stream("orders", page=5, workers=1).read(selection))
    assert next(reading).key == "1"
    pages = [r.query for r in reach.wire.log if r.query.get("filter[id]")]
    assert len(pages) < 12  # 60 orders are 12 pages, and each needs its customers too
    assert 1 + sum(1 for thing in reading if hasattr(thing, "key")) == 60


@pytest.mark.parametrize("version", ["1.7.8.11", "8.2.1", "9.0.3"])
@pytest.mark.feature("N12")
def test_a_window_without_orders_is_read_to_its_end(
    reach_of: Any, made_up: Any, version: str
) -> None:
    reach = reach_of(made_up(3, 3), version=version)
    told = reach.read("orders", window=(FIRST, FIRST + timedelta(days=1)))
    assert (told.records, len(told.cursors), reach.wire.asked()["orders"]) == ([], 1, 1)


def test_a_window_of_no_length_is_empty(reach: Any) -> None:
    date_orders(reach, "2026-07-01 12:00:00")
    noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert read(reach, noon, noon) == []


@pytest.mark.feature("N12")
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (LAST, FIRST),
        # In Paris both clocks show half past two, the second one an hour earlier.
        (
            datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1),
            datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=0),
        ),
    ],
)
def test_a_window_that_ends_before_it_begins_is_refused(
    reach: Any, begin: datetime, end: datetime
) -> None:
    with pytest.raises(ConfigError, match=r"the range of dates ends .* before it begins"):
        read(reach, begin, end)
    assert reach.wire.log == []


@pytest.mark.parametrize("name", ["order_states", "currencies"])
def test_a_stream_without_dates_refuses_a_window(reach: Any, name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} have no date of creation.*without --since"):
        reach.read(name, window=(FIRST, LAST))
    assert reach.wire.log == []


def test_an_order_of_the_hour_that_occurs_twice_lies_in_the_first(reach: Any) -> None:
    date_orders(reach, "2026-10-25 01:59:59", "2026-10-25 02:30:00", "2026-10-25 03:00:00")
    first = AUTUMN + timedelta(hours=2)
    again = first + timedelta(hours=1)
    assert read(reach, first, again) == ["2026-10-25 02:30:00"]
    assert read(reach, again, again + timedelta(hours=1)) == []
    in_paris = [datetime(2026, 10, 25, 2, tzinfo=PARIS, fold=fold) for fold in (0, 1)]
    assert read(reach, in_paris[0], in_paris[1]) == ["2026-10-25 02:30:00"]
    assert read(reach, in_paris[1], LAST) == ["2026-10-25 03:00:00"]


def test_an_order_of_the_hour_that_is_left_out_lies_in_the_one_after_it(reach: Any) -> None:
    date_orders(reach, "2026-03-29 01:59:59", "2026-03-29 02:30:00", "2026-03-29 03:00:00")
    after = SPRING + timedelta(hours=2)
    assert read(reach, SPRING, after) == ["2026-03-29 01:59:59"]
    both = ["2026-03-29 02:30:00", "2026-03-29 03:00:00"]
    assert read(reach, after, after + timedelta(hours=1)) == both


@pytest.fixture
def changing(reach: Any) -> Any:
    """A shop with orders around both changes of the clock, every ten minutes."""
    tens = [f"{hour:02}:{minute:02}:00" for hour in range(5) for minute in range(0, 60, 10)]
    date_orders(
        reach, *(f"{day} {clock}" for day in ("2026-03-29", "2026-10-25") for clock in tens)
    )
    return reach


moments = st.builds(
    lambda start, seconds, millis, zone: (
        start + timedelta(seconds=seconds, milliseconds=millis)
    ).astimezone(zone),
    st.sampled_from([SPRING, AUTUMN]),
    st.integers(0, 36).map(lambda tens: tens * 600) | st.integers(0, 6 * 3600),
    st.sampled_from([0, 0, 500]),
    st.sampled_from([UTC, PARIS, ZoneInfo("America/New_York")]),
)


@given(st.lists(moments, min_size=1, max_size=4))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_adjoining_windows_hold_every_order_once(changing: Any, cuts: list[datetime]) -> None:
    ends = [FIRST, *sorted(cuts, key=datetime.timestamp), LAST]
    parts = [read(changing, *pair) for pair in pairwise(ends)]
    whole = read(changing, FIRST, LAST)
    assert len(whole) == 60
    assert sorted(chain.from_iterable(parts)) == sorted(whole)
