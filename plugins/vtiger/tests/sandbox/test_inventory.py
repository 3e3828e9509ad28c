"""Orders: lines, sums, stock, and what is left behind when something is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from crosstie_vtiger.sandbox import VtigerSandbox

WRONG_ID = ("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")
Order = Callable[..., dict[str, Any]]


def crash(admin: Any, operation: str, **asked: Any) -> None:
    reply = admin.send("POST", operation=operation, sessionName=admin.session, **asked)
    assert (reply.status, reply.body) == (500, b"")


def test_the_server_adds_up(admin: Any, order: Order) -> None:
    taxed = {"quantity": 2, "listprice": 100, "tax1": 10, "tax2": 5}
    element = order(
        admin,
        taxed,
        {"quantity": "1", "listprice": "50", "discount_amount": "5"},
        hdnDiscountAmount="15",
        hdnS_H_Amount="7",
        txtAdjustment="1.5",
        hdnGrandTotal="1",
    )
    made = admin.create("SalesOrder", **element)
    sums = ("hdnSubTotal", "pre_tax_total", "hdnGrandTotal")
    assert [made[name] for name in sums] == [245, 237, 273]
    found = admin.get("retrieve", id=made["id"])
    assert [found[name] for name in sums] == ["245.00000000", "237.00000000", "273.00000000"]
    assert [line["sequence_no"] for line in found["LineItems"]] == ["1", "2"]


@pytest.mark.parametrize(("version", "total"), [("8.4.0", 107.48), ("8.0.0", 107.47999999999999)])
def test_only_8_0_shows_how_it_calculates(
    caller: Any, order: Order, version: str, total: float
) -> None:
    admin = caller(VtigerSandbox(version=version)).login()
    lines = (
        {"quantity": "2", "listprice": "19.99"},
        {"quantity": "1.5", "listprice": "50", "discount_percent": "10"},
    )
    made = admin.create("SalesOrder", **order(admin, *lines))
    assert made["hdnGrandTotal"] == total
    assert admin.get("retrieve", id=made["id"])["hdnGrandTotal"] == "107.48000000"


def test_a_line_without_a_price_has_the_products(admin: Any, order: Order) -> None:
    product = admin.create("Products", productname="W", unit_price="19.99")["id"]
    made = admin.create("SalesOrder", **order(admin, {"productid": product}))
    line = made["LineItems"][0]
    assert (line["quantity"], line["listprice"]) == ("0.000", "19.99000000")
    assert made["hdnGrandTotal"] == 0


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": "abc"},
        {"quantity": ""},
        {"quantity": 1, "listprice": ""},
        {"quantity": 1, "tax1": ""},
        {"quantity": 1, "discount_amount": "x"},
    ],
)
def test_a_line_that_php_cannot_calculate_with_leaves_an_order_of_nothing(
    sandbox: VtigerSandbox, admin: Any, order: Order, line: dict[str, Any]
) -> None:
    element = {**order(admin, line), "assigned_user_id": "19x1"}
    crash(admin, "create", elementType="SalesOrder", element=element)
    [left] = sandbox.records("SalesOrder")
    assert (left["hdnGrandTotal"], left["LineItems"]) == ("0.00000000", [])


def test_an_unknown_product_leaves_the_header_and_the_lines_before_it(
    sandbox: VtigerSandbox, admin: Any, order: Order
) -> None:
    lines = ({"quantity": 1, "listprice": 5}, {"productid": "14x9999", "quantity": 1})
    element = {**order(admin, *lines), "assigned_user_id": "19x1"}
    assert admin.refused("POST", "create", elementType="SalesOrder", element=element) == WRONG_ID
    [left] = sandbox.records("SalesOrder")
    assert (left["hdnGrandTotal"], len(left["LineItems"])) == ("0.00000000", 1)


def test_a_line_without_a_product_is_found_before_anything_is_written(
    sandbox: VtigerSandbox, admin: Any, order: Order
) -> None:
    element = {**order(admin, {"productid": ""}), "assigned_user_id": "19x1"}
    assert admin.refused("POST", "create", elementType="SalesOrder", element=element) == WRONG_ID
    assert sandbox.count("SalesOrder") == 0


def test_8_0_takes_any_product_and_dies_on_individual_tax(caller: Any, order: Order) -> None:
    sandbox = VtigerSandbox(version="8.0.0")
    admin = caller(sandbox).login()
    made = admin.create("SalesOrder", **order(admin, {"productid": "14x9999", "quantity": 1}))
    assert (made["hdnGrandTotal"], made["LineItems"][0]["parent_id"]) == (0, "6xArray")
    lines = {"quantity": 1, "listprice": 1}
    element = order(admin, lines, hdnTaxType="individual", assigned_user_id="19x1")
    crash(admin, "create", elementType="SalesOrder", element=element)
    assert sandbox.count("SalesOrder") == 2


def test_an_update_with_lines_replaces_them_and_one_without_does_not(
    admin: Any, order: Order
) -> None:
    element = order(admin, {"quantity": 1, "listprice": 10}, {"quantity": 1, "listprice": 20})
    made = admin.create("SalesOrder", **element)
    whole = {**element, "id": made["id"], "assigned_user_id": "19x1"}
    kept = admin.post("update", element={**whole, "LineItems": [], "subject": "T"})
    assert (kept["hdnGrandTotal"], len(kept["LineItems"])) == ("30.00000000", 2)
    line = {"productid": element["productid"], "quantity": 3, "listprice": 5}
    replaced = admin.post("update", element={**whole, "LineItems": [line]})
    assert (replaced["hdnGrandTotal"], replaced["LineItems"]) == (15, [])
    assert len(admin.get("retrieve", id=made["id"])["LineItems"]) == 1


def test_line_ids_are_used_again(admin: Any, order: Order) -> None:
    line = {"quantity": 1, "listprice": 1}
    first = admin.create("SalesOrder", **order(admin, line, line))
    assert [each["id"] for each in first["LineItems"]] == ["33x1", "33x2"]
    admin.post("delete", id=first["id"])
    second = admin.create("SalesOrder", **order(admin, line))
    assert [each["id"] for each in second["LineItems"]] == ["33x1"]


def test_a_revise_with_lines_forgets_what_it_is_not_told(admin: Any, order: Order) -> None:
    made = admin.create(
        "SalesOrder",
        **order(admin, {"quantity": 1, "listprice": 10}, hdnDiscountAmount=2, hdnS_H_Amount=3),
    )
    assert made["hdnGrandTotal"] == 11
    line = {"productid": made["LineItems"][0]["productid"], "quantity": 1, "listprice": 10}
    revised = admin.post("revise", element={"id": made["id"], "LineItems": [line]})
    assert (revised["hdnTaxType"], revised["hdnGrandTotal"]) == ("", 10)
    assert revised["currency_id"] == "21x1"


def test_a_revise_of_the_header_keeps_sums_but_not_the_rate(admin: Any, order: Order) -> None:
    made = admin.create(
        "SalesOrder", **order(admin, {"quantity": 1, "listprice": 10}, conversion_rate="1.1")
    )
    revised = admin.post("revise", element={"id": made["id"], "subject": "T"})
    assert (revised["subject"], revised["hdnGrandTotal"]) == ("T", "10.00000000")
    assert (made["conversion_rate"], revised["conversion_rate"]) == ("1.100", "1.000")


def test_a_retrieved_order_cannot_be_sent_back(admin: Any, order: Order) -> None:
    made = admin.create("SalesOrder", **order(admin, {"quantity": 1, "listprice": 10}))
    found = admin.get("retrieve", id=made["id"])
    refusal = admin.refused("POST", "update", element=found)
    assert refusal == ("MANDATORY_FIELDS_MISSING", "invoicestatus does not have a value")
    crash(admin, "update", element={**found, "invoicestatus": "AutoCreated"})


def test_a_stock_8_4_refuses_orders_and_damages_those_it_has(caller: Any, order: Order) -> None:
    sandbox = VtigerSandbox(version="8.4.0-stock")
    admin = caller(sandbox).login()
    element = {**order(admin, {"quantity": 1, "listprice": 10}), "assigned_user_id": "19x1"}
    assert admin.refused("POST", "create", elementType="SalesOrder", element=element) == WRONG_ID
    assert sandbox.count("SalesOrder") == 0
    there = sandbox.seed("SalesOrder", element)
    assert admin.post("revise", element={"id": there, "subject": "T"})["subject"] == "T"
    line = {"productid": element["productid"], "quantity": 7, "listprice": 1}
    crash(admin, "revise", element={"id": there, "hdnTaxType": "group", "LineItems": [line]})
    [left] = sandbox.records("SalesOrder")
    assert (left["LineItems"][0]["quantity"], left["hdnGrandTotal"]) == ("7.000", "0.00000000")


@pytest.mark.parametrize(
    ("module", "version", "stock"),
    [
        ("SalesOrder", "8.4.0", ["90.000", "96.000", "100.000"]),
        ("SalesOrder", "8.0.0", ["100.000", "100.000", "100.000"]),
        ("Invoice", "8.4.0", ["90.000", "106.000", "110.000"]),
        ("Invoice", "8.0.0", ["90.000", "106.000", "110.000"]),
        ("Quotes", "8.4.0", ["100.000", "100.000", "100.000"]),
    ],
)
def test_orders_move_the_stock_and_updated_invoices_miscount_it(
    caller: Any, order: Order, module: str, version: str, stock: list[str]
) -> None:
    admin = caller(VtigerSandbox(version=version)).login()
    product = admin.create("Products", productname="W", qtyinstock=100)["id"]
    line = {"productid": product, "quantity": 10, "listprice": 1}
    element = order(admin, line, quotestage="Created", invoicestatus="Created")
    made = admin.create(module, **element)["id"]
    counted = [admin.get("retrieve", id=product)["qtyinstock"]]
    changed = {"id": made, "hdnTaxType": "group", "LineItems": [{**line, "quantity": 4}]}
    admin.post("revise", element=changed)
    counted.append(admin.get("retrieve", id=product)["qtyinstock"])
    admin.post("delete", id=made)
    counted.append(admin.get("retrieve", id=product)["qtyinstock"])
    assert counted == stock


def test_a_deleted_product_is_told_in_the_lines_that_have_it(admin: Any, order: Order) -> None:
    made = admin.create("SalesOrder", **order(admin, {"quantity": 1, "listprice": 10}))
    admin.post("delete", id=made["LineItems"][0]["productid"])
    [line] = admin.get("retrieve", id=made["id"])["LineItems"]
    assert (line["productid"], line["deleted"], line["product_name"]) == (None, "1", "W")


def test_an_order_in_an_inactive_currency_is_refused_until_it_is_active(
    admin: Any, order: Order
) -> None:
    pound = {"currency_name": "Pound", "currency_code": "GBP", "currency_symbol": "£"}
    rest = {"conversion_rate": "0.9", "defaultid": "0", "deleted": "0"}
    currency = admin.create("Currency", **pound, **rest, currency_status="Inactive")["id"]
    element = order(admin, {"quantity": 1}, currency_id=currency, assigned_user_id="19x1")
    code, _ = admin.refused("POST", "create", elementType="SalesOrder", element=element)
    assert code == "CURRENCY_INACTIVE"
    admin.post("update", element={"id": currency, **pound, **rest, "currency_status": "Active"})
    assert admin.create("SalesOrder", **element)["currency_id"] == currency


def test_queries_with_line_columns_count_lines_and_pages_overlap(admin: Any, order: Order) -> None:
    lines = [{"quantity": at, "listprice": 1} for at in (1, 2, 3)]
    ids = [admin.create("SalesOrder", **order(admin, *lines))["id"] for _ in range(4)]
    first = admin.query("select * from SalesOrder order by id limit 0,4;")
    second = admin.query("select id,quantity from SalesOrder order by id limit 4,4;")
    assert [row["id"] for row in first] == ids[:2]
    assert [(row["id"], row["quantity"]) for row in second] == [
        (ids[1], "3.000"),
        (ids[2], "2.000"),
    ]
    assert "LineItems" not in first[0]
    headers = admin.query("select id,subject from SalesOrder order by id limit 0,4;")
    assert [row["id"] for row in headers] == ids
