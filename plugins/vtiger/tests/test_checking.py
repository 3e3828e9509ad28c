"""What `crosstie check` says, without having changed anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from crosstie import Checks, Live, Secret
from crosstie.sandbox import Reply, Request, Server
from crosstie.testing import SimulatedClock
from crosstie_vtiger.checking import version_of
from crosstie_vtiger.requirements import needed
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.sandbox import VtigerSandbox, operation

Connect = Callable[..., Live]
WAYS = ("bill", "ship")
ALL = {
    "customers": frozenset({"write:customers"}),
    "products": frozenset({"write:products"}),
    "orders": frozenset({"write:orders"}),
}


def told(live: Any, use: Any = None) -> list[tuple[str, str]]:
    return [(line.level, line.text) for line in live.check(ALL if use is None else use)]


def texts(live: Any, level: str, use: Any = None) -> list[str]:
    return [text for found, text in told(live, use) if found == level]


@pytest.mark.feature("V54", "V55", "V57", "V58")
def test_a_good_vtiger_is_told_to_be_good(crm: Live, server: Server) -> None:
    assert isinstance(crm, Checks)
    good = texts(crm, "ok")
    assert [
        f"set-up: OK, {server.url}/webservice.php is a vtiger's web service",
        "connection: OK, user 'admin' logs in with the access key",
        "vtiger 8.4.0",
    ] == good[:3]
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
    assert text.startswith("connection to http://127.0.0.1:")
    assert "the access key of user 'admin' is wrong" in text
    [(level, text)] = told(connect(username="nobody"))
    assert ("problem", True) == (level, "there is no user 'nobody'" in text)


def test_an_unreachable_vtiger_is_one_problem(connect: Connect, server: Server) -> None:
    server.fail("answer", reply=Reply(302, b"", {"Location": "https://other.example/"}))
    [(level, text)] = told(connect())
    assert ("problem", True) == (level, "set-up: " in text)
    assert "sends us on to https://other.example/" in text


def test_a_password_in_the_address_is_not_told(connect: Connect, server: Server) -> None:
    address = server.url.replace("//", "//web:hidden@")
    assert not any("hidden" in text for text in texts(connect(url=address), "ok"))


@pytest.mark.parametrize(("minutes", "text"), [(7, "7 minutes ahead of"), (-3, "3 minutes behind")])
def test_clocks_that_differ_are_told(
    connect: Connect, sandbox: VtigerSandbox, minutes: int, text: str
) -> None:
    sandbox.crm.clock = SimulatedClock(datetime.now(UTC) + timedelta(minutes=minutes))
    assert any(f"vtiger's clock is {text} ours" in line for line in texts(connect(), "warning"))


def test_another_program_that_logs_in_as_the_same_user_is_told(
    connect: Connect, server: Server, sandbox: VtigerSandbox
) -> None:
    def disturb(request: Request) -> bool:
        if operation("login")(request) and sandbox.operations["login"] < 2:
            query = {"operation": "getchallenge", "username": "admin"}
            sandbox.respond(attrs.evolve(request, method="GET", query=query, body=b""))
        return False

    server.fail("drop", matches=disturb)
    [warning] = [text for text in texts(connect(), "warning", {}) if "user 'admin'" in text]
    assert "got in at try 3 only: another program logs in as the same user" in warning


@pytest.mark.feature("V46", "V47")
def test_one_who_is_no_administrator_is_told_of_the_sharing_rules(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    sandbox.add_user("sales", "key", admin=False)
    [warning] = texts(connect(username="sales", access_key=Secret("key")), "warning", {})
    assert "Sharing Rules says Public: Read, Create/Edit, Delete" in warning
    assert not texts(connect(), "warning", {})


@pytest.mark.feature("V59", "V60", "V61", "V62")
def test_rights_are_told_per_module(crm: Live, sandbox: VtigerSandbox) -> None:
    described = sandbox.crm.modules["Contacts"].described
    described.update(updateable=False, deleteable=False)
    sandbox.crm.modules["Accounts"].described["deleteable"] = False
    sandbox.forbid("Products")
    sandbox.forbid("Currency")
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
    assert all("Settings > User & Access Control > Profiles" in problem for problem in problems)
    [warning] = [text for text in texts(crm, "warning") if text.startswith("Currency")]
    assert "must be in use there already" in warning


@pytest.mark.feature("V40", "V41", "V42")
def test_a_module_that_is_missing_or_hidden_is_a_problem(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    sandbox.add_user("sales", "key", admin=False, cannot_see=["SalesOrder"])
    live = connect(username="sales", access_key=Secret("key"))
    [problem] = texts(live, "problem")
    assert "no module 'SalesOrder', it is switched off (Settings > Module Management" in problem
    assert "or user 'sales' may not see it" in problem
    [problem] = texts(live, "problem", {"leads": frozenset({"write:Lead"})})
    assert "no module 'Lead'" in problem


@pytest.mark.feature("V64", "V67", "V68", "V69")
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


@pytest.mark.feature("V66")
def test_every_module_that_is_written_is_looked_at_for_mandatory_fields(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    modules = ("Potentials", "Accounts", "Contacts", "Leads", "SalesOrder", "Invoice")
    for module in modules:
        sandbox.add_field(module, "cf_must", mandatory=True)
    live = connect(create_potential=True)
    told_of = {text.split()[0] for text in texts(live, "warning") if "mandatory" in text}
    assert {f"{module}.cf_must" for module in modules} <= told_of
    optional = connect(create_invoice=False)
    told_of = {text.split()[0] for text in texts(optional, "warning") if "mandatory" in text}
    assert {f"{module}.cf_must" for module in modules} - told_of == {
        "Invoice.cf_must",
        "Potentials.cf_must",
    }


@pytest.mark.feature("V71")
def test_a_field_that_is_no_longer_mandatory_in_vtiger_is_not_told(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    for field in ("bill_street", "ship_street"):
        sandbox.set_field("SalesOrder", field, mandatory=False)
        sandbox.set_field("Invoice", field, mandatory=False)
    assert not any("mandatory" in text for text in texts(crm, "warning"))


def test_what_is_always_written_is_not_told_as_mandatory(connect: Connect) -> None:
    live = connect(create_potential=True)
    told_of = [text.split()[0] for text in texts(live, "warning") if "mandatory" in text]
    streets = [f"{module}.{way}_street" for module in ("SalesOrder", "Invoice") for way in WAYS]
    assert sorted([*streets, "Potentials.closingdate"]) == sorted(told_of)


@pytest.mark.feature("V44", "V45")
def test_the_origin_that_vtiger_does_not_offer_is_told_with_its_editor(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    def choices(*values: str) -> dict[str, Any]:
        told = [{"label": value, "value": value} for value in values]
        return {"name": "picklist", "picklistValues": told, "defaultValue": values[0]}

    sandbox.set_field("Leads", "leadsource", type=choices("Web Site", "prestashop"))
    sandbox.set_field("Contacts", "leadsource", type=choices("Web Site", "Prestashop"))
    live = connect(create_potential=True, defaults={"Potentials.leadsource": "Web Site"})
    warnings = [text for text in texts(live, "warning") if "leadsource" in text]
    assert [
        "Leads.leadsource: 'Prestashop' is none of vtiger's choices, so that nobody can choose it"
        " in filters and reports; add it, spelt exactly so, in Settings > Picklist Field Values"
    ] == warnings


@pytest.mark.feature("V78")
def test_a_preview_of_the_names_is_told(connect: Connect) -> None:
    expected = (
        "the first would be called: an order 'Bon de commande no1',"
        " a potential 'Commande boutique no1'"
    )
    assert expected in texts(connect(create_potential=True), "ok")
    named = connect(order_prefix="SO-")
    assert "the first would be called: an order 'SO-1'" in texts(named, "ok")
    assert not any("called" in text for text in texts(named, "ok", {}))


def test_defaults_that_name_no_field_are_told(connect: Connect) -> None:
    live = connect(defaults={"SalesOrder.bil_street": "x", "HelpDesk.title": "y"})
    assert ["defaults: SalesOrder has no field 'bil_street' in vtiger"] == texts(live, "problem")
    assert any("'HelpDesk.title' is of no module" in text for text in texts(live, "warning"))


def test_the_field_that_orders_are_recognised_by_must_be_there(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    fields = sandbox.crm.modules["SalesOrder"].described["fields"]
    fields[:] = [field for field in fields if field["name"] != "vtiger_purchaseorder"]
    assert "no field vtiger_purchaseorder" in texts(crm, "problem")[0]


@pytest.mark.feature("V84", "V93")
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
    assert ["Leads"] == needed({"leads": frozenset({"write:Leads", "read:orders"})}, Rules())
    people = needed({"people": frozenset({"write:customers"})}, Rules())
    assert ["Leads", "Contacts", "Accounts"] == people
    assert (0, 0) == version_of("nightly")


def test_a_refused_query_for_currencies_is_told(crm: Live, server: Server) -> None:
    denied = b'{"success":false,"error":{"message":"no","code":"ACCESS_DENIED"}}'
    server.fail("answer", matches=operation("query"), reply=Reply(200, denied))
    assert any("vtiger has no module 'Currency'" in text for text in texts(crm, "problem"))


@pytest.mark.feature("V83")
def test_a_currency_that_the_setting_names_in_vain_is_told(connect: Connect) -> None:
    [problem] = texts(connect(currencies={"usd": "21x7"}), "problem")
    assert "`currencies` names 21x7 for USD, and vtiger's currencies are 21x1 EUR" == problem
    assert not texts(connect(currencies={"USD": "21x1"}), "problem")


def test_a_currency_that_vtiger_has_twice_is_told(connect: Connect, sandbox: VtigerSandbox) -> None:
    twins = {"currency_code": "EUR", "currency_status": "Active", "defaultid": "0", "deleted": "0"}
    twin = sandbox.seed("Currency", {**twins, "currency_name": "Old euro"})
    [problem] = texts(connect(), "problem")
    assert f"vtiger has the currency EUR 2 times (21x1, {twin})" in problem
    assert not texts(connect(currencies={"EUR": twin}), "problem")
