"""Purchases: jobs that take their time, and what becomes of each line."""

import json
from typing import Any

import pytest

from crosstie.testing import SimulatedClock

PURCHASE = {"contact_external_id": "a", "ordered_at": "2026-11-02T10:00:00+01:00",
            "total": "12.9", "currency": "EUR"}  # fmt: skip


def begin(app: Any, *lines: Any) -> str:
    """Begin an import and return its id."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    body = "\n".join(texts).encode()
    return str(app.ask("POST", "/v1/imports", body, type="purchases")["id"])


def imported(app: Any, clock: SimulatedClock, *lines: Any) -> list[Any]:
    """Import lines, wait, and return what became of them."""
    job = begin(app, *lines)
    clock.sleep(60)
    told = app.ask("GET", f"/v1/imports/{job}/results")
    results = list(told["results"])
    while token := told.get("next_page_token"):
        told = app.ask("GET", f"/v1/imports/{job}/results", page_token=token)
        results += told["results"]
    return results


def test_a_job_is_queued_then_running_then_done(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    job = begin(app, {"external_id": "p", **PURCHASE})
    seen = []
    for _ in range(4):
        seen.append(app.ask("GET", f"/v1/imports/{job}")["status"])
        assert bool(app.pelican.purchases()) == (seen[-1] == "done")
        clock.sleep(1.5)
    assert ["queued", "queued", "running", "done"] == seen


def test_a_job_of_many_lines_runs_longer(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    job = begin(app, *({"external_id": f"p{at}", **PURCHASE} for at in range(1000)))
    clock.sleep(12.9)
    assert "running" == app.ask("GET", f"/v1/imports/{job}")["status"]
    assert 409 == app.send("GET", f"/v1/imports/{job}/results").status
    clock.sleep(0.2)
    assert "done" == app.ask("GET", f"/v1/imports/{job}")["status"]


def test_jobs_are_worked_off_one_after_the_other(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    first = [{"external_id": f"p{at}", **PURCHASE} for at in range(1000)]
    begin(app, *first)
    second = begin(app, {"external_id": "p", **PURCHASE})
    clock.sleep(12)
    assert "queued" == app.ask("GET", f"/v1/imports/{second}")["status"]


def test_each_line_is_answered_on_its_own(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    results = imported(
        app,
        clock,
        {"external_id": "p1", **PURCHASE},
        "{nonsense",
        {"external_id": "p2", **PURCHASE, "contact_external_id": "nobody"},
        {"external_id": "p1", "status": "paid"},
        {"external_id": "p3", "status": "paid", "must_exist": True},
        {"external_id": "p4", **PURCHASE, "total": 12.9},
        {"external_id": "p5", **PURCHASE, "total": None},
    )
    told = [(one["line"], one.get("error", {}).get("code") or one["status"]) for one in results]
    expected = ["created", "invalid_line", "contact_not_found", "updated", "not_found",
                "invalid_value", "field_required"]  # fmt: skip
    assert list(enumerate(expected, 1)) == told


def test_purchases_are_found_by_their_key(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    item = {"sku": "0012", "quantity": "2", "price": "6.45"}
    imported(app, clock, {"external_id": "P1", **PURCHASE, "items": [item]})
    body = {"external_ids": ["p1", "p2"]}
    expected = {
        "id": 5001,
        "external_id": "P1",
        "contact_id": "1001",
        "contact_external_id": "a",
        "ordered_at": "2026-11-02T09:00:00Z",
        "total": "12.90",
        "currency": "EUR",
        "items": [item],
    }
    assert [expected] == app.ask("POST", "/v1/purchases:lookup", body)["purchases"]


def test_a_purchase_counts_for_its_contact(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"}, {"external_id": "b"})
    before = [one["updated_at"] for one in app.pelican.told()]
    imported(app, clock, {"external_id": "p1", **PURCHASE}, {"external_id": "p2", **PURCHASE})
    assert ["25.80", None] == [one.get("total_spent") for one in app.pelican.told()]
    imported(app, clock, {"external_id": "p2", "contact_id": 1002})
    assert ["12.90", "12.90"] == [one.get("total_spent") for one in app.pelican.told()]
    assert before == [one["updated_at"] for one in app.pelican.told()]


def test_purchases_go_with_their_contact(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    imported(app, clock, {"external_id": "p1", **PURCHASE})
    app.ask("POST", "/v1/contacts:delete", {"external_ids": ["a"]})
    assert [] == app.pelican.purchases()


def test_results_come_in_pages_of_100(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"})
    lines = [{"external_id": f"p{at}", **PURCHASE} for at in range(250)]
    results = imported(app, clock, *lines)
    assert list(range(1, 251)) == [one["line"] for one in results]


@pytest.mark.parametrize("number", [0, 1001])
def test_an_import_has_1_to_1000_lines(app: Any, number: int) -> None:
    body = b"\n".join([b"{}"] * number)
    assert 400 == app.send("POST", "/v1/imports", body, type="purchases").status


def test_results_are_kept_for_a_day(app: Any, clock: SimulatedClock) -> None:
    job = begin(app, {})
    clock.sleep(25 * 3600)
    app.sign_in()
    assert 404 == app.send("GET", f"/v1/imports/{job}").status
