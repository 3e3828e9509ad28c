"""Contacts as a table: people by their e-mail."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Literal

import attrs

from crosstie import Record, RecordError, RejectedError, Row, Write, Written
from crosstie.commerce import Customer, customer_rank
from crosstie_connectif.api import Api
from crosstie_connectif.phones import mobile_of
from crosstie_connectif.resources import Resource

EMAIL = "email"
NEWSLETTER = "_newsletterSubscriptionStatus"
BORN = "_birthdate"

Newsletter = Literal["leave", "follow"]


@attrs.frozen
class ContactTable:
    """Contacts, known by `email`; other fields have Connectif's own names, ``_name`` and so on.

    A field that is none of Connectif's own is taken for a custom field, by its id.
    """

    name: ClassVar[str] = "contacts"
    key: ClassVar[tuple[str, ...]] = (EMAIL,)
    accepts: ClassVar[type] = Customer
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset()
    api: Api
    newsletter: Newsletter = "leave"

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`; raises `RejectedError` for a customer without e-mail."""
        customer: Customer = record.data
        row = {
            EMAIL: email_of(customer, record.key),
            "_name": customer.firstname,
            "_surname": customer.lastname,
            BORN: customer.birthday,
            "_mobilePhone": mobile_of(customer),
            NEWSLETTER: self._subscription(customer.newsletter),
        }
        return {name: value for name, value in row.items() if value is not None}

    def rank(self, record: Record) -> str:
        """See `crosstie.Ranks`: who has an account before a guest, then who came later."""
        return customer_rank(record.key, record.data)

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`; the ids are e-mails as Connectif keeps them."""
        return self._contacts.find(keys)

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`; who has another e-mail now is another contact."""
        return [self._write(write) for write in writes]

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `crosstie.Shows`."""
        return [told and _shown(told) for told in self._contacts.show(ids)]

    @property
    def _contacts(self) -> Resource:
        return Resource(self.api, "contacts/email", EMAIL, "_email", folds=True)

    def _subscription(self, newsletter: bool | None) -> str | None:
        if newsletter is None or self.newsletter == "leave":
            return None
        return "subscribed" if newsletter else "unsubscribed"

    def _write(self, write: Write) -> Written | RecordError:
        email = str(write.row.get(EMAIL, write.id)).strip()
        if write.id is not None and self._contacts.same(email, write.id):
            email = write.id
        try:
            return self._contacts.put(email, write.row)
        except RecordError as error:
            return error


def email_of(customer: Customer, key: str) -> str:
    """The customer's e-mail; raises `RejectedError` when there is none."""
    email = (customer.email or "").strip()
    if not email:
        raise RejectedError(
            f"customer {key} has no e-mail, and Connectif knows people by it: give them one in the"
            " shop"
        )
    return email


def _shown(told: Mapping[str, Any]) -> Row:
    """A contact as a row, with its birthday as one is mapped."""
    try:
        return {**told, BORN: date.fromisoformat(str(told[BORN])[:10])}
    except (KeyError, ValueError):
        return told
