"""All records of a shop are read, or what changed among them, with little asking."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crosstie import Checkpoint, Selection, StateError, Stream, UnavailableError

DATED = ("customers", "products", "orders", "carts", "credit_slips")
ALL = (*DATED, "order_states", "currencies")
RESOURCES = {"credit_slips": "order_slip"}


@pytest.mark.parametrize("name", ALL)
def test_a_full_read_gives_each_record_once(reach: Any, name: str) -> None:
    told = reach.read(name, page=17)
    expected = [str(key) for key in reach.shop[RESOURCES.get(name, name)]]
    assert sorted(told.keys, key=int) == expected


@pytest.mark.parametrize("name", ALL)
def test_every_stream_is_what_its_protocol_says(reach: Any, name: str) -> None:
    stream: Stream = reach.stream(name)
    assert stream.name == name


@pytest.mark.parametrize("name", DATED)
def test_nothing_new_costs_one_request(reach: Any, name: str) -> None:
    cursor = reach.read(name).cursors[-1]
    reach.clock.sleep(1800)
    reach.wire.log.clear()
    told = reach.read(name, since=cursor)
    assert (told.records, dict(reach.wire.asked())) == ([], {RESOURCES.get(name, name): 1})


@pytest.mark.parametrize("name", ["order_states", "currencies"])
def test_a_stream_without_dates_is_read_as_a_whole_in_one_request(reach: Any, name: str) -> None:
    first = reach.read(name)
    reach.wire.log.clear()
    again = reach.read(name, since=first.cursors[-1])
    assert (again.keys, reach.wire.asked()[name]) == (first.keys, 1)


def test_a_change_is_read_and_nothing_else(reach: Any) -> None:
    cursor = reach.read("orders").cursors[-1]
    reach.clock.sleep(1800)
    reach.shop["orders"].change(7, note="new", date_upd=reach.shop.now())
    told = reach.read("orders", since=cursor)
    assert [(record.key, record.data.note) for record in told.records] == [("7", "new")]


def test_gaps_between_ids_cost_nothing(reach: Any) -> None:
    customers = reach.shop["customers"]
    customers.insert({**customers[5], "id": 2_000_000_000})
    reach.wire.log.clear()
    assert reach.read("customers").keys[-1] == "2000000000"
    assert reach.wire.asked()["customers"] == 2


def test_an_empty_shop_has_an_end_too(bare: Any) -> None:
    told = bare.read("orders")
    assert (told.records, len(told.cursors)) == ([], 1)
    assert bare.read("orders", since=told.cursors[0]).records == []


@pytest.mark.parametrize("page", [1, 7, 500])
def test_each_window_of_a_full_read_ends_in_a_checkpoint(reach: Any, page: int) -> None:
    cursors = reach.read("orders", page=page).cursors
    assert len(cursors) == -(-60 // page) + 1


def test_a_second_that_many_share_is_finished_by_id(reach: Any) -> None:
    cursor = reach.read("orders").cursors[-1]
    reach.clock.sleep(1800)
    now = reach.shop.now()
    for key in range(1, 51):
        reach.shop["orders"].change(key, date_upd=now)
    reach.clock.sleep(1)
    later = reach.shop.now()
    for key in range(51, 56):
        reach.shop["orders"].change(key, date_upd=later)
    told = reach.read("orders", since=cursor, page=20)
    assert sorted(map(int, told.keys)) == list(range(1, 56))
    assert Counter(told.keys).most_common(1)[0][1] == 1


def test_offsets_are_never_used(reach: Any) -> None:
    cursor = reach.read("orders", page=7).cursors[-1]
    reach.read("orders", since=cursor, page=7)
    limits = [request.query.get("limit", "") for request in reach.wire.log]
    assert not [limit for limit in limits if "," in limit]


def test_lists_are_always_sorted(reach: Any) -> None:
    for name in ALL:
        reach.read(name, uses=("payments", "discounts", "slips", "has_ordered", "stock"))
    unsorted = [request.path for request in reach.wire.log if "sort" not in request.query]
    assert unsorted == []


def test_a_change_in_the_second_in_which_the_pass_began_is_not_lost(reach: Any) -> None:
    cursor = reach.read("orders").cursors[-1]
    reach.shop["orders"].change(7, note="late", date_upd=reach.shop.now())
    reach.clock.sleep(1)
    assert "7" in reach.read("orders", since=cursor, overlap=timedelta(0)).keys


def test_the_servers_clock_counts_and_not_ours(reach: Any) -> None:
    reach.shop.skew = timedelta(hours=-3)
    cursor = reach.read("orders").cursors[-1]
    reach.clock.sleep(60)
    reach.shop["orders"].change(7, date_upd=reach.shop.now())
    assert reach.read("orders", since=cursor).keys == ["7"]


def test_what_the_overlap_shows_again_is_not_read_twice(reach: Any) -> None:
    now = reach.shop.now(timedelta(minutes=-3))
    for key in range(1, 31):
        reach.shop["orders"].change(key, date_upd=now)
    cursor = reach.read("orders").cursors[-1]
    reach.wire.log.clear()
    again = reach.read("orders", since=cursor)
    assert (again.records, dict(reach.wire.asked())) == ([], {"orders": 1})
    third = reach.read("orders", since=again.cursors[-1])
    assert third.records == []


def test_what_is_too_fresh_to_be_trusted_is_read_again(reach: Any) -> None:
    reach.shop["orders"].change(9, note="old", date_upd=reach.shop.now())
    cursor = reach.read("orders").cursors[-1]
    reach.shop["orders"].change(9, note="new", date_upd=reach.shop.now())
    reach.clock.sleep(90)
    assert [record.data.note for record in reach.read("orders", since=cursor).records] == ["new"]


def test_a_change_in_the_overlap_that_came_late_is_read(reach: Any) -> None:
    cursor = reach.read("orders").cursors[-1]
    reach.shop["orders"].change(9, date_upd=reach.shop.now(timedelta(minutes=-4)))
    assert reach.read("orders", since=cursor).keys == ["9"]


def test_no_cursor_grows_without_end(reach: Any) -> None:
    orders = reach.shop["orders"]
    now = reach.shop.now(timedelta(minutes=-3))
    for key in range(1001, 1701):
        orders.insert({**orders[5], "id": key, "date_upd": now})
    assert len(reach.read("orders").cursors[-1]) < 100


@pytest.mark.parametrize("cursor", ["", "2026-11-21 10:00:00", "[]", "{}", '{"start":"x"}', "7"])
def test_a_cursor_of_somebody_else_is_refused(reach: Any, cursor: str) -> None:
    with pytest.raises(StateError, match="read everything once with --full"):
        reach.read("orders", since=cursor)


def test_a_cursor_tells_no_more_than_places(reach: Any) -> None:
    for cursor in reach.read("customers", page=10).cursors:
        assert set(json.loads(cursor)) <= {"start", "after", "moment", "id", "seen"}


@pytest.mark.parametrize("name", ALL)
def test_single_records_are_read_again_in_one_go(reach: Any, name: str) -> None:
    whole = reach.read(name).by_key
    keys = [*list(whole)[:5], "999999", "none", ""]
    found = {record.key: record for record in reach.stream(name).get(keys, frozenset())}
    assert found == {key: whole[key] for key in keys if key in whole}


def test_keys_are_listed_without_their_records(reach: Any) -> None:
    stream = reach.stream("orders")
    assert list(stream.keys()) == [str(key) for key in reach.shop["orders"]]
    assert [("display" in request.query) for request in reach.wire.log] == [False]


def test_an_order_that_vanishes_between_list_and_detail_is_left_out(reach: Any) -> None:
    stream = reach.stream("orders", page=20, workers=1)
    keys = []
    for thing in stream.read(Selection()):
        if isinstance(thing, Checkpoint):
            if 45 in reach.shop["orders"]:
                reach.shop["orders"].remove(45)
        else:
            keys.append(thing.key)
    assert ("45" in keys, len(keys)) == (False, 59)


def test_a_window_that_the_shop_calls_empty_is_asked_for_a_second_time(reach: Any) -> None:
    refused: list[Any] = []

    def spoil(request: Any) -> Any:
        if request.query.get("filter[id]", "").startswith("[21,") and not refused:
            refused.append(request)
            reply = reach.sandbox.respond(request)
            return type(reply)(200, b"[]", reply.headers)
        return None

    reach.wire.spoil = spoil
    assert len(reach.read("orders", page=20).keys) == 60


def test_a_window_of_dates_means_the_date_of_creation(reach: Any) -> None:
    added = {
        key: datetime.fromisoformat(reach.shop["orders"].value(key, "date_add")).replace(
            tzinfo=reach.shop.zone
        )
        for key in reach.shop["orders"]
    }
    begin, end = sorted(added.values())[10], sorted(added.values())[40]
    told = reach.read("orders", window=(begin, end))
    assert sorted(told.keys, key=int) == [
        str(key) for key, moment in added.items() if begin <= moment < end
    ]


def test_a_window_is_exact_in_the_hour_that_occurs_twice(bare: Any) -> None:
    customers = bare.shop["customers"]
    for minute in range(0, 60, 10):
        customers.insert({"date_add": f"2026-10-25 02:{minute:02}:00", "id_shop": "1"})
    window = (
        datetime(2026, 10, 25, 0, 20, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 40, tzinfo=UTC),
    )
    told = bare.read("customers", window=window, uses=("raw",))
    assert [record.raw["date_add"][-8:] for record in told.records] == ["02:20:00", "02:30:00"]


@pytest.mark.parametrize("page", [7, 20, 500])
def test_a_shop_that_ignores_dates_is_found_out(reach: Any, page: int) -> None:
    cursor = reach.read("orders").cursors[-1]
    reach.clock.sleep(1800)
    reach.wire.spoil = lambda request: request.query.pop("filter[date_upd]", None) and None
    with pytest.raises(UnavailableError, match="ignores the filter on date_upd of orders"):
        reach.read("orders", since=cursor, page=page)


@pytest.mark.parametrize("page", [1, 7, 20])
def test_a_shop_that_ignores_ids_within_a_second_is_found_out(reach: Any, page: int) -> None:
    cursor = reach.read("orders").cursors[-1]
    reach.clock.sleep(1800)
    for key in range(1, 31):
        reach.shop["orders"].change(key, date_upd=reach.shop.now())

    def spoil(request: Any) -> None:
        if request.path == "/api/orders":
            request.query.pop("filter[id]", None)

    reach.wire.spoil = spoil
    with pytest.raises(UnavailableError, match="ignores the filter on id of orders"):
        reach.read("orders", since=cursor, page=page)


def test_id_shop_is_sent_with_every_request(reach: Any) -> None:
    reach.read("orders", id_shop=1, uses=("payments",))
    assert {request.query.get("id_shop") for request in reach.wire.log} == {"1"}


def test_one_worker_and_three_tell_the_same(reach: Any) -> None:
    one = reach.read("orders", page=7, workers=1)
    three = reach.read("orders", page=7, workers=3)
    assert (three.records, three.cursors) == (one.records, one.cursors)


def test_reading_can_be_left_in_the_middle(reach: Any) -> None:
    reading = reach.stream("orders", page=5, workers=2).read(Selection())
    assert next(reading).key == "1"
    reading.close()
    assert len(reach.wire.log) < 30
