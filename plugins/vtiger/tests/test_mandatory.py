"""Mandatory fields: a default where the shop knows nothing, else something harmless, else aside."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Live, Ref, RejectedError, Write, Written
from crosstie.commerce import Address, Currency, Customer, Order, OrderLine, OrderState, Product
from crosstie_vtiger.sandbox import VtigerSandbox

D = Decimal
Connect = Callable[..., Live]
EUR = Ref("currencies", "1", Currency(code="EUR", name="Euro", symbol="€", rate=D(1)))
ADA = Customer(email="ada@example.com", lastname="Lovelace")
PEN = Ref("products", "3", Product(code="PEN", name="Pen", price=D(5)))
ORDER = Order(
    number="1",
    customer=Ref("customers", "7", ADA),
    currency=EUR,
    currency_rate=D(1),
    state=OrderState(key="2", paid=True, invoice=True),
    lines=(
        OrderLine(
            key="1",
            product=PEN,
            name="Pen",
            quantity=D(1),
            unit_price=D(5),
            unit_price_with_tax=D(5),
        ),
    ),
    total=D(5),
)
MODULES = ("Leads", "Contacts", "Accounts", "SalesOrder", "Invoice", "Potentials")


def everything(clerk: Any, live: Live) -> None:
    """Write a customer who has not ordered and one who has, with an order of theirs."""
    later = attrs.evolve(clerk, live=live)
    grace = attrs.evolve(ADA, email="grace@example.com", lastname="Hopper")
    assert isinstance(later.put("customers", "8", grace), Written)
    assert isinstance(later.put("orders", "1", ORDER), Written)
    if "potentials" not in later.live.tables():
        return
    assert isinstance(later.put("potentials", "1", ORDER), Written)


@pytest.mark.feature("V66", "V69")
def test_a_mandatory_text_says_that_nothing_was_chosen(
    clerk: Any, connect: Connect, sandbox: VtigerSandbox
) -> None:
    for module in MODULES:
        sandbox.add_field(module, "cf_must", mandatory=True)
    everything(clerk, connect())
    for module in MODULES:
        assert {"--None--"} == {record["cf_must"] for record in sandbox.records(module)}, module


@pytest.mark.feature("V66", "V67", "V68", "V70")
def test_each_field_of_each_module_may_have_a_default_of_its_own(
    clerk: Any, connect: Connect, sandbox: VtigerSandbox
) -> None:
    for module in MODULES:
        sandbox.add_field(module, "cf_must", mandatory=True)
    defaults = {f"{module}.cf_must": f"of {module}" for module in MODULES}
    streets = {"SalesOrder.bill_street": "unknown", "SalesOrder.ship_street": "pick-up"}
    everything(clerk, connect(defaults={**defaults, **streets}))
    for module in MODULES:
        assert {f"of {module}"} == {record["cf_must"] for record in sandbox.records(module)}
    [order] = sandbox.records("SalesOrder")
    assert ("unknown", "pick-up") == (order["bill_street"], order["ship_street"])


@pytest.mark.parametrize(
    ("type_", "held"),
    [
        ({"name": "string"}, "--None--"),
        ({"name": "text"}, "--None--"),
        ({"name": "phone"}, "--None--"),
        ({"name": "url"}, "--None--"),
        ({"name": "boolean"}, "0"),
        ({"name": "date", "format": "yyyy-mm-dd"}, "today"),
        (
            {"name": "picklist", "picklistValues": [{"label": "One", "value": "One"}]},
            "One",
        ),
    ],
)
def test_what_a_mandatory_field_holds_depends_on_its_type(
    crm: Any, env: Any, sandbox: VtigerSandbox, type_: Mapping[str, Any], held: str
) -> None:
    sandbox.add_field("Leads", "cf_must", type_=type_, mandatory=True)
    [answer] = crm.tables()["Leads"].write([Write(None, {"lastname": "Lovelace"}, "1", "once")])
    assert isinstance(answer, Written)
    [record] = sandbox.records("Leads")
    today = env.clock.now().date().isoformat()
    assert record["cf_must"] == (today if held == "today" else held)


@pytest.mark.feature("V65")
@pytest.mark.parametrize("name", ["integer", "double", "currency", "email", "reference", "time"])
def test_what_would_be_made_up_is_not_and_the_record_is_set_aside_with_the_fields_name(
    crm: Any, sandbox: VtigerSandbox, name: str
) -> None:
    type_ = {"name": name, **({"refersTo": ["Accounts"]} if name == "reference" else {})}
    sandbox.add_field("Leads", "cf_must", type_=type_, mandatory=True)
    [answer] = crm.tables()["Leads"].write([Write(None, {"lastname": "Lovelace"}, "1", "once")])
    assert isinstance(answer, RejectedError)
    assert str(answer) == (
        "Leads: cf_must does not have a value, which vtiger insists on: map the field, or give it a"
        ' value in the system\'s `defaults` as "Leads.cf_must"'
    )
    assert 0 == sandbox.count("Leads")


def test_what_the_shop_knows_no_more_gets_what_a_new_row_would_get(
    clerk: Any, connect: Connect, sandbox: VtigerSandbox
) -> None:
    """Emptying a mandatory field is refused by vtiger, and a default stands for the unknown."""
    sandbox.set_field("Contacts", "mailingcity", mandatory=True)
    home = Address(street="12 Rue Bleue", city="Paris", state="75", country="FR")
    moved = Address(street="3 Elm", country="GB")
    later = attrs.evolve(clerk, live=connect(defaults={"Contacts.mailingstate": "unknown"}))
    for address in (home, moved):
        ada = attrs.evolve(ADA, has_ordered=True, address=address)
        assert isinstance(later.put("customers", "7", ada), Written)
    [record] = sandbox.records("Contacts")
    told = [record[f"mailing{part}"] for part in ("street", "city", "state", "country")]
    assert ["3 Elm", "--None--", "unknown", "GB"] == told
