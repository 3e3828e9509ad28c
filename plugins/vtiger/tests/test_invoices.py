"""The one invoice of an order: made when the state allows one, following it from then on."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import (
    AmbiguousError,
    Record,
    Ref,
    RejectedError,
    Row,
    UnauthorisedError,
    UncertainError,
    Write,
    Written,
)
from crosstie.commerce import (
    Address,
    CreditSlip,
    Currency,
    Customer,
    Order,
    OrderLine,
    OrderState,
    Product,
)
from crosstie.sandbox import Reply, Server
from crosstie_vtiger.invoices import DUE, THERE
from crosstie_vtiger.sandbox import VtigerSandbox, operation

D = Decimal
EUR = Ref("currencies", "1", Currency(code="EUR", name="Euro", rate=D(1)))
WAITING = OrderState(key="10", name="Awaiting bank wire", paid=False, invoice=False)
PAID = OrderState(key="2", name="Payment accepted", paid=True, invoice=True)
ACCEPTED = OrderState(key="3", name="Processing", paid=False, invoice=True)
SHIPPED = OrderState(key="4", name="Shipped", paid=True, shipped=True, invoice=True)
CANCELLED = OrderState(key="6", name="Canceled", cancelled=True, invoice=False)


def line(key: str, price: str) -> OrderLine:
    return OrderLine(
        key=key,
        product=Ref("products", key, Product(code=f"P{key}", name=f"Product {key}", currency=EUR)),
        name=f"Product {key}",
        quantity=D(2),
        unit_price=D(price),
        unit_price_with_tax=D(price),
    )


ORDER = Order(
    number="1042",
    customer=Ref("customers", "7", Customer(email="ada@example.com", lastname="Lovelace")),
    invoice_address=Address(lastname="Lovelace", street="12 Rue Bleue", city="Paris"),
    currency=EUR,
    state=PAID,
    lines=(line("1", "10.00"), line("2", "4.00")),
    shipping=D("5.00"),
    discounts_total=D("3.00"),
    total=D("30.00"),
)


def in_state(state: OrderState, **more: Any) -> Order:
    return attrs.evolve(ORDER, state=state, **more)


@pytest.fixture
def orders(crm: Any) -> Any:
    return crm.tables()["orders"]


def put(clerk: Any, order: Order, key: str = "42") -> Any:
    return clerk.put("orders", key, order)


def only(sandbox: VtigerSandbox, module: str = "Invoice") -> dict[str, Any]:
    [record] = sandbox.records(module)
    return record


def lines_of(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (told["productid"], told["quantity"], told["listprice"], told["comment"])
        for told in record["LineItems"]
    ]


@pytest.mark.feature("V31")
def test_an_order_whose_state_allows_one_has_an_invoice_like_itself(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    answer = put(clerk, ORDER)
    order, invoice = only(sandbox, "SalesOrder"), only(sandbox)
    assert Written(order["id"], {"invoice": invoice["id"]}) == answer
    alike = (
        *("subject", "vtiger_purchaseorder", "account_id", "contact_id", "currency_id"),
        *("conversion_rate", "customerno", "description", "bill_street", "bill_city"),
        *("ship_street", "ship_city", "hdnGrandTotal", "hdnDiscountAmount", "hdnS_H_Amount"),
        *("txtAdjustment", "hdnTaxType"),
    )
    assert {name: order[name] for name in alike} == {name: invoice[name] for name in alike}
    assert lines_of(order) == lines_of(invoice)
    assert (order["id"], "Paid", D(30)) == (
        invoice["salesorder_id"],
        invoice["invoicestatus"],
        D(invoice["hdnGrandTotal"]),
    )


@pytest.mark.feature("V31")
def test_there_is_no_invoice_before_the_state_allows_one(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    assert {} == put(clerk, in_state(WAITING)).also
    assert {} == put(clerk, in_state(CANCELLED)).also
    assert 0 == sandbox.count("Invoice")
    put(clerk, in_state(PAID))
    assert "Paid" == only(sandbox)["invoicestatus"]


@pytest.mark.feature("V32")
def test_there_is_only_one_invoice_whatever_the_states(clerk: Any, sandbox: VtigerSandbox) -> None:
    for state in (ACCEPTED, PAID, WAITING, SHIPPED, CANCELLED, PAID, PAID):
        assert isinstance(put(clerk, in_state(state)), Written)
        assert 1 == sandbox.count("Invoice")


@pytest.mark.feature("V33")
def test_the_invoices_status_follows_the_order(clerk: Any, sandbox: VtigerSandbox) -> None:
    """Also where a state allows no invoice any more."""
    followed = []
    for state in (ACCEPTED, PAID, SHIPPED, WAITING, CANCELLED):
        put(clerk, in_state(state))
        followed.append((only(sandbox, "SalesOrder")["sostatus"], only(sandbox)["invoicestatus"]))
    assert followed == [
        ("Approved", "Created"),
        ("Approved", "Paid"),
        ("Delivered", "Paid"),
        ("Created", "Created"),
        ("Cancelled", "Cancel"),
    ]


@pytest.mark.feature("V33", "V29")
def test_a_status_that_changes_leaves_the_invoices_lines_alone(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    """vtiger would count the stock wrong, and the lines would get new ids."""
    put(clerk, in_state(ACCEPTED))
    before = only(sandbox)
    put(clerk, in_state(SHIPPED))
    assert before["LineItems"] == only(sandbox)["LineItems"]
    assert before["hdnGrandTotal"] == only(sandbox)["hdnGrandTotal"]


@pytest.mark.feature("V34", "V35")
def test_a_product_removed_from_an_order_is_gone_from_order_and_invoice(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    put(clerk, in_state(PAID, lines=ORDER.lines[:1], total=D("22.00")))
    for module in ("SalesOrder", "Invoice"):
        record = only(sandbox, module)
        assert ["Product 1"] == [told["product_name"] for told in record["LineItems"]]
        assert D(22) == D(record["hdnGrandTotal"])


@pytest.mark.feature("V35")
def test_an_invoice_follows_its_lines_where_no_state_allows_a_new_one(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    put(clerk, in_state(WAITING, lines=ORDER.lines[:1], total=D("22.00")))
    assert (1, D(22)) == (len(only(sandbox)["LineItems"]), D(only(sandbox)["hdnGrandTotal"]))


def test_refunds_are_told_on_order_and_invoice(clerk: Any, sandbox: VtigerSandbox) -> None:
    """In the order of their dates, whichever way the shop lists them."""
    put(clerk, ORDER)
    first = CreditSlip(
        key="1", amount=D("12"), currency="EUR", created=datetime(2026, 11, 3, 9, tzinfo=UTC)
    )
    second = CreditSlip(key="2", amount=D("4.5"), created=datetime(2026, 11, 9, 9, tzinfo=UTC))
    unknown = CreditSlip(key="3")
    for slips in ((first, second, unknown), (unknown, second, first)):
        put(clerk, attrs.evolve(ORDER, slips=slips))
        told = "Refunded 12.00 EUR on 2026-11-03\nRefunded 4.50 EUR on 2026-11-09\nRefunded"
        for module in ("SalesOrder", "Invoice"):
            assert only(sandbox, module)["description"].endswith(told)
            assert D(30) == D(only(sandbox, module)["hdnGrandTotal"])
    assert {"slips"} == clerk.live.tables()["orders"].uses


def test_the_second_time_nothing_is_written(clerk: Any, sandbox: VtigerSandbox) -> None:
    put(clerk, ORDER)
    sandbox.operations.clear()
    put(clerk, ORDER)
    assert {"retrieve": 2, "query": 1} == dict(sandbox.operations)


def test_a_new_order_with_its_invoice_costs_two_requests(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    row = {**clerk.row("orders", "43", ORDER), "vtiger_purchaseorder": "shop#43"}
    sandbox.operations.clear()
    orders.write([Write(None, row, "43", "once")])
    assert {"create": 2} == dict(sandbox.operations)
    assert 2 == sandbox.count("Invoice")


def test_an_order_is_shown_with_its_invoice(clerk: Any, orders: Any) -> None:
    put(clerk, ORDER)
    put(clerk, in_state(WAITING), "43")
    ids = [clerk.links["orders", key] for key in ("42", "43")]
    [with_one, without, none] = orders.show([*ids, "6x999"])
    assert ("Paid", "Paid") == (with_one[DUE], with_one[THERE])
    assert (None, None, None) == (without[DUE], without[THERE], none)
    row = clerk.row("orders", "42", ORDER)
    assert row == {name: with_one[name] for name in row}


def test_invoices_may_be_left_to_people(
    clerk: Any, connect: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    by_hand = attrs.evolve(clerk, live=connect(create_invoice=False))
    put(by_hand, ORDER)
    assert 0 == sandbox.count("Invoice")
    [shown] = by_hand.live.tables()["orders"].show([by_hand.links["orders", "42"]])
    assert not {DUE, THERE} & set(shown)


@pytest.mark.feature("V30", "V36")
def test_what_somebody_made_in_vtiger_is_never_touched(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    """An order and an invoice with the same subject, customer, total and lines as ours."""
    element = by_hand(clerk, orders)
    made = orders.crm.create("SalesOrder", {**element, "invoicestatus": "AutoCreated"})
    orders.crm.create("Invoice", {**element, "salesorder_id": made["id"]})
    before = sandbox.records("SalesOrder"), sandbox.records("Invoice")
    for state in (WAITING, PAID, CANCELLED):
        put(clerk, in_state(state))
    put(clerk, in_state(PAID, lines=ORDER.lines[:1], total=D("22.00")))
    after = sandbox.records("SalesOrder"), sandbox.records("Invoice")
    assert before == (after[0][:1], after[1][:1])
    assert (2, 2) == (len(after[0]), len(after[1]))


@pytest.mark.feature("V32", "V36")
def test_an_invoice_that_somebody_made_of_our_order_stays_and_counts(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, in_state(WAITING))
    order_id = clerk.links["orders", "42"]
    orders.crm.create("Invoice", {**by_hand(clerk, orders), "salesorder_id": order_id})
    before = only(sandbox)
    assert {} == put(clerk, in_state(PAID)).also
    assert before == only(sandbox)


def by_hand(clerk: Any, orders: Any) -> dict[str, Any]:
    """What somebody would type: all that our order has, but not our key."""
    row = clerk.row("orders", "42", ORDER)
    element: dict[str, Any] = orders.element({**row, "vtiger_purchaseorder": "PO of the customer"})
    return {
        **element,
        "productid": element["LineItems"][0]["productid"],
        "assigned_user_id": "19x1",
    }


@pytest.mark.parametrize("kind", ["lost", "reset", "cut", "answer-after", "drop"])
@pytest.mark.parametrize("write", ["order", "invoice", "header", "lines"])
def test_whichever_answer_is_lost_there_is_one_order_with_one_invoice(
    clerk: Any, server: Server, sandbox: VtigerSandbox, kind: Any, write: str
) -> None:
    wanted = ORDER
    fault = operation("create", module="SalesOrder" if write == "order" else "Invoice")
    if write in {"header", "lines"}:
        put(clerk, in_state(ACCEPTED))
        fault = operation("revise", module="Invoice")
    if write == "lines":
        wanted = attrs.evolve(ORDER, lines=ORDER.lines[:1], total=D("22.00"))
    planned = server.fail(kind, matches=fault)
    assert isinstance(put(clerk, wanted), Written)
    assert 0 == planned.times
    order, invoice = only(sandbox, "SalesOrder"), only(sandbox)
    assert lines_of(order) == lines_of(invoice)
    assert (wanted.total, wanted.total, "Paid") == (
        D(order["hdnGrandTotal"]),
        D(invoice["hdnGrandTotal"]),
        invoice["invoicestatus"],
    )


@pytest.mark.feature("V32")
def test_killed_between_order_and_invoice_the_next_run_completes_it(
    clerk: Any, connect: Any, orders: Any, server: Server, sandbox: VtigerSandbox
) -> None:
    """A new session that remembers nothing finds the order, and then that the invoice lacks."""
    row = clerk.row("orders", "42", ORDER)
    server.fail("drop", matches=operation("create", module="Invoice"), times=99)
    [answer] = orders.write([Write(None, row, "42", "once")])
    assert isinstance(answer, UncertainError)
    assert (1, 0) == (sandbox.count("SalesOrder"), sandbox.count("Invoice"))
    server.faults.clear()
    fresh = attrs.evolve(clerk, live=connect(), links={})
    assert isinstance(put(fresh, ORDER), Written)
    assert (1, 1) == (sandbox.count("SalesOrder"), sandbox.count("Invoice"))


def test_an_invoice_that_is_refused_is_told_and_made_up_for(
    clerk: Any, server: Server, sandbox: VtigerSandbox
) -> None:
    matches = operation("create", module="Invoice")
    body = b'{"success":false,"error":{"message":"region does not have a value","code":"NO"}}'
    server.fail("answer", matches=matches, reply=Reply(200, body))
    answer = put(clerk, ORDER)
    assert isinstance(answer, RejectedError)
    assert "the order is in vtiger, but its invoice not as it should be: " in str(answer)
    assert "region does not have a value" in str(answer)
    assert (1, 0) == (sandbox.count("SalesOrder"), sandbox.count("Invoice"))
    assert isinstance(put(clerk, ORDER), Written)
    assert (1, 1) == (sandbox.count("SalesOrder"), sandbox.count("Invoice"))


def test_an_invoice_with_a_wrong_total_is_taken_back(
    clerk: Any, server: Server, sandbox: VtigerSandbox
) -> None:
    body = b'{"success":true,"result":{"id":"7x77","hdnGrandTotal":29,"LineItems":[{}]}}'
    server.fail("answer", matches=operation("create", module="Invoice"), reply=Reply(200, body))
    assert "vtiger comes to a total of 29" in str(put(clerk, ORDER))
    assert (1, 0) == (sandbox.count("SalesOrder"), sandbox.count("Invoice"))


def test_an_invoice_left_half_written_is_completed(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, in_state(WAITING))
    element = {**by_hand(clerk, orders), "vtiger_purchaseorder": "shop#42"}
    element["LineItems"] = [*element["LineItems"][:1], {**element["LineItems"][1], "quantity": "x"}]
    with pytest.raises(UncertainError):
        orders.crm.create("Invoice", {**element, "salesorder_id": clerk.links["orders", "42"]})
    assert D(0) == D(only(sandbox)["hdnGrandTotal"])
    put(clerk, ORDER)
    assert (D(30), 2) == (D(only(sandbox)["hdnGrandTotal"]), len(only(sandbox)["LineItems"]))


@pytest.mark.feature("V32")
def test_an_order_that_was_deleted_in_vtiger_comes_back_to_its_invoice(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    invoice = put(clerk, ORDER).also["invoice"]
    orders.delete([clerk.links.pop(("orders", "42"))])
    again = put(clerk, ORDER)
    assert {"invoice": invoice} == again.also
    assert again.id == only(sandbox)["salesorder_id"]


def test_an_invoice_that_was_deleted_in_vtiger_is_made_anew_with_the_next_change(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    orders.invoices.delete([put(clerk, ORDER).also["invoice"]])
    put(clerk, in_state(SHIPPED))
    assert 1 == sandbox.count("Invoice")


def test_two_invoices_of_one_order_are_for_the_user_to_settle(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    """As after a write that landed very late."""
    first = put(clerk, ORDER)
    element = {**by_hand(clerk, orders), "vtiger_purchaseorder": "shop#42"}
    second = orders.crm.create("Invoice", {**element, "salesorder_id": first.id})["id"]
    answer = put(clerk, in_state(SHIPPED))
    assert isinstance(answer, AmbiguousError)
    assert "vtiger has 2 invoices of this order" in str(answer)
    assert f"{first.also['invoice']}, {second}" in str(answer)


def test_a_look_for_the_invoice_that_fails_leaves_the_row_uncertain(
    clerk: Any, orders: Any, server: Server
) -> None:
    put(clerk, ORDER)
    server.fail("answer", matches=operation("query"), times=99, reply=Reply(200, b"<html>"))
    row = clerk.row("orders", "42", in_state(SHIPPED))
    [answer] = orders.write([Write(clerk.links["orders", "42"], row, "42", "once")])
    assert isinstance(answer, UncertainError)


def test_who_may_not_make_invoices_is_told_before_anything_is_written(
    clerk: Any, connect: Any, sandbox: VtigerSandbox
) -> None:
    sandbox.crm.modules["Invoice"].described["createable"] = False
    with pytest.raises(UnauthorisedError, match="may not create Invoice"):
        put(clerk, ORDER)
    assert 0 == sandbox.count("SalesOrder")


def test_what_a_flow_sets_on_orders_reaches_invoices_that_have_the_field(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    row: Row = {
        **clerk.row("orders", "42", ORDER),
        "duedate": "2026-12-01",
        "carrier": "DHL",
        "terms_conditions": "None",
    }
    orders.write([Write(None, row, "42", "once")])
    order, invoice = only(sandbox, "SalesOrder"), only(sandbox)
    assert ("2026-12-01", "DHL") == (order["duedate"], order["carrier"])
    assert ("2026-12-01", "None") == (invoice["duedate"], invoice["terms_conditions"])


def test_a_row_that_marks_an_order_leaves_its_invoice_alone(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    """Such as that of a flow with `on_delete = "mark"`."""
    row_id = put(clerk, ORDER).id
    sandbox.operations.clear()
    orders.write([Write(row_id, {"sostatus": "Cancelled"}, "42", "once")])
    assert {"retrieve": 1, "revise": 1} == dict(sandbox.operations)
    assert "Paid" == only(sandbox)["invoicestatus"]


def test_the_row_says_whether_an_invoice_is_due(orders: Any) -> None:
    def told(state: OrderState | None) -> dict[str, Any]:
        row = orders.map(Record("42", attrs.evolve(ORDER, state=state)), "shop")
        return {name: row[name] for name in (DUE, THERE) if name in row}

    assert {DUE: "Paid"} == told(PAID)
    assert {DUE: "Created"} == told(ACCEPTED)
    assert {THERE: "Created"} == told(WAITING)
    assert {THERE: "Cancel"} == told(CANCELLED)
    assert {THERE: "Created"} == told(None)


class TestOnALooserVtiger:
    """8.0.0 takes products that are not there, with a total of 0."""

    @pytest.fixture
    def version(self) -> str:
        return "8.0.0"

    @pytest.mark.feature("V31", "V35")
    def test_invoices_are_made_and_follow(self, clerk: Any, sandbox: VtigerSandbox) -> None:
        put(clerk, ORDER)
        put(clerk, in_state(SHIPPED, lines=ORDER.lines[:1], total=D("22.00")))
        record = only(sandbox)
        assert (D(22), 1) == (D(record["hdnGrandTotal"]), len(record["LineItems"]))
