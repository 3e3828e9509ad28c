"""Potentials: one for each order, made once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import MappingError, Record, Ref, Row, UncertainError, Write, Written
from crosstie.commerce import Currency, Customer, Order, OrderLine, OrderState, Product
from crosstie.sandbox import Server
from crosstie_vtiger.potentials import stage_of
from crosstie_vtiger.sandbox import VtigerSandbox, operation

D = Decimal
USD = Ref("currencies", "2", Currency(code="USD", name="Dollar", rate=D("1.25")))
PRODUCT = Ref("products", "1", Product(code="P1", name="Tea", currency=USD))
ORDER = Order(
    number="1042",
    customer=Ref("customers", "7", Customer(email="ada@example.com", lastname="Lovelace")),
    currency=USD,
    currency_rate=D("1.25"),
    state=OrderState(key="2", name="Payment accepted", paid=True),
    lines=(
        OrderLine(
            key="1",
            product=PRODUCT,
            name="Tea",
            quantity=D(2),
            unit_price=D(10),
            unit_price_with_tax=D("12.50"),
        ),
    ),
    total=D("25.00"),
    created=datetime(2026, 5, 24, 22, 40, tzinfo=UTC),
)


@pytest.fixture
def selling(connect: Any, clerk: Any) -> Any:
    """A clerk who makes potentials, of Accounts that are made for orders."""
    return attrs.evolve(clerk, live=connect(create_potential=True))


@pytest.fixture
def counter(connect: Any, clerk: Any) -> Any:
    """A clerk who makes potentials, where one Account has all orders."""
    account = clerk.live.tables()["Accounts"].write(
        [Write(None, {"accountname": "Web shop"}, "house", "once")]
    )[0]
    live = connect(create_potential=True, order_account=account.id)
    return attrs.evolve(clerk, live=live)


def put(clerk: Any, order: Order, key: str = "42") -> Any:
    return clerk.put("orders", key, order)


def only(sandbox: VtigerSandbox, module: str = "Potentials") -> dict[str, Any]:
    [record] = sandbox.records(module)
    return record


@pytest.mark.feature("V73", "V77", "V44")
def test_an_order_has_a_potential(selling: Any, sandbox: VtigerSandbox) -> None:
    put(selling, ORDER)
    potential = only(sandbox)
    expected = {
        "potentialname": "Commande boutique no1042",
        "description": "shop#42",
        "amount": "20.00000000",
        "closingdate": "2026-05-24",
        "sales_stage": "Closed Won",
        "leadsource": "Prestashop",
    }
    assert expected == {name: potential[name] for name in expected}
    assert potential["id"] == only(sandbox, "SalesOrder")["potential_id"]


@pytest.mark.feature("V72", "V74")
def test_with_an_account_of_its_own_the_potential_belongs_to_the_account(
    selling: Any, sandbox: VtigerSandbox
) -> None:
    put(selling, ORDER)
    account = only(sandbox, "Accounts")["id"]
    assert (account, None) == (only(sandbox)["related_to"], only(sandbox)["contact_id"])
    assert account == only(sandbox, "SalesOrder")["account_id"]


@pytest.mark.feature("V75")
def test_without_an_account_of_its_own_the_potential_belongs_to_the_contact(
    counter: Any, sandbox: VtigerSandbox
) -> None:
    put(counter, ORDER)
    contact = only(sandbox, "Contacts")["id"]
    assert (None, contact) == (only(sandbox)["related_to"], only(sandbox)["contact_id"])
    order, account = only(sandbox, "SalesOrder"), only(sandbox, "Accounts")
    assert (account["id"], contact) == (order["account_id"], order["contact_id"])


@pytest.mark.feature("V73")
def test_there_is_none_unless_asked_for(clerk: Any, sandbox: VtigerSandbox) -> None:
    put(clerk, ORDER)
    assert 0 == sandbox.count("Potentials")


def test_it_is_made_once_and_then_left_to_people(selling: Any, sandbox: VtigerSandbox) -> None:
    put(selling, ORDER)
    before = only(sandbox)
    put(selling, attrs.evolve(ORDER, state=OrderState(key="6", cancelled=True)))
    assert "Cancelled" == only(sandbox, "SalesOrder")["sostatus"]
    assert before == only(sandbox)


@pytest.mark.feature("V77")
def test_the_prefix_stands_before_the_number(connect: Any) -> None:
    for prefix, name in (("", "1042"), ("Web [shop] #", "Web [shop] #1042")):
        table = connect(potential_prefix=prefix).tables()["potentials"]
        assert name == table.map(Record("42", ORDER), "shop")["potentialname"]


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        (None, "Negotiation or Review"),
        (OrderState(key="10", paid=False), "Negotiation or Review"),
        (OrderState(key="2", paid=True), "Closed Won"),
        (OrderState(key="6", paid=True, cancelled=True), "Closed Lost"),
    ],
)
def test_the_stage_says_what_the_shops_state_means(state: OrderState | None, stage: str) -> None:
    assert stage == stage_of(state)


def test_stages_are_choices_of_a_fresh_vtiger(selling: Any) -> None:
    choices = selling.live.tables()["potentials"].fields()["sales_stage"]
    for stage in ("Closed Won", "Closed Lost", "Negotiation or Review"):
        assert stage in choices


def test_it_is_found_again_by_its_line_whatever_people_add(
    selling: Any, sandbox: VtigerSandbox
) -> None:
    """Names may repeat, in two shops for instance."""
    put(selling, ORDER)
    put(attrs.evolve(selling, source="outlet", links={}), ORDER)
    table: Any = selling.live.tables()["potentials"]
    first, second = (record["id"] for record in sandbox.records("Potentials"))
    more = {"description": "Call them back\r\n  SHOP#42\r\nAsk for Ada"}
    table.crm.revise(first, more)
    keys: list[Row] = [
        {"potentialname": "Commande boutique no1042", "description": mark}
        for mark in ("shop#42", "outlet#42", "shop#4")
    ]
    assert [[first], [second], []] == table.find(keys)
    assert [[first, second]] == table.find([{"potentialname": "Commande boutique no1042"}])


def test_a_hundred_are_looked_up_at_once(selling: Any, sandbox: VtigerSandbox) -> None:
    put(selling, ORDER)
    keys = [{"potentialname": f"Commande boutique no{n}", "description": "x"} for n in range(100)]
    sandbox.operations.clear()
    assert [[]] * 100 == selling.live.tables()["potentials"].find(keys)
    assert {"query": 1} == dict(sandbox.operations)


def test_an_order_without_customer_is_told(selling: Any) -> None:
    lonely = attrs.evolve(ORDER, customer=None)
    with pytest.raises(MappingError, match="has no customer, whom a potential belongs to"):
        selling.live.tables()["potentials"].map(Record("42", lonely), "shop")


def test_an_order_without_total_or_date_has_a_potential_all_the_same(selling: Any) -> None:
    bare = attrs.evolve(ORDER, total=None, created=None)
    row = selling.live.tables()["potentials"].map(Record("42", bare), "shop")
    assert not {"amount", "closingdate"} & set(row)


@pytest.mark.parametrize("kind", ["lost", "reset", "cut", "answer-after", "drop"])
@pytest.mark.parametrize("module", ["Potentials", "SalesOrder"])
def test_whichever_answer_is_lost_there_is_one_potential(
    selling: Any, server: Server, sandbox: VtigerSandbox, kind: Any, module: str
) -> None:
    fault = server.fail(kind, matches=operation("create", module=module))
    assert isinstance(put(selling, ORDER), Written)
    assert 0 == fault.times
    assert only(sandbox)["id"] == only(sandbox, "SalesOrder")["potential_id"]


def test_killed_after_the_potential_the_next_run_takes_it(
    selling: Any, connect: Any, sandbox: VtigerSandbox
) -> None:
    selling.put("potentials", "42", ORDER)
    fresh = attrs.evolve(selling, live=connect(create_potential=True), links={})
    put(fresh, ORDER)
    assert only(sandbox)["id"] == only(sandbox, "SalesOrder")["potential_id"]


@pytest.mark.feature("V75")
@pytest.mark.parametrize("kind", ["", "lost", "reset", "drop"])
def test_a_lead_who_orders_is_a_contact_once_whichever_answer_is_lost(
    counter: Any, server: Server, sandbox: VtigerSandbox, kind: Any
) -> None:
    lead = counter.put("customers", "7", Customer(email="ada@example.com", lastname="Lovelace"))
    assert lead.id == only(sandbox, "Leads")["id"]
    table: Any = counter.live.tables()["potentials"]
    row = counter.row("potentials", "42", ORDER)
    assert row["contact_id"] == lead.id
    if kind:
        server.fail(kind, matches=operation("convertlead"))
        [answer] = table.write([Write(None, row, "42", "once")])
        assert isinstance(answer, UncertainError)
        assert 0 == sandbox.count("Potentials")
    [answer] = table.write([Write(None, row, "42", "once")])
    contact = only(sandbox, "Contacts")
    assert {lead.id: contact["id"]} == answer.moved
    assert (contact["id"], only(sandbox, "Accounts")["id"]) == (
        only(sandbox)["contact_id"],
        contact["account_id"],
    )
