"""Once, and honest about it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from crosstie.sandbox import Request


def writes(request: Request) -> bool:
    return request.method == "POST"


def test_every_record_becomes_one_row(bench: Any, counts: Callable[..., Any]) -> None:
    bench.customers(120)
    report = bench.run("customers")["customers"]
    assert {"read": 120, "created": 120} == counts(report)
    assert bench.people() == sorted((f"c{n}@example.com", f"Name {n}") for n in range(120))


def test_a_second_run_writes_nothing(bench: Any, counts: Callable[..., Any]) -> None:
    bench.customers(120)
    bench.run()
    before = sum(bench.crm_server.requests.values())
    report = bench.run("customers")["customers"]
    assert {} == counts(report)
    assert before == sum(bench.crm_server.requests.values())


def test_a_full_run_compares_and_writes_nothing(bench: Any, counts: Callable[..., Any]) -> None:
    bench.customers(30)
    bench.run()
    before = bench.crm.writes
    report = bench.run("customers", full=True)["customers"]
    assert {"read": 30, "unchanged": 30} == counts(report)
    assert before == bench.crm.writes


def test_a_row_that_was_there_before_us_is_adopted(bench: Any, counts: Callable[..., Any]) -> None:
    bench.crm.rows["people"]["old"] = {"email": "C3@Example.com", "lastname": "x", "phone": "5"}
    bench.customers(5)
    report = bench.run("customers")["customers"]
    assert {"read": 5, "created": 4, "updated": 1} == counts(report)
    expected = {"email": "c3@example.com", "lastname": "Name 3", "phone": "5"}
    assert expected == bench.crm.rows["people"]["old"]


def test_two_matching_rows_are_for_the_user_to_settle(bench: Any) -> None:
    for name in ("a", "b"):
        bench.crm.rows["people"][name] = {"email": "c1@example.com", "lastname": name}
    bench.customers(3)
    report = bench.run("customers")["customers"]
    assert (1, 1) == (report.counts["aside"], report.exit_code)
    with bench.project().state() as state:
        (entry,) = state.asides("customers")
    assert ("1", "ambiguous") == (entry.key, entry.kind)
    assert "a, b" in entry.reason
    assert 4 == len(bench.crm.rows["people"])


def test_rows_of_a_page_with_one_natural_key_become_one_row(bench: Any) -> None:
    bench.shop.put("customers", "1", email="ada@example.com", lastname="First")
    bench.shop.put("customers", "2", email=" ADA@example.com", lastname="Second")
    bench.run("customers")
    assert [(" ADA@example.com", "Second")] == bench.people()
    with bench.project().state() as state:
        links = state.links("shop", "customers", "crm", "people", ["1", "2"])
    assert links["1"].id == links["2"].id


@pytest.mark.parametrize("kind", ["lost", "reset", "cut", "late", "drop", "answer-after"])
def test_a_write_whose_answer_is_lost_is_not_written_twice(bench: Any, kind: str) -> None:
    bench.customers(20)
    for skip in (0, 3, 7):
        bench.crm_server.fail(kind, matches=writes, skip=skip, seconds=0.15)
    report = bench.run("customers")["customers"]
    assert ("completed", None) == (report.status, report.error)
    assert bench.people() == sorted((f"c{n}@example.com", f"Name {n}") for n in range(20))


def test_a_write_that_times_out_and_lands_is_not_written_twice(bench: Any) -> None:
    bench.config('timeout = "300ms"\nsettle = "500ms"')
    bench.customers(10)
    bench.crm_server.fail("slow", matches=writes, skip=2, times=3, seconds=0.5)
    bench.run("customers")
    assert 10 == len(bench.people())


def test_a_write_that_never_gets_an_answer_is_set_aside_as_uncertain(bench: Any) -> None:
    bench.customers(3)

    def second(request: Request) -> bool:
        return writes(request) and b"c1@" in request.body

    bench.crm_server.fail("drop", matches=second, times=99)
    report = bench.run("customers")["customers"]
    assert 1 == report.counts["aside"]
    with bench.project().state() as state:
        assert ["uncertain"] == [entry.kind for entry in state.asides()]
        assert [] == state.open_intents("customers")
    bench.crm_server.faults.clear()
    report = bench.run("customers", retry=("1",))["customers"]
    assert (1, 1) == (report.counts["created"], report.counts["settled"])
    assert 3 == len(bench.people())


def test_a_refused_row_hurts_no_other_and_keeps_its_reason(bench: Any) -> None:
    bench.config("batch = 10")
    bench.crm.refuse["c4@example.com"] = "the name is on a list"
    bench.customers(20)
    report = bench.run("customers")["customers"]
    assert (19, 1) == (report.counts["created"], report.counts["aside"])
    with bench.project().state() as state:
        assert ["the name is on a list"] == [entry.reason for entry in state.asides()]


def test_a_row_deleted_in_the_sink_is_made_anew_when_its_record_changes(bench: Any) -> None:
    bench.customers(2)
    bench.run("customers")
    bench.crm.rows["people"].clear()
    bench.shop.put("customers", "1", email="c1@example.com", lastname="New")
    report = bench.run("customers")["customers"]
    assert 1 == report.counts["created"]
    assert [("c1@example.com", "New")] == bench.people()


def test_twenty_equal_refusals_set_the_rest_aside_unsent(bench: Any) -> None:
    bench.config("workers = 1")
    bench.customers(200)
    for number in range(200):
        bench.crm.refuse[f"c{number}@example.com"] = "quota used up"
    report = bench.run("customers")["customers"]
    assert (200, "completed") == (report.counts["aside"], report.status)
    assert bench.crm.writes < 30
    with bench.project().state() as state:
        reasons = {entry.reason.partition(":")[0] for entry in state.asides()}
    assert {"quota used up", "not sent"} == reasons


def test_concurrent_flows_that_meet_at_one_natural_key_make_one_row(bench: Any) -> None:
    more = '[flows.twins]\nread = "shop.customers"\nwrite = "crm.people"\n'
    bench.config(more=more)
    bench.customers(60)
    bench.crm_server.latency = 0.01
    results: dict[str, Any] = {}
    threads = [
        threading.Thread(target=lambda name=name: results.update(bench.run(name)))
        for name in ("customers", "twins")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {"completed"} == {report.status for report in results.values()}
    assert 60 == len(bench.people())


def test_a_record_pointed_to_is_written_once_from_what_is_embedded(bench: Any) -> None:
    buyer = {"email": "eve@example.com", "lastname": "Eve"}
    for number in range(5):
        bench.shop.put("orders", str(number), who="77", buyer=buyer)
    report = bench.run("orders")["orders"]
    assert (5, 1) == (report.counts["created"], report.counts["embedded"])
    (person,) = bench.crm.rows["people"]
    buyers = [row["buyers"] for row in bench.crm.rows["sales"].values()]
    assert [[{"who": person}]] * 5 == buyers


def test_a_record_pointing_nowhere_waits_until_the_other_is_there(bench: Any) -> None:
    bench.shop.put("orders", "1", who="5")
    report = bench.run("orders")["orders"]
    assert 1 == report.counts["aside"]
    with bench.project().state() as state:
        assert ["not linked"] == [entry.kind for entry in state.asides()]
    bench.customers(6)
    reports = bench.run()
    assert ["customers", "orders"] == list(reports)
    assert (1, 1) == (reports["orders"].counts["created"], reports["orders"].counts["settled"])


def test_a_record_whose_embedded_one_cannot_be_written_says_why(bench: Any) -> None:
    bench.shop.put("orders", "1", who="5", buyer={"email": "", "lastname": "Nobody"})
    bench.run("orders")
    with bench.project().state() as state:
        (entry,) = state.asides()
    assert "customers 5" in entry.reason
    assert "email is empty" in entry.reason


def test_an_embedded_record_never_changes_a_row_that_is_there(bench: Any) -> None:
    bench.crm.rows["people"]["old"] = {"email": "eve@example.com", "lastname": "Known well"}
    bench.shop.put("orders", "1", who="7", buyer={"email": "Eve@example.com", "lastname": "Eve"})
    report = bench.run("orders")["orders"]
    assert (1, 0) == (report.counts["created"], report.counts["embedded"])
    assert [("eve@example.com", "Known well")] == bench.people()
    assert [[{"who": "old"}]] == [row["buyers"] for row in bench.crm.rows["sales"].values()]


def test_two_rows_found_after_a_lost_answer_are_for_the_user_to_settle(bench: Any) -> None:
    bench.customers(1)

    def appear(request: Request) -> bool:
        if not writes(request) or bench.crm.rows["people"]:
            return False
        for name in ("a", "b"):
            bench.crm.rows["people"][name] = {"email": "c0@example.com", "lastname": name}
        return True

    bench.crm_server.fail("drop", matches=appear)
    bench.run("customers")
    with bench.project().state() as state:
        assert ["ambiguous"] == [entry.kind for entry in state.asides()]
    assert [("c0@example.com", "a"), ("c0@example.com", "b")] == bench.people()
