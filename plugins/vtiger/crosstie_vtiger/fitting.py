"""What the commerce tables have in common: fitting texts, and addresses in vtiger's fields.

Only what is known is written: a field that the shop says nothing about keeps its value in vtiger.
An address is one value: where it is known, its missing parts are cleared.
"""

from collections.abc import Mapping
from typing import Any

from crosstie import RejectedError
from crosstie.commerce import Address, Customer
from crosstie_vtiger.crm import Crm

STREET = 250


def fit(crm: Crm, text: str | None, limit: int, field: str) -> str | None:
    """The text, cut to what vtiger's column holds: vtiger would cut it itself, and say nothing."""
    if text is None or len(text) <= limit:
        return text
    crm.note(f"{field} is cut to {limit} characters, as all that vtiger keeps of it")
    return text[:limit].rstrip()


def whole(text: str, limit: int, field: str) -> str:
    """An identifier, never cut; raises `RejectedError` when vtiger's column cannot hold it."""
    if len(text) > limit:
        raise RejectedError(
            f"{field} has {len(text)} characters and vtiger keeps {limit}: {text[:limit]!r}…"
        )
    return text


def email_of(customer: Customer, key: str, limit: int = 100) -> str:
    """The customer's e-mail, by which vtiger's records are recognised.

    Raises `RejectedError` when there is none or it is too long.
    """
    email = (customer.email or "").strip()
    if not email:
        raise RejectedError(
            f"customer {key} has no e-mail, and people are recognised by it in vtiger: give them"
            " one in the shop"
        )
    return whole(email, limit, "the e-mail")


def known(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of which something is known."""
    return {name: value for name, value in row.items() if value is not None}


def flag(value: bool | None) -> str | None:
    """A yes or no as vtiger tells it; nothing for what is not known."""
    return None if value is None else "1" if value else "0"


def street_of(crm: Crm, address: Address, *, named: bool = False) -> str | None:
    """Street and further line, one below the other; with the addressee above them if `named`."""
    person = " ".join(filter(None, (address.firstname, address.lastname)))
    addressee = (address.company, person) if named else ()
    lines = [line for line in (*addressee, address.street, address.street2) if line]
    return fit(crm, "\n".join(lines) or None, STREET, "a street")


def place_of(
    crm: Crm, address: Address, fields: Mapping[str, tuple[str, int]]
) -> dict[str, str | None]:
    """City, postcode, state and country in the fields that hold them, by their name and length."""
    return {
        field: fit(crm, getattr(address, part), limit, field)
        for part, (field, limit) in fields.items()
    }
