"""Orders through the real runner: what is linked, what waits and why, and what it costs."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

import attrs
import pytest

from crosstie import Checkpoint, Env, Record, Ref, Selection, hookimpl
from crosstie.commerce import Currency, Customer, Order, OrderLine, OrderState, Product
from crosstie.sandbox import Server
from crosstie_vtiger.sandbox import VtigerSandbox, operation

D = Decimal
KEY = "openSesame"
CONFIG = """
[systems.shop]
use = "till"

[systems.crm]
use = "vtiger"
url = "{url}"
username = "admin"
access_key = {{ env = "CRM_KEY" }}
timeout = "2s"
{settings}

[flows.customers]
read = "shop.customers"
write = "crm.customers"

[flows.orders]
read = "shop.orders"
write = "crm.orders"
"""
EUR = Ref("currencies", "1", Currency(code="EUR", name="Euro", rate=D(1)))
PAID = OrderState(key="2", name="Payment accepted", paid=True, shipped=False, invoice=True)
SHIPPED = attrs.evolve(PAID, key="4", name="Shipped", shipped=True)


@attrs.define
class Told:
    """A stream that tells what a test puts in."""

    name: str
    records: list[Record] = attrs.field(factory=list)

    def put(self, key: int, data: Any) -> None:
        self.records.append(Record(str(key), data))

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        yield from self.records[int(selection.since or 0) :]
        yield Checkpoint(str(len(self.records)))

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> list[Record]:
        latest = {record.key: record for record in self.records}
        return [latest[key] for key in keys]


@attrs.frozen(eq=False)
class Shop:
    """A plugin whose source tells customers and orders."""

    customers: Told = attrs.field(factory=lambda: Told("customers"))
    orders: Told = attrs.field(factory=lambda: Told("orders"))

    @hookimpl
    def register_sources(self) -> list[type[Any]]:
        streams = {"customers": self.customers, "orders": self.orders}

        @attrs.frozen
        class Till:
            """Where the shop sells."""

            kind: ClassVar[str] = "till"
            streams_offered: ClassVar[tuple[str, ...]] = ("customers", "orders")
            tables_offered: ClassVar[tuple[str, ...]] = ()

            def connect(self, env: Env) -> Any:
                return SimpleNamespace(streams=lambda: streams, tables=dict, close=lambda: None)

        return [Till]


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def tie(project: Callable[..., Any], server: Server, shop: Shop) -> Callable[..., Any]:
    """Open a project with these settings of the CRM."""

    def tie(settings: str = "") -> Any:
        return project(
            CONFIG.format(url=server.url, settings=settings), {"CRM_KEY": KEY}, till=shop
        )

    return tie


def person(number: int, **more: Any) -> Customer:
    return Customer(email=f"c{number}@example.com", firstname="Ada", lastname=f"L{number}", **more)


def order(number: int, who: int, state: OrderState = PAID, currency: Ref = EUR) -> Order:
    return Order(
        number=str(number),
        customer=Ref("customers", str(who), person(who)),
        currency=currency,
        state=state,
        lines=(
            OrderLine(
                key="1",
                product=Ref("products", "1", Product(name="Tea", currency=EUR)),
                name="Tea",
                quantity=D(number),
                unit_price=D("8.00"),
                unit_price_with_tax=D("9.60"),
            ),
        ),
        total=D("9.60") * number,
        created=datetime(2026, 11, 3, tzinfo=UTC),
    )


def counted(sandbox: Any) -> dict[str, int]:
    """What there is of each module; converted Leads are kept by vtiger, but not shown."""
    modules = ("Contacts", "Accounts", "Potentials", "SalesOrder", "Invoice")
    counts = {module: sandbox.count(module) for module in modules}
    counts["Leads"] = sandbox.count("Leads") - len(sandbox.crm.converted)
    return {module: count for module, count in counts.items() if count}


def asides(project: Any) -> list[str]:
    with project.state() as state:
        return [aside.reason for aside in state.asides()]


@pytest.mark.feature("V14")
def test_a_customer_turns_from_lead_into_contact_with_the_first_order(
    tie: Any, run: Any, shop: Shop, sandbox: VtigerSandbox
) -> None:
    """Only the orders flow runs, which the customers' flow learns of by the moved link."""
    project = tie()
    shop.customers.put(7, person(7))
    run(project)
    assert {"Leads": 1} == counted(sandbox)
    shop.orders.put(1, order(1, 7))
    run(project, "orders")
    assert {"Contacts": 1, "Accounts": 1, "SalesOrder": 1, "Invoice": 1} == counted(sandbox)
    [contact], [account] = sandbox.records("Contacts"), sandbox.records("Accounts")
    [sale] = sandbox.records("SalesOrder")
    assert (contact["id"], account["id"]) == (sale["contact_id"], sale["account_id"])
    assert (account["id"], "c7@example.com") == (contact["account_id"], contact["email"])
    shop.customers.put(7, person(7, has_ordered=True, phone="01 02"))
    shop.orders.put(2, order(2, 7))
    run(project)
    assert {"Contacts": 1, "Accounts": 1, "SalesOrder": 2, "Invoice": 2} == counted(sandbox)
    assert "01 02" == sandbox.records("Contacts")[0]["phone"]
    assert [] == asides(project)


@pytest.mark.feature("V12")
def test_an_order_in_a_currency_that_cannot_be_linked_waits_with_the_reason(
    tie: Any, run: Any, shop: Shop, sandbox: VtigerSandbox
) -> None:
    project = tie()
    shop.orders.put(1, order(1, 7, currency=Ref("currencies", "9", Currency(code="Taler"))))
    shop.orders.put(2, order(2, 7))
    report = run(project, "orders")["orders"]
    assert (1, 1) == (report.counts["aside"], report.counts["created"])
    [reason] = asides(project)
    assert "currencies 9 is not in currencies yet: 'Taler' is no currency's code" in reason
    assert 1 == sandbox.count("SalesOrder")


@pytest.mark.feature("V16", "V20")
def test_a_product_without_code_that_only_an_order_knows_gets_one_of_its_key(
    tie: Any, run: Any, shop: Shop, sandbox: VtigerSandbox
) -> None:
    shop.orders.put(1, order(1, 7))
    run(tie(), "orders")
    [product] = sandbox.records("Products")
    assert ("#presta_1", "Tea") == (product["productcode"], product["productname"])


def test_one_account_may_have_all_orders(
    tie: Any, run: Any, shop: Shop, crm: Any, sandbox: VtigerSandbox
) -> None:
    account = crm.crm.create("Accounts", {"accountname": "Web shop", "assigned_user_id": "19x1"})
    project = tie(f'order_account = "{account["id"]}"\ncreate_potential = true')
    for number in (1, 2):
        shop.customers.put(number, person(number))
    run(project)
    assert {"Leads": 2, "Accounts": 1} == counted(sandbox)
    for number in (1, 2):
        shop.orders.put(number, order(number, number))
    run(project)
    expected = {"Contacts": 2, "Accounts": 1, "Potentials": 2, "SalesOrder": 2, "Invoice": 2}
    assert expected == counted(sandbox)
    for sale in (*sandbox.records("SalesOrder"), *sandbox.records("Invoice")):
        assert account["id"] == sale["account_id"]
    contacts = {record["id"] for record in sandbox.records("Contacts")}
    assert contacts == {record["contact_id"] for record in sandbox.records("SalesOrder")}
    assert contacts == {record["contact_id"] for record in sandbox.records("Potentials")}
    assert [] == asides(project)


@pytest.mark.parametrize("settings", ["", "create_potential = true"])
def test_a_first_export_costs_little_more_than_a_request_a_record(
    tie: Any, run: Any, shop: Shop, sandbox: VtigerSandbox, settings: str
) -> None:
    project = tie(settings)
    for number in range(1, 101):
        shop.orders.put(number, order(number, number))
    run(project, "orders")
    written = sum(counted(sandbox).values()) + sandbox.count("Products")
    assert {"SalesOrder": 100, "Invoice": 100}.items() <= counted(sandbox).items()
    assert sandbox.operations.total() <= 1.1 * written
    sandbox.operations.clear()
    run(project, "orders")
    assert not sandbox.operations


def test_a_state_that_changes_touches_the_order_and_its_invoice_only(
    tie: Any, run: Any, shop: Shop, sandbox: VtigerSandbox
) -> None:
    project = tie("create_potential = true")
    shop.orders.put(1, order(1, 7))
    run(project, "orders")
    sandbox.operations.clear()
    shop.orders.put(1, order(1, 7, SHIPPED))
    run(project, "orders")
    made = {name: sandbox.operations[name] for name in ("create", "revise", "retrieve", "query")}
    assert {"create": 0, "revise": 2, "retrieve": 2, "query": 1} == made
    assert "Delivered" == sandbox.records("SalesOrder")[0]["sostatus"]


@pytest.mark.parametrize("kind", ["lost", "reset", "answer-after"])
def test_every_third_answer_may_be_lost(
    tie: Any, run: Any, shop: Shop, server: Server, kind: Any
) -> None:
    """Those of Leads that become Contacts, of potentials, of orders and of invoices."""
    project = tie("create_potential = true")
    for number in range(1, 5):
        shop.customers.put(number, person(number))
        shop.orders.put(number, order(number, number))
    run(project, "customers")
    for write in ("create", "convertlead", "revise"):
        server.fail(kind, matches=every_third(operation(write)), times=99)
    for _ in range(3):
        run(project)
    expected = dict.fromkeys(("Contacts", "Accounts", "Potentials", "SalesOrder", "Invoice"), 4)
    assert expected == counted(server.sandbox)
    assert [] == asides(project)


def every_third(matches: Callable[[Any], bool]) -> Callable[[Any], bool]:
    seen = []

    def third(request: Any) -> bool:
        if not matches(request):
            return False
        seen.append(request)
        return len(seen) % 3 == 0

    return third
