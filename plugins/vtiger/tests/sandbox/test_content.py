"""Pictures of the CRM for tests: counts, records, and a content that two CRMs may share."""

from collections.abc import Callable
from typing import Any

from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox


def fill(admin: Any, order: Callable[..., dict[str, Any]], names: list[str]) -> None:
    for name in names:
        admin.create("Contacts", lastname=name, email=f"{name}@x.example")
    account = admin.create("Accounts", accountname="Acme")["id"]
    admin.create("Contacts", lastname="Doe", account_id=account)
    admin.create("SalesOrder", **order(admin, {"quantity": 2, "listprice": 5}, account_id=account))


def test_content_is_equal_whatever_the_order_ids_and_times_of_writing(
    caller: Any, order: Callable[..., dict[str, Any]], clock: SimulatedClock
) -> None:
    one, other = VtigerSandbox(clock=clock), VtigerSandbox()
    fill(caller(one).login(), order, ["Ada", "Bo"])
    busy = caller(other).login()
    busy.post("delete", id=busy.create("Leads", lastname="gone")["id"])
    fill(busy, order, ["Bo", "Ada"])
    assert one.content() == other.content()
    assert {told["lastname"] for told in one.content()["Contacts"]} == {"Ada", "Bo", "Doe"}
    busy.create("Contacts", lastname="Ada", email="ada@x.example")
    assert one.content() != other.content()
    assert one.content(["SalesOrder"]) == other.content(["SalesOrder"])


def test_content_tells_references_as_what_they_point_to(
    sandbox: VtigerSandbox, admin: Any, order: Callable[..., dict[str, Any]]
) -> None:
    product = admin.create("Products", productname="Widget", productcode="W-1")["id"]
    admin.create("SalesOrder", **order(admin, {"productid": product, "quantity": 2}))
    [told] = sandbox.content(["SalesOrder"])["SalesOrder"]
    assert told["account_id"] == "Accounts: A"
    assert told["currency_id"] == "Currency: Euro / EUR"
    assert told["assigned_user_id"].startswith("Users: Administrator")
    assert [line["productid"] for line in told["LineItems"]] == ["Products: Widget / W-1"]
    assert not {"salesorder_no", "createdtime", "modifiedtime", "id"} & told.keys()
    admin.post("delete", id=product)
    [told] = sandbox.content(["SalesOrder"])["SalesOrder"]
    assert told["LineItems"][0]["productid"] == "nothing"


def test_records_are_copies(sandbox: VtigerSandbox, admin: Any) -> None:
    admin.create("Contacts", lastname="x")
    sandbox.records("Contacts")[0]["lastname"] = "y"
    assert [record["lastname"] for record in sandbox.records("Contacts")] == ["x"]
    assert sandbox.count("Contacts") == 1
