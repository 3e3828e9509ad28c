"""Customers as people: a Lead until the first order, a Contact with an Account from then on.

Who is in vtiger already is recognised by e-mail: as a Contact, else as a Lead, else as an Account,
and stays that, until a first order makes a Contact of them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from crosstie import AmbiguousError, GoneError, Record, RecordError, Ref, Row, Write, Written
from crosstie.commerce import Customer, customer_rank
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.customers import (
    ACCOUNT,
    COMPANY,
    MODULE,
    Accounts,
    AccountTable,
    Companies,
    account_of,
    account_ref,
    person_of,
    wants_account,
)
from crosstie_vtiger.leads import (
    IN_LEADS,
    ContactRows,
    LeadRows,
    as_lead,
    contact_of,
    is_lead,
    successor_of,
)
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.tables import ModuleTable

EMAIL = "email"


class AccountPersons(ModuleTable):
    """People of whom vtiger knows the Account only; its name is left alone."""

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Accounts", key=("email1",))

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`; an Account that was just met as the one behind a person does not count."""
        found = super().find([account_of(self.crm, key) for key in keys])
        behind = self.crm.shared.own_accounts
        return [[row_id for row_id in ids if row_id not in behind] for ids in found]

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`, with the field names of a person where they differ."""
        return [
            row and {**row, MODULE: self.module, EMAIL: row["email1"], COMPANY: row["accountname"]}
            for row in super().show(ids)
        ]

    def element(self, row: Row) -> dict[str, Any]:
        """See `ModuleTable`."""
        element = super().element(account_of(self.crm, row))
        element.pop("accountname", None)
        return element


class People:
    """Customers as people, recognised by e-mail, in the module that fits."""

    name = "customers"
    key = (EMAIL,)
    accepts = Customer
    refers_to: tuple[str, ...] = ()
    uses = frozenset({"has_ordered"})

    def __init__(self, crm: Crm, rules: Rules) -> None:
        self.crm = crm
        self.rules = rules
        self.contacts = ContactRows(crm)
        self.leads = LeadRows(crm)
        self.places: tuple[ModuleTable, ...] = (self.contacts, self.leads, AccountPersons(crm))
        self.accounts = Accounts(crm)
        self.companies = Companies(crm)

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`; raises `RejectedError` for a customer without e-mail."""
        customer: Customer = record.data
        row = person_of(self.crm, record)
        if wants_account(customer, self.rules):
            row[ACCOUNT] = account_ref(Ref("customers", record.key, customer), self.rules)
        if customer.has_ordered:
            row[MODULE] = self.contacts.module
        return row

    def rank(self, record: Record) -> str:
        """See `Ranks`: who has an account in the shop before a guest, then who came later."""
        return customer_rank(record.key, record.data)

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`: a Contact goes before a Lead, and a Lead before an Account."""
        found: list[Sequence[str]] = [()] * len(keys)
        for place in self.places:
            missing = [number for number, ids in enumerate(found) if not ids]
            if not missing:
                break
            if place is not self.contacts and not self._has(place, keys[0]):
                continue
            some = place.find([keys[number] for number in missing])
            for number, ids in zip(missing, some, strict=True):
                found[number] = ids
        return found

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `Table`."""
        return [self._write(write) for write in writes]

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`: every person with the field names of a Contact."""
        return self._each_place(ids, lambda place, some: place.show(some))

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        """See `Deletes`; the Account behind a person stays, since orders may belong to it."""
        return self._each_place(ids, lambda place, some: place.delete(some))

    def fields(self) -> Mapping[str, str]:
        """See `Discovers`: the fields of a Contact, and which of them a Lead has."""
        contacts, leads = self.contacts.fields(), self.leads.fields()
        told = {name: f"{text}, of a Lead only" for name, text in leads.items()}
        for lead in IN_LEADS.values():
            told.pop(lead, None)
        for name, text in contacts.items():
            lacks = IN_LEADS.get(name, name) not in leads
            told[name] = f"{text}, not of a Lead" if lacks else text
        return told

    def _has(self, place: ModuleTable, key: Row) -> bool:
        """Whether the module has fields for what a flow matches by."""
        named = account_of(self.crm, key) if place.module == "Accounts" else as_lead(key)
        return bool(named) and named.keys() <= self.crm.module(place.module).fields.keys()

    def _write(self, write: Write) -> Written | RecordError:
        try:
            return self._placed(write)
        except RecordError as error:
            return error

    def _placed(self, write: Write) -> Written | RecordError:
        if write.id is None:
            wants_contact = write.row.get(MODULE) == self.contacts.module
            return self._with_account(self.contacts if wants_contact else self.leads, write)
        place = self._place(write.id)
        if place is self.contacts:
            return self._with_account(place, write)
        if place is self.leads:
            return self._lead(write, write.id)
        if ACCOUNT in write.row or MODULE in write.row:
            return self._beside_account(write)
        return place.write([write])[0]

    def _lead(self, write: Write, lead_id: str) -> Written | RecordError:
        """Change a Lead, or the Contact that it becomes now or has become in vtiger."""
        if MODULE in write.row:
            contact: str | None = contact_of(self.crm, lead_id, {EMAIL: write.row[EMAIL]})
        elif is_lead(self.crm, lead_id):
            return self._with_account(self.leads, write)
        else:
            contact = successor_of(self.crm, lead_id)
        if contact is None:
            raise GoneError(f"Lead {lead_id} is none any more in vtiger")
        answer = self._with_account(self.contacts, attrs.evolve(write, id=contact))
        return _moved(answer, {lead_id: contact})

    def _beside_account(self, write: Write) -> Written | RecordError:
        """Write the person behind whom an Account was found or linked, who may be there by now."""
        key = {EMAIL: write.row[EMAIL]}
        found = self.contacts.find([key])[0] or self.leads.find([key])[0]
        if len(found) > 1:
            raise AmbiguousError(
                f"{len(found)} people in vtiger have the e-mail {key[EMAIL]}:"
                f" {', '.join(sorted(found))}; merge them there, then retry"
            )
        return self._placed(attrs.evolve(write, id=found[0] if found else None))

    def _with_account(self, place: ModuleTable, write: Write) -> Written | RecordError:
        """Write a person after the Account behind them, which is to be there and to follow them."""
        account = write.row.get(ACCOUNT)
        if account is None:
            return place.write([write])[0]
        shared = self.rules.share_accounts and write.row.get(COMPANY)
        table: AccountTable = self.companies if shared else self.accounts
        row = self.companies.row(shared) if shared else account_of(self.crm, write.row)
        made = self.crm.shared.own_accounts.pop(account, None)
        kept = account
        if write.id is not None or made != row:
            kept = table.kept(attrs.evolve(write, id=account, row=row))
        answer = place.write([attrs.evolve(write, row={**write.row, ACCOUNT: kept})])[0]
        return _moved(answer, {account: kept} if kept != account else {})

    def _place(self, row_id: str) -> ModuleTable:
        """The module that an id is of, by the prefix, which differs between installations."""
        prefix = row_id.partition("x")[0]
        for place in self.places:
            if self.crm.module(place.module).prefix == prefix:
                return place
        raise GoneError(f"{row_id} is neither a Contact nor a Lead nor an Account in vtiger")

    def _each_place(
        self, ids: Sequence[str], work: Callable[[ModuleTable, Sequence[str]], Sequence[Any]]
    ) -> list[Any]:
        """What each place says of the ids that are its own, in their order."""
        told: dict[str, Any] = {}
        for place in self.places:
            prefix = f"{self.crm.module(place.module).prefix}x"
            if some := [row_id for row_id in ids if row_id.startswith(prefix)]:
                told |= zip(some, work(place, some), strict=True)
        return [told.get(row_id) for row_id in ids]


def _moved(answer: Written | RecordError, moved: Mapping[str, str]) -> Written | RecordError:
    """The answer, with ids that were replaced on the way."""
    if not moved or not isinstance(answer, Written):
        return answer
    return attrs.evolve(answer, moved={**answer.moved, **moved})
