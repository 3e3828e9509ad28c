"""What some models do of their own when they are written: customers, carts, orders, histories."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from crosstie_prestashop.sandbox.drafts import Draft
from crosstie_prestashop.sandbox.fulfilment import change_state, line_of, new_reference
from crosstie_prestashop.sandbox.matching import fold
from crosstie_prestashop.sandbox.people import hashed, secure_key
from crosstie_prestashop.sandbox.refusals import BrokenError, RefusedError
from crosstie_prestashop.sandbox.resources import Record
from crosstie_prestashop.sandbox.selling import Line, Sale, cents, record_sale
from crosstie_prestashop.sandbox.shop import Shop

REMOTE_PAYMENT, PAYMENT_ERROR = 11, 8
SHIPPING = Decimal(7)  # what the fresh shop's carriers ask, without tax
_USED = "Cart cannot be loaded or an order has already been placed using this cart"


def customers(shop: Shop, draft: Draft) -> None:
    """An e-mail only once among those who are no guests; passwords are kept as hashes."""
    table = shop["customers"]
    if "email" in draft.changed:
        others = set(table.with_value("email", fold(draft.shown["email"]))) - {draft.key}
        if any(table.value(key, "is_guest") == "0" for key in others):
            taken = "The email is already used, please choose another one"
            code = 140 if draft.key is None else 141
            raise RefusedError(500, (code, taken), (46, "Unable to save resource"))
    shown = draft.shown
    if "passwd" in draft.changed and (draft.stored or {}).get("passwd") != shown["passwd"]:
        draft.set(passwd=hashed(shown["passwd"]))
    if draft.method == "PUT" and shown["last_passwd_gen"] is None:
        # A TIMESTAMP column set to NULL becomes the database's now, in UTC (recorded on 8.2.1).
        now = shop.clock.now() + shop.skew
        draft.beneath["last_passwd_gen"] = now.strftime("%Y-%m-%d %H:%M:%S")
    if draft.method == "POST":
        _new_customer(shop, draft)


def _new_customer(shop: Shop, draft: Draft) -> None:
    shown = draft.shown
    group = shown["id_default_group"]
    draft.set(
        id_lang=shown["id_lang"] or 1,
        id_shop=shown["id_shop"] or 1,
        id_shop_group=shown["id_shop_group"] or "1",
        id_default_group=int(group) if group else None,
        last_passwd_gen=shop.now(timedelta(minutes=-360)),
        secure_key=secure_key(f"{shown['email']} {shop['customers'].last_id}"),
    )
    if shown["newsletter"] == "1":
        draft.set(newsletter_date_add=shown["newsletter_date_add"] or shop.now())
    if group and not (draft.associations or {}).get("groups"):
        draft.associations = {"groups": [{"id": str(group)}], **(draft.associations or {})}


def carts(shop: Shop, draft: Draft) -> None:
    """A new cart belongs to the shop that was asked; its rows get all their fields."""
    if draft.method == "POST":
        draft.set(
            id_shop=draft.shown["id_shop"] or 1,
            id_shop_group=draft.shown["id_shop_group"] or "1",
        )
    rows = (draft.associations or {}).get("cart_rows")
    if rows:
        names = draft.resource.associations["cart_rows"].fields
        whole = [{name: _digits(row.get(name)) for name in names} for row in rows]
        draft.associations = {**(draft.associations or {}), "cart_rows": whole}


def _digits(text: str | None) -> str:
    return text if text and text.isdigit() else "0"


def order_state(shop: Shop, draft: Draft) -> None:
    """Writing another `current_state` does what changing the state does."""
    if "current_state" not in draft.changed or draft.stored is None:
        return
    draft.changed.discard("current_state")
    order, state = draft.stored["id"], draft.shown["current_state"]
    if str(state) in {"", "0", draft.stored["current_state"]}:
        draft.shown["current_state"] = draft.stored["current_state"]
        return
    if int(state) not in shop["order_states"]:
        raise BrokenError("")
    change_state(shop, order, int(state))
    after = shop["orders"].plain(order)
    for name in ("valid", "invoice_number", "invoice_date", "delivery_number", "delivery_date"):
        draft.shown[name] = after[name]
        draft.changed.discard(name)
    draft.shown["current_state"] = int(state)
    if after["total_paid_real"] != draft.stored["total_paid_real"]:
        draft.shown["total_paid_real"] = float(after["total_paid_real"])
        draft.changed.discard("total_paid_real")


def add_history(shop: Shop, draft: Draft, major: int) -> Record:
    """A new history row gives the order its state; PHP dies of an unknown order or state."""
    order, state = int(draft.shown["id_order"]), int(draft.shown["id_order_state"])
    if order not in shop["orders"] or state not in shop["order_states"]:
        raise BrokenError("" if major >= 8 else "Invalid new order status")
    key = change_state(shop, order, state, employee=int(draft.shown["id_employee"] or 0))
    now = shop["order_histories"].value(key, "date_add")
    return {"id": str(key), **draft.shown, "id_order_state": state, "date_add": now}


def mail_state(shop: Shop, history: Record) -> None:
    """The mail that goes with a new state, where the request asks for it and the state has one."""
    state = int(history["id_order_state"])
    if shop["order_states"].value(state, "send_email") == "1":
        shop.mails.append((int(history["id_order"]), state))


def add_order(shop: Shop, draft: Draft, major: int) -> Record:
    """A new order is made of its cart alone: the shop's own totals hold, the sent state does not.

    Paid as much as the shop reckons, it gets "Remote payment accepted", else "Payment error".
    The answer shows what was sent, not what was stored (recorded on 8.2.1).
    """
    shown = draft.shown
    cart = shop["carts"].get(int(shown["id_cart"]))
    if cart is None or shop["orders"].with_value("id_cart", cart["id"]):
        raise BrokenError(_USED)
    if int(shown["id_currency"]) not in shop["currencies"]:
        raise BrokenError("")
    key = record_sale(shop, _sale(shop, shown, cart), cart["id"])
    _settle(shop, key, shown["total_paid"])
    rows = shop["orders"][key].get("associations", {})
    return {"id": key, **shown, "current_state": None, "associations": rows}


def _sale(shop: Shop, shown: Record, cart: Record) -> Sale:
    currency, carrier = int(shown["id_currency"]), int(shown["id_carrier"])
    rate = Decimal(shop["currencies"].value(currency, "conversion_rate"))
    free = carrier not in shop["carriers"] or shop["carriers"].value(carrier, "is_free") == "1"
    return Sale(
        customer=int(shown["id_customer"]),
        address=int(shown["id_address_delivery"]),
        invoice_address=int(shown["id_address_invoice"]),
        lines=_lines(shop, cart, rate),
        reference=new_reference(shop["orders"].last_id),
        placed=shop.now(),
        currency=currency,
        conversion_rate=rate,
        language=int(shown["id_lang"]),
        carrier=carrier,
        shipping=Decimal(0) if free else SHIPPING * rate,
        module=shown["module"],
        payment=shown["payment"],
    )


def _lines(shop: Shop, cart: Record, rate: Decimal) -> list[Line]:
    """What is in a cart and still sold."""
    lines = []
    for row in cart.get("associations", {}).get("cart_rows", []):
        product, variant = int(row["id_product"]), int(row["id_product_attribute"])
        if product in shop["products"] and (not variant or variant in shop["combinations"]):
            lines.append(line_of(shop, product, int(row["quantity"]), variant, rate))
    return lines


def _settle(shop: Shop, order: int, paid: str) -> None:
    try:
        amount = cents(Decimal(paid))
    except InvalidOperation:
        amount = Decimal(0)
    exact = amount == Decimal(shop["orders"].value(order, "total_paid_tax_incl"))
    change_state(shop, order, REMOTE_PAYMENT if exact else PAYMENT_ERROR)
    shop["orders"].change(order, total_paid_real=f"{amount:.6f}")


BEFORE: dict[str, Callable[[Shop, Draft], None]] = {
    "customers": customers,
    "carts": carts,
    "orders": order_state,
}
INSTEAD: dict[str, Callable[[Shop, Draft, int], Record]] = {
    "order_histories": add_history,
    "orders": add_order,
}
