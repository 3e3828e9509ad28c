"""What a store has in Connectif: contacts, products, purchases, and the events that these raise."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import attrs

from crosstie import Clock
from crosstie_connectif.sandbox.fields import (
    CONTACT,
    PRODUCT,
    email,
    wrong_fields,
    wrong_in_purchase,
)
from crosstie_connectif.sandbox.refusals import RefusalError, invalid

Told = dict[str, Any]


@attrs.define
class Store:
    """Everything of one store.

    `domains` are those that addresses of products may be of, such as ``https://shop.example``;
    all are allowed where there is none. `custom` are the ids of custom fields of contacts.
    """

    clock: Clock
    domains: tuple[str, ...] = ()
    custom: frozenset[str] = frozenset()
    contacts: dict[str, Told] = attrs.field(factory=dict)
    products: dict[str, Told] = attrs.field(factory=dict)
    purchases: dict[str, Told] = attrs.field(factory=dict)
    events: list[str] = attrs.field(factory=list)
    _ids: Iterator[int] = attrs.field(factory=lambda: count(0x5CF8C05F))

    def contact(self, address: str) -> Told:
        """The contact with this e-mail."""
        _check_email(address)
        return _there(self.contacts, folded(address), "Contact")

    def patch_contact(self, address: str, given: Mapping[str, Any]) -> Told:
        """Change a contact, or create one."""
        _check_email(address)
        unknown = [name for name in given if name not in CONTACT and name not in self.custom]
        if wrong := [*wrong_fields(given, CONTACT), *((one, "is unknown") for one in unknown)]:
            raise invalid(wrong)
        now = self._now()
        new = {"id": self._id(), "_email": address.strip(), "_createdAt": now}
        before = self.contacts.get(folded(address), new)
        return self._keep(self.contacts, folded(address), {**before, **given, "_updatedAt": now})

    def product(self, key: str) -> Told:
        """The product that the store calls so."""
        return _there(self.products, key, "Product")

    def patch_product(self, key: str, given: Mapping[str, Any]) -> Told:
        """Change a product, or create one."""
        if wrong := list(wrong_fields(given, PRODUCT)):
            raise invalid(wrong)
        if self._foreign([given]):
            detail = "Product had URL from non authorized domain."
            raise RefusalError(400, detail, code="E0201", allowedDomains=list(self.domains))
        now = self._now()
        new = {"id": self._id(), "productId": key, "createdAt": now, "availability": "instock"}
        before = self.products.get(key, new)
        return self._keep(self.products, key, {**before, **given, "updatedAt": now})

    def purchase(self, key: str) -> Told:
        """The purchase that the store calls so."""
        return _there(self.purchases, key, "Purchase")

    def purchase_by_id(self, one: str) -> Told:
        """The purchase with this id of Connectif's own."""
        found = {purchase["id"]: purchase for purchase in self.purchases.values()}
        return _there(found, one, "Purchase")

    def buy(self, given: Mapping[str, Any], *, trigger: bool) -> Told:
        """Create a purchase; one that is there is never changed."""
        if wrong := list(wrong_in_purchase(given)):
            raise invalid(wrong)
        key = given["purchaseId"]
        if key in self.purchases:
            raise RefusalError(409, f"Purchase {key} already exists.")
        contact = self.contacts.get(folded(given["contactEmail"]))
        if contact is None:
            detail = f"Contact {given['contactEmail']} does not exist."
            raise RefusalError(400, detail, code="E0101")
        self._check_bought(given["products"])
        now = self._now()
        own = {"id": self._id(), "contactId": contact["id"], "createdAt": now, "updatedAt": now}
        bought = [{**one, "id": self.products[one["productId"]]["id"]} for one in given["products"]]
        if trigger:
            self.events.append(key)
        return self._keep(self.purchases, key, {**given, **own, "products": bought})

    def _check_bought(self, bought: Sequence[Mapping[str, Any]]) -> None:
        missing = [one["productId"] for one in bought if one["productId"] not in self.products]
        if missing:
            detail = f"Product {', '.join(missing)} does not exist."
            raise RefusalError(400, detail, code="E0102", productIds=missing)
        if foreign := [one["productId"] for one in self._foreign(bought)]:
            detail = f"Product {', '.join(foreign)} had URL from non authorized domain."
            # The field's name is that of the documentation's example, not of its table.
            more = {"productsId": foreign, "allowedDomains": list(self.domains)}
            raise RefusalError(400, detail, code="E0103", **more)

    def _foreign(self, products: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The products whose pages are at none of the allowed domains."""
        pages = [(one, urlsplit(str(one.get("productDetailUrl") or ""))) for one in products]
        return [
            one
            for one, page in pages
            if self.domains and page.netloc and f"{page.scheme}://{page.netloc}" not in self.domains
        ]

    def _keep(self, rows: dict[str, Told], key: str, row: Told) -> Told:
        rows[key] = row
        return row

    def _now(self) -> str:
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.000Z"

    def _id(self) -> str:
        return f"{next(self._ids):x}5b4cb901091f7d98"


def folded(address: str) -> str:
    """What e-mails have in common that are one to Connectif."""
    return address.strip().casefold()


def _check_email(address: str) -> None:
    if reason := email(address.strip()):
        raise invalid([("email", reason)])


def _there(rows: Mapping[str, Told], key: str, what: str) -> Told:
    if key not in rows:
        raise RefusalError(404, f"{what} not found.")
    return rows[key]
