"""The main job: a shop's customers, products and orders in the CRM, complete and once."""

from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from crosstie_prestashop.sandbox import Shop


def cents(amount: str) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


def check_everything_is_there(tied: Any) -> None:
    """Each order is in the CRM with its total and every line, or set aside with a reason."""
    orders = {str(key): tied.shop["orders"][key] for key in tied.shop["orders"]}
    final = tied.outcomes()
    aside = {key for key, told in final["orders"].items() if isinstance(told, tuple)}
    sales = {record["vtiger_purchaseorder"]: record for record in tied.crm.records("SalesOrder")}
    assert len(sales) == len(tied.crm.records("SalesOrder"))
    assert {f"shop#{key}" for key in orders if key not in aside} == set(sales)
    for key, order in orders.items():
        if key in aside:
            continue
        sale = sales[f"shop#{key}"]
        assert cents(order["total_paid_tax_incl"]) == cents(sale["hdnGrandTotal"]), key
        rows = order["associations"]["order_rows"]
        assert [Decimal(row["product_quantity"]) for row in rows] == [
            Decimal(line["quantity"]) for line in sale["LineItems"]
        ], key
    for told in aside:
        assert final["orders"][told][1]


def people(tied: Any) -> Counter[str]:
    """How often each e-mail is in the CRM, as a Lead or a Contact."""
    records = tied.crm.records("Leads") + tied.crm.records("Contacts")
    return Counter(record["email"].casefold() for record in records)


def check_nobody_is_there_twice(tied: Any) -> None:
    accounts = Counter(record["email1"].casefold() for record in tied.crm.records("Accounts"))
    for emails in (people(tied), accounts):
        assert {} == {email: count for email, count in emails.items() if count > 1}
    codes = Counter(record["productcode"].casefold() for record in tied.crm.records("Products"))
    assert {} == {code: count for code, count in codes.items() if count > 1}


def check_little_was_asked(tied: Any) -> None:
    """Requests per record written to the CRM, those of looking up and logging in included."""
    records = sum(len(found) for found in tied.crm.content().values())
    assert tied.requests()[1] <= 1.1 * records


def check_a_second_run_is_free(tied: Any) -> None:
    before, writes = tied.requests(), tied.crm.operations.copy()
    for report in tied.run().values():
        assert "completed" == report.status
        assert 0 == report.counts["created"] + report.counts["updated"]
    shop, crm = (now - then for now, then in zip(tied.requests(), before, strict=True))
    assert shop <= 4 + 2 * 3
    assert 0 == crm
    done = tied.crm.operations - writes
    assert 0 == sum(done[name] for name in ("create", "update", "revise", "delete"))


@pytest.mark.full
@pytest.mark.feature("V01")
def test_the_whole_recorded_shop_arrives_complete_and_once(
    tie: Callable[..., Any], real_shop: Shop
) -> None:
    tied = tie(real_shop)
    reports = tied.run()
    assert {"customers": 2002, "products": 19, "orders": 5005} == {
        name: report.counts["created"] for name, report in reports.items()
    }
    assert {0} == {report.exit_code for report in reports.values()}
    check_little_was_asked(tied)
    assert 12530 == sum(len(record["LineItems"]) for record in tied.crm.records("SalesOrder"))
    emails = {
        str(real_shop["customers"][key]["email"]).casefold() for key in real_shop["customers"]
    }
    assert emails == set(people(tied))
    check_everything_is_there(tied)
    check_nobody_is_there_twice(tied)
    check_a_second_run_is_free(tied)


@pytest.mark.feature("V01")
@pytest.mark.parametrize(
    ("customers", "orders"),
    [(300, 700), pytest.param(2002, 5005, marks=pytest.mark.full)],
)
def test_a_shop_with_everything_that_the_recorded_one_lacks_arrives(
    tie: Callable[..., Any], made_up: Callable[..., Shop], customers: int, orders: int
) -> None:
    tied = tie(made_up(customers, orders, seed=7))
    reports = tied.run()
    assert {"completed"} == {report.status for report in reports.values()}
    check_everything_is_there(tied)
    check_nobody_is_there_twice(tied)
    check_a_second_run_is_free(tied)
    assert {"EUR", "USD"} <= {record["currency_code"] for record in tied.crm.records("Currency")}


def test_plan_changes_nothing_and_run_then_does_the_same_to_the_same_keys(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(60, 120))
    crm, shop = tied.crm.content(), tied.crm.operations.copy()
    told = tied.plan()
    assert crm == tied.crm.content()
    done = tied.crm.operations - shop
    assert 0 == sum(done[name] for name in ("create", "update", "revise", "delete"))
    assert ["crosstie.toml"] == [path.name for path in tied.folder.iterdir()]
    planned = Counter((one.op, one.table, one.key) for one in told if one.op != "aside")
    warned = {(one.flow, one.key): one.why for one in told if one.op == "aside"}
    tied.run()
    with tied.project().state() as state:
        rows = state.query("SELECT outcome, tbl, key FROM outcomes WHERE outcome != 'aside'")
    verbs = {"created": "create", "updated": "update"}
    ran = Counter(
        (verbs[outcome], f"crm.{table}", key) for outcome, table, key in rows if outcome in verbs
    )
    assert planned == ran
    with tied.project().state() as state:
        asides = {(a.flow, a.key): f"{a.kind}: {a.reason}" for a in state.asides()}
    assert asides
    assert asides == warned
    assert [] == tied.plan()
