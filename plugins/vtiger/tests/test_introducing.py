"""What a vtiger tells of itself for a first config."""

from collections.abc import Callable
from typing import Any

import pytest

from crosstie import Advice, Introduces, Live, Secret, UnauthorisedError
from crosstie_vtiger.sandbox import VtigerSandbox

Connect = Callable[..., Live]
USE = {
    "customers": frozenset({"write:customers"}),
    "products": frozenset({"write:products", "write:currencies"}),
    "orders": frozenset({"write:orders"}),
}


def told(live: Live) -> list[Advice]:
    assert isinstance(live, Introduces)
    return list(live.introduce(USE))


def settings(live: Live) -> dict[str, Any]:
    """What is chosen, as the config would say it."""
    found: dict[str, Any] = {}
    for one in told(live):
        if one.setting is not None and one.chosen:
            known = found.get(one.setting, {})
            found[one.setting] = {**known, **one.value} if known else one.value
    return found


def test_a_vtiger_tells_its_version_and_what_it_counts_in(crm: Live) -> None:
    assert [one.text for one in told(crm)[:2]] == [
        "vtiger 8.4.0",
        "currencies: EUR (vtiger counts in it)",
    ]


@pytest.mark.feature("V64", "V69")
def test_mandatory_fields_that_the_shop_may_leave_empty_get_a_value(crm: Live) -> None:
    streets = ("bill_street", "ship_street")
    wanted = {
        f"{module}.{one}": "--None--" for module in ("SalesOrder", "Invoice") for one in streets
    }
    assert {"defaults": wanted} == settings(crm)


def test_with_these_values_check_has_nothing_to_say_about_mandatory_fields(
    connect: Connect,
) -> None:
    live: Any = connect(**settings(connect()))
    assert not [one for one in live.check(USE) if one.level != "ok" and "mandatory" in one.text]


@pytest.mark.feature("V65")
def test_a_mandatory_field_that_nothing_harmless_fits_is_left_to_the_user(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    sandbox.set_field("Contacts", "account_id", mandatory=True)
    sandbox.add_field("Contacts", "cf_day", type_={"name": "date"}, mandatory=True)
    advice = told(crm)
    values = {name: one for one in advice if one.setting == "defaults" for name in one.value}
    account, day = values["Contacts.account_id"], values["Contacts.cf_day"]
    assert (account.chosen, account.value) == (False, {"Contacts.account_id": ""})
    assert "reference), where the shop has nothing: a record without it is not" in account.text
    assert (day.chosen, "the day of writing" in day.text) == (False, True)
    assert not [one for one in advice if one.text.startswith("note: Contacts.")][1:]


def test_the_choices_of_a_mandatory_picklist_are_told(crm: Live, sandbox: VtigerSandbox) -> None:
    sandbox.set_field("Accounts", "industry", mandatory=True)
    [industry] = [one for one in told(crm) if one.value == {"Accounts.industry": "Apparel"}]
    assert (industry.chosen, "(picklist: Apparel, Banking," in industry.text) == (True, True)


def test_what_may_become_of_an_order_besides_is_told_with_the_module_it_needs(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    besides = {one.setting: one for one in told(crm) if str(one.setting).startswith("create_")}
    assert ["create_invoice", "create_potential"] == list(besides)
    assert not any(one.chosen for one in besides.values())
    assert "the module Potentials, which that needs, is there" in besides["create_potential"].text


@pytest.mark.parametrize("how", ["forbidden", "hidden"])
def test_invoices_are_switched_off_where_there_can_be_none(
    connect: Connect, sandbox: VtigerSandbox, how: str
) -> None:
    hidden = ["Invoice"] if how == "hidden" else []
    sandbox.add_user("sales", "key", admin=False, cannot_see=hidden)
    if how == "forbidden":
        sandbox.forbid("Invoice")
    user = {"username": "sales", "access_key": Secret("key")}
    chosen = settings(connect(**user))
    assert chosen["create_invoice"] is False
    assert not [name for name in chosen["defaults"] if name.startswith("Invoice")]
    live: Any = connect(**user, **chosen)
    assert not [one for one in live.check(USE) if one.level == "problem"]


@pytest.mark.feature("V44", "V45")
def test_an_origin_that_vtiger_does_not_offer_is_noted(crm: Live) -> None:
    noted = [one.text for one in told(crm) if "leadsource" in one.text]
    assert ["note: Leads.leadsource:", "note: Contacts.leadsource:"] == [
        " ".join(text.split()[:2]) for text in noted
    ]


def test_without_orders_nothing_is_said_about_them(crm: Any) -> None:
    advice = list(crm.introduce({"customers": USE["customers"]}))
    assert not [one for one in advice if one.setting is not None or "currencies" in one.text]


def test_introducing_writes_nothing(crm: Live, sandbox: VtigerSandbox) -> None:
    before = sandbox.content()
    told(crm)
    assert before == sandbox.content()
    assert {"getchallenge", "login", "describe", "query"} == set(sandbox.operations)


def test_a_vtiger_that_lets_nobody_in_says_so(connect: Connect) -> None:
    with pytest.raises(UnauthorisedError, match="access key of user 'admin'"):
        told(connect(access_key=Secret("wrong")))
