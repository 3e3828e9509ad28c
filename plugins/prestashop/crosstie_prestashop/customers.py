"""Customers and their addresses, out of the webservice's rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from crosstie import Record
from crosstie.commerce import Address, Customer
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, day, flag, key, moments, raw_of, text

CUSTOMER_FIELDS = (
    "[id,id_lang,id_shop,id_gender,deleted,lastname,firstname,email,birthday,newsletter,optin,"
    "company,active,note,is_guest,date_add,date_upd,groups[id]]"
)
"""What `customer` looks at: half of a full row, all of it in every version from 1.7.8 to 9."""

ADDRESS_FIELDS = (
    "[id,id_customer,id_country,id_state,company,lastname,firstname,vat_number,address1,address2,"
    "postcode,city,phone,phone_mobile,deleted,date_upd]"
)
"""What `address` looks at."""

TITLES: dict[Any, Literal["mr", "mrs"]] = {"1": "mr", "2": "mrs"}
"""The two genders of a fresh shop; the webservice cannot tell what others mean."""

Moment = Callable[[Any], datetime | None]


class Customers:
    """Turns rows of `customers` into records: a page costs one request for its addresses, and one
    more when `has_ordered` is used.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def records(self, rows: Sequence[Raw], uses: frozenset[str]) -> list[Record]:
        """One record for each row, in order."""
        shop, moment = self._shop, moments(self._shop.zone())
        ids = [str(row["id"]) for row in rows]
        addresses = self._addresses(ids, moment)
        ordered = self._ordered(ids) if "has_ordered" in uses else None
        records = []
        for id_, row in zip(ids, rows, strict=True):
            own = None if addresses is None else addresses.get(id_, ())
            data = customer(
                row,
                shop,
                moment,
                address=own[0] if own else None,
                addresses=own,
                has_ordered=None if ordered is None else id_ in ordered,
            )
            version, deleted = text(row.get("date_upd")), flag(row.get("deleted")) is True
            records.append(Record(id_, data, version, deleted, raw_of(row, uses)))
        return records

    def _addresses(
        self, ids: Iterable[str], moment: Moment
    ) -> dict[str, tuple[Address, ...]] | None:
        """The addresses in use of each customer, newest first; None when they are unreadable."""
        rows = self._shop.find("addresses", "id_customer", ids, display=ADDRESS_FIELDS)
        if rows is None:
            return None
        found: dict[str, list[Raw]] = defaultdict(list)
        for row in rows:
            if flag(row.get("deleted")) is not True:
                found[str(row["id_customer"])].append(row)
        return {
            id_: tuple(
                address(row, self._shop, moment) for row in sorted(own, key=_age, reverse=True)
            )
            for id_, own in found.items()
        }

    def _ordered(self, ids: Iterable[str]) -> set[str] | None:
        rows = self._shop.find("orders", "id_customer", ids, display="[id,id_customer]")
        return None if rows is None else {str(row["id_customer"]) for row in rows}


def customer(
    row: Raw,
    shop: Shop,
    moment: Moment,
    *,
    address: Address | None = None,
    addresses: tuple[Address, ...] | None = None,
    has_ordered: bool | None = None,
) -> Customer:
    """A row of `customers`; phones, and the company where the account has none, are those of
    `address`.
    """
    company = text(row.get("company"))
    groups = row.get("associations", {}).get("groups")
    return Customer(
        email=text(row.get("email")),
        firstname=text(row.get("firstname")),
        lastname=text(row.get("lastname")),
        company=company or (address.company if address else None),
        title=TITLES.get(row.get("id_gender")),
        birthday=day(row.get("birthday")),
        language=shop.language(row.get("id_lang")),
        phone=address.phone if address else None,
        mobile=address.mobile if address else None,
        newsletter=flag(row.get("newsletter")),
        partner_offers=flag(row.get("optin")),
        guest=flag(row.get("is_guest")),
        active=flag(row.get("active")),
        has_ordered=has_ordered,
        groups=tuple(str(group["id"]) for group in groups) if groups else (),
        note=text(row.get("note")),
        address=address,
        addresses=addresses,
        shop=shop.shops.get(row.get("id_shop")),
        created=moment(row.get("date_add")),
        updated=moment(row.get("date_upd")),
    )


def address(row: Raw, shop: Shop, moment: Moment) -> Address:
    """A row of `addresses`."""
    return Address(
        key=key(row.get("id")),
        company=text(row.get("company")),
        firstname=text(row.get("firstname")),
        lastname=text(row.get("lastname")),
        street=text(row.get("address1")),
        street2=text(row.get("address2")),
        postcode=text(row.get("postcode")),
        city=text(row.get("city")),
        state=shop.states.get(row.get("id_state")),
        country=shop.countries.get(row.get("id_country")),
        phone=text(row.get("phone")),
        mobile=text(row.get("phone_mobile")),
        vat_number=text(row.get("vat_number")),
        updated=moment(row.get("date_upd")),
    )


def _age(row: Raw) -> tuple[str, int]:
    return str(row.get("date_upd") or ""), int(row["id"])
