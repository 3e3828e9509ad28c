"""Leads: people who have not ordered yet, and how they become Contacts once they have.

vtiger converts a Lead itself where it can (8.4). Where it cannot (8.0 dies of it with HTTP 500) the
Contact is created with what the Lead has, and the Lead deleted: vtiger's recycle bin keeps it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from crosstie import AmbiguousError, GoneError, RejectedError, Row, UncertainError, Write
from crosstie_vtiger.answers import GarbledError, RefusedError
from crosstie_vtiger.crm import Crm, refuse_if
from crosstie_vtiger.customers import ACCOUNT, COMPANY, MODULE
from crosstie_vtiger.fitting import fit
from crosstie_vtiger.queries import quoted
from crosstie_vtiger.tables import ModuleTable
from crosstie_vtiger.texts import shown_row

ORIGIN = "Prestashop"
"""Where new people come from, spelt as the choice that a shop's users put into vtiger."""

IN_LEADS: Mapping[str, str] = {
    "mailingstreet": "lane",
    "mailingcity": "city",
    "mailingzip": "code",
    "mailingstate": "state",
    "mailingcountry": "country",
    "mailingpobox": "pobox",
    "title": "designation",
}
"""What fields of a Contact are called in a Lead, where they are called differently."""

IN_CONTACTS = {lead: contact for contact, lead in IN_LEADS.items()}
NOT_IN_LEADS = frozenset({ACCOUNT, MODULE, "account_id", "birthday"})
SHORTER = ("city", "code", "state", "country")
NOT_TAKEN_ALONG = frozenset(
    {"createdtime", "modifiedtime", "modifiedby", "source", "starred", "tags", "contact_no"}
)


class ContactRows(ModuleTable):
    """People as Contacts."""

    at_first: ClassVar[Mapping[str, str]] = {"leadsource": ORIGIN}

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Contacts", key=("email",))

    def element(self, row: Row) -> dict[str, Any]:
        """See `ModuleTable`; a person's Account is the Contact's."""
        element = super().element(row)
        if account := element.pop(ACCOUNT, None):
            element.setdefault("account_id", account)
        return {name: value for name, value in element.items() if name not in {COMPANY, MODULE}}

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`; the company is told by the Account's name."""
        contacts = super().show(ids)
        behind = {row["account_id"] for row in contacts if row and row.get("account_id")}
        accounts = sorted(behind)
        shown = ModuleTable(self.crm, "Accounts").show(accounts) if accounts else ()
        names = {row["id"]: row["accountname"] for row in shown if row}
        return [row and self._person(row, names) for row in contacts]

    def _person(self, row: Row, names: Mapping[str, str]) -> Row:
        account = row.get("account_id")
        return {**row, MODULE: self.module, ACCOUNT: account, COMPANY: names.get(account or "")}

    def of_lead(self, lead_id: str, element: Mapping[str, Any]) -> str:
        """See `contact_of`."""
        try:
            return self._of_lead(lead_id, element)
        except RefusedError as error:
            raise self._explained(error, Write(None, element, "", "")) from error

    def _of_lead(self, lead_id: str, element: Mapping[str, Any]) -> str:
        try:
            lead = _lead(self.crm, lead_id)
        except GoneError:
            if contact := self.with_emails(element.get("email")):
                return contact
            raise
        contact = self.with_emails(lead.get("email"), element.get("email"))
        if contact is None:
            wanted = self._complete({**self._from(lead), **element})
            contact = self._converted(lead_id, wanted)
        if contact is None:
            contact = self._made(wanted)
        if is_lead(self.crm, lead_id):
            self._remove(lead_id)
        return contact

    def with_emails(self, *emails: Any) -> str | None:
        """The Contact with one of these e-mails; raises `AmbiguousError` where there are two."""
        wanted = list(dict.fromkeys(email for email in emails if email))
        if not wanted:
            return None
        found = {row_id for ids in self.find([{"email": one} for one in wanted]) for row_id in ids}
        if len(found) > 1:
            raise AmbiguousError(
                f"Contacts has {len(found)} rows for {' and '.join(wanted)}:"
                f" {', '.join(sorted(found))}; merge them there, then retry"
            )
        return next(iter(found), None)

    def _from(self, lead: Mapping[str, Any]) -> dict[str, Any]:
        """What a Lead has that a Contact can have."""
        fields = self.crm.module(self.module).fields
        return {
            name: value
            for name, value in as_contact(lead).items()
            if name in fields and name not in NOT_TAKEN_ALONG and value is not None
        }

    def _converted(self, lead_id: str, wanted: Mapping[str, Any]) -> str | None:
        """The Contact that vtiger has made of the Lead; None where it cannot, or has not."""
        if not self.crm.shared.converts_leads:
            return None
        try:
            return self.crm.convert_lead(lead_id, wanted)
        except RefusedError as error:
            if error.code != "LEAD_ALREADY_CONVERTED":
                raise
            raise GoneError(f"Lead {lead_id} was converted in vtiger") from error
        except UncertainError as error:
            if not isinstance(error.__cause__, GarbledError):
                raise
            self.crm.shared.converts_leads = False
            return self.with_emails(wanted.get("email"))

    def _made(self, wanted: Mapping[str, Any]) -> str:
        refuse_if(not self.crm.module("Leads").deleteable, self.crm, "Leads", "delete")
        return str(self.crm.create(self.module, wanted)["id"])

    def _remove(self, lead_id: str) -> None:
        try:
            self.crm.delete(lead_id)
        except RefusedError as error:
            if not error.gone:
                raise RejectedError(
                    f"Lead {lead_id} is a Contact by now, but cannot be deleted: {error}"
                ) from error


class LeadRows(ModuleTable):
    """People as Leads; rows have the field names of a Contact."""

    at_first: ClassVar[Mapping[str, str]] = {"leadsource": ORIGIN}

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Leads", key=("email",))

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`."""
        return super().find([as_lead(key) for key in keys])

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`."""
        shown = super().show(ids)
        return [row and {**as_contact(row), MODULE: self.module} for row in shown]

    def element(self, row: Row) -> dict[str, Any]:
        """See `ModuleTable`; some columns are shorter than those of Contacts."""
        element = super().element(as_lead(row))
        for field in SHORTER:
            if field in element:
                element[field] = fit(self.crm, element[field], 30, f"a lead's {field}")
        return {name: value for name, value in element.items() if name not in NOT_IN_LEADS}


def as_lead(row: Row) -> dict[str, Any]:
    """A row with the names that its fields have in Leads."""
    return {IN_LEADS.get(name, name): row[name] for name in row}


def as_contact(row: Row) -> dict[str, Any]:
    """A Lead's row with the names that its fields have in Contacts."""
    return {IN_CONTACTS.get(name, name): row[name] for name in row}


def contact_of(crm: Crm, lead_id: str, element: Mapping[str, Any]) -> str:
    """The id of the Contact that a Lead becomes: with what the Lead has, and `element` over it.

    A Contact with the Lead's e-mail, or with that of `element`, is taken as it is, so that this
    may be asked for again after any interruption. Whoever calls it tells the core by
    ``Written(..., moved={lead_id: contact_id})``.
    Raises `GoneError` where there is neither that Lead nor its Contact, and other `RecordError`s.
    """
    with crm.alone("a Lead becomes a Contact"):
        return ContactRows(crm).of_lead(lead_id, element)


def successor_of(crm: Crm, lead_id: str) -> str | None:
    """The Contact of a Lead that somebody has converted in vtiger; None where it is not known."""
    try:
        lead = _lead(crm, lead_id)
    except GoneError:
        return None
    return ContactRows(crm).with_emails(lead.get("email"))


def is_lead(crm: Crm, lead_id: str) -> bool:
    """Whether a Lead is there and still one: converted ones can be written, but are not shown."""
    query = f"select id from Leads where id = {quoted(lead_id)};"  # noqa: S608 (VTQL)
    return bool(crm.query(query, "Leads"))


def _lead(crm: Crm, lead_id: str) -> dict[str, Any]:
    """A Lead with everything, also one that was converted; raises `GoneError`."""
    try:
        return shown_row(crm.retrieve(lead_id), crm.module("Leads"))
    except RefusedError as error:
        if error.gone:
            raise GoneError(f"Lead {lead_id} was deleted in vtiger") from error
        raise
