"""Exports: in one go, with progress, cut off anywhere and continued, also to a CRM that moved."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from crosstie.cli.telling import bar
from crosstie.interlock import arm
from crosstie.options import Progress, RunOptions
from crosstie.project import open_project
from crosstie.running import run
from crosstie.sandbox import serve
from crosstie_prestashop.sandbox import Shop

PEOPLE = ("Leads", "Contacts")


def people(tied: Any) -> list[str]:
    """The e-mails of all people in the CRM."""
    return sorted(r["email"].casefold() for module in PEOPLE for r in tied.crm.records(module))


def customers(tied: Any) -> list[str]:
    """The e-mails of all customers of the shop; one person may have several accounts."""
    shop = tied.shop["customers"]
    there = [shop[key] for key in shop if shop[key]["deleted"] == "0"]
    return sorted({str(customer["email"]).casefold() for customer in there})


@pytest.mark.feature("V17", "V85")
def test_one_command_exports_all_products(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(10, 5))
    process = tied.start("run", "products")
    output, errors = process.communicate(timeout=60)
    assert (0, b"") == (process.returncode, errors)
    assert output.startswith(b"products completed in ")
    codes = Counter(record["productcode"].casefold() for record in tied.crm.records("Products"))
    shop = tied.shop["products"]
    wanted = {(str(shop[key]["reference"]) or f"#presta_{key}").casefold() for key in shop}
    assert wanted == set(codes)
    assert {1} == set(codes.values())
    assert 0 == len(people(tied))


@pytest.mark.feature("V86", "V88", "V89")
def test_one_command_exports_all_customers_and_tells_how_far_it_is(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(600, 5))
    told: list[Progress] = []
    [report] = run(tied.project(), ("customers",), RunOptions(count=True), tell=told.append)
    assert ("completed", 600) == (report.status, report.counts["read"])
    assert customers(tied) == people(tied)
    assert [600] * len(told) == [progress.total for progress in told]
    read = [progress.counts["read"] for progress in told]
    assert read == sorted(read)
    assert 1 < len(read)
    assert bar(told[-1]).endswith("100% of 600  ")


@pytest.mark.feature("V90", "V91", "V92")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_export_that_is_cut_off_goes_on_and_doubles_nobody(
    tie: Callable[..., Any], made_up: Callable[..., Shop], how: signal.Signals
) -> None:
    calm, cut = tie(made_up(120, 40)), tie(made_up(120, 40))
    calm.run("customers")
    cut.crm_server.latency = 0.01
    for share in (30, 70):
        process = cut.start("run", "customers")
        while len(people(cut)) < share:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(how)
        output, _ = process.communicate(timeout=60)
        if how is signal.SIGINT:
            assert 3 == process.returncode
            assert b"customers interrupted" in output
            assert b"asked to stop; the next run goes on from here" in output
    assert len(people(cut)) < len(customers(cut))
    cut.crm_server.latency = 0.0
    assert "completed" == cut.run("customers")["customers"].status
    assert customers(cut) == people(cut)
    assert calm.content() == cut.content()


@pytest.mark.feature("V92")
def test_an_export_is_repeated_without_a_write(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(40, 20))
    tied.run("customers", "products")
    before = tied.crm.operations.copy()
    tied.run("customers", "products", full=True)
    done = tied.crm.operations - before
    assert 0 == sum(done[name] for name in ("create", "update", "revise", "delete"))


@pytest.mark.feature("V87")
def test_once_only_lets_customers_be_exported_once_but_finish(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(40, 0))
    text = tied.config.read_text()
    once = text.replace("[flows.customers]\n", "[flows.customers]\nonce_only = true\n")
    tied.config.write_text(once)
    tied.run("customers", limit=15)
    assert len(people(tied)) < len(customers(tied))
    assert "completed" == tied.run("customers")["customers"].status
    assert customers(tied) == people(tied)
    again = tied.run("customers")["customers"]
    assert "stopped" == again.status
    assert "once_only = true lets it run no second time" in again.error


@pytest.mark.feature("V26", "V27")
def test_an_order_in_a_currency_that_cannot_be_linked_is_set_aside_and_the_others_go_on(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(30, 40))
    tied.crm.forbid("Currency")
    orders = tied.run()["orders"]
    shop = tied.shop["orders"]
    foreign = {str(key) for key in shop if str(shop[key]["id_currency"]) != "1"}
    assert foreign
    with tied.project().state() as state:
        aside = {entry.key: entry.reason for entry in state.asides() if entry.flow == "orders"}
    assert foreign <= set(aside)
    assert all("vtiger has no currency" in aside[key] for key in foreign)
    assert all("may neither create nor activate one" in aside[key] for key in foreign)
    assert ("completed", len(shop) - len(aside)) == (orders.status, orders.counts["created"])


@pytest.mark.feature("V63")
def test_the_connection_may_be_edited_later_and_nothing_is_written_twice(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    """The CRM moves, the key is renewed and another user writes: what is linked stays linked."""
    tied = tie(made_up(30, 20))
    tied.run()
    before = tied.content()
    tied.crm.add_user("sync", "another key")
    with serve(tied.crm) as moved:
        text = tied.config.read_text()
        for old, new in {
            tied.crm_server.url: f"{moved.url}/",
            'username = "admin"': 'username = "sync"',
            'access_key = { env = "CRM_KEY" }': 'access_key = { env = "NEW_KEY" }',
        }.items():
            assert old in text
            text = text.replace(old, new)
        tied.config.write_text(text)
        project = open_project(tied.config, {**tied.environment, "NEW_KEY": "another key"})
        (stopped,) = run(project, ["customers"])
        assert ("stopped", True) == (stopped.status, "run `crosstie arm`" in (stopped.error or ""))
        with project.state() as state:
            arm(project, state)
        reports = list(run(project, (), RunOptions(full=True)))
    assert {"completed"} == {report.status for report in reports}
    assert {0} == {report.counts["created"] + report.counts["updated"] for report in reports}
    assert before == tied.content()
