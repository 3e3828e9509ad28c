"""What becomes of rows that were there, of flows that run once only, and of ids that move."""

from typing import Any

import pytest


@pytest.mark.feature("V25")
def test_rows_that_are_there_are_left_alone_when_told_so(bench: Any) -> None:
    bench.config(customers='on_match = "skip"')
    bench.crm.rows["people"]["r0"] = {"email": "c0@example.com", "lastname": "Kept"}
    bench.customers(2)
    bench.run("customers")
    assert [("c0@example.com", "Kept"), ("c1@example.com", "Name 1")] == bench.people()
    bench.shop.put("customers", "1", email="c1@example.com", lastname="Changed", version="2")
    bench.run("customers")
    assert [("c0@example.com", "Kept"), ("c1@example.com", "Name 1")] == bench.people()


def test_a_row_left_alone_is_linked_and_looked_up_no_more(bench: Any) -> None:
    bench.config(customers='on_match = "skip"')
    bench.crm.rows["people"]["r0"] = {"email": "c0@example.com", "lastname": "Kept"}
    bench.customers(1)
    bench.run("customers")
    requests = sum(bench.crm_server.requests.values())
    bench.shop.put("customers", "0", email="c0@example.com", lastname="Again", version="2")
    bench.run("customers")
    assert requests == sum(bench.crm_server.requests.values())


@pytest.mark.feature("V87")
def test_a_flow_that_runs_once_only_refuses_the_second_time(bench: Any) -> None:
    bench.config(customers="once_only = true")
    bench.customers(2)
    assert "completed" == bench.run("customers")["customers"].status
    report = bench.run("customers")["customers"]
    assert "stopped" == report.status
    assert "once_only = true lets it run no second time" in (report.error or "")
    assert 2 == len(bench.people())


def test_a_flow_that_runs_once_only_goes_on_where_it_was_stopped(bench: Any) -> None:
    bench.config(customers="once_only = true")
    bench.customers(120)
    bench.run("customers", limit=60)
    assert 120 > len(bench.people())
    assert "completed" == bench.run("customers")["customers"].status
    assert 120 == len(bench.people())


def test_links_follow_an_id_that_a_write_has_moved(bench: Any) -> None:
    bench.customers(1)
    bench.shop.put("orders", "7", who="0", version="1")
    bench.run("customers")
    people = bench.crm.rows["people"]
    (old,) = people
    people["moved"] = people.pop(old)
    bench.crm.moves = {old: "moved"}
    bench.run("orders")
    bench.shop.put("customers", "0", email="c0@example.com", lastname="After", version="2")
    bench.run("customers")
    assert {"moved": {"email": "c0@example.com", "lastname": "After"}} == people
