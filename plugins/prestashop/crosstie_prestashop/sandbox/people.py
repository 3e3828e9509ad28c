"""Deeds around customers, their addresses, and products."""

import hashlib
from typing import Any

from crosstie_prestashop.sandbox.deeds import deed
from crosstie_prestashop.sandbox.resources import Record, blank
from crosstie_prestashop.sandbox.shop import Shop

CUSTOMER_GROUP, GUEST_GROUP = "3", "2"


def secure_key(text: str) -> str:
    """A stand-in for the random hexadecimal text that a shop gives each customer."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def hashed(password: str) -> str:
    """A stand-in for bcrypt: as long as the real hash, and never twice the effort."""
    return "$2y$10$" + hashlib.sha256(password.encode()).hexdigest()[:53]


def new_customer(email: str, when: str, *, guest: bool, salt: int) -> Record:
    """The record of somebody who has just registered, or ordered as a guest; no name yet."""
    group = GUEST_GROUP if guest else CUSTOMER_GROUP
    return blank("customers") | {
        "id_default_group": group,
        "id_lang": "1",
        "last_passwd_gen": when,
        "secure_key": secure_key(f"{email} {salt}"),
        "passwd": hashed("sandbox"),
        "email": email,
        "active": "1",
        "is_guest": "1" if guest else "0",
        "id_shop": "1",
        "id_shop_group": "1",
        "date_add": when,
        "date_upd": when,
        "associations": {"groups": [{"id": group}]},
    }


@deed
def register_customer(
    shop: Shop,
    *,
    email: str,
    firstname: str = "Ada",
    lastname: str = "Lovelace",
    guest: bool = False,
    newsletter: bool = False,
    **fields: str,
) -> int:
    """Somebody opens an account, or orders as a guest; `fields` are further raw fields."""
    table = shop["customers"]
    record = new_customer(email, shop.now(), guest=guest, salt=table.last_id)
    record |= {"firstname": firstname, "lastname": lastname}
    if newsletter:
        record |= {"newsletter": "1", "newsletter_date_add": record["date_add"]}
    return table.insert(record | fields)


@deed
def edit_customer(shop: Shop, customer: int, **fields: str) -> None:
    """The customer or the shop changes the account's data."""
    shop["customers"].change(customer, **{**fields, "date_upd": shop.now()})


@deed
def subscribe(shop: Shop, customer: int) -> None:
    """The newsletter box in the footer: a module's own SQL, so `date_upd` stays."""
    shop["customers"].change(customer, newsletter="1", newsletter_date_add=shop.now())


@deed
def delete_customer(shop: Shop, customer: int, *, softly: bool = False) -> None:
    """Delete a customer for good, leaving addresses and orders, or mark it as deleted."""
    if softly:
        shop["customers"].change(customer, deleted="1", date_upd=shop.now())
    else:
        shop["customers"].remove(customer)


@deed
def add_address(shop: Shop, customer: int, **fields: str) -> int:
    """A new address of a customer, whose own `date_upd` stays."""
    person = shop["customers"][customer]
    now = shop.now()
    return shop["addresses"].insert(
        blank("addresses")
        | {
            "id_customer": str(customer),
            "id_country": "8",
            "alias": "Home",
            "lastname": person["lastname"],
            "firstname": person["firstname"],
            "address1": "1 rue de Rivoli",
            "postcode": "75001",
            "city": "Paris",
            "date_add": now,
            "date_upd": now,
        }
        | fields
    )


@deed
def edit_address(shop: Shop, address: int, *, in_place: bool = False, **fields: str) -> int:
    """Change an address; one that an order uses is copied, and the old one marked as deleted.

    `in_place` is the webservice's way, which changes even those.
    """
    table = shop["addresses"]
    if in_place or not used_address(shop, address):
        table.change(address, **{**fields, "date_upd": shop.now()})
        return address
    now = shop.now()
    old = table[address]
    table.change(address, deleted="1", date_upd=now)
    del old["id"]
    return table.insert({**old, **fields, "date_add": now, "date_upd": now})


@deed
def delete_address(shop: Shop, address: int) -> None:
    """Delete an address: one that an order uses is only marked."""
    if used_address(shop, address):
        shop["addresses"].change(address, deleted="1", date_upd=shop.now())
    else:
        shop["addresses"].remove(address)


def used_address(shop: Shop, address: int) -> bool:
    """Whether an order is sent or billed there."""
    names = ("id_address_delivery", "id_address_invoice")
    return any(shop["orders"].with_value(name, address) for name in names)


@deed
def change_product(shop: Shop, product: int, **fields: Any) -> None:
    """Save a product with other data."""
    shop["products"].change(product, **{**fields, "date_upd": shop.now()})


@deed
def change_stock(shop: Shop, product: int, quantity: int, *, combination: int = 0) -> None:
    """Set the stock of a product: its own `date_upd` stays."""
    stocks = shop["stock_availables"]
    for key in list(stocks.with_value("id_product", product)):
        if int(stocks.value(key, "id_product_attribute")) == combination:
            stocks.change(key, quantity=str(quantity))


@deed
def delete_product(shop: Shop, product: int) -> None:
    """Delete a product; orders keep its name, code and the id that leads nowhere."""
    shop["products"].remove(product)
