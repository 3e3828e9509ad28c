"""What vtiger is told of a customer: the row of a person, and the Account that stands behind them.

A person's row has the field names of Contacts and three of its own: `company`, `account` (the
Account behind them) and `module` (Contacts, for those who have ordered).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import AmbiguousError, Record, RecordError, Ref, Row, Write, Written
from crosstie.commerce import Address, Customer
from crosstie_vtiger.answers import RefusedError
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.fitting import email_of, fit, flag, known, place_of, street_of
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.tables import ModuleTable
from crosstie_vtiger.texts import same

COMPANY, ACCOUNT, MODULE = "company", "account", "module"
SALUTATIONS = {"mr": "Mr.", "mrs": "Mrs."}
MAILING = {
    "city": ("mailingcity", 40),
    "postcode": ("mailingzip", 30),
    "state": ("mailingstate", 30),
    "country": ("mailingcountry", 40),
}
PLACES = {"mailingcity": "city", "mailingzip": "code", "mailingstate": "state"} | {
    "mailingcountry": "country"
}
"""What the parts of a place are called after the ``bill_`` or ``ship_`` of an Account."""

PERSONS = frozenset(
    {"firstname", "lastname", "salutationtype", "birthday", "account_id", "phone", "mobile"}
    | {"email", "mailingstreet", *PLACES, COMPANY, ACCOUNT, MODULE}
)
"""Fields of a person that an Account has under another name, or not at all."""

NAME, NUMBER = 100, 30
MANY = 2000
FROM_OUTSIDE = (None, "WEBSERVICE")


def addressed(prefix: str) -> dict[str, tuple[str, int]]:
    """The fields of a billing (``bill``) or shipping (``ship``) address and their lengths."""
    parts = {"city": "city", "postcode": "code", "state": "state", "country": "country"}
    return {part: (f"{prefix}_{field}", 30) for part, field in parts.items()}


def person_of(crm: Crm, record: Record) -> dict[str, Any]:
    """The row of a person; raises `RejectedError` for a customer without e-mail."""
    customer: Customer = record.data
    email = email_of(customer, record.key)
    phone, mobile = phones_of(customer)
    lastname, firstname = customer.lastname, customer.firstname
    if not lastname:
        lastname, firstname = firstname or email, None
    row = {
        "email": email,
        "lastname": fit(crm, lastname, 80, "lastname"),
        "firstname": fit(crm, firstname, 40, "firstname"),
        "salutationtype": SALUTATIONS.get(customer.title or ""),
        "birthday": customer.birthday and customer.birthday.isoformat(),
        "phone": fit(crm, phone, 50, "phone"),
        "mobile": fit(crm, mobile, 50, "mobile"),
        "emailoptout": flag(_opted_out(customer)),
        COMPANY: fit(crm, (customer.company or "").strip() or None, NAME, COMPANY),
    }
    return {**known(row), **_mailing(crm, customer.address)}


def _mailing(crm: Crm, address: Address | None) -> dict[str, str | None]:
    if address is None:
        return {}
    return {"mailingstreet": street_of(crm, address), **place_of(crm, address, MAILING)}


def phones_of(customer: Customer) -> tuple[str | None, str | None]:
    """Phone and mobile: the customer's own, else those of the address."""
    if customer.address is None or customer.phone or customer.mobile:
        return customer.phone, customer.mobile
    return customer.address.phone, customer.address.mobile


def _opted_out(customer: Customer) -> bool | None:
    return None if customer.newsletter is None else not customer.newsletter


def account_of(crm: Crm, person: Row) -> dict[str, Any]:
    """What an Account is told of its person: named by the company, else "Lastname Firstname"."""
    row = {name: value for name, value in person.items() if name not in PERSONS}
    names = filter(None, (person.get("lastname"), person.get("firstname")))
    if name := person.get(COMPANY) or " ".join(names):
        row["accountname"] = fit(crm, name, NAME, "accountname")
    if "email" in person:
        row["email1"] = person["email"]
    phones = list(filter(None, (person.get("phone"), person.get("mobile"))))
    for field, phone in zip(("phone", "otherphone"), phones, strict=False):
        row[field] = fit(crm, phone, NUMBER, "an account's phone")
    for prefix in ("bill", "ship"):
        if "mailingstreet" in person:
            row[f"{prefix}_street"] = person["mailingstreet"]
        for mailing, part in PLACES.items():
            if mailing in person:
                row[f"{prefix}_{part}"] = fit(crm, person[mailing], 30, f"{prefix}_{part}")
    return row


def wants_account(customer: Customer, rules: Rules) -> bool:
    """Whether an Account stands behind a customer: one who has ordered, or by the setting."""
    if rules.create_account == "always" or (rules.create_account == "company" and customer.company):
        return True
    return bool(customer.has_ordered) and rules.order_account is None


def account_ref(customer: Ref, rules: Rules) -> Ref:
    """The Account behind a customer: their own, or their company's where it is shared."""
    known_as = customer.embedded.company if isinstance(customer.embedded, Customer) else None
    if rules.share_accounts and known_as and (name := known_as.strip()):
        return Ref("companies", name.casefold(), customer.embedded, "companies")
    return attrs.evolve(customer, table="accounts")


class AccountTable(ModuleTable):
    """Accounts behind persons; which were met or made is remembered until the persons are written.

    So that they are not taken for the persons themselves when these are looked up by e-mail.
    """

    accepts = Customer
    refers_to: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    at_first: ClassVar[Mapping[str, str]] = {"accounttype": "Customer"}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`."""
        found = super().find(keys)
        for ids in found:
            for row_id in ids:
                self._remember(row_id, {})
        return found

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """See `ModuleTable`."""
        written = super().created(write, element)
        self._remember(written.id, write.row)
        return written

    def kept(self, write: Write) -> str:
        """Let the Account follow its person; returns its id, another one where it was deleted.

        Raises `RecordError`.
        """
        [told] = self.show([write.id or ""])
        if told is not None:
            changes = self.changes(told, write)
            return self._done(attrs.evolve(write, row=changes)) if changes else str(write.id)
        key = {field: write.row[field] for field in self.key}
        [found] = self.find([key])
        if len(found) > 1:
            raise AmbiguousError(
                f"Accounts has {len(found)} rows for {' '.join(key.values())}:"
                f" {', '.join(sorted(found))}; merge them there, then retry"
            )
        return self._done(attrs.evolve(write, id=found[0] if found else None))

    def changes(self, told: Row, write: Write) -> Row:
        """What is to be changed in an Account that is there."""
        return {}

    def _done(self, write: Write) -> str:
        [answer] = self.write([write])
        if isinstance(answer, RecordError):
            raise answer
        return answer.id

    def _remember(self, row_id: str, row: Row) -> None:
        with self.crm.shared.lock:
            accounts = self.crm.shared.own_accounts
            accounts[row_id] = row
            while len(accounts) > MANY:
                del accounts[next(iter(accounts))]


class Companies(AccountTable):
    """Accounts that the customers of one company share, recognised by its name.

    They hold nothing else: whatever one of the customers tells is not the others'.
    """

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Accounts", "companies", ("accountname",))

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`; raises `RejectedError` for a customer of no company."""
        return self.row(record.data.company)

    def row(self, company: str) -> dict[str, Any]:
        """The Account of a company."""
        return {"accountname": fit(self.crm, company.strip(), NAME, "accountname")}

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """See `ModuleTable`; vtiger takes more names for equal than we do: Cafe is Café."""
        try:
            return super().created(write, element)
        except RefusedError as error:
            name = element["accountname"]
            alike = self.crm.matching(self.module, self.key, self.key[0], [name])
            if not error.duplicate or (row := next(alike, None)) is None:
                raise
            return Written(str(row["id"]))


class Accounts(AccountTable):
    """Customers as the Accounts of their orders, recognised by e-mail and never by name alone.

    vtiger wants the name to be unique, so the shop's key is appended where it is taken.
    """

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Accounts", "accounts", ("email1",))

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`; raises `RejectedError` for a customer without e-mail."""
        return account_of(self.crm, person_of(self.crm, record))

    def lane(self, row: Row) -> str | None:
        """See `Lanes`: of equal names the first that was read gets the plain one, each time."""
        return str(row.get("accountname", "")).casefold() or None

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """See `ModuleTable`; a name that is taken gets the key appended.

        Names once met are remembered, so that only the first of them is tried in vain.
        """
        name, taken = str(element.get("accountname", "")).casefold(), self.crm.shared.account_names
        if name in taken:
            return super().created(write, _renamed(element, write))
        try:
            written = super().created(write, element)
        except RefusedError as error:
            if not error.duplicate or not name:
                raise
            written = super().created(write, _renamed(element, write))
        taken.add(name)
        return written

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """See `ModuleTable`; a name that is taken gets the key appended."""
        try:
            return super().changed(write, row_id, element)
        except RefusedError as error:
            if not error.duplicate or not element.get("accountname"):
                raise
            return super().changed(write, row_id, _renamed(element, write))

    def changes(self, told: Row, write: Write) -> Row:
        """See `AccountTable`; one that people made in vtiger itself keeps its name."""
        wanted = self.element(write.row)
        if "accountname" in wanted:
            ours = (wanted["accountname"], _renamed(wanted, write)["accountname"])
            if told.get("accountname") in ours or told.get("source") not in FROM_OUTSIDE:
                del wanted["accountname"]
        return {name: value for name, value in wanted.items() if not same(value, told.get(name))}


def _renamed(element: dict[str, Any], write: Write) -> dict[str, Any]:
    """The element with a name of its own."""
    suffix = f" (#{write.key})"
    return {**element, "accountname": element["accountname"][: NAME - len(suffix)] + suffix}


def orderer(customer: Ref, address: Address | None) -> Ref:
    """The customer of an order as far as the order knows them: one who has ordered."""
    embedded = customer.embedded
    if not isinstance(embedded, Customer):
        return customer
    return attrs.evolve(
        customer,
        embedded=attrs.evolve(embedded, has_ordered=True, address=embedded.address or address),
    )
