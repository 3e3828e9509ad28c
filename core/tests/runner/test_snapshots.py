"""A stream without a feed is compared with what it told last."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crosstie.sandbox import Reply


@pytest.fixture
def listed(bench: Any) -> Iterator[Any]:
    """The bench, with a shop that tells all there is in each read and nothing else."""
    config = bench.folder / "crosstie.toml"
    bench.config(customers='on_delete = "delete"')
    shop = f'url = "{bench.shop_server.url}"'
    config.write_text(config.read_text().replace(shop, f"{shop}\nwhole = true"), encoding="utf-8")
    yield bench
    with bench.project().state() as state:
        assert [] == state.query("SELECT * FROM cursors")


def test_only_what_changed_is_written_and_nothing_is_drift(
    listed: Any, counts: Callable[..., Any]
) -> None:
    listed.customers(10)
    listed.run("customers")
    listed.shop.put("customers", "3", email="c3@example.com", lastname="New")
    report = listed.run("customers")["customers"]
    assert {"read": 10, "updated": 1, "unchanged": 9} == counts(report)


def test_what_is_told_no_longer_is_noticed_in_every_run(
    listed: Any, counts: Callable[..., Any]
) -> None:
    listed.customers(10)
    listed.run("customers")
    for left in (9, 8):
        listed.shop.drop("customers", str(left))
        report = listed.run("customers")["customers"]
        assert {"read": left, "unchanged": left, "deleted": 1} == counts(report)
        assert left == len(listed.people())


def test_the_history_tells_that_everything_was_read(listed: Any) -> None:
    listed.customers(3)
    assert ["full", "full"] == [listed.run("customers")["customers"].mode for _ in range(2)]
    with listed.project().state() as state:
        assert ["full", "full"] == [row.mode for row in state.runs("customers")]


def test_a_plan_sees_what_vanished(listed: Any) -> None:
    listed.customers(3)
    listed.run("customers")
    listed.shop.drop("customers", "2")
    assert ["delete"] == [one.op for one in listed.plan("customers")]


def test_an_interrupted_run_takes_nothing_for_vanished_and_the_next_begins_anew(
    listed: Any,
) -> None:
    listed.customers(120)
    listed.run("customers")
    again = {"matches": lambda request: request.query.get("after") == "50", "times": 9}
    listed.shop_server.fail("answer", reply=Reply(200, b"<html>"), **again)
    with pytest.raises(ValueError, match="Expecting value"):
        listed.run("customers")
    assert 120 == len(listed.people())
    listed.shop_server.faults.clear()
    listed.shop.drop("customers", "0")  # it was told before the run broke off
    assert 1 == listed.run("customers")["customers"].counts["deleted"]


def test_a_stream_that_had_a_feed_before_is_a_snapshot_at_once(
    bench: Any, counts: Callable[..., Any]
) -> None:
    bench.customers(3)
    bench.run("customers")
    bench.shop.drop("customers", "2")
    config = bench.folder / "crosstie.toml"
    shop = f'url = "{bench.shop_server.url}"'
    config.write_text(config.read_text().replace(shop, f"{shop}\nwhole = true"), encoding="utf-8")
    assert {"read": 2, "unchanged": 2, "gone": 1} == counts(bench.run("customers")["customers"])
    assert "full" == bench.run("customers")["customers"].mode
