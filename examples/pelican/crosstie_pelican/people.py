"""Contacts and customers: one into the other, and what a contact may hold."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from crosstie import Record, Row, UnavailableError
from crosstie.commerce import Address, Customer

FIELDS: Mapping[str, str] = {
    "external_id": "text of up to 128 characters, the key",
    "email": "an e-mail address",
    "first_name": "text of up to 100 characters",
    "last_name": "text of up to 100 characters",
    "company": "text of up to 100 characters",
    "phone": "text of up to 32 characters",
    "language": "two small letters, such as fr",
    "birthday": "a date",
    "postcode": "text of up to 16 characters",
    "city": "text of up to 100 characters",
    "country": "two capital letters, such as FR",
    "note": "text of up to 10,000 characters",
    "subscribed": "true or false",
}
"""What can be written, besides the attributes of each account."""


def row_of(customer: Customer, external_id: str) -> Row:
    """What is known of a customer; the rest of the contact stays as it is."""
    address = customer.address or Address()
    phones = (customer.mobile, customer.phone, address.mobile, address.phone)
    row = {
        "external_id": external_id,
        "email": customer.email,
        "first_name": customer.firstname,
        "last_name": customer.lastname,
        "company": customer.company,
        "phone": next(filter(None, phones), None),
        "language": customer.language,
        "birthday": customer.birthday and customer.birthday.isoformat(),
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
        "note": customer.note,
        "subscribed": customer.newsletter,
    }
    return {name: value for name, value in row.items() if value is not None}


def record_of(contact: Mapping[str, Any], uses: frozenset[str] = frozenset()) -> Record:
    """A contact as a record; its version is the same whether it was listed or looked up."""
    key, updated = contact.get("external_id"), moment(contact, "updated_at")
    if not isinstance(key, str) or not key or updated is None:
        raise UnavailableError("Pelican told a contact without external_id or updated_at")
    deleted = contact.get("deleted") is True
    return Record(
        key=key,
        data=Customer(updated=updated) if deleted else customer_of(contact),
        version=stamp(updated),
        deleted=deleted,
        raw=contact if "raw" in uses else None,
    )


def customer_of(contact: Mapping[str, Any]) -> Customer:
    """A contact in the vocabulary; what Pelican leaves out is not known."""
    place = {name: contact.get(name) for name in ("postcode", "city", "country")}
    born = contact.get("birthday")
    return Customer(
        email=contact.get("email"),
        firstname=contact.get("first_name"),
        lastname=contact.get("last_name"),
        company=contact.get("company"),
        birthday=date.fromisoformat(born) if born else None,
        language=contact.get("language"),
        phone=contact.get("phone"),
        newsletter=contact.get("subscribed"),
        note=contact.get("note"),
        address=Address(**place) if any(place.values()) else None,
        created=moment(contact, "created_at"),
        updated=moment(contact, "updated_at"),
    )


def shown_row(contact: Mapping[str, Any]) -> Row:
    """A contact as a row: its fields, and its attributes beside them."""
    fields = {name: contact[name] for name in FIELDS if name in contact}
    return {**contact.get("attributes", {}), **fields}


def moment(told: Mapping[str, Any], name: str) -> datetime | None:
    """A time as Pelican tells it, with ``Z`` or an offset; None where it tells none."""
    text = told.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise UnavailableError(f"Pelican told {text!r} as {name}, which is no time with a zone")
    return at


def stamp(at: datetime) -> str:
    """A time in UTC, as it is kept in versions and cursors."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
