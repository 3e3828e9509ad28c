"""What the source's feed hides, and records that vanish."""

from collections.abc import Callable
from typing import Any


def test_a_change_that_the_feed_hides_is_found_and_called_drift(
    bench: Any, counts: Callable[..., Any]
) -> None:
    bench.customers(10)
    bench.run("customers")
    bench.shop.put(
        "customers", "3", feed=False, email="c3@example.com", lastname="Hidden", version="1"
    )
    assert {} == counts(bench.run("customers")["customers"])
    report = bench.run("customers", reconcile=True)["customers"]
    assert {"read": 10, "updated": 1, "unchanged": 9, "drift": 1} == counts(report)
    assert ("c3@example.com", "Hidden") in bench.people()
    with bench.project().state() as state:
        assert "drift updated" == state.outcomes("shop", "customers", "3")[0].outcome


def test_reconciling_comes_by_itself_when_it_is_due(bench: Any) -> None:
    bench.config(customers='reconcile = "1s"')
    bench.customers(3)
    assert "full" == bench.run("customers")["customers"].mode
    assert "changes" == bench.run("customers")["customers"].mode
    project = bench.project()
    with project.state() as state:
        state.set_times("customers", reconciled=project.clock.now().replace(year=2020))
    assert "reconcile" == bench.run("customers")["customers"].mode


def test_vanished_records_are_kept_unless_told(bench: Any, counts: Callable[..., Any]) -> None:
    bench.customers(10)
    bench.run("customers")
    bench.shop.drop("customers", "4")
    report = bench.run("customers", reconcile=True)["customers"]
    assert {"read": 9, "unchanged": 9, "gone": 1} == counts(report)
    assert 10 == len(bench.people())
    report = bench.run("customers", reconcile=True)["customers"]
    assert {"read": 9, "unchanged": 9} == counts(report)


def test_vanished_records_are_marked(bench: Any) -> None:
    bench.config(customers='on_delete = "mark"\nmark = { lastname = "gone {{ key }}" }')
    bench.customers(3)
    bench.run("customers")
    bench.shop.drop("customers", "1")
    assert 1 == bench.run("customers", reconcile=True)["customers"].counts["marked"]
    assert ("c1@example.com", "gone 1") in bench.people()


def test_vanished_records_are_deleted_when_told(bench: Any) -> None:
    bench.config(customers='on_delete = "delete"')
    bench.customers(3)
    bench.run("customers")
    bench.shop.drop("customers", "1")
    bench.shop.put("customers", "2", deleted=True)
    assert 1 == bench.run("customers")["customers"].counts["deleted"]
    assert 1 == bench.run("customers", reconcile=True)["customers"].counts["deleted"]
    assert [("c0@example.com", "Name 0")] == bench.people()


def test_a_row_that_another_record_still_means_is_not_deleted(bench: Any) -> None:
    bench.config(customers='on_delete = "delete"')
    bench.shop.put("customers", "1", email="ada@example.com", lastname="Ada")
    bench.shop.put("customers", "2", email="ada@example.com", lastname="Ada")
    bench.run("customers")
    bench.shop.drop("customers", "1")
    bench.run("customers", reconcile=True)
    assert [("ada@example.com", "Ada")] == bench.people()


def test_more_than_five_percent_deletions_stop_the_flow_and_ask(bench: Any) -> None:
    bench.config(customers='on_delete = "delete"')
    bench.customers(100)
    bench.run("customers")
    for number in range(6):
        bench.shop.drop("customers", str(number))
    report = bench.run("customers", reconcile=True)["customers"]
    assert "stopped" == report.status
    assert "6 of 100" in report.error
    assert "--allow-deletions" in report.error
    assert 100 == len(bench.people())
    report = bench.run("customers", reconcile=True, allow_deletions=True)["customers"]
    assert 6 == report.counts["deleted"]
    assert 94 == len(bench.people())


def test_a_record_that_a_pass_missed_is_looked_at_again_before_it_counts_as_gone(
    bench: Any,
) -> None:
    bench.config(customers='on_delete = "delete"')
    bench.customers(10)
    bench.run("customers")
    hidden = bench.shop.streams["customers"]["4"]
    hidden["seq"] = -1
    report = bench.run("customers", reconcile=True)["customers"]
    assert 0 == report.counts["deleted"]
    assert 10 == len(bench.people())


def test_a_deleted_record_that_was_never_written_is_told_as_such(
    bench: Any, counts: Callable[..., Any]
) -> None:
    bench.shop.put("customers", "1", deleted=True)
    assert {"read": 1, "ignored": 1} == counts(bench.run("customers")["customers"])
    with bench.project().state() as state:
        (outcome,) = state.outcomes("shop", "customers", "1")
    assert "deleted at the source, never written" == outcome.detail
