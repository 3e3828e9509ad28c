"""Orders as sales orders: complete, once, and to the cent."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie import (
    GoneError,
    MappingError,
    Record,
    Ref,
    RejectedError,
    Row,
    Secret,
    UncertainError,
    Write,
    Written,
)
from crosstie.commerce import (
    Address,
    Currency,
    Customer,
    Order,
    OrderLine,
    OrderState,
    Product,
)
from crosstie.sandbox import Reply, Server, serve
from crosstie_vtiger.connector import Vtiger
from crosstie_vtiger.orders import status_of
from crosstie_vtiger.sandbox import VtigerSandbox, operation

D = Decimal
EUR = Ref("currencies", "1", Currency(code="EUR", name="Euro", symbol="€", rate=D(1)))
USD = Ref("currencies", "2", Currency(code="USD", name="Dollar", symbol="$", rate=D("1.1")))
ADA = Ref("customers", "7", Customer(email="ada@example.com", firstname="Ada", lastname="Lovelace"))
HOME = Address(
    firstname="Ada",
    lastname="Lovelace",
    street="12 Rue Bleue",
    postcode="75009",
    city="Paris",
    country="FR",
)


def product(key: str) -> Ref:
    return Ref("products", key, Product(code=f"P{key}", name=f"Product {key}", price=D(8)))


def line(key: str, quantity: str, price: str, vat: str | None = "20.000") -> OrderLine:
    return OrderLine(
        key=key,
        product=product(key),
        name=f"Product {key}",
        quantity=D(quantity),
        unit_price=D(price),
        unit_price_with_tax=D(price),
        tax_rate=None if vat is None else D(vat),
    )


ORDER = Order(
    number="1042",
    reference="XKBKNABJK",
    customer=ADA,
    invoice_address=HOME,
    delivery_address=attrs.evolve(HOME, company="Engines Ltd", street="3 Elm", city="Ely"),
    currency=EUR,
    currency_rate=D("1.000000"),
    state=OrderState(key="2", name="Payment accepted", paid=True),
    lines=(line("1", "2", "19.99"), line("2", "1", "5.00", "5.500")),
    shipping=D("7.00"),
    wrapping=D("2.00"),
    discounts_total=D("4.00"),
    total=D("49.98"),
    payment_method="Bank wire",
    created=datetime(2026, 5, 24, 22, 40, tzinfo=UTC),
)


@pytest.fixture
def orders(crm: Any) -> Any:
    return crm.tables()["orders"]


def mapped(table: Any, order: Order) -> Row:
    row: Row = table.map(Record("42", order), "shop")
    return row


def put(clerk: Any, order: Order, key: str = "42") -> Any:
    return clerk.put("orders", key, order)


def only(sandbox: VtigerSandbox) -> dict[str, Any]:
    [record] = sandbox.records("SalesOrder")
    return record


def test_an_order_is_a_sales_order_with_its_lines(clerk: Any, sandbox: VtigerSandbox) -> None:
    assert isinstance(put(clerk, ORDER), Written)
    record = only(sandbox)
    expected = {
        "vtiger_purchaseorder": "shop#42",
        "subject": "Bon de commande no1042",
        "sostatus": "Approved",
        "customerno": "7",
        "currency_id": "21x1",
        "hdnTaxType": "group",
        "hdnGrandTotal": "49.98000000",
        "hdnSubTotal": "44.98000000",
        "hdnDiscountAmount": "4.00000000",
        "hdnS_H_Amount": "9.00000000",
        "txtAdjustment": "0.00000000",
        "bill_street": "Ada Lovelace\n12 Rue Bleue",
        "bill_city": "Paris",
        "ship_street": "Engines Ltd\nAda Lovelace\n3 Elm",
        "ship_city": "Ely",
        "ship_country": "FR",
        "description": "Reference XKBKNABJK\nOrdered 2026-05-24 22:40 UTC\n"
        "Status in the shop: Payment accepted\nPayment: Bank wire\n"
        "Gift wrapping 2.00, part of the charges",
        "account_id": sandbox.records("Accounts")[0]["id"],
        "contact_id": sandbox.records("Contacts")[0]["id"],
    }
    assert expected == {name: record[name] for name in expected}
    lines = [
        (told["product_name"], told["quantity"], told["listprice"], told["comment"])
        for told in record["LineItems"]
    ]
    assert lines == [
        ("Product 1", "2.000", "19.99000000", "Product 1\nVAT 20 %"),
        ("Product 2", "1.000", "5.00000000", "Product 2\nVAT 5.5 %"),
    ]


@pytest.mark.feature("V14")
def test_the_customer_of_an_order_is_registered_as_contact_and_account(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    [contact], [account] = sandbox.records("Contacts"), sandbox.records("Accounts")
    assert ("ada@example.com", account["id"]) == (contact["email"], contact["account_id"])
    assert ("Lovelace Ada", "12 Rue Bleue") == (account["accountname"], account["bill_street"])


@pytest.mark.feature("V13")
def test_products_that_are_absent_are_created_from_the_order(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    unknown = attrs.evolve(line("3", "1", "9.00"), product=Ref("products", "3"), code="P3")
    sold = attrs.evolve(ORDER, lines=(*ORDER.lines, unknown), total=D("58.98"))
    put(clerk, sold)
    told = [
        (record["productcode"], record["productname"]) for record in sandbox.records("Products")
    ]
    assert told == [("P1", "Product 1"), ("P2", "Product 2"), ("P3", "Product 3")]


@pytest.mark.feature("V12")
def test_an_order_is_in_the_currency_of_the_customer(clerk: Any, sandbox: VtigerSandbox) -> None:
    put(clerk, attrs.evolve(ORDER, currency=USD, currency_rate=D("1.123456")))
    record = only(sandbox)
    [_, dollar] = sandbox.records("Currency")
    assert (dollar["id"], "1.123") == (record["currency_id"], record["conversion_rate"])
    assert "USD" == dollar["currency_code"]


def test_the_second_time_nothing_is_written(clerk: Any, sandbox: VtigerSandbox) -> None:
    put(clerk, ORDER)
    sandbox.operations.clear()
    put(clerk, ORDER)
    assert {"retrieve": 1, "query": 1} == dict(sandbox.operations)


def test_a_change_of_state_leaves_lines_and_rate_alone(clerk: Any, sandbox: VtigerSandbox) -> None:
    dollars = attrs.evolve(ORDER, currency=USD, currency_rate=D("1.1"))
    put(clerk, dollars)
    before = only(sandbox)
    shipped = OrderState(key="4", name="Shipped", paid=True, shipped=True)
    assert isinstance(put(clerk, attrs.evolve(dollars, state=shipped)), Written)
    after = only(sandbox)
    assert ("Approved", "Delivered") == (before["sostatus"], after["sostatus"])
    for name in ("LineItems", "conversion_rate", "hdnGrandTotal", "hdnTaxType", "hdnS_H_Amount"):
        assert before[name] == after[name]


def test_a_header_that_is_changed_alone_keeps_its_rate(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    """A revise that does not name the rate sets it to 1."""
    put(clerk, attrs.evolve(ORDER, currency=USD, currency_rate=D("1.1")))
    row_id = clerk.links["orders", "42"]
    orders.write([Write(row_id, {"sostatus": "Cancelled"}, "42", "once")])
    assert ("Cancelled", "1.100") == (only(sandbox)["sostatus"], only(sandbox)["conversion_rate"])


@pytest.mark.feature("V34")
def test_a_line_that_is_gone_from_the_order_is_gone_from_vtiger(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    put(clerk, attrs.evolve(ORDER, lines=ORDER.lines[:1], total=D("44.98")))
    record = only(sandbox)
    assert (["Product 1"], "44.98000000") == (
        [told["product_name"] for told in record["LineItems"]],
        record["hdnGrandTotal"],
    )


@pytest.mark.parametrize(
    "change",
    [
        {"discounts_total": D(0), "total": D("53.98")},
        {"shipping": D(0), "wrapping": D(0), "total": D("40.98")},
        {"lines": (line("1", "3", "19.99"), line("2", "1", "5.00")), "total": D("69.97")},
        {"total": D("49.99")},
    ],
)
def test_changed_amounts_arrive(clerk: Any, sandbox: VtigerSandbox, change: dict[str, Any]) -> None:
    put(clerk, ORDER)
    assert isinstance(put(clerk, attrs.evolve(ORDER, **change)), Written)
    assert D(only(sandbox)["hdnGrandTotal"]) == change["total"]


def test_lines_that_somebody_changed_in_vtiger_are_put_right(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    row_id = clerk.links["orders", "42"]
    [told, _] = only(sandbox)["LineItems"]
    wrong = [{"productid": told["productid"], "quantity": "1", "listprice": "1"}]
    orders.crm.revise(row_id, {"LineItems": wrong, "hdnTaxType": "group"})
    put(clerk, ORDER)
    assert (2, D("49.98")) == (
        len(only(sandbox)["LineItems"]),
        D(only(sandbox)["hdnGrandTotal"]),
    )


def test_an_order_is_shown_as_it_was_written(clerk: Any, orders: Any) -> None:
    order = attrs.evolve(ORDER, state=OrderState(key="2", paid=True, invoice=True))
    put(clerk, order)
    row = clerk.row("orders", "42", order)
    [shown, none] = orders.show([clerk.links["orders", "42"], "6x999"])
    assert none is None
    assert row == {name: shown[name] for name in row}


def test_id_prefixes_may_be_any(clerk: Any, env: Any) -> None:
    """They differ between installations."""
    prefixes = {"SalesOrder": "106", "Products": "114", "Currency": "7", "Accounts": "3"}
    sandbox = VtigerSandbox(access_key="k", prefixes=prefixes)
    with serve(sandbox) as server:
        live = Vtiger(url=server.url, username="admin", access_key=Secret("k")).connect(env)
        answer = put(attrs.evolve(clerk, live=live, links={}), ORDER)
        assert answer.id.startswith("106x")
        assert ("7x1", "3x2") == (only(sandbox)["currency_id"], only(sandbox)["account_id"])
        live.close()


def test_orders_of_two_shops_are_told_apart(clerk: Any, sandbox: VtigerSandbox) -> None:
    put(clerk, ORDER)
    other = attrs.evolve(clerk, source="outlet", links={})
    put(other, ORDER)
    keys = [record["vtiger_purchaseorder"] for record in sandbox.records("SalesOrder")]
    assert keys == ["shop#42", "outlet#42"]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (None, "Created"),
        (OrderState(key="1"), "Created"),
        (OrderState(key="1", paid=False, shipped=False), "Created"),
        (OrderState(key="2", paid=True), "Approved"),
        (OrderState(key="2", invoice=True), "Approved"),
        (OrderState(key="3", paid=True, shipped=False, delivered=True), "Approved"),
        (OrderState(key="4", paid=True, shipped=True), "Delivered"),
        (OrderState(key="5", delivered=True), "Delivered"),
        (OrderState(key="6", paid=True, shipped=True, cancelled=True), "Cancelled"),
    ],
)
def test_the_status_says_what_the_shops_state_means(state: OrderState | None, status: str) -> None:
    assert status == status_of(state)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"lines": ()}, RejectedError, "has no lines"),
        ({"customer": None}, MappingError, "has no customer"),
        ({"currency": None}, MappingError, "the currency of order 1042 is not known"),
        ({"total": D("-1")}, RejectedError, "is negative"),
        ({"total": D("40.00")}, RejectedError, "does not add up"),
        (
            {"lines": (attrs.evolve(ORDER.lines[0], product=None),), "total": D("44.98")},
            MappingError,
            "names no product",
        ),
    ],
)
def test_an_order_that_vtiger_cannot_have_is_told_why(
    orders: Any, change: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        mapped(orders, attrs.evolve(ORDER, **change))


def test_an_unknown_customer_or_product_is_left_for_the_runner(orders: Any) -> None:
    gone = attrs.evolve(ORDER, customer=Ref("customers", "99"))
    row = mapped(orders, gone)
    assert (None, None) == (row["account_id"].embedded, row["contact_id"].embedded)
    assert ("accounts", "customers") == (row["account_id"].table, row["contact_id"].table)


@pytest.mark.feature("V67")
def test_an_order_without_address_gets_the_default_streets(
    clerk: Any, connect: Any, sandbox: VtigerSandbox
) -> None:
    bare = attrs.evolve(ORDER, invoice_address=None, delivery_address=None)
    put(clerk, bare)
    live = connect(defaults={"SalesOrder.bill_street": "by hand"})
    put(attrs.evolve(clerk, live=live), bare, "43")
    streets = [(told["bill_street"], told["ship_street"]) for told in sandbox.records("SalesOrder")]
    assert streets == [("--None--", "--None--"), ("by hand", "--None--")]


@pytest.mark.feature("V76")
def test_the_prefix_stands_before_the_number(connect: Any) -> None:
    for prefix, subject in (("", "1042"), ("Order [web] #", "Order [web] #1042")):
        orders = connect(order_prefix=prefix).tables()["orders"]
        assert mapped(orders, ORDER)["subject"] == subject


def test_mapping_an_order_is_quick(orders: Any) -> None:
    """Many times the real cost, so that only a blunder fails."""
    start = datetime.now(UTC)
    for _ in range(200):
        mapped(orders, ORDER)
    assert (datetime.now(UTC) - start).total_seconds() / 200 < 0.001


prices = st.decimals("0", "900", places=6)
pieces = st.one_of(st.integers(1, 500).map(D), st.decimals("0.001", "9", places=3))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(st.tuples(pieces, prices), min_size=1, max_size=6),
    shipping=st.decimals("0", "50", places=2),
    share=st.decimals("0", "1", places=2),
    off=st.integers(-1, 1),
    number=st.uuids(),
)
def test_vtiger_itself_comes_to_the_shops_total(
    *,
    clerk: Any,
    orders: Any,
    lines: list[tuple[Decimal, Decimal]],
    shipping: Decimal,
    share: Decimal,
    off: int,
    number: Any,
) -> None:
    cent = D("0.01")
    goods = sum(((price * count).quantize(cent, ROUND_HALF_UP) for count, price in lines), D(0))
    discount = (goods * share).quantize(cent, ROUND_HALF_UP)
    total = max(D(0), goods + shipping - discount + off * cent)
    sold = attrs.evolve(
        ORDER,
        lines=tuple(
            line(str(at), str(count), str(price)) for at, (count, price) in enumerate(lines)
        ),
        shipping=shipping,
        wrapping=None,
        discounts_total=discount,
        total=total,
    )
    answer = put(clerk, sold, str(number))
    assert isinstance(answer, Written), answer
    [shown] = orders.show([answer.id])
    assert total == D(shown["hdnGrandTotal"]).quantize(cent, ROUND_HALF_UP)
    assert len(lines) == len(shown["LineItems"])


@pytest.mark.parametrize("kind", ["lost", "reset", "cut", "answer-after", "drop"])
@pytest.mark.parametrize("change", ["create", "lines", "header"])
def test_an_order_whose_answer_is_lost_ends_up_complete_and_once(
    clerk: Any, server: Server, sandbox: VtigerSandbox, kind: Any, change: str
) -> None:
    sold = ORDER
    name = "create" if change == "create" else "revise"
    if change != "create":
        put(clerk, ORDER)
        state = OrderState(key="4", shipped=True)
        more = (*ORDER.lines, line("3", "1", "1.00"))
        sold = (
            attrs.evolve(ORDER, state=state)
            if change == "header"
            else attrs.evolve(ORDER, lines=more, total=D("50.98"))
        )
    fault = server.fail(kind, matches=operation(name, module="SalesOrder"))
    assert isinstance(put(clerk, sold), Written)
    assert fault.times == 0
    record = only(sandbox)
    assert (sold.total, len(sold.lines)) == (
        D(record["hdnGrandTotal"]),
        len(record["LineItems"]),
    )


def test_an_order_that_was_left_half_written_is_completed(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    """Header there, lines missing, total 0: what a crash in the middle leaves."""
    element = orders.element(clerk.row("orders", "42", ORDER))
    element["LineItems"] = [*element["LineItems"][:1], {**element["LineItems"][1], "quantity": "x"}]
    element |= {"invoicestatus": "AutoCreated", "assigned_user_id": "19x1"}
    element["productid"] = element["LineItems"][0]["productid"]
    with pytest.raises(UncertainError):
        orders.crm.create("SalesOrder", element)
    assert D(only(sandbox)["hdnGrandTotal"]) == 0
    assert isinstance(put(clerk, ORDER), Written)
    assert (D("49.98"), 2) == (
        D(only(sandbox)["hdnGrandTotal"]),
        len(only(sandbox)["LineItems"]),
    )


def test_an_order_deleted_in_vtiger_is_gone(clerk: Any, orders: Any) -> None:
    put(clerk, ORDER)
    orders.delete([clerk.links["orders", "42"]])
    assert isinstance(put(clerk, ORDER), GoneError)


def test_a_deleted_product_is_named_and_nothing_left_behind(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    row_id = clerk.links["products", "2"]
    clerk.live.tables()["products"].delete([row_id])
    answer = put(clerk, ORDER, "43")
    assert isinstance(answer, RejectedError)
    assert f"{row_id} is no longer in vtiger" in str(answer)
    assert 1 == sandbox.count("SalesOrder")


def test_a_deleted_product_does_not_spoil_an_order_that_is_there(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    """A revise would delete the old lines before it fails at the new ones."""
    put(clerk, ORDER)
    clerk.put("products", "3", product("3").embedded)
    row_id = clerk.links["products", "3"]
    clerk.live.tables()["products"].delete([row_id])
    more = attrs.evolve(ORDER, lines=(*ORDER.lines, line("3", "1", "1.00")), total=D("50.98"))
    answer = put(clerk, more)
    assert isinstance(answer, RejectedError)
    assert f"{row_id} is no longer in vtiger" in str(answer)
    record = only(sandbox)
    assert (D("49.98"), 2) == (D(record["hdnGrandTotal"]), len(record["LineItems"]))


def test_a_refusal_never_deletes_an_order_that_is_complete(
    clerk: Any, orders: Any, sandbox: VtigerSandbox
) -> None:
    """Even where a flow matches by another field and so did not see it."""
    put(clerk, ORDER)
    row = clerk.row("orders", "42", ORDER)
    row["LineItems"][1]["productid"] = "14x9999"
    [answer] = orders.write([Write(None, row, "42", "once")])
    assert isinstance(answer, RejectedError)
    assert D("49.98") == D(only(sandbox)["hdnGrandTotal"])


def test_a_total_that_vtiger_reaches_differently_is_told_and_taken_back(
    clerk: Any, server: Server, sandbox: VtigerSandbox
) -> None:
    body = b'{"success":true,"result":{"id":"6x77","hdnGrandTotal":48.98,"LineItems":[{}]}}'
    put(clerk, ORDER)
    fault = server.fail(
        "answer", matches=operation("create", module="SalesOrder"), reply=Reply(200, body)
    )
    answer = put(clerk, ORDER, "43")
    assert fault.times == 0
    assert isinstance(answer, RejectedError)
    assert "vtiger comes to a total of 48.98 where the shop has 49.98" in str(answer)
    assert sandbox.operations["delete"] == 1


def test_an_answer_without_a_total_is_not_believed(
    clerk: Any, server: Server, sandbox: VtigerSandbox
) -> None:
    put(clerk, ORDER)
    body = b'{"success":true,"result":{"id":"6x77","LineItems":[]}}'
    server.fail(
        "answer-after", matches=operation("create", module="SalesOrder"), reply=Reply(200, body)
    )
    told = b'{"success":true,"result":{"id":"6x77","hdnGrandTotal":"1.00","LineItems":[{}]}}'
    server.fail("answer", matches=operation("retrieve"), reply=Reply(200, told))
    answer = put(clerk, ORDER, "43")
    assert "vtiger comes to a total of 1.00" in str(answer)


def test_a_look_after_the_write_that_fails_leaves_it_uncertain(
    clerk: Any, orders: Any, server: Server
) -> None:
    """Not a flow error: that would say that nothing was written."""
    put(clerk, ORDER)
    body = b'{"success":true,"result":{"id":"6x77"}}'
    matches = operation("create", module="SalesOrder")
    server.fail("answer-after", matches=matches, reply=Reply(200, body))
    server.fail("answer", matches=operation("retrieve"), times=99)
    row = {**clerk.row("orders", "43", ORDER), "vtiger_purchaseorder": "shop#43"}
    [answer] = orders.write([Write(None, row, "43", "once")])
    assert isinstance(answer, UncertainError)


def test_a_delete_that_fails_is_said(clerk: Any, server: Server) -> None:
    put(clerk, ORDER)
    body = b'{"success":true,"result":{"id":"6x77","hdnGrandTotal":1,"LineItems":[{}]}}'
    server.fail("answer", matches=operation("create", module="SalesOrder"), reply=Reply(200, body))
    denied = (
        b'{"success":false,"error":{"message":"Permission to delete given object is denied",'
        b'"code":"ACCESS_DENIED"}}'
    )
    server.fail("answer", matches=operation("delete"), reply=Reply(200, denied))
    assert "6x77 is left unfinished" in str(put(clerk, ORDER, "43"))


class TestOnAVtigerAsShipped:
    """8.4.0 as shipped refuses all line items."""

    @pytest.fixture
    def version(self) -> str:
        return "8.4.0-stock"

    def test_a_bad_reference_is_not_mistaken_for_it(self, clerk: Any, orders: Any) -> None:
        row = {**clerk.row("orders", "42", ORDER), "account_id": "11x9999"}
        [answer] = orders.write([Write(None, row, "42", "once")])
        assert isinstance(answer, RejectedError)
        assert "11x9999 is no longer in vtiger" in str(answer)

    def test_it_is_not_assumed_where_line_items_have_worked(self, clerk: Any, env: Any) -> None:
        env.memory.texts["line items"] = "works 8.4.0"
        answer = put(clerk, ORDER)
        assert isinstance(answer, RejectedError)
        assert "though all records that it names are there" in str(answer)


class TestOnALooserVtiger:
    """8.0.0 takes products that are not there, with a total of 0."""

    @pytest.fixture
    def version(self) -> str:
        return "8.0.0"

    def test_orders_are_written_and_changed(self, clerk: Any, sandbox: VtigerSandbox) -> None:
        put(clerk, ORDER)
        more = attrs.evolve(ORDER, lines=(*ORDER.lines, line("3", "1", "1.00")), total=D("50.98"))
        assert isinstance(put(clerk, more), Written)
        assert (D("50.98"), 3) == (
            D(only(sandbox)["hdnGrandTotal"]),
            len(only(sandbox)["LineItems"]),
        )

    def test_the_second_time_nothing_is_written(self, clerk: Any, sandbox: VtigerSandbox) -> None:
        put(clerk, ORDER)
        sandbox.operations.clear()
        put(clerk, ORDER)
        assert {"retrieve": 1, "query": 1} == dict(sandbox.operations)

    def test_a_product_that_is_not_there_is_noticed_by_the_total(
        self, clerk: Any, orders: Any, sandbox: VtigerSandbox
    ) -> None:
        row = clerk.row("orders", "42", ORDER)
        row["LineItems"][1]["productid"] = "14x9999"
        [answer] = orders.write([Write(None, row, "42", "once")])
        assert isinstance(answer, RejectedError)
        assert "vtiger has not kept the products of all lines" in str(answer)
        assert 0 == sandbox.count("SalesOrder")


class TestWhoOrders:
    """The customer may be a Lead until then, or known by an Account only."""

    @pytest.fixture
    def lead(self, clerk: Any) -> str:
        answer = clerk.put("customers", "7", ADA.embedded)
        return str(answer.id)

    @pytest.mark.feature("V14")
    @pytest.mark.parametrize("kind", ["", "lost", "reset", "cut", "drop", "answer-after"])
    def test_a_lead_is_a_contact_with_the_orders_account_from_then_on(
        self, clerk: Any, lead: str, server: Server, sandbox: VtigerSandbox, kind: Any
    ) -> None:
        if kind:
            server.fail(kind, matches=operation("convertlead"))
        answer = put(clerk, ORDER)
        [contact], [account] = sandbox.records("Contacts"), sandbox.records("Accounts")
        assert {lead: contact["id"]} == answer.moved
        assert (contact["id"], account["id"]) == (
            only(sandbox)["contact_id"],
            contact["account_id"],
        )

    def test_it_takes_the_contact_that_is_there_and_gives_them_the_account(
        self, clerk: Any, lead: str, orders: Any, sandbox: VtigerSandbox
    ) -> None:
        known = {"lastname": "L", "email": "ada@example.com", "assigned_user_id": "19x1"}
        contact = orders.crm.create("Contacts", known)["id"]
        assert {lead: contact} == put(clerk, ORDER).moved
        [told] = sandbox.records("Contacts")
        assert (contact, sandbox.records("Accounts")[0]["id"]) == (told["id"], told["account_id"])

    def test_an_account_that_a_contact_has_is_left(
        self, clerk: Any, lead: str, orders: Any, sandbox: VtigerSandbox
    ) -> None:
        firm = orders.crm.create("Accounts", {"accountname": "F", "assigned_user_id": "19x1"})["id"]
        known = {"lastname": "L", "email": "ada@example.com", "account_id": firm}
        orders.crm.create("Contacts", {**known, "assigned_user_id": "19x1"})
        assert lead in put(clerk, ORDER).moved
        assert firm == sandbox.records("Contacts")[0]["account_id"]

    def test_who_is_known_by_an_account_only_has_no_contact(
        self, clerk: Any, orders: Any, sandbox: VtigerSandbox
    ) -> None:
        known = {"accountname": "Engines", "email1": "ada@example.com", "assigned_user_id": "19x1"}
        account = orders.crm.create("Accounts", known)["id"]
        row = {**clerk.row("orders", "42", ORDER), "contact_id": account, "account_id": "11x9"}
        [answer] = orders.write([Write(None, row, "42", "once")])
        assert {} == answer.moved
        assert (account, None) == (only(sandbox)["account_id"], only(sandbox)["contact_id"])

    def test_a_lead_that_was_deleted_is_told_and_nothing_written(
        self, clerk: Any, lead: str, orders: Any, sandbox: VtigerSandbox
    ) -> None:
        row = clerk.row("orders", "42", ORDER)
        orders.crm.delete(lead)
        [answer] = orders.write([Write(None, row, "42", "once")])
        assert isinstance(answer, RejectedError)
        assert f"Lead {lead} was deleted in vtiger, so that nobody is there" in str(answer)
        assert 0 == sandbox.count("SalesOrder")

    def test_somebody_else_is_left_for_vtiger_to_refuse(self, clerk: Any, orders: Any) -> None:
        row = {**clerk.row("orders", "42", ORDER), "contact_id": clerk.links["products", "1"]}
        [answer] = orders.write([Write(None, row, "42", "once")])
        assert isinstance(answer, RejectedError)


class TestWhereLeadsAreNotConverted:
    """8.0.0 cannot: the Contact is made by hand, and the Lead is gone."""

    @pytest.fixture
    def version(self) -> str:
        return "8.0.0"

    def test_an_order_that_fails_after_that_finds_the_contact_again(
        self, clerk: Any, orders: Any, server: Server, sandbox: VtigerSandbox
    ) -> None:
        """The link still leads to the Lead then; the Account tells whose it was."""
        lead = clerk.put("customers", "7", ADA.embedded).id
        row = clerk.row("orders", "42", ORDER)
        server.fail("drop", matches=operation("create", module="SalesOrder"))
        [answer] = orders.write([Write(None, row, "42", "once")])
        assert isinstance(answer, UncertainError)
        assert (0, 1) == (sandbox.count("Leads"), sandbox.count("Contacts"))
        [answer] = orders.write([Write(None, row, "42", "once")])
        [contact] = sandbox.records("Contacts")
        assert ({lead: contact["id"]}, contact["id"]) == (
            answer.moved,
            only(sandbox)["contact_id"],
        )
