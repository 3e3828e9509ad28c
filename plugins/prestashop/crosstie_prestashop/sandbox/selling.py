"""How an order comes about: its rows, its totals and everything the shop writes down with it.

``total_paid_tax_incl = total_products_wt + shipping + wrapping - discounts`` holds to the cent, and
``total_products_wt`` is the sum of the rows as the order's `round_type` rounds them.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import attrs

from crosstie_prestashop.sandbox.resources import Record, blank
from crosstie_prestashop.sandbox.shop import Shop

ROUND_ITEM, ROUND_LINE, ROUND_TOTAL = 1, 2, 3
# The VAT of France by tax rules group, as a fresh shop there has them.
TAX_RATES = {0: Decimal(0), 1: Decimal(20), 2: Decimal(10), 3: Decimal("5.5"), 4: Decimal("2.1")}
_CENT = Decimal("0.01")
_MICRO = Decimal("0.000001")
_ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """Rounded half up, as the shops do by default."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def micros(amount: Decimal) -> Decimal:
    """Rounded to the six decimals that the database keeps."""
    return amount.quantize(_MICRO, ROUND_HALF_UP)


@cache
def _factor(rate: Decimal) -> Decimal:
    return 1 + rate / 100


@attrs.frozen(slots=True)
class Line:
    """Something sold: `price` is a piece without tax in the order's currency, `rate` in percent."""

    product: int
    combination: int
    name: str
    reference: str
    ean: str
    quantity: int
    price: Decimal
    rate: Decimal

    @property
    def price_with_tax(self) -> Decimal:
        """A piece with tax, to six decimals."""
        return micros(self.price * _factor(self.rate))

    def pieces(self, quantity: int) -> "Line":
        """So many of the same."""
        return attrs.evolve(self, quantity=quantity)

    def total(self, unit: Decimal, round_type: int) -> Decimal:
        """The row's total: pieces or row rounded to cents, or only the whole order later."""
        if round_type == ROUND_ITEM:
            return cents(unit) * self.quantity
        total = unit * self.quantity
        return cents(total) if round_type == ROUND_LINE else total


@attrs.frozen(slots=True, kw_only=True)
class Sale:
    """What a customer orders; amounts are without tax and in its currency.

    `discount` is a percentage off the products and `off` a fixed amount (without and with tax),
    under `rule` (a cart rule's id and name); `free_shipping` makes it pay for the shipping too.
    """

    customer: int
    address: int
    invoice_address: int
    lines: Sequence[Line]
    reference: str
    placed: str
    currency: int = 1
    conversion_rate: Decimal = Decimal(1)
    language: int = 1
    carrier: int = 2
    shipping: Decimal = Decimal(7)
    wrapping: Decimal = _ZERO
    rule: tuple[int, str] | None = None
    discount: Decimal = _ZERO
    off: tuple[Decimal, Decimal] = (_ZERO, _ZERO)
    free_shipping: bool = False
    round_type: int = ROUND_LINE
    module: str = "ps_wirepayment"
    payment: str = "Bank wire"
    note: str = ""
    gift_message: str = ""
    secure_key: str = "0" * 32
    shop: int = 1


@attrs.frozen(slots=True)
class Totals:
    """Pairs of amounts, without and with tax."""

    products: tuple[Decimal, Decimal]
    shipping: tuple[Decimal, Decimal]
    wrapping: tuple[Decimal, Decimal]
    discounts: tuple[Decimal, Decimal]

    @property
    def paid(self) -> tuple[Decimal, Decimal]:
        """What the customer owes."""
        return (
            self.products[0] + self.shipping[0] + self.wrapping[0] - self.discounts[0],
            self.products[1] + self.shipping[1] + self.wrapping[1] - self.discounts[1],
        )


def totals(sale: Sale) -> Totals:
    """The totals of a sale."""
    kind = sale.round_type
    products = (
        cents(sum((one.total(one.price, kind) for one in sale.lines), _ZERO)),
        cents(sum((one.total(one.price_with_tax, kind) for one in sale.lines), _ZERO)),
    )
    shipping = _taxed(sale.shipping)
    share = sale.discount / 100
    given = shipping if sale.free_shipping else (_ZERO, _ZERO)
    discounts = (
        cents(products[0] * share) + sale.off[0] + given[0],
        cents(products[1] * share) + sale.off[1] + given[1],
    )
    return Totals(products, shipping, _taxed(sale.wrapping), discounts)


def _taxed(amount: Decimal) -> tuple[Decimal, Decimal]:
    if not amount:
        return (_ZERO, _ZERO)
    return cents(amount), cents(amount * _factor(TAX_RATES[1]))


def record_sale(shop: Shop, sale: Sale, cart: int | None = None) -> int:
    """Write a sale down as an order without any state yet; returns its id.

    Adds what belongs to it: rows, carrier, the use of a cart rule, and a cart unless it has one.
    """
    sums = totals(sale)
    order = shop["orders"].last_id + 1
    cart = cart or shop["carts"].insert(cart_of(sale))
    shop["orders"].insert(_order(sale, sums) | {"id": order, "id_cart": str(cart)})
    for line in sale.lines:
        shop["order_details"].insert(detail(order, line, sale))
    shop["order_carriers"].insert(
        {
            "id_order": str(order),
            "id_carrier": str(sale.carrier),
            "id_order_invoice": "0",
            "weight": "0.000000",
            "shipping_cost_tax_excl": _money(sums.shipping[0]),
            "shipping_cost_tax_incl": _money(sums.shipping[1]),
            "tracking_number": "",
            "date_add": sale.placed,
        }
    )
    if sale.rule:
        shop["order_cart_rules"].insert(_used_rule(order, sale, sums))
    return order


def _money(amount: Decimal) -> str:
    return f"{amount:.6f}"


def _order(sale: Sale, sums: Totals) -> Record:
    return (
        blank("orders")
        | _sums(sums)
        | {
            "id_address_delivery": str(sale.address),
            "id_address_invoice": str(sale.invoice_address),
            "id_currency": str(sale.currency),
            "id_lang": str(sale.language),
            "id_customer": str(sale.customer),
            "id_carrier": str(sale.carrier),
            "id_shop_group": "1",
            "id_shop": str(sale.shop),
            "module": sale.module,
            "payment": sale.payment,
            **dict.fromkeys(("date_add", "date_upd"), sale.placed),
            "note": sale.note,
            "secure_key": sale.secure_key,
            "gift": "1" if sale.wrapping else "0",
            "gift_message": sale.gift_message,
            "carrier_tax_rate": "20.000" if sale.shipping else "0.000",
            "round_mode": "2",
            "round_type": str(sale.round_type),
            "conversion_rate": _money(sale.conversion_rate),
            "reference": sale.reference,
        }
    )


def _sums(sums: Totals) -> Record:
    record = {
        "total_products": _money(sums.products[0]),
        "total_products_wt": _money(sums.products[1]),
    }
    for name, (without, with_tax) in {
        "discounts": sums.discounts,
        "shipping": sums.shipping,
        "wrapping": sums.wrapping,
        "paid": sums.paid,
    }.items():
        record[f"total_{name}"] = record[f"total_{name}_tax_incl"] = _money(with_tax)
        record[f"total_{name}_tax_excl"] = _money(without)
    return record


def detail(order: int, line: Line, sale: Sale) -> Record:
    """The order detail of a line."""
    unit = line.price_with_tax
    price, total = _money(line.price), line.total(line.price, sale.round_type)
    return blank("order_details") | {
        "id_order": str(order),
        "product_id": str(line.product),
        "product_attribute_id": str(line.combination),
        "id_shop": str(sale.shop),
        "product_name": line.name,
        "product_quantity": str(line.quantity),
        "product_quantity_in_stock": str(line.quantity),
        "product_price": price,
        "product_ean13": line.ean,
        "product_reference": line.reference,
        "id_tax_rules_group": str(next(g for g, rate in TAX_RATES.items() if rate == line.rate)),
        "unit_price_tax_incl": _money(unit),
        "unit_price_tax_excl": price,
        "total_price_tax_incl": _money(line.total(unit, sale.round_type)),
        "total_price_tax_excl": _money(total),
        "original_product_price": price,
    }


def cart_of(sale: Sale) -> Record:
    """The cart that a sale was made from."""
    rows: Iterable[dict[str, Any]] = (
        {
            "id_product": str(line.product),
            "id_product_attribute": str(line.combination),
            "id_address_delivery": str(sale.address),
            "id_customization": "0",
            "quantity": str(line.quantity),
        }
        for line in sale.lines
    )
    return blank("carts") | {
        "id_shop_group": "1",
        "id_address_delivery": str(sale.address),
        "id_address_invoice": str(sale.invoice_address),
        "id_currency": str(sale.currency),
        "id_customer": str(sale.customer),
        "id_lang": str(sale.language),
        "id_shop": str(sale.shop),
        "id_carrier": str(sale.carrier),
        "secure_key": sale.secure_key,
        "date_add": sale.placed,
        "date_upd": sale.placed,
        "associations": {"cart_rows": list(rows)},
    }


def _used_rule(order: int, sale: Sale, sums: Totals) -> Record:
    rule, name = sale.rule or (0, "")
    return {
        "id_order": str(order),
        "id_cart_rule": str(rule),
        "id_order_invoice": "0",
        "name": name,
        "value": _money(sums.discounts[1]),
        "value_tax_excl": _money(sums.discounts[0]),
        "free_shipping": "1" if sale.free_shipping else "0",
        "deleted": "0",
    }
