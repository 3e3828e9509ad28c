"""The Accounts behind customers, and what of a customer's texts fits into vtiger."""

from datetime import date
from typing import Any

import attrs
import pytest

from crosstie import Lanes, Record, RejectedError, Row, Write, Written
from crosstie.commerce import Address, Customer
from crosstie.sandbox import Server
from crosstie_vtiger.sandbox import VtigerSandbox, operation

ADDRESS = Address(
    street="12 Rue Bleue",
    street2="Bât. B",
    postcode="75009",
    city="Paris",
    state="IDF",
    country="FR",
    phone="+33 1 23",
    mobile="+33 6 45",
)
ADA = Customer(
    email="ada@example.com",
    firstname="Ada",
    lastname="Lovelace",
    title="mrs",
    birthday=date(1815, 12, 10),
    newsletter=True,
    address=ADDRESS,
)


@pytest.fixture
def contacts(crm: Any) -> Any:
    return crm.tables()["customers"]


@pytest.fixture
def accounts(crm: Any) -> Any:
    return crm.tables()["accounts"]


def mapped(table: Any, customer: Customer, key: str = "7") -> Row:
    row: Row = table.map(Record(key, customer), "shop")
    return row


def test_what_the_shop_does_not_know_is_not_written(contacts: Any, accounts: Any) -> None:
    bare = Customer(email="ada@example.com")
    assert mapped(contacts, bare) == {"email": "ada@example.com", "lastname": "ada@example.com"}
    assert mapped(accounts, bare) == {
        "email1": "ada@example.com",
        "accountname": "ada@example.com",
    }


def test_a_known_address_clears_its_missing_parts(clerk: Any, sandbox: VtigerSandbox) -> None:
    clerk.put("customers", "7", ADA)
    moved = attrs.evolve(ADA, address=Address(street="1 Elm", city="Ely", country="GB"))
    clerk.put("customers", "7", moved)
    [record] = sandbox.records("Leads")
    names = ["lane", "city", "code", "state", "country"]
    assert [record[name] for name in names] == ["1 Elm", "Ely", "", "", "GB"]


@pytest.mark.parametrize("table", ["customers", "accounts"])
@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_customer_without_email_is_rejected(crm: Any, table: str, email: str | None) -> None:
    with pytest.raises(RejectedError, match="customer 7 has no e-mail"):
        mapped(crm.tables()[table], attrs.evolve(ADA, email=email))


def test_an_email_is_never_cut(contacts: Any) -> None:
    with pytest.raises(RejectedError, match="the e-mail has 112 characters and vtiger keeps 100"):
        mapped(contacts, attrs.evolve(ADA, email="a" * 100 + "@example.com"))


def test_long_names_are_cut_to_what_vtiger_keeps_and_said_so_once(
    contacts: Any, clerk: Any, sandbox: VtigerSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    long = attrs.evolve(ADA, firstname="É" * 300, lastname="Ł" * 300, company="Ą" * 300)
    row = mapped(contacts, long)
    assert [40, 80, 100] == [len(row[name]) for name in ("firstname", "lastname", "company")]
    mapped(contacts, long, "8")
    assert ["lastname is cut", "firstname is cut", "company is cut"] == [
        " ".join(record.getMessage().split()[:3]) for record in caplog.records
    ]
    clerk.put("customers", "7", long)
    [record] = sandbox.records("Leads")
    assert row.items() >= {name: record[name] for name in ("firstname", "lastname")}.items()


@pytest.mark.parametrize(
    ("customer", "name"),
    [
        pytest.param(ADA, "Lovelace Ada", marks=pytest.mark.feature("V09")),
        pytest.param(
            attrs.evolve(ADA, company="Engines Ltd"),
            "Engines Ltd",
            marks=pytest.mark.feature("V08"),
        ),
        (attrs.evolve(ADA, firstname=None), "Lovelace"),
    ],
)
def test_an_account_is_named_by_company_or_person(
    accounts: Any, customer: Customer, name: str
) -> None:
    assert mapped(accounts, customer)["accountname"] == name


def test_an_account_has_both_addresses(accounts: Any) -> None:
    row = mapped(accounts, ADA)
    for prefix in ("bill", "ship"):
        parts = [row[f"{prefix}_{part}"] for part in ("street", "city", "code", "country")]
        assert parts == ["12 Rue Bleue\nBât. B", "Paris", "75009", "FR"]


def test_an_only_name_is_the_last_name(contacts: Any, accounts: Any) -> None:
    row = mapped(contacts, attrs.evolve(ADA, lastname=None))
    assert ("Ada", False) == (row["lastname"], "firstname" in row)
    assert "Ada" == mapped(accounts, attrs.evolve(ADA, lastname=None))["accountname"]


def test_a_lead_keeps_less_of_a_place_than_a_contact(clerk: Any, sandbox: VtigerSandbox) -> None:
    far = attrs.evolve(ADA, address=Address(city="Llanfairpwllgwyngyllgogerychwyrndrobwll"))
    clerk.put("customers", "7", far)
    clerk.put("customers", "8", attrs.evolve(far, email="b@x.org", has_ordered=True))
    [lead], [contact] = sandbox.records("Leads"), sandbox.records("Contacts")
    assert [30, 39] == [len(lead["city"]), len(contact["mailingcity"])]


def test_nobody_is_there_twice(clerk: Any, sandbox: VtigerSandbox) -> None:
    """Not the guest who comes again, nor the one who types their address differently."""
    for key, email in (("7", "ada@example.com"), ("8", "ADA@Example.com"), ("9", "bob@x.org")):
        clerk.put("customers", key, attrs.evolve(ADA, email=email, has_ordered=True))
    assert (2, 2) == (sandbox.count("Contacts"), sandbox.count("Accounts"))
    assert clerk.links["customers", "7"] == clerk.links["customers", "8"]


def test_namesakes_get_accounts_of_their_own(clerk: Any, sandbox: VtigerSandbox) -> None:
    """vtiger wants names to be unique, whatever their case."""
    emails = {"7": "ada@example.com", "8": "other@example.com", "9": "third@example.com"}
    for key, email in emails.items():
        lastname = "LOVELACE" if key == "9" else "Lovelace"
        clerk.put("accounts", key, attrs.evolve(ADA, email=email, lastname=lastname))
    names = [record["accountname"] for record in sandbox.records("Accounts")]
    assert names == ["Lovelace Ada", "Lovelace Ada (#8)", "LOVELACE Ada (#9)"]


def test_namesakes_are_written_one_after_the_other(accounts: Any) -> None:
    assert isinstance(accounts, Lanes)
    rows = [mapped(accounts, attrs.evolve(ADA, lastname=name)) for name in ("Byron", "BYRON")]
    assert {"byron ada"} == {accounts.lane(row) for row in rows}
    assert accounts.lane({"phone": "1"}) is None


def test_a_change_of_name_that_is_taken_appends_the_key_too(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    clerk.put("accounts", "7", attrs.evolve(ADA, company="Engines"))
    clerk.put("accounts", "8", attrs.evolve(ADA, email="b@x.org", company="Mills"))
    clerk.put("accounts", "8", attrs.evolve(ADA, email="b@x.org", company="Engines"))
    names = [record["accountname"] for record in sandbox.records("Accounts")]
    assert names == ["Engines", "Engines (#8)"]


def test_a_long_name_makes_room_for_the_key(clerk: Any, sandbox: VtigerSandbox) -> None:
    for key, email in (("7", "a@x.org"), ("8", "b@x.org")):
        clerk.put("accounts", key, attrs.evolve(ADA, email=email, company="W" * 300))
    assert sandbox.records("Accounts")[1]["accountname"] == "W" * 95 + " (#8)"


def test_an_account_of_the_same_name_that_is_not_ours_is_left_alone(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    raw = clerk.live.tables()["Accounts"]
    theirs = {"accountname": "Lovelace Ada", "phone": "555", "email1": "sales@crm.example"}
    assert isinstance(raw.write([Write(None, theirs, "1", "once")])[0], Written)
    clerk.put("accounts", "7", ADA)
    first, second = sandbox.records("Accounts")
    assert ("555", "sales@crm.example") == (first["phone"], first["email1"])
    assert "Lovelace Ada (#7)" == second["accountname"]


def test_another_unique_field_of_accounts_is_told(clerk: Any, sandbox: VtigerSandbox) -> None:
    sandbox.set_field("Accounts", "phone", isunique=True)
    clerk.put("accounts", "7", ADA)
    answer = clerk.put("accounts", "8", attrs.evolve(ADA, email="b@x.org", lastname="Byron"))
    assert isinstance(answer, RejectedError)
    assert "the same accountname, phone" in str(answer)


@pytest.mark.parametrize("kind", ["lost", "answer-after"])
def test_an_account_under_its_second_name_is_found_after_a_lost_answer(
    clerk: Any, server: Server, sandbox: VtigerSandbox, kind: Any
) -> None:
    clerk.put("accounts", "7", ADA)
    server.fail(kind, matches=operation("create", module="Accounts"), skip=1)
    clerk.put("accounts", "8", attrs.evolve(ADA, email="b@x.org"))
    names = [record["accountname"] for record in sandbox.records("Accounts")]
    assert names == ["Lovelace Ada", "Lovelace Ada (#8)"]


def test_what_was_written_is_shown_unchanged(clerk: Any) -> None:
    """So that `plan` has nothing to say about it."""
    clerk.put("accounts", "7", ADA)
    row = clerk.row("accounts", "7", ADA)
    [shown] = clerk.live.tables()["accounts"].show([clerk.links["accounts", "7"]])
    assert row == {name: shown[name] for name in row}
