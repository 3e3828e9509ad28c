"""Leads turn into Contacts: once, with all they have, whatever happens in between."""

from itertools import count
from typing import Any

import attrs
import pytest

from crosstie import AmbiguousError, GoneError, RejectedError, UnauthorisedError, UncertainError
from crosstie.commerce import Customer
from crosstie.sandbox import Server
from crosstie_vtiger.leads import contact_of
from crosstie_vtiger.sandbox import VtigerSandbox, operation

ADA = Customer(email="ada@example.com", firstname="Ada", lastname="Lovelace", has_ordered=False)
BUYER = attrs.evolve(ADA, has_ordered=True)
LEAD = {
    "lastname": "Lovelace",
    "email": "ada@example.com",
    "lane": "12 Rue Bleue",
    "designation": "Countess",
    "leadsource": "Cold Call",
    "description": "1 < 2 <script>",
    "cf_card": "0042",
    "assigned_user_id": "19x1",
}


@pytest.fixture(params=["8.4.0", "8.0.0"])
def version(request: pytest.FixtureRequest) -> Any:
    """A vtiger that converts Leads, and one that dies of it."""
    return request.param


@pytest.fixture
def lead(sandbox: VtigerSandbox) -> str:
    for module in ("Leads", "Contacts"):
        sandbox.add_field(module, "cf_card", label="Card")
    return sandbox.seed("Leads", LEAD)


def leads_left(crm: Any) -> list[str]:
    """The Leads that people see."""
    return [row["id"] for row in crm.crm.query("select id from Leads;", "Leads")]


def test_a_contact_has_what_the_lead_had(crm: Any, sandbox: VtigerSandbox, lead: str) -> None:
    account = sandbox.seed("Accounts", {"accountname": "A", "assigned_user_id": "19x1"})
    contact = contact_of(crm.crm, lead, {"account_id": account})
    [record] = sandbox.records("Contacts")
    wanted = {
        "id": contact,
        "account_id": account,
        "lastname": "Lovelace",
        "email": "ada@example.com",
        "mailingstreet": "12 Rue Bleue",
        "title": "Countess",
        "leadsource": "Cold Call",
        "cf_card": "0042",
    }
    assert wanted == {name: record[name] for name in wanted}
    assert [] == leads_left(crm)
    assert 1 == sandbox.count("Accounts")


def test_who_asks_twice_gets_the_same_contact(crm: Any, sandbox: VtigerSandbox, lead: str) -> None:
    contacts = [contact_of(crm.crm, lead, {"email": ADA.email}) for _ in range(2)]
    assert 1 == len(set(contacts)) == sandbox.count("Contacts")


def test_a_contact_with_that_email_is_taken(crm: Any, sandbox: VtigerSandbox, lead: str) -> None:
    element = {"lastname": "L", "email": "ADA@example.com", "assigned_user_id": "19x1"}
    known = sandbox.seed("Contacts", element)
    assert known == contact_of(crm.crm, lead, {})
    assert [] == leads_left(crm)


def test_two_contacts_with_that_email_are_for_the_user(
    crm: Any, sandbox: VtigerSandbox, lead: str
) -> None:
    for name in ("One", "Two"):
        element = {"lastname": name, "email": ADA.email, "assigned_user_id": "19x1"}
        sandbox.seed("Contacts", element)
    with pytest.raises(AmbiguousError, match="merge them there"):
        contact_of(crm.crm, lead, {})
    assert [lead] == leads_left(crm)


def test_what_a_contact_must_have_is_told_as_elsewhere(
    crm: Any, sandbox: VtigerSandbox, lead: str
) -> None:
    sandbox.add_field("Contacts", "cf_must", type_={"name": "double"}, label="M", mandatory=True)
    with pytest.raises(RejectedError, match=r'`defaults` as "Contacts\.cf_must"'):
        contact_of(crm.crm, lead, {})
    assert [lead] == leads_left(crm)


def test_a_lead_that_is_gone_is_told(crm: Any, sandbox: VtigerSandbox, lead: str) -> None:
    crm.tables()["Leads"].delete([lead])
    with pytest.raises(GoneError, match="was deleted in vtiger"):
        contact_of(crm.crm, lead, {"email": ADA.email})
    assert 0 == sandbox.count("Contacts")


FAULTS = [
    (kind, *write.split())
    for write in ("create Accounts", "convertlead", "create Contacts", "delete", "revise")
    for kind in ("lost", "drop")
]


@pytest.mark.parametrize("fault", FAULTS, ids=" ".join)
def test_no_fault_makes_a_second_person(
    followed: Any, crm: Any, sandbox: VtigerSandbox, fault: tuple[Any, ...]
) -> None:
    followed.settings = 'settle = "1s"'
    followed.tell("7", ADA)
    followed.run()
    followed.tell("7", BUYER)
    kind, name, *module = fault
    followed.server.fail(kind, matches=operation(name, module=next(iter(module), None)))
    followed.run()
    followed.server.faults.clear()
    check_one_contact(followed, crm, sandbox)


@pytest.mark.parametrize("place", range(1, 14))
def test_a_run_that_is_cut_off_anywhere_makes_no_second_person(
    followed: Any, crm: Any, sandbox: VtigerSandbox, place: int
) -> None:
    """From some request on vtiger does what it is asked, and nobody hears of it."""
    followed.settings = 'settle = "1s"'
    followed.tell("7", ADA)
    followed.run()
    followed.tell("7", BUYER)
    numbers = count(1)
    followed.server.fail("lost", matches=lambda _: next(numbers) >= place, times=1000)
    followed.run_project(followed.opened(), "customers")
    followed.server.faults.clear()
    followed.run(full=True)
    check_one_contact(followed, crm, sandbox)


def check_one_contact(followed: Any, crm: Any, sandbox: VtigerSandbox) -> None:
    """No Lead is left, and the Contact, with an Account, is whom the customer is linked to."""
    assert [] == leads_left(crm)
    [contact], [account] = sandbox.records("Contacts"), sandbox.records("Accounts")
    assert (contact["id"], account["id"]) == (followed.link("7"), contact["account_id"])


def test_a_lead_converted_in_vtiger_is_followed_as_its_contact(
    followed: Any, crm: Any, sandbox: VtigerSandbox
) -> None:
    """Even where the shop has changed the e-mail since."""
    followed.tell("7", ADA)
    followed.run()
    contact = contact_of(crm.crm, followed.link("7"), {})
    followed.tell("7", attrs.evolve(ADA, email="k@example.com", lastname="King"))
    followed.run()
    if sandbox.crm.version.converts_leads:
        assert contact == followed.link("7")
        assert "King" == sandbox.records("Contacts")[0]["lastname"]
    else:  # deleted: there is nothing to tell who it was
        assert 1 == sandbox.count("Contacts") == len(leads_left(crm))


@pytest.mark.parametrize("customer", [ADA, BUYER])
def test_a_lead_deleted_in_vtiger_is_made_again(
    followed: Any, crm: Any, sandbox: VtigerSandbox, customer: Customer
) -> None:
    followed.tell("7", ADA)
    followed.run()
    crm.tables()["Leads"].delete([followed.link("7")])
    followed.tell("7", attrs.evolve(customer, lastname="King"))
    followed.run()
    [person] = sandbox.records("Leads") + sandbox.records("Contacts")
    assert ("King", followed.link("7")) == (person["lastname"], person["id"])


def test_all_that_was_linked_to_the_lead_is_linked_to_the_contact(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    """Such as the other accounts that a person has in the shop."""
    for key in ("7", "8"):
        followed.tell(key, ADA)
    followed.run()
    followed.tell("8", BUYER)
    followed.run()
    [contact] = sandbox.records("Contacts")
    assert {contact["id"]} == {followed.link("7"), followed.link("8")}


class TestWhereLeadsMayNotBeDeleted:
    """And cannot be converted: no Contact is made then."""

    @pytest.fixture
    def version(self) -> str:
        return "8.0.0"

    def test_the_right_is_asked_for(self, crm: Any, sandbox: VtigerSandbox, lead: str) -> None:
        sandbox.crm.modules["Leads"].described["deleteable"] = False
        with pytest.raises(UnauthorisedError, match="may not delete Leads"):
            contact_of(crm.crm, lead, {})
        assert 0 == sandbox.count("Contacts")


def test_a_conversion_of_which_nothing_is_heard_is_uncertain(
    crm: Any, server: Server, sandbox: VtigerSandbox, lead: str
) -> None:
    server.fail("drop", matches=operation("convertlead"))
    with pytest.raises(UncertainError):
        contact_of(crm.crm, lead, {})
    assert contact_of(crm.crm, lead, {})
    assert 1 == sandbox.count("Contacts")
