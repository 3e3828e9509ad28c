"""The commerce vocabulary: what shops and sinks both speak.

Money is a `Decimal` in the currency named beside it, a time knows its zone, an identifier is
text ("0012345" stays "0012345"), and what is not known is `None`, never 0 or "".
A field that points to another record is a `Ref`, with what is known of it embedded.
In mappings a record is known by its class's name in snake case: ``{{ customer.email }}``,
``{{ order_state.paid }}``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import attrs

from crosstie.records import Ref


@attrs.frozen(slots=True, kw_only=True)
class Currency:
    """A currency by its ISO 4217 code; `rate` is units of it per unit of the shop's default."""

    code: str
    name: str | None = None
    symbol: str | None = None
    rate: Decimal | None = None
    active: bool | None = None


@attrs.frozen(slots=True, kw_only=True)
class Address:
    """A postal address; `country` and `state` are ISO 3166 codes (FR, IT-RM's RM), as text."""

    key: str | None = None
    company: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    street: str | None = None
    street2: str | None = None
    postcode: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    phone: str | None = None
    mobile: str | None = None
    vat_number: str | None = None
    updated: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class Customer:
    """A person (or firm) who has an account or has ordered as a guest.

    `has_ordered` is None where the source may not look at orders.
    `address` is the newest address in use; `addresses` are all of them, newest first.
    """

    email: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    company: str | None = None
    title: Literal["mr", "mrs"] | None = None
    birthday: date | None = None
    language: str | None = None
    phone: str | None = None
    mobile: str | None = None
    newsletter: bool | None = None
    partner_offers: bool | None = None
    guest: bool | None = None
    active: bool | None = None
    has_ordered: bool | None = None
    groups: tuple[str, ...] | None = None
    note: str | None = None
    address: Address | None = None
    addresses: tuple[Address, ...] | None = None
    shop: str | None = None
    created: datetime | None = None
    updated: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class Product:
    """Something that is sold; `price` is without tax in `currency`, per piece.

    `url` is its page in the shop, `image` the address of its main picture.
    """

    code: str | None = None
    name: str | None = None
    description: str | None = None
    price: Decimal | None = None
    currency: Ref | None = None
    ean: str | None = None
    manufacturer: str | None = None
    weight: Decimal | None = None
    stock: int | None = None
    active: bool | None = None
    url: str | None = None
    image: str | None = None
    created: datetime | None = None
    updated: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class OrderState:
    """The state of an order: its name, and flags that say what it means in this shop."""

    key: str
    name: str | None = None
    paid: bool | None = None
    shipped: bool | None = None
    delivered: bool | None = None
    invoice: bool | None = None
    cancelled: bool | None = None


@attrs.frozen(slots=True, kw_only=True)
class OrderLine:
    """One row of an order; unit prices as sold, `tax_rate` in percent."""

    key: str
    product: Ref | None = None
    code: str | None = None
    name: str | None = None
    quantity: Decimal
    unit_price: Decimal
    unit_price_with_tax: Decimal
    tax_rate: Decimal | None = None
    ean: str | None = None
    quantity_refunded: Decimal | None = None


@attrs.frozen(slots=True, kw_only=True)
class Payment:
    """Money received for an order."""

    key: str
    amount: Decimal
    currency: str | None = None
    method: str | None = None
    transaction: str | None = None
    paid: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class Discount:
    """A coupon or rule that lowered an order; `value` is with tax."""

    key: str
    name: str | None = None
    value: Decimal
    value_without_tax: Decimal | None = None
    free_shipping: bool | None = None


@attrs.frozen(slots=True, kw_only=True)
class CreditSlip:
    """A refund, amounts with tax; `lines` are (order line key, quantity, amount)."""

    key: str
    order: Ref | None = None
    customer: Ref | None = None
    products: Decimal | None = None
    shipping: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    lines: tuple[tuple[str, Decimal, Decimal], ...] | None = None
    created: datetime | None = None
    updated: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class Order:
    """A sale. `products`, `shipping`, `wrapping`, `discounts_total` and `total` are with tax;
    the same names with `_without_tax` are without. All are in `currency.embedded.code`.

    ``total = products + shipping + wrapping - discounts_total``, to the cent.
    `cart` is what it was ordered from.
    `payments`, `discounts` and `slips` are None unless the flow uses them and the source may
    read them. `lines` is empty for an order without rows.
    """

    number: str
    reference: str | None = None
    customer: Ref | None = None
    cart: Ref | None = None
    invoice_address: Address | None = None
    delivery_address: Address | None = None
    currency: Ref | None = None
    currency_rate: Decimal | None = None
    state: OrderState | None = None
    lines: tuple[OrderLine, ...] = ()
    products: Decimal | None = None
    products_without_tax: Decimal | None = None
    shipping: Decimal | None = None
    shipping_without_tax: Decimal | None = None
    wrapping: Decimal | None = None
    wrapping_without_tax: Decimal | None = None
    discounts_total: Decimal | None = None
    discounts_total_without_tax: Decimal | None = None
    total: Decimal | None = None
    total_without_tax: Decimal | None = None
    total_paid: Decimal | None = None
    payment_method: str | None = None
    invoice_number: str | None = None
    tracking_number: str | None = None
    language: str | None = None
    note: str | None = None
    shop: str | None = None
    payments: tuple[Payment, ...] | None = None
    discounts: tuple[Discount, ...] | None = None
    slips: tuple[CreditSlip, ...] | None = None
    created: datetime | None = None
    updated: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class CartLine:
    """One product in a cart."""

    product: Ref
    quantity: Decimal


@attrs.frozen(slots=True, kw_only=True)
class Cart:
    """A basket, bought or not; it has no totals of its own."""

    customer: Ref | None = None
    currency: Ref | None = None
    lines: tuple[CartLine, ...] = ()
    language: str | None = None
    shop: str | None = None
    created: datetime | None = None
    updated: datetime | None = None


@attrs.frozen(slots=True, kw_only=True)
class Coupon:
    """A discount code; `percent` or `amount` is set, or neither when it only frees shipping."""

    code: str
    name: str | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    free_shipping: bool | None = None
    minimum: Decimal | None = None
    uses_left: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    customer: Ref | None = None
    active: bool | None = None


def newness(key: str) -> str:
    """What sorts keys of one stream by when they were given: shops count upwards."""
    return f"1{key.zfill(20)}" if key.isdecimal() else f"0{key}"


def customer_rank(key: str, customer: Customer) -> str:
    """Who tells the row of people with one e-mail: an account before a guest, then the newer one.

    A table's `rank` (see `crosstie.Ranks`), so that every sink chooses the same.
    """
    return f"{int(not customer.guest)} {newness(key)}"


def vocabulary_name(kind: type) -> str:
    """The name under which a class of the vocabulary is known in mappings."""
    text = kind.__name__
    parts = ["_" + letter.lower() if letter.isupper() else letter for letter in text]
    return "".join(parts).lstrip("_")


VOCABULARY: Mapping[str, type] = {
    vocabulary_name(kind): kind
    for kind in (
        Address,
        Cart,
        CartLine,
        Coupon,
        CreditSlip,
        Currency,
        Customer,
        Discount,
        Order,
        OrderLine,
        OrderState,
        Payment,
        Product,
    )
}
"""Every class of the vocabulary by the name that mappings use."""
