"""Dry first."""

import hashlib
from typing import Any

VERBS = {"created": "create", "updated": "update"}


def test_plan_changes_nothing_and_run_then_does_the_same_to_the_same_keys(bench: Any) -> None:
    bench.customers(30)
    bench.shop.put("orders", "1", who="g1", buyer={"email": "g1@example.com", "lastname": "G"})
    bench.shop.put("orders", "2", who="g2", buyer={"email": "g1@example.com", "lastname": "G"})
    bench.crm.rows["people"]["old"] = {"email": "c3@example.com", "lastname": "x"}
    told = bench.plan()
    assert 0 == bench.crm.writes
    assert not (bench.folder / "crosstie.db").exists()
    planned = [(one.flow, one.op, one.table, one.key) for one in told]
    bench.run()
    with bench.project().state() as state:
        done = [
            (
                outcome.flow,
                "create" if outcome.outcome == "created" else "update",
                f"crm.{outcome.table}",
                outcome.key,
            )
            for stream, keys in (
                ("customers", [*map(str, range(30)), "g1", "g2"]),
                ("orders", "12"),
            )
            for key in keys
            for outcome in state.outcomes("shop", stream, key)
            if outcome.outcome != "unchanged"
        ]
    assert sorted(planned) == sorted(done)
    assert [] == bench.plan()


def test_a_plan_shows_field_by_field_what_would_change(bench: Any) -> None:
    bench.customers(3)
    bench.run("customers")
    bench.shop.put("customers", "1", email="c1@example.com", lastname="New")
    (one,) = bench.plan("customers")
    assert ("update", {"lastname": ("Name 1", "New")}) == (one.op, dict(one.changes))


def test_a_plan_leaves_the_state_file_as_it_is(bench: Any) -> None:
    bench.customers(3)
    bench.run("customers")
    bench.customers(2, start=10)
    file = bench.folder / "crosstie.db"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    assert 2 == len(bench.plan("customers"))
    assert before == hashlib.sha256(file.read_bytes()).hexdigest()
    assert ["crosstie.db"] == [path.name for path in bench.folder.glob("crosstie.db*")]


def test_a_plan_tells_what_would_be_set_aside_and_why(bench: Any) -> None:
    bench.shop.put("customers", "1", email="", lastname="Nobody")
    (one,) = bench.plan("customers")
    assert ("aside", "1") == (one.op, one.key)
    assert "mapping: email is empty" in one.why
