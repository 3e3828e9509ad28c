"""Any module as a table: written, found, shown, deleted, and what is said when vtiger says no."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from crosstie import (
    Deletes,
    Discovers,
    FlowError,
    GoneError,
    Live,
    MappingError,
    RejectedError,
    Shows,
    UnauthorisedError,
    UncertainError,
    Write,
    Written,
)
from crosstie.sandbox import Server
from crosstie_vtiger.sandbox import VtigerSandbox, operation

Connect = Callable[..., Live]


@pytest.fixture
def leads(crm: Live) -> Any:
    return crm.tables()["Leads"]


def write(table: Any, row_id: str | None = None, **row: Any) -> Any:
    [answer] = table.write([Write(row_id, row, "17", "once")])
    return answer


def test_a_module_is_a_table_by_its_name(crm: Live) -> None:
    table = crm.tables()["HelpDesk"]
    assert (table.name, table.key) == ("HelpDesk", ())
    assert all(isinstance(table, ability) for ability in (Shows, Deletes, Discovers))


def test_a_name_that_is_no_module_is_no_table(crm: Live) -> None:
    assert crm.tables().get("costumers") is None
    with pytest.raises(UnauthorisedError, match="vtiger has no module 'Lead'"):
        write(crm.tables()["Lead"], lastname="x")
    with pytest.raises(UnauthorisedError, match="vtiger has no module 'Lead'"):
        crm.tables()["Lead"].find([{"lastname": "x"}])


def test_a_field_that_is_none_cannot_be_matched_by(leads: Any) -> None:
    with pytest.raises(FlowError, match="Leads has no field 'emial'"):
        leads.find([{"emial": "x"}])


def test_a_new_row_belongs_to_the_writing_user(leads: Any, sandbox: VtigerSandbox) -> None:
    write(leads, lastname="Ada")
    assert sandbox.records("Leads")[0]["assigned_user_id"] == "19x1"


@pytest.mark.parametrize("setting", ["clerk", "CLERK", "19x5"])
def test_new_rows_can_belong_to_somebody_else(
    connect: Connect, sandbox: VtigerSandbox, setting: str
) -> None:
    assert sandbox.add_user("clerk", "key") == "19x5"
    leads = connect(assigned_user_id=setting).tables()["Leads"]
    write(leads, lastname="Ada")
    write(leads, lastname="Bob")
    assert [record["assigned_user_id"] for record in sandbox.records("Leads")] == ["19x5"] * 2


def test_an_owner_who_is_nobody_stops_the_flow(connect: Connect) -> None:
    with pytest.raises(UnauthorisedError, match="no user named 'ghost'"):
        write(connect(assigned_user_id="ghost").tables()["Leads"], lastname="Ada")


def test_a_change_leaves_other_fields_and_the_owner_alone(
    leads: Any, sandbox: VtigerSandbox
) -> None:
    sandbox.add_user("clerk", "key")
    made = write(leads, lastname="Ada", phone="1", assigned_user_id="19x5")
    assert write(leads, made.id, phone="2") == Written(made.id)
    [record] = sandbox.records("Leads")
    assert ("Ada", "2", "19x5") == (
        record["lastname"],
        record["phone"],
        record["assigned_user_id"],
    )


def test_nothing_and_the_empty_text_clear_a_field(leads: Any, sandbox: VtigerSandbox) -> None:
    made = write(leads, lastname="Ada", phone="1", mobile="2")
    write(leads, made.id, phone=None, mobile="")
    [record] = sandbox.records("Leads")
    assert ("", "") == (record["phone"], record["mobile"])


def test_values_arrive_as_they_are_meant(crm: Live, sandbox: VtigerSandbox) -> None:
    sandbox.add_field("Contacts", "cf_when", type_={"name": "datetime"})
    sandbox.add_field("Contacts", "cf_sum", type_={"name": "currency"})
    sandbox.add_field("Contacts", "cf_many", type_={"name": "multipicklist"})
    paris = timezone(timedelta(hours=2))
    write(
        crm.tables()["Contacts"],
        lastname="Ada",
        donotcall=True,
        emailoptout=False,
        birthday=date(1980, 2, 29),
        cf_when=datetime(2026, 7, 1, 12, 0, 5, tzinfo=paris),
        cf_sum=Decimal("12345.60"),
        cf_many=("red", "green"),
        description="line\nline",
    )
    [record] = sandbox.records("Contacts")
    names = ["donotcall", "emailoptout", "birthday", "cf_when", "cf_sum", "cf_many", "description"]
    assert [record[name] for name in names] == [
        "1",
        "0",
        "1980-02-29",
        "2026-07-01 10:00:05",
        "12345.60000000",
        "red |##| green",
        "line\nline",
    ]


def test_a_value_without_a_form_is_a_mapping_error(leads: Any) -> None:
    answer = write(leads, lastname="Ada", phone=3.14)
    assert isinstance(answer, MappingError)
    assert "vtiger has no form for a float" in str(answer)


@pytest.mark.feature("V69")
def test_mandatory_texts_get_none_in_dashes(connect: Connect, sandbox: VtigerSandbox) -> None:
    sandbox.set_field("Leads", "city", mandatory=True)
    write(connect().tables()["Leads"], lastname="Ada")
    assert sandbox.records("Leads")[0]["city"] == "--None--"


@pytest.mark.feature("V68", "V70")
def test_mandatory_fields_get_the_default_of_the_settings(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    sandbox.set_field("Leads", "city", mandatory=True)
    sandbox.set_field("Leads", "email", mandatory=True)
    defaults = {"Leads.city": "Rome", "Leads.email": "nobody@example.com", "Contacts.email": "no"}
    leads = connect(defaults=defaults).tables()["Leads"]
    write(leads, lastname="Ada")
    write(leads, lastname="Bob", city="Paris")
    cities = [(record["city"], record["email"]) for record in sandbox.records("Leads")]
    assert cities == [("Rome", "nobody@example.com"), ("Paris", "nobody@example.com")]


def test_mandatory_choices_dates_and_flags_get_a_harmless_value(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    for name in ("industry", "support_start_date", "donotcall"):
        module = "Accounts" if name == "industry" else "Contacts"
        sandbox.set_field(module, name, mandatory=True)
    write(crm.tables()["Accounts"], accountname="Acme")
    write(crm.tables()["Contacts"], lastname="Ada")
    assert sandbox.records("Accounts")[0]["industry"] == "Apparel"
    [contact] = sandbox.records("Contacts")
    today = datetime.now(UTC).date().isoformat()
    assert (today, "0") == (contact["support_start_date"], contact["donotcall"])


@pytest.mark.feature("V65")
@pytest.mark.parametrize("field", ["email", "account_id"])
def test_a_mandatory_field_without_a_value_means_not_written(
    crm: Live, sandbox: VtigerSandbox, field: str
) -> None:
    sandbox.set_field("Contacts", field, mandatory=True)
    answer = write(crm.tables()["Contacts"], lastname="Ada")
    assert isinstance(answer, RejectedError)
    assert f'in the system\'s `defaults` as "Contacts.{field}"' in str(answer)
    assert sandbox.count("Contacts") == 0


def test_a_mandatory_field_that_is_cleared_holds_what_it_would_hold_in_a_new_row(
    leads: Any, sandbox: VtigerSandbox
) -> None:
    made = write(leads, lastname="Ada", email="ada@example.com")
    assert isinstance(write(leads, made.id, lastname=""), Written)
    sandbox.set_field("Leads", "email", mandatory=True)
    leads.crm.shared.modules.clear()
    answer = write(leads, made.id, email="")
    assert isinstance(answer, RejectedError)
    [record] = sandbox.records("Leads")
    assert ("--None--", "ada@example.com") == (record["lastname"], record["email"])


def test_a_duplicate_is_told_with_the_fields_that_are_unique(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    sandbox.set_field("Contacts", "email", isunique=True)
    contacts = crm.tables()["Contacts"]
    write(contacts, lastname="Ada", email="a@x.y")
    answer = write(contacts, lastname="Bob", email="A@x.y")
    assert isinstance(answer, RejectedError)
    assert "another record in Contacts with the same email" in str(answer)


def test_a_row_that_was_deleted_in_vtiger_is_gone(leads: Any, sandbox: VtigerSandbox) -> None:
    made = write(leads, lastname="Ada")
    assert leads.delete([made.id]) == [None]
    answer = write(leads, made.id, lastname="Bob")
    assert isinstance(answer, GoneError)
    assert f"Leads {made.id} was deleted in vtiger" == str(answer)
    assert sandbox.count("Leads") == 0


def test_deleting_what_is_gone_is_done(leads: Any, sandbox: VtigerSandbox) -> None:
    one, two = write(leads, lastname="Ada"), write(leads, lastname="Bob")
    assert leads.delete([one.id]) == [None]
    assert leads.delete([one.id, two.id, "10x999"]) == [None] * 3
    assert sandbox.count("Leads") == 0


def test_a_lost_answer_to_a_deletion_is_uncertain(leads: Any, server: Server) -> None:
    made = write(leads, lastname="Ada")
    server.fail("lost", matches=operation("delete"))
    assert isinstance(leads.delete([made.id])[0], UncertainError)
    assert leads.delete([made.id]) == [None]


def test_a_module_in_which_nothing_may_be_created_stops_the_flow(
    leads: Any, sandbox: VtigerSandbox
) -> None:
    sandbox.forbid("Leads")
    with pytest.raises(UnauthorisedError, match="user 'admin' may not create Leads"):
        write(leads, lastname="Ada")


def test_rows_are_shown_as_they_were_given(crm: Live) -> None:
    contacts: Any = crm.tables()["Contacts"]
    row = {
        "lastname": "O'Brien & Söhne \\ <b>",
        "donotcall": "1",
        "birthday": "1980-02-29",
        "description": "<script>alert('x')</script>\n& more",
        "phone": None,
    }
    one, two = write(contacts, **row), write(contacts, lastname="Bob")
    shown = contacts.show([two.id, "12x999", one.id])
    assert ("Bob", None) == (shown[0]["lastname"], shown[1])
    assert row == {name: shown[2][name] for name in row}


def test_numbers_are_shown_without_the_zeros_of_their_column(
    crm: Live, sandbox: VtigerSandbox
) -> None:
    accounts: Any = crm.tables()["Accounts"]
    made = write(accounts, accountname="Acme", annual_revenue=Decimal("12.5"), employees=7)
    [shown] = accounts.show([made.id])
    assert ("12.50", "7") == (shown["annual_revenue"], shown["employees"])


def test_showing_costs_one_request_for_a_hundred_rows(leads: Any, sandbox: VtigerSandbox) -> None:
    ids = [write(leads, lastname=f"n{number}").id for number in range(100)]
    sandbox.operations.clear()
    shown = leads.show(ids)
    assert [row["lastname"] for row in shown] == [f"n{number}" for number in range(100)]
    assert sandbox.operations == {"query": 1}


def test_fields_are_told_with_type_and_duty(crm: Live) -> None:
    tables: Any = crm.tables()
    fields = tables["Contacts"].fields()
    assert fields["lastname"] == "string, mandatory"
    assert fields["account_id"] == "reference to Accounts"
    assert fields["contact_no"] == "string, read only"
    assert fields["leadsource"].startswith("picklist (Cold Call, Existing Customer")
    assert tables["Accounts"].fields()["accountname"] == "string, mandatory, unique"


def test_a_module_is_described_once_for_all_workers(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    leads = connect().tables()["Leads"]
    for number in range(5):
        write(leads, lastname=f"n{number}")
    assert sandbox.operations["describe"] == 1


@pytest.mark.parametrize("kind", ["lost", "reset", "cut", "answer-after"])
@pytest.mark.parametrize("name", ["create", "revise"])
def test_an_upsert_whose_answer_is_lost_ends_with_one_row(
    clerk: Any, server: Server, sandbox: VtigerSandbox, kind: Any, name: str
) -> None:
    row = {"email": "ada@example.com", "lastname": "Ada"}
    if name == "revise":
        clerk.put_row("customers", "1", row)
    fault = server.fail(kind, matches=operation(name))
    assert isinstance(clerk.put_row("customers", "1", {**row, "phone": "2"}), Written)
    assert fault.times == 0
    [record] = sandbox.records("Leads")
    assert ("Ada", "2") == (record["lastname"], record["phone"])
