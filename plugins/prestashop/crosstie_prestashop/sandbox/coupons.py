"""What customers do with coupons: type a code into a cart, and order with it.

`check_coupon` asks in the order in which a shop does, and gives its reason in words; `use_coupon`
orders. The rules that limit a coupon to groups, products, countries and so on are not played.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crosstie_prestashop.sandbox.deeds import deed
from crosstie_prestashop.sandbox.fulfilment import place_order, sale_of, text_of
from crosstie_prestashop.sandbox.matching import fold
from crosstie_prestashop.sandbox.resources import Record
from crosstie_prestashop.sandbox.selling import Sale, Totals, cents, totals
from crosstie_prestashop.sandbox.shop import Shop

ZERO = Decimal(0)


@deed
def check_coupon(
    shop: Shop, code: str, products: Sequence[Sequence[int]], customer: int = 0, currency: int = 1
) -> dict[str, Any]:
    """Type a code into a cart of products, as (id, quantity) each, of a customer or of nobody yet.

    Tells whether it is `valid`, else the `reason`, and the `discount` with tax, in the cart's
    currency.
    """
    rule = _rule(shop, code)
    sale = sale_of(shop, customer, products, 0, {"currency": currency})
    reason = _reason(shop, rule, sale)
    if rule is None or reason is not None:
        return {"valid": False, "reason": reason, "discount": None}
    reduced = sale_of(shop, customer, products, 0, _effect(shop, rule, sale))
    return {"valid": True, "reason": None, "discount": f"{totals(reduced).discounts[1]:.2f}"}


@deed
def use_coupon(
    shop: Shop,
    customer: int,
    code: str,
    products: Sequence[Sequence[int]],
    currency: int = 1,
    *,
    cart: int | None = None,
) -> int:
    """A customer orders with a code, out of a new cart or the one that is given; returns the
    order's id.

    Raises ValueError, with the shop's reason, where the code does not help.
    """
    rule = _rule(shop, code)
    sale = sale_of(shop, customer, products, 0, {"currency": currency})
    reason = _reason(shop, rule, sale)
    if rule is None or reason is not None:
        raise ValueError(reason)
    order: int = place_order(shop, customer, products, cart=cart, **_effect(shop, rule, sale))
    left = int(rule["quantity"]) - 1
    shop["cart_rules"].change(rule["id"], quantity=str(left), date_upd=shop.now())
    return order


def _rule(shop: Shop, code: str) -> Record | None:
    """The first rule with this code, whatever its case."""
    keys = shop["cart_rules"].with_value("code", fold(code)) if code else ()
    return shop["cart_rules"][min(keys)] if keys else None


def _reason(shop: Shop, rule: Record | None, sale: Sale) -> str | None:
    """Why the code does not help with what is sold; None where it does."""
    if rule is None:
        return "there is no such code"
    now = shop.now()
    refusals = (
        (rule["active"] != "1", "it is switched off"),
        (rule["quantity"] == "0", "it is used up"),
        (rule["date_from"] > now, "it is not valid yet"),
        (rule["date_to"] < now, "it has expired"),
        (
            _uses(shop, rule["id"], sale.customer) >= int(rule["quantity_per_user"]),
            "this customer has used it up",
        ),
        (rule["id_customer"] not in {"0", str(sale.customer)}, "it is for another customer"),
        (_worth(rule, totals(sale)) < _minimum(shop, rule, sale), "the cart is below its minimum"),
        (not sale.lines, "the cart is empty"),
    )
    return next((reason for refused, reason in refusals if refused), None)


def _uses(shop: Shop, rule: int, customer: int) -> int:
    """How often a customer has used a rule; for nobody yet, that is not asked."""
    uses, orders = shop["order_cart_rules"], shop["orders"]
    used = (int(uses.value(key, "id_order")) for key in uses.with_value("id_cart_rule", rule))
    whose = [orders.value(order, "id_customer") for order in used if order in orders]
    return whose.count(str(customer)) if customer else -1


def _worth(rule: Record, sums: Totals) -> Decimal:
    """What counts towards the minimum."""
    tax = int(rule["minimum_amount_tax"])
    shipping = sums.shipping[tax] if rule["minimum_amount_shipping"] == "1" else ZERO
    return sums.products[tax] + shipping


def _minimum(shop: Shop, rule: Record, sale: Sale) -> Decimal:
    amount = Decimal(rule["minimum_amount"])
    return _converted(shop, amount, rule["minimum_amount_currency"], sale) if amount else ZERO


def _converted(shop: Shop, amount: Decimal, currency: str, sale: Sale) -> Decimal:
    """An amount in the currency of the sale."""
    rate = Decimal(shop["currencies"].value(int(currency), "conversion_rate"))
    return cents(amount * sale.conversion_rate / rate)


def _effect(shop: Shop, rule: Record, sale: Sale) -> dict[str, Any]:
    """What the rule does to the sale, as `Sale` takes it."""
    without, with_tax = totals(sale).products
    off = (ZERO, ZERO)
    if amount := Decimal(rule["reduction_amount"]):
        given = _converted(shop, amount, rule["reduction_currency"], sale)
        whole = with_tax if rule["reduction_tax"] == "1" else without
        share = min(given / whole, Decimal(1)) if whole else ZERO
        off = (cents(without * share), cents(with_tax * share))
    return {
        "currency": sale.currency,
        "rule": (rule["id"], text_of(rule["name"])),
        "discount": Decimal(rule["reduction_percent"]),
        "off": off,
        "free_shipping": rule["free_shipping"] == "1",
    }
