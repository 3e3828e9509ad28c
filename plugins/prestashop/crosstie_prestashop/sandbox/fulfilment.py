"""Deeds around orders: placing, paying, shipping, refunding, removing."""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from crosstie_prestashop.sandbox.deeds import deed
from crosstie_prestashop.sandbox.people import add_address
from crosstie_prestashop.sandbox.resources import Record, blank
from crosstie_prestashop.sandbox.selling import (
    TAX_RATES,
    Line,
    Sale,
    cart_of,
    cents,
    micros,
    record_sale,
)
from crosstie_prestashop.sandbox.shop import Shop

AWAITING_WIRE = 10


def text_of(value: Any) -> str:
    """A text that may come in several languages: the first of them."""
    return str(value[0]["value"]) if isinstance(value, list) else str(value)


def line_of(shop: Shop, product: int, quantity: int, combination: int, rate: Decimal) -> Line:
    """A line with the product's present name, code and price, in the currency of this rate."""
    found = shop["products"][product]
    price = Decimal(found["price"])
    reference, name = found["reference"], text_of(found["name"])
    if combination:
        variant = shop["combinations"][combination]
        price += Decimal(variant["price"])
        reference = variant["reference"] or reference
    tax = TAX_RATES.get(int(found["id_tax_rules_group"] or 0), TAX_RATES[1])
    return Line(
        product, combination, name, reference, found["ean13"], quantity, micros(price * rate), tax
    )


def new_reference(seed: int) -> str:
    """Nine capital letters, as the shop numbers its orders for the customer."""
    letters = random.Random(seed)  # noqa: S311 (a name, not a secret)
    return "".join(letters.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=9))


@deed
def place_order(
    shop: Shop,
    customer: int,
    products: Sequence[Sequence[int]],
    *,
    address: int | None = None,
    state: int = AWAITING_WIRE,
    cart: int | None = None,
    **sale: Any,
) -> int:
    """A customer orders products: (id, quantity) or (id, quantity, combination) each.

    Goes to `address`, else the customer's newest one, else a new one. `sale` takes what `Sale`
    takes: currency, shipping, discount, rule, note, round_type and so on.
    """
    where = address or newest_address(shop, customer) or add_address(shop, customer)
    order = record_sale(shop, sale_of(shop, customer, products, where, sale), cart)
    change_state(shop, order, state)
    return order


@deed
def leave_cart(shop: Shop, customer: int, products: Sequence[Sequence[int]]) -> int:
    """A customer fills a cart and does not order; returns the cart's id."""
    return shop["carts"].insert(cart_of(sale_of(shop, customer, products, 0, {})))


def sale_of(
    shop: Shop, customer: int, products: Sequence[Sequence[int]], where: int, more: dict[str, Any]
) -> Sale:
    """What a customer would order, to the address `where`; `more` is what `Sale` takes besides."""
    rate = Decimal(shop["currencies"].value(more.get("currency", 1), "conversion_rate"))
    lines = [line_of(shop, one[0], one[1], one[2] if len(one) > 2 else 0, rate) for one in products]
    plain = Sale(
        customer=customer,
        address=where,
        invoice_address=where,
        lines=lines,
        reference=new_reference(shop["orders"].last_id),
        placed=shop.now(),
        conversion_rate=rate,
    )
    return attrs.evolve(plain, **{name: _decimal(name, value) for name, value in more.items()})


def _decimal(name: str, value: Any) -> Any:
    return Decimal(str(value)) if name in {"shipping", "wrapping", "discount"} else value


def newest_address(shop: Shop, customer: int) -> int | None:
    """The customer's last address that is not deleted."""
    addresses = shop["addresses"]
    found = addresses.with_value("id_customer", customer)
    return max((key for key in found if addresses.value(key, "deleted") == "0"), default=None)


@deed
def change_state(
    shop: Shop, order: int, state: int, *, employee: int = 0, when: str | None = None
) -> int:
    """Give an order another state, with all that follows: history, invoice, payment, delivery.

    Returns the id of the history row; the same state again adds another one. Raises KeyError for
    an unknown order or state. `when` is the shop's present time unless given.
    """
    flags = shop["order_states"][state]
    before = shop["orders"].plain(order)
    now = when or shop.now()
    changes = {"current_state": str(state), "valid": flags["logable"], "date_upd": now}
    if flags["invoice"] == "1" and before["invoice_number"] == "0":
        invoice = _invoice(shop, before, now)
        changes |= {"invoice_number": str(invoice), "invoice_date": now}
    if flags["delivery"] == "1" and before["delivery_number"] == "0":
        shop.deliveries += 1
        changes |= {"delivery_number": str(shop.deliveries), "delivery_date": now}
    if flags["paid"] == "1":
        changes["total_paid_real"] = _pay_rest(shop, before, now)
    shop["orders"].change(order, **changes)
    return shop["order_histories"].insert(
        {
            "id_employee": str(employee),
            "id_order_state": str(state),
            "id_order": str(order),
            "date_add": now,
        }
    )


def _invoice(shop: Shop, order: Record, now: str) -> int:
    sums = {name: order[name] for name in order if name.startswith("total_products")}
    for name in ("paid", "shipping", "wrapping"):
        for tax in ("tax_excl", "tax_incl"):
            sums[f"total_{name}_{tax}"] = order[f"total_{name}_{tax}"]
    for tax in ("tax_excl", "tax_incl"):
        sums[f"total_discount_{tax}"] = order[f"total_discounts_{tax}"]
    number = shop["order_invoices"].last_id + 1
    invoice = shop["order_invoices"].insert(
        blank("order_invoices")
        | sums
        | {"id_order": str(order["id"]), "number": str(number), "date_add": now}
    )
    for name in ("order_details", "order_carriers", "order_cart_rules"):
        for key in list(shop[name].with_value("id_order", order["id"])):
            shop[name].change(key, id_order_invoice=str(invoice))
    return number


def _pay_rest(shop: Shop, order: Record, now: str) -> str:
    """Book what is still open as paid; returns the new sum of all payments."""
    rest = Decimal(order["total_paid_tax_incl"]) - Decimal(order["total_paid_real"])
    if rest > 0:
        shop["order_payments"].insert(
            {
                "order_reference": order["reference"],
                "id_currency": order["id_currency"],
                "amount": f"{rest:.6f}",
                "payment_method": order["payment"],
                "conversion_rate": order["conversion_rate"],
                "date_add": now,
                "id_employee": "0",
            }
        )
    return f"{max(rest, Decimal(0)) + Decimal(order['total_paid_real']):.6f}"


@deed
def track(shop: Shop, order: int, number: str) -> None:
    """Note a tracking number: the carrier's row and what the order shows, but not its time."""
    for key in list(shop["order_carriers"].with_value("id_order", order)):
        shop["order_carriers"].change(key, tracking_number=number)
    shop["orders"].change(order, shipping_number=number)


@deed
def refund(
    shop: Shop,
    order: int,
    pieces: Mapping[str, int] | None = None,
    *,
    shipping: bool = False,
    when: str | None = None,
) -> int:
    """Refund pieces by order detail id (default: one of the first row), with a credit slip.

    The order's own `date_upd` and totals stay as they are. Returns the slip's id.
    """
    details = shop["order_details"]
    pieces = pieces or {str(shop.details_of(order)[0]): 1}
    found = shop["orders"][order]
    lines = []
    for key, quantity in ((int(key), quantity) for key, quantity in pieces.items()):
        row = details[key]
        amounts = {
            tax: cents(Decimal(row[f"unit_price_{tax}"]) * quantity)
            for tax in ("tax_excl", "tax_incl")
        }
        back = int(row["product_quantity_refunded"]) + quantity
        changes = {"product_quantity_refunded": str(back)}
        for tax, amount in amounts.items():
            total = Decimal(row[f"total_refunded_{tax}"]) + amount
            changes[f"total_refunded_{tax}"] = f"{total:.6f}"
        details.change(key, **changes)
        lines.append((key, quantity, amounts))
    return shop["order_slip"].insert(_slip(found, lines, when or shop.now(), shipping))


def _slip(
    order: Record, lines: list[tuple[int, int, dict[str, Decimal]]], now: str, shipping: bool
) -> Record:
    sums = {}
    for tax in ("tax_excl", "tax_incl"):
        sums[f"total_products_{tax}"] = f"{sum(amounts[tax] for _, _, amounts in lines):.6f}"
        sums[f"total_shipping_{tax}"] = order[f"total_shipping_{tax}"] if shipping else "0.000000"
    return (
        blank("order_slip")
        | sums
        | {
            "id_customer": order["id_customer"],
            "id_order": str(order["id"]),
            "conversion_rate": order["conversion_rate"],
            "amount": sums["total_products_tax_incl"],
            "shipping_cost": "1" if shipping else "0",
            "shipping_cost_amount": sums["total_shipping_tax_incl"],
            "partial": "1",
            "date_add": now,
            "date_upd": now,
            "associations": {"order_slip_details": [_returned(*line) for line in lines]},
        }
    )


def _returned(key: int, quantity: int, amounts: dict[str, Decimal]) -> dict[str, str]:
    return {
        "id": str(key),
        "id_order_detail": str(key),
        "product_quantity": str(quantity),
        "amount_tax_excl": f"{amounts['tax_excl']:.6f}",
        "amount_tax_incl": f"{amounts['tax_incl']:.6f}",
    }


@deed
def remove_order_row(shop: Shop, order: int, detail: int | None = None) -> None:
    """Take a row (default: the last) out of an order in the back office: totals and date follow."""
    shop["order_details"].remove(detail or shop.details_of(order)[-1])
    left = [shop["order_details"][key] for key in shop.details_of(order)]
    found = shop["orders"].plain(order)
    changes: dict[str, str] = {}
    for tax, name in (("tax_excl", "total_products"), ("tax_incl", "total_products_wt")):
        total = cents(sum((Decimal(row[f"total_price_{tax}"]) for row in left), Decimal(0)))
        paid = Decimal(found[f"total_paid_{tax}"]) + total - Decimal(found[name])
        changes |= {name: f"{total:.6f}", f"total_paid_{tax}": f"{paid:.6f}"}
    changes["total_paid"] = changes["total_paid_tax_incl"]
    shop["orders"].change(order, **changes, date_upd=shop.now())


@deed
def delete_order(shop: Shop, order: int) -> None:
    """Delete an order for good; its details, history and payments stay behind."""
    shop["orders"].remove(order)
