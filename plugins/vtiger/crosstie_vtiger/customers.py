"""Customers: people as Contacts, and the Accounts that vtiger wants behind every order."""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from crosstie import Record, Ref, Row, Write, Written
from crosstie.commerce import Address, Customer
from crosstie_vtiger.answers import RefusedError
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.fitting import email_of, fit, flag, known, place_of, street_of
from crosstie_vtiger.tables import ModuleTable

SALUTATIONS = {"mr": "Mr.", "mrs": "Mrs."}
MAILING = {
    "city": ("mailingcity", 40),
    "postcode": ("mailingzip", 30),
    "state": ("mailingstate", 30),
    "country": ("mailingcountry", 40),
}
NAME = 100


def addressed(prefix: str) -> dict[str, tuple[str, int]]:
    """The fields of a billing (``bill``) or shipping (``ship``) address and their lengths."""
    parts = {"city": "city", "postcode": "code", "state": "state", "country": "country"}
    return {part: (f"{prefix}_{field}", 30) for part, field in parts.items()}


class Contacts(ModuleTable):
    """Customers as people, recognised by e-mail."""

    accepts = Customer
    refers_to: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset({"has_ordered"})

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Contacts", "customers", ("email",))

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`; raises `RejectedError` for a customer without e-mail."""
        customer: Customer = record.data
        address = customer.address
        phone, mobile = phones_of(customer)
        email = email_of(customer, record.key)
        crm = self.crm
        row = {
            "email": email,
            "lastname": fit(crm, customer.lastname or customer.firstname or email, 80, "lastname"),
            "firstname": fit(crm, customer.firstname, 40, "firstname"),
            "salutationtype": SALUTATIONS.get(customer.title or ""),
            "birthday": customer.birthday and customer.birthday.isoformat(),
            "phone": fit(crm, phone, 50, "phone"),
            "mobile": fit(crm, mobile, 50, "mobile"),
            "emailoptout": flag(_opted_out(customer)),
            "account_id": account_ref(record) if needs_account(customer) else None,
        }
        return {**known(row), **self._mailing(address)}

    def _mailing(self, address: Address | None) -> dict[str, str | None]:
        if address is None:
            return {}
        place = place_of(self.crm, address, MAILING)
        return {"mailingstreet": street_of(self.crm, address), **place}


def phones_of(customer: Customer) -> tuple[str | None, str | None]:
    """Phone and mobile: the customer's own, else those of the address."""
    if customer.address is None or customer.phone or customer.mobile:
        return customer.phone, customer.mobile
    return customer.address.phone, customer.address.mobile


def _opted_out(customer: Customer) -> bool | None:
    return None if customer.newsletter is None else not customer.newsletter


def needs_account(customer: Customer) -> bool:
    """Whether there is an Account behind a Contact: a firm, or somebody who has ordered."""
    return bool(customer.company or customer.has_ordered)


def account_ref(record: Record) -> Ref:
    """The customer's own Account."""
    return Ref("customers", record.key, record.data, "accounts")


def account_name(customer: Customer, email: str) -> str:
    """The company, else "Lastname Firstname", else the e-mail."""
    person = " ".join(filter(None, (customer.lastname, customer.firstname)))
    return customer.company or person or email


class Accounts(ModuleTable):
    """Customers as the Accounts of their orders, recognised by e-mail and never by name alone.

    vtiger wants the name to be unique, so the shop's key is appended where it is taken.
    """

    accepts = Customer
    refers_to: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    at_first: ClassVar[Mapping[str, str]] = {"accounttype": "Customer"}

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Accounts", "accounts", ("email1",))

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`; raises `RejectedError` for a customer without e-mail."""
        customer: Customer = record.data
        email = email_of(customer, record.key)
        crm, address = self.crm, customer.address
        phone, mobile = phones_of(customer)
        row = {
            "email1": email,
            "accountname": fit(crm, account_name(customer, email), NAME, "accountname"),
            "phone": fit(crm, phone or mobile, 30, "an account's phone"),
            "otherphone": fit(crm, mobile if phone else None, 30, "an account's phone"),
            "emailoptout": flag(_opted_out(customer)),
        }
        return {**known(row), **self._addresses(address)}

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

    def _addresses(self, address: Address | None) -> dict[str, str | None]:
        fields: dict[str, str | None] = {}
        if address is None:
            return fields
        for prefix in ("bill", "ship"):
            fields[f"{prefix}_street"] = street_of(self.crm, address)
            fields |= place_of(self.crm, address, addressed(prefix))
        return fields


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
