"""Customers become Leads, Contacts and Accounts, and nobody is there twice."""

from datetime import date
from typing import Any

import attrs
import pytest

from crosstie import Maps, Record, RejectedError, Row
from crosstie.commerce import Address, Customer
from crosstie.explaining import explain
from crosstie_vtiger.sandbox import VtigerSandbox

ADA = Customer(
    email="ada@example.com",
    firstname="Ada",
    lastname="Lovelace",
    title="mrs",
    birthday=date(1815, 12, 10),
    newsletter=True,
    phone="+33 1 23",
    has_ordered=False,
    address=Address(street="12 Rue Bleue", postcode="75009", city="Paris", country="FR"),
)
BUYER = attrs.evolve(ADA, has_ordered=True)
BOB = Customer(email="bob@example.com", firstname="Bob", lastname="Byron", has_ordered=False)
MODULES = ("Leads", "Contacts", "Accounts")


@pytest.fixture
def people(crm: Any) -> Any:
    return crm.tables()["customers"]


def counts(sandbox: VtigerSandbox) -> tuple[int, ...]:
    """How many Leads, Contacts and Accounts there are."""
    return tuple(sandbox.count(module) for module in MODULES)


def typed(sandbox: VtigerSandbox, module: str, element: Row) -> str:
    """The id of a record that somebody has typed into vtiger itself."""
    row_id = sandbox.seed(module, {"assigned_user_id": "19x1", **element})
    sandbox.crm.shelves[module].change(int(row_id.partition("x")[2]), {"source": "CRM"})
    return row_id


def values(record: Any, names: str) -> list[str]:
    return [record[name] for name in names.split()]


def mapped(table: Any, customer: Customer, key: str = "7") -> Row:
    row: Row = table.map(Record(key, customer), "shop")
    return row


def test_a_persons_row_has_the_fields_of_a_contact(people: Any) -> None:
    assert isinstance(people, Maps)
    assert mapped(people, ADA) == {
        "email": "ada@example.com",
        "firstname": "Ada",
        "lastname": "Lovelace",
        "salutationtype": "Mrs.",
        "birthday": "1815-12-10",
        "phone": "+33 1 23",
        "emailoptout": "0",
        "mailingstreet": "12 Rue Bleue",
        "mailingcity": "Paris",
        "mailingzip": "75009",
        "mailingstate": None,
        "mailingcountry": "FR",
    }


@pytest.mark.feature("V07", "V21", "V22")
def test_who_has_not_ordered_becomes_a_lead(followed: Any, sandbox: VtigerSandbox) -> None:
    followed.tell("7", attrs.evolve(ADA, company="Engines"))
    assert 1 == followed.run()["customers"]["created"]
    assert (1, 0, 0) == counts(sandbox)
    [lead] = sandbox.records("Leads")
    assert ["Lovelace", "Ada", "Engines", "Mrs.", "+33 1 23"] == values(
        lead, "lastname firstname company salutationtype phone"
    )
    assert ["12 Rue Bleue", "Paris", "75009", "FR"] == values(lead, "lane city code country")


@pytest.mark.feature("V22")
def test_who_may_have_ordered_for_all_we_know_is_a_lead_too(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    followed.tell("7", attrs.evolve(ADA, has_ordered=None))
    followed.run()
    assert (1, 0, 0) == counts(sandbox)


@pytest.mark.parametrize(
    ("company", "name"),
    [
        (None, "Lovelace Ada"),
        pytest.param("Engines", "Engines", marks=pytest.mark.feature("V24")),
    ],
)
@pytest.mark.feature("V21", "V23")
def test_who_has_ordered_becomes_a_contact_with_an_account(
    followed: Any, sandbox: VtigerSandbox, company: str | None, name: str
) -> None:
    followed.tell("7", attrs.evolve(BUYER, company=company))
    followed.run()
    assert (0, 1, 1) == counts(sandbox)
    [contact], [account] = sandbox.records("Contacts"), sandbox.records("Accounts")
    assert account["id"] == contact["account_id"]
    assert [name, "ada@example.com", "Customer"] == values(
        account, "accountname email1 accounttype"
    )


@pytest.mark.feature("V23")
def test_with_one_account_for_all_orders_a_contact_has_none(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    followed.settings = 'order_account = "11x2"'
    followed.tell("7", attrs.evolve(BUYER, company="Engines"))
    followed.run()
    assert (0, 1, 0) == counts(sandbox)


@pytest.mark.parametrize("customer", [ADA, BUYER])
@pytest.mark.feature("V44", "V45")
def test_new_people_come_from_the_shop(
    followed: Any, sandbox: VtigerSandbox, customer: Customer
) -> None:
    followed.tell("7", customer)
    followed.run()
    [person] = sandbox.records("Leads") + sandbox.records("Contacts")
    assert "Prestashop" == person["leadsource"]


@pytest.mark.feature("V44")
def test_where_known_people_come_from_is_left_alone(followed: Any, sandbox: VtigerSandbox) -> None:
    typed(sandbox, "Leads", {"lastname": "L", "email": ADA.email, "leadsource": "Cold Call"})
    followed.tell("7", ADA)
    followed.run()
    [lead] = sandbox.records("Leads")
    assert ["Lovelace", "Cold Call"] == values(lead, "lastname leadsource")


@pytest.mark.parametrize(
    ("module", "known", "shown"),
    [
        pytest.param(
            "Accounts",
            {"accountname": "Engines", "email1": "ADA@example.com"},
            {"accountname": "Engines", "bill_city": "Paris", "phone": "+33 1 23"},
            marks=pytest.mark.feature("V04"),
        ),
        pytest.param(
            "Leads",
            {"lastname": "?", "email": "ADA@example.com"},
            {"lastname": "Lovelace", "city": "Paris"},
            marks=pytest.mark.feature("V05"),
        ),
        pytest.param(
            "Contacts",
            {"lastname": "?", "email": "ADA@example.com"},
            {"lastname": "Lovelace", "mailingcity": "Paris", "birthday": "1815-12-10"},
            marks=pytest.mark.feature("V06"),
        ),
    ],
)
def test_who_is_known_by_email_is_updated(
    followed: Any, sandbox: VtigerSandbox, module: str, known: Row, shown: Row
) -> None:
    typed(sandbox, module, known)
    followed.tell("7", ADA)
    assert 1 == followed.run()["customers"]["updated"]
    [record] = sandbox.records(module)
    assert shown == {name: record[name] for name in shown}
    assert 1 == sum(counts(sandbox))


@pytest.mark.feature("V25")
def test_an_export_may_leave_known_people_alone(followed: Any, sandbox: VtigerSandbox) -> None:
    followed.flow = 'on_match = "skip"'
    for module in ("Contacts", "Leads"):
        typed(sandbox, module, {"lastname": "As typed", "email": f"{module}@example.com"})
        followed.tell(module, attrs.evolve(ADA, email=f"{module}@example.com"))
    followed.tell("9", BOB)
    followed.run()
    assert ["As typed", "As typed", "Byron"] == [
        record["lastname"] for record in sandbox.records("Contacts") + sandbox.records("Leads")
    ]


def test_a_contact_goes_before_a_lead_before_an_account(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    typed(sandbox, "Accounts", {"accountname": "A", "email1": ADA.email})
    typed(sandbox, "Leads", {"lastname": "L", "email": ADA.email})
    contact = typed(sandbox, "Contacts", {"lastname": "C", "email": ADA.email})
    lead = typed(sandbox, "Leads", {"lastname": "L", "email": BOB.email})
    typed(sandbox, "Accounts", {"accountname": "B", "email1": BOB.email})
    followed.tell("7", ADA)
    followed.tell("8", BOB)
    followed.run()
    assert [contact, lead] == [followed.link("7"), followed.link("8")]


def test_two_of_the_module_that_counts_are_for_the_user(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    for name in ("One", "Two"):
        typed(sandbox, "Contacts", {"lastname": name, "email": ADA.email})
    followed.tell("7", ADA)
    assert 1 == followed.run()["customers"]["aside"]


@pytest.mark.parametrize(
    ("setting", "made"),
    [
        ("never", set()),
        pytest.param("company", {"Engines"}, marks=pytest.mark.feature("V08")),
        pytest.param("always", {"Engines", "Byron Bob"}, marks=pytest.mark.feature("V08", "V09")),
    ],
)
def test_customers_without_orders_get_an_account_if_asked(
    followed: Any, sandbox: VtigerSandbox, setting: str, made: set[str]
) -> None:
    followed.settings = f'create_account = "{setting}"'
    followed.tell("7", attrs.evolve(ADA, company="Engines"))
    followed.tell("8", BOB)
    followed.run()
    assert (2, 0) == counts(sandbox)[:2]
    assert made == {record["accountname"] for record in sandbox.records("Accounts")}


def test_an_account_of_a_lead_becomes_the_contacts(followed: Any, sandbox: VtigerSandbox) -> None:
    followed.settings = 'create_account = "always"'
    for customer in (ADA, BUYER):
        followed.tell("7", customer)
        followed.run()
    assert (0, 1, 1) == live_counts(sandbox)
    [contact], [account] = sandbox.records("Contacts"), sandbox.records("Accounts")
    assert account["id"] == contact["account_id"]


def live_counts(sandbox: VtigerSandbox) -> tuple[int, ...]:
    """The same without Leads that were converted, which nobody sees any more."""
    leads, contacts, accounts = counts(sandbox)
    return (leads - len(sandbox.crm.converted), contacts, accounts)


@pytest.mark.parametrize("version", ["8.4.0", "8.0.0"])
@pytest.mark.feature("V23")
def test_a_lead_who_orders_turns_into_a_contact_without_a_double(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    followed.tell("7", ADA)
    followed.run()
    followed.tell("7", BUYER)
    assert 1 == followed.run()["customers"]["updated"]
    assert (0, 1, 1) == live_counts(sandbox)
    [contact] = sandbox.records("Contacts")
    assert contact["id"] == followed.link("7")
    assert ["Lovelace", "1815-12-10", "Paris"] == values(contact, "lastname birthday mailingcity")


def test_a_contact_stays_one_whatever_the_shop_knows_of_orders(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    for customer in (BUYER, attrs.evolve(ADA, has_ordered=None, phone="5")):
        followed.tell("7", customer)
        followed.run()
    assert (0, 1, 1) == counts(sandbox)
    assert "5" == sandbox.records("Contacts")[0]["phone"]


@pytest.mark.parametrize("customer", [ADA, BUYER])
def test_a_changed_email_does_not_make_a_second_person(
    followed: Any, sandbox: VtigerSandbox, customer: Customer
) -> None:
    followed.tell("7", customer)
    followed.run()
    before = counts(sandbox)
    followed.tell("7", attrs.evolve(customer, email="countess@example.com"))
    followed.run()
    assert before == counts(sandbox)
    [person] = sandbox.records("Leads") + sandbox.records("Contacts")
    assert "countess@example.com" == person["email"]


def test_the_account_behind_a_contact_follows_them(followed: Any, sandbox: VtigerSandbox) -> None:
    followed.tell("7", attrs.evolve(BUYER, company="Engines"))
    followed.run()
    moved = Address(street="1 Elm", city="Ely", country="GB")
    changed = attrs.evolve(BUYER, lastname="King", email="k@example.com", phone="9", address=moved)
    followed.tell("7", changed)
    followed.run()
    [account] = sandbox.records("Accounts")
    assert ["King Ada", "k@example.com", "9"] == values(account, "accountname email1 phone")
    assert ["1 Elm", "Ely", "", "GB"] == values(
        account, "ship_street bill_city bill_code bill_country"
    )


def test_an_account_that_need_not_change_is_not_written(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    followed.tell("7", BUYER)
    followed.run()
    before = sandbox.operations["revise"]
    followed.tell("7", attrs.evolve(BUYER, birthday=date(1815, 12, 11)))
    followed.run()
    assert 1 == sandbox.operations["revise"] - before


def test_an_account_that_was_there_before_is_the_contacts(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    account = typed(sandbox, "Accounts", {"accountname": "Engines Ltd", "email1": ADA.email})
    followed.tell("7", BUYER)
    followed.run()
    assert (0, 1, 1) == counts(sandbox)
    assert account == sandbox.records("Contacts")[0]["account_id"]
    assert ["Engines Ltd", "Paris"] == values(
        sandbox.records("Accounts")[0], "accountname bill_city"
    )


def test_an_account_deleted_in_vtiger_is_made_again(
    followed: Any, crm: Any, sandbox: VtigerSandbox
) -> None:
    followed.tell("7", BUYER)
    followed.run()
    crm.tables()["Accounts"].delete([followed.link("7", "accounts")])
    followed.tell("7", attrs.evolve(BUYER, phone="9"))
    followed.run()
    assert (0, 1, 1) == counts(sandbox)
    [account] = sandbox.records("Accounts")
    assert account["id"] == sandbox.records("Contacts")[0]["account_id"]
    assert account["id"] == followed.link("7", "accounts")


class TestSharedAccounts:
    """Customers of one company share its Account."""

    @pytest.fixture
    def followed(self, followed: Any) -> Any:
        followed.settings = "share_accounts = true"
        return followed

    def test_they_are_related_to_the_one_of_that_name(
        self, followed: Any, sandbox: VtigerSandbox
    ) -> None:
        account = typed(sandbox, "Accounts", {"accountname": "ENGINES", "email1": "hq@example.com"})
        for key, customer in (("7", BUYER), ("8", attrs.evolve(BOB, has_ordered=True))):
            followed.tell(key, attrs.evolve(customer, company="Engines"))
        followed.run()
        assert (0, 2, 1) == counts(sandbox)
        assert {account} == {contact["account_id"] for contact in sandbox.records("Contacts")}
        assert "hq@example.com" == sandbox.records("Accounts")[0]["email1"]

    def test_it_tells_nothing_of_any_of_them(self, followed: Any, sandbox: VtigerSandbox) -> None:
        followed.tell("7", attrs.evolve(BUYER, company="Engines"))
        followed.run()
        [account] = sandbox.records("Accounts")
        assert ["Engines", "", ""] == values(account, "accountname email1 bill_city")

    def test_who_changes_company_changes_account(
        self, followed: Any, sandbox: VtigerSandbox
    ) -> None:
        for company in ("Engines", "Mills", None):
            followed.tell("7", attrs.evolve(BUYER, company=company))
            followed.run()
        names = {record["id"]: record["accountname"] for record in sandbox.records("Accounts")}
        assert ["Engines", "Mills", "Lovelace Ada"] == list(names.values())
        assert "Lovelace Ada" == names[sandbox.records("Contacts")[0]["account_id"]]

    def test_names_that_are_one_to_vtiger_are_one(
        self, followed: Any, sandbox: VtigerSandbox
    ) -> None:
        for key, company in (("7", "Café"), ("8", "Cafe")):
            customer = attrs.evolve(BUYER, email=f"{key}@example.com", company=company)
            followed.tell(key, customer)
        followed.run()
        assert (0, 2, 1) == counts(sandbox)


class TestOnePersonOfSeveral:
    """Guests and several accounts in the shop with one e-mail are one person."""

    GUEST = attrs.evolve(ADA, guest=True, lastname="Guest")
    OLDER = attrs.evolve(ADA, guest=False, lastname="Older")
    NEWER = attrs.evolve(ADA, guest=False, lastname="Newer")

    @pytest.mark.parametrize("order", ["9 100 200", "200 100 9", "100 9 200", "200 9 100"])
    @pytest.mark.parametrize("at_once", [True, False])
    def test_an_account_tells_them_before_a_guest_and_the_newer_before_the_older(
        self, followed: Any, sandbox: VtigerSandbox, order: str, at_once: bool
    ) -> None:
        told = {"9": self.OLDER, "100": self.NEWER, "200": self.GUEST}
        for key in order.split():
            followed.tell(key, told[key])
            if not at_once:
                followed.run()
        followed.run()
        [lead] = sandbox.records("Leads")
        assert "Newer" == lead["lastname"]
        assert {lead["id"]} == {followed.link(key) for key in told}

    def test_explain_says_who_tells_them(self, followed: Any) -> None:
        followed.tell("9", self.OLDER)
        followed.tell("100", self.NEWER)
        followed.run()
        told = explain(followed.opened(), "shop.customers", "9")
        assert "one row with 100, which tells it" in told.outcomes[0].outcome


@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_customer_without_email_is_rejected(people: Any, email: str | None) -> None:
    with pytest.raises(RejectedError, match="customer 7 has no e-mail"):
        mapped(people, attrs.evolve(ADA, email=email))


def test_leads_cost_one_request_each_and_three_to_look_for_a_hundred(
    followed: Any, sandbox: VtigerSandbox
) -> None:
    for number in range(100):
        followed.tell(str(number), attrs.evolve(ADA, email=f"c{number}@example.com"))
    followed.run()
    assert (100, 3) == (sandbox.operations["create"], sandbox.operations["query"])


def test_contacts_cost_two_requests_for_two_records(followed: Any, sandbox: VtigerSandbox) -> None:
    for number in range(50):
        buyer = attrs.evolve(BUYER, email=f"c{number}@example.com", lastname=f"C{number}")
        followed.tell(str(number), buyer)
    followed.run()
    assert (100, 5) == (sandbox.operations["create"], sandbox.operations["query"])
    assert 0 == sandbox.operations["revise"]


def test_set_goes_wherever_a_person_is(followed: Any, sandbox: VtigerSandbox) -> None:
    for module in MODULES:
        sandbox.add_field(module, "cf_shop", type_={"name": "string"}, label="Shop")
    followed.flow = 'set = { cf_shop = "Paris", title = "Dr" }'
    typed(sandbox, "Accounts", {"accountname": "A", "email1": "c@example.com"})
    for key, customer in (("7", ADA), ("8", attrs.evolve(BUYER, email="b@example.com"))):
        followed.tell(key, customer)
    followed.tell("9", attrs.evolve(ADA, email="c@example.com"))
    followed.run()
    found = {module: sandbox.records(module)[0] for module in MODULES}
    assert {"Paris"} == {record["cf_shop"] for record in found.values()}
    assert ["Dr", "Dr"] == [found["Leads"]["designation"], found["Contacts"]["title"]]


def test_fields_say_which_of_them_a_lead_has(people: Any) -> None:
    fields = people.fields()
    assert "date, not of a Lead" == fields["birthday"]
    assert "text" == fields["mailingstreet"]
    assert "string, of a Lead only" == fields["company"]
    assert "lane" not in fields


def test_people_of_every_kind_are_shown_and_deleted(clerk: Any, sandbox: VtigerSandbox) -> None:
    typed(sandbox, "Accounts", {"accountname": "A", "email1": "c@example.com"})
    told = {"7": ADA, "8": attrs.evolve(BUYER, email="b@example.com")}
    told["9"] = Customer(email="c@example.com")
    for key, customer in told.items():
        clerk.put("customers", key, customer)
    table = clerk.live.tables()["customers"]
    ids = [clerk.links["customers", key] for key in told]
    rows = table.show([*ids, "12x999"])
    assert [*MODULES, None] == [row and row["module"] for row in rows]
    assert [*(customer.email for customer in told.values()), None] == [
        row and row["email"] for row in rows
    ]
    assert ["Paris", "Paris"] == [row["mailingcity"] for row in rows[:2]]
    assert [None] * 3 == table.delete(ids)
    assert [None] * 3 == table.show(ids)


@pytest.mark.parametrize("customer", [attrs.evolve(BUYER, company="Engines"), BUYER])
def test_what_was_written_is_shown_unchanged(clerk: Any, customer: Customer) -> None:
    """So that `plan` has nothing to say about it."""
    clerk.put("customers", "7", customer)
    row = clerk.row("customers", "7", customer)
    [shown] = clerk.live.tables()["customers"].show([clerk.links["customers", "7"]])
    assert row == {name: shown.get(name) for name in row}
