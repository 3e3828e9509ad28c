"""What becomes of written values, and which writes are refused."""

from typing import Any

import pytest

from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox

DUPLICATE = (0, "Duplicate(s) detected!")
DENIED = ("ACCESS_DENIED", "Permission to perform the operation is denied")
WRONG_ID = ("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("lastname", "L" * 81, "L" * 80),
        ("lastname", 'O\'Brien \\ "Q" <b>\n\t', 'O\'Brien \\ "Q" <b>\n\t'),
        ("lastname", "a 😀 b", "a ?? b"),
        ("lastname", 5, "5"),
        ("description", "&lt;p&gt; &amp; &nosuch;", "<p> & &nosuch;"),
        ("description", "<i>a</i><script>b", "&lt;i&gt;a&lt;/i&gt;&lt;script&gt;b"),
        ("description", None, ""),
        ("email", "not an address", "not an address"),
        ("leadsource", "in no picklist", "in no picklist"),
        ("birthday", "2027-01-31", "2027-01-31"),
        ("birthday", "29.02.1980", "1980-02-29"),
        ("birthday", "31-01-2027", "2027-01-31"),
        ("birthday", "soon", ""),
        ("emailoptout", "1", "1"),
        ("emailoptout", True, "1"),
        ("emailoptout", "on", "1"),
        ("emailoptout", "true", "0"),
        ("emailoptout", "off", "0"),
        ("emailoptout", None, "0"),
        ("phone", ["a", "b"], "a"),
        ("nosuchfield", "x", None),
    ],
)
def test_values_are_kept_as_the_database_would(
    admin: Any, field: str, sent: Any, kept: str | None
) -> None:
    contact = admin.create("Contacts", **{"lastname": "x", field: sent})
    assert contact.get(field) == kept
    assert admin.get("retrieve", id=contact["id"]).get(field) == kept


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("unit_price", "12345.678", "12345.68000000"),
        ("unit_price", "12.345,67", "12.35000000"),
        ("unit_price", "abc", "0.00000000"),
        ("unit_price", 2.675, "2.68000000"),
        ("qtyinstock", "10.5", "10.500"),
        ("qtyinstock", -3, "-3.000"),
        ("reorderlevel", "7 pieces", "7"),
        ("commissionrate", "", "0.000"),
    ],
)
def test_numbers_are_what_a_text_begins_with(admin: Any, field: str, sent: Any, kept: str) -> None:
    product = admin.create("Products", **{"productname": "W", field: sent})
    assert product[field] == kept


def test_labels_are_written_for_html_and_values_are_not(admin: Any) -> None:
    lead = admin.create("Leads", firstname='Zoë "Q"', lastname="A & B's")
    assert lead["label"] == "Zo&euml; &quot;Q&quot; A &amp; B&#039;s"
    assert lead["firstname"] == 'Zoë "Q"'


def test_the_first_missing_mandatory_field_is_named(sandbox: VtigerSandbox, admin: Any) -> None:
    sandbox.add_field("Contacts", "cf_852", mandatory=True)
    asked = {"elementType": "Contacts", "element": {"assigned_user_id": "19x1"}}
    code = "MANDATORY_FIELDS_MISSING"
    assert admin.refused("POST", "create", **asked) == (code, "lastname does not have a value")
    asked = {"elementType": "Contacts", "element": {"assigned_user_id": "19x1", "lastname": "x"}}
    assert admin.refused("POST", "create", **asked) == (code, "cf_852 does not have a value")
    assert admin.create("Contacts", lastname="x", cf_852="y")["cf_852"] == "y"
    described = admin.get("describe", elementType="Contacts")["fields"]
    assert next(field for field in described if field["name"] == "cf_852")["mandatory"] is True


def test_a_new_field_is_empty_in_records_that_were_there(
    sandbox: VtigerSandbox, admin: Any
) -> None:
    admin.create("Contacts", lastname="x")
    sandbox.add_field("Contacts", "cf_852", type_={"name": "double"})
    assert admin.query("select cf_852 from Contacts;")[0]["cf_852"] == "0.000"


def test_a_module_can_be_closed_to_new_records(sandbox: VtigerSandbox, admin: Any) -> None:
    sandbox.forbid("Leads")
    assert admin.get("describe", elementType="Leads")["createable"] is False
    asked = {"elementType": "Leads", "element": {"lastname": "x", "assigned_user_id": "19x1"}}
    refusal = admin.refused("POST", "create", **asked)
    assert refusal == ("ACCESS_DENIED", "Permission to write is denied")


def test_account_names_are_unique_whatever_their_case(admin: Any) -> None:
    acme = admin.create("Accounts", accountname="Acme")
    other = admin.create("Accounts", accountname="Other")
    asked = {
        "elementType": "Accounts",
        "element": {"accountname": "ACME ", "assigned_user_id": "19x1"},
    }
    assert admin.refused("POST", "create", **asked) == DUPLICATE
    clash = {"id": other["id"], "accountname": "acmé"}
    assert admin.refused("POST", "revise", element=clash) == DUPLICATE
    admin.post("revise", element={"id": acme["id"], "accountname": "ACME"})
    admin.post("delete", id=acme["id"])
    admin.create("Accounts", accountname="Acme")


def test_another_field_can_be_made_unique(sandbox: VtigerSandbox, admin: Any) -> None:
    sandbox.set_field("Contacts", "email", isunique=True)
    admin.create("Contacts", lastname="x", email="a@b.example")
    asked = {"lastname": "y", "email": "A@B.example", "assigned_user_id": "19x1"}
    assert admin.refused("POST", "create", elementType="Contacts", element=asked) == DUPLICATE
    admin.create("Contacts", lastname="y")
    admin.create("Contacts", lastname="z")


@pytest.mark.parametrize(
    ("version", "garbage"),
    [("8.4.0", WRONG_ID), ("8.0.0", (DENIED[0], f"{DENIED[1]} for id"))],
)
def test_references_are_checked_by_their_prefix_only(
    caller: Any, version: str, garbage: tuple[str, str]
) -> None:
    sandbox = VtigerSandbox(version=version)
    admin = caller(sandbox).login()
    given = {"lastname": "x", "assigned_user_id": "19x1"}
    asked: dict[str, Any] = {"elementType": "Contacts", "element": {**given, "account_id": "12x3"}}
    refusal = ("REFERENCE_INVALID", "Invalid reference specified for account_id")
    assert admin.refused("POST", "create", **asked) == refusal
    asked["element"]["account_id"] = "Acme"
    assert admin.refused("POST", "create", **asked) == garbage
    contact = admin.create("Contacts", lastname="x", account_id="11x9999")
    assert contact["account_id"] == (None if version == "8.4.0" else "")
    assert len(admin.query("select id from Contacts where account_id='11x9999';")) == 1


def test_a_deleted_account_leaves_its_contacts_without_one(admin: Any) -> None:
    account = admin.create("Accounts", accountname="Acme")["id"]
    contact = admin.create("Contacts", lastname="x", account_id=account)
    assert contact["account_id"] == account
    assert admin.post("delete", id=account) == {"status": "successful"}
    assert admin.get("retrieve", id=contact["id"])["account_id"] is None
    assert admin.refused("POST", "delete", id=account) == DENIED
    assert admin.refused("GET", "retrieve", id=account) == DENIED


def test_update_keeps_what_it_does_not_mention_and_what_is_an_empty_reference(admin: Any) -> None:
    account = admin.create("Accounts", accountname="Acme")["id"]
    contact = admin.create("Contacts", lastname="x", firstname="F", account_id=account)["id"]
    whole = {"id": contact, "lastname": "y", "assigned_user_id": "19x1"}
    kept = admin.post("update", element={**whole, "account_id": ""})
    assert (kept["firstname"], kept["lastname"], kept["account_id"]) == ("F", "y", account)
    assert admin.post("update", element={**whole, "account_id": None})["account_id"] is None


def test_revise_clears_references_and_changes_nothing_else(admin: Any) -> None:
    account = admin.create("Accounts", accountname="Acme")["id"]
    contact = admin.create("Contacts", lastname="x", firstname="F", account_id=account)["id"]
    revised = admin.post("revise", element={"id": contact, "account_id": "", "contact_no": "no"})
    assert (revised["account_id"], revised["firstname"]) == (None, "F")
    assert revised["contact_no"] == "CON1"
    refusal = admin.refused("POST", "revise", element={"id": contact, "lastname": ""})
    assert refusal == ("MANDATORY_FIELDS_MISSING", "lastname does not have a value")


def test_a_write_that_changes_nothing_still_modifies(admin: Any, clock: SimulatedClock) -> None:
    contact = admin.create("Contacts", lastname="x")
    clock.sleep(61)
    revised = admin.post("revise", element={"id": contact["id"]})
    assert contact["modifiedtime"] == "2026-11-21 20:44:33"
    assert revised["modifiedtime"] == "2026-11-21 20:45:34"
    assert revised["createdtime"] == contact["createdtime"]


def test_a_product_written_without_its_currency_falls_back_to_the_users(admin: Any) -> None:
    dollar = {"currency_name": "Dollar", "currency_code": "USD", "currency_symbol": "$"}
    rest = {"conversion_rate": "1.1", "currency_status": "Active", "defaultid": "0", "deleted": "0"}
    usd = admin.create("Currency", **dollar, **rest)["id"]
    product = admin.create("Products", productname="W", unit_price=10, currency_id=usd)
    assert (product["currency_id"], product["currency2"], product["currency1"]) == (usd, 10, 0)
    revised = admin.post("revise", element={"id": product["id"], "unit_price": 12})
    assert (revised["currency_id"], revised["unit_price"]) == ("21x1", "12.00000000")


def test_a_lead_can_be_converted_once(admin: Any) -> None:
    lead = admin.create("Leads", lastname="Vert", email="c@v.example")["id"]
    account = admin.create("Accounts", accountname="ConvCo")["id"]
    entities = {
        "Accounts": {"create": True, "name": "Accounts", "accountname": "convco"},
        "Contacts": {"create": True, "name": "Contacts", "lastname": "Vert"},
    }
    asked = {"leadId": lead, "assignedTo": "19x1", "entities": entities}
    made = admin.post("convertlead", element=asked)
    assert made["Accounts"] == account
    contact = admin.get("retrieve", id=made["Contacts"])
    assert (contact["account_id"], contact["email"]) == (account, "c@v.example")
    refusal = admin.refused("POST", "convertlead", element=asked)
    assert refusal == ("LEAD_ALREADY_CONVERTED", "Lead is already converted")
    assert admin.query("select id from Leads;") == []
    assert admin.get("retrieve", id=lead)["lastname"] == "Vert"


def test_sync_tells_what_changed_since_a_second_in_pages(admin: Any, clock: SimulatedClock) -> None:
    before = int(clock.now().timestamp())
    clock.sleep(1)
    leads = [admin.create("Leads", lastname=f"L{at}")["id"] for at in range(130)]
    clock.sleep(1)
    admin.create("Leads", lastname="of a group", assigned_user_id="20x2")
    admin.post("delete", id=leads[0])
    asked = {"modifiedTime": str(before), "elementType": "Leads"}
    told = admin.get("sync", **asked)
    assert [lead["id"] for lead in told["updated"]] == leads[1:]
    assert (told["more"], told["lastModifiedTime"]) == (True, before + 1)
    told = admin.get("sync", modifiedTime=str(before + 1), elementType="Leads")
    assert told == {
        "updated": [],
        "deleted": [leads[0]],
        "more": False,
        "lastModifiedTime": before + 2,
    }


def test_related_records_are_found_by_reference_and_by_hand(admin: Any) -> None:
    account = admin.create("Accounts", accountname="Acme")["id"]
    pointing = admin.create("Contacts", lastname="x", account_id=account)["id"]
    tied = admin.create("Contacts", lastname="y")["id"]
    relation = {"sourceRecordId": account, "relatedRecordId": tied, "relationIdLabel": "Contacts"}
    assert admin.post("add_related", **relation) == {"message": "successfull"}
    asked = {"id": account, "relatedType": "Contacts", "relatedLabel": "Contacts"}
    found = admin.get("retrieve_related", **asked)
    assert [contact["id"] for contact in found] == [pointing, tied]
    asked["relatedLabel"] = "Nope"
    refusal = admin.refused("GET", "retrieve_related", **asked)
    assert refusal == ("UNKOWN_ENTITY", "Relation specified is incorrect")
