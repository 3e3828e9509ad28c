"""What `crosstie check` says, without having changed anything."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from crosstie import Checks, Live, Secret
from crosstie.sandbox import Reply, Server
from crosstie_vtiger.checking import needed, version_of
from crosstie_vtiger.sandbox import VtigerSandbox, operation

Connect = Callable[..., Live]
ALL = {
    "customers": frozenset({"write:customers"}),
    "products": frozenset({"write:products"}),
    "orders": frozenset({"write:orders"}),
}


def told(live: Any, use: Any = None) -> list[tuple[str, str]]:
    return [(line.level, line.text) for line in live.check(ALL if use is None else use)]


def texts(live: Any, level: str, use: Any = None) -> list[str]:
    return [text for found, text in told(live, use) if found == level]


@pytest.mark.feature("V54", "V58")
def test_a_good_vtiger_is_told_to_be_good(crm: Live) -> None:
    assert isinstance(crm, Checks)
    good = texts(crm, "ok")
    assert ["user 'admin' logs in with the access key", "vtiger 8.4.0"] == good[:2]
    assert not texts(crm, "problem")


def test_a_check_writes_nothing(crm: Live, sandbox: VtigerSandbox) -> None:
    before = sandbox.content()
    told(crm)
    assert before == sandbox.content()
    assert {"getchallenge", "login", "describe", "query"} == set(sandbox.operations)


@pytest.mark.feature("V56")
def test_a_failed_login_is_one_problem_and_the_end(connect: Connect) -> None:
    [(level, text)] = told(connect(access_key=Secret("wrong")))
    assert "problem" == level
    assert "is the access key of user 'admin' right" in text
    [(level, text)] = told(connect(username="nobody"))
    assert ("problem", True) == (level, "there is no user 'nobody'" in text)


def test_an_unreachable_vtiger_is_one_problem(connect: Connect, server: Server) -> None:
    server.fail("answer", reply=Reply(302, b"", {"Location": "https://other.example/"}))
    [(level, text)] = told(connect())
    assert ("problem", True) == (level, "sends us on to https://other.example/" in text)


@pytest.mark.feature("V59", "V60", "V61", "V62")
def test_rights_are_told_per_module(crm: Live, sandbox: VtigerSandbox) -> None:
    described = sandbox.crm.modules["Contacts"].described
    described.update(updateable=False, deleteable=False)
    sandbox.crm.modules["Accounts"].described["deleteable"] = False
    sandbox.forbid("Products")
    lines = told(crm)
    assert ("ok", "SalesOrder: creation, update, retrieving, deletion authorised") in lines
    assert (
        "warning",
        "Accounts: creation, update, retrieving authorised;"
        ' deletion is not, which on_delete = "delete" needs',
    ) in lines
    problems = texts(crm, "problem")
    assert "Contacts: creation, retrieving authorised, but not update, deletion" in problems[0]
    assert "Products: update, retrieving, deletion authorised, but not creation" in problems[1]


@pytest.mark.feature("V42")
def test_a_module_that_is_missing_or_hidden_is_a_problem(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    sandbox.add_user("sales", "key", admin=False, cannot_see=["SalesOrder"])
    live = connect(username="sales", access_key=Secret("key"))
    [problem] = texts(live, "problem")
    assert "vtiger has no module 'SalesOrder', it is switched off, or user 'sales' may" in problem
    [problem] = texts(live, "problem", {"leads": frozenset({"write:Lead"})})
    assert "no module 'Lead'" in problem


@pytest.mark.feature("V64", "V67")
def test_mandatory_fields_are_told_with_what_they_get(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    sandbox.set_field("Contacts", "account_id", mandatory=True)
    sandbox.set_field("Contacts", "department", mandatory=True)
    defaults = {"SalesOrder.bill_street": "by hand"}
    lines = told(connect(defaults=defaults))
    assert ("ok", "SalesOrder.bill_street is mandatory, where unknown: 'by hand'") in lines
    assert (
        "warning",
        "SalesOrder.ship_street is mandatory, where unknown: '--None--'; choose another value"
        ' with "SalesOrder.ship_street" in the system\'s `defaults`',
    ) in lines
    assert any(
        level == "warning" and text.startswith("Contacts.department is mandatory")
        for level, text in lines
    )
    [problem] = [text for level, text in lines if level == "problem"]
    assert problem.startswith("Contacts.account_id is mandatory and of type reference")


def test_what_is_always_written_is_not_told_as_mandatory(crm: Live) -> None:
    told_of = [text.split()[0] for text in texts(crm, "warning") if "mandatory" in text]
    assert ["SalesOrder.bill_street", "SalesOrder.ship_street"] == told_of


def test_defaults_that_name_no_field_are_told(connect: Connect) -> None:
    live = connect(defaults={"SalesOrder.bil_street": "x", "Leads.city": "y"})
    assert ["defaults: SalesOrder has no field 'bil_street' in vtiger"] == texts(live, "problem")
    assert any("'Leads.city' is of no module" in text for text in texts(live, "warning"))


def test_the_field_that_orders_are_recognised_by_must_be_there(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    fields = sandbox.crm.modules["SalesOrder"].described["fields"]
    fields[:] = [field for field in fields if field["name"] != "vtiger_purchaseorder"]
    assert "no field vtiger_purchaseorder" in texts(crm, "problem")[0]


def test_currencies_are_told(crm: Live) -> None:
    [line] = [text for text in texts(crm, "ok") if text.startswith("currencies")]
    assert "currencies EUR are active; vtiger counts in EUR" in line


@pytest.mark.parametrize(
    ("memory", "level", "text"),
    [
        ("", "warning", "the first order will show whether this one has been mended"),
        ("works 8.4.0", "ok", "this vtiger takes line items, as seen before"),
        ("refuses 8.4.0", "problem", "has refused line items before"),
        ("refuses 8.3.0", "warning", "the first order will show"),
    ],
)
def test_line_items_are_judged_by_what_was_seen(
    crm: Live, env: Any, memory: str, level: str, text: str
) -> None:
    env.memory.texts["line items"] = memory
    assert any(text in line for line in texts(crm, level))


@pytest.mark.feature("V03")
@pytest.mark.parametrize(
    ("reports", "level", "text"),
    [
        ("8.0.0", "ok", "vtiger 8.0.0"),
        ("8.4.0", "ok", "vtiger 8.4.0"),
        ("8.5.1", "warning", "vtiger 8.5.1: untested, checked are 8.0 to 8.4"),
        ("7.5.0", "warning", "vtiger 7.5.0: untested"),
        ("6.5.0", "warning", "vtiger 6.5.0: untested"),
        ("5.4.0", "problem", "line items need 6.0 at least"),
        ("", "problem", "vtiger unknown"),
    ],
)
def test_the_version_is_told(
    connect: Connect, sandbox: VtigerSandbox, reports: str, level: str, text: str
) -> None:
    sandbox.crm.version = attrs.evolve(sandbox.crm.version, reports=reports)
    assert any(text in line for line in texts(connect(), level))


def test_only_what_a_flow_writes_is_looked_at() -> None:
    assert ["Leads"] == needed({"leads": frozenset({"write:Leads", "read:orders"})})
    assert ["Contacts", "Accounts"] == needed({"people": frozenset({"write:customers"})})
    assert (0, 0) == version_of("nightly")


def test_a_refused_query_for_currencies_is_told(crm: Live, server: Server) -> None:
    denied = b'{"success":false,"error":{"message":"no","code":"ACCESS_DENIED"}}'
    server.fail("answer", matches=operation("query"), reply=Reply(200, denied))
    assert any("vtiger has no module 'Currency'" in text for text in texts(crm, "problem"))
