"""What hangs on orders and costs a request of its own: payments, discounts and credit slips."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from crosstie import Record, Ref
from crosstie.commerce import CreditSlip, Discount, Payment
from crosstie_prestashop.customers import Moment
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, flag, key, moments, money, price, raw_of, text
from crosstie_prestashop.webservice import askable

Detail = TypeVar("Detail")
NOTHING = Decimal(0)


class Sales:
    """Looks details up for a page of orders; None for all where the key may not read them."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def payments(
        self, orders: Sequence[Raw], moment: Moment
    ) -> dict[str, tuple[Payment, ...]] | None:
        """Payments by order reference, which is all that PrestaShop tells about whose they are:
        orders that were split off one cart share their reference, and so their payments.
        A reference that cannot be asked for is left out.
        """
        references = {text(order.get("reference")) or "" for order in orders} - {""}
        rows = self._shop.find("order_payments", "order_reference", references)
        if rows is None:
            return None
        found = _grouped(
            (
                str(row["order_reference"]),
                Payment(
                    key=str(row["id"]),
                    amount=money(row.get("amount")) or NOTHING,
                    currency=self._code(row.get("id_currency")),
                    method=text(row.get("payment_method")),
                    transaction=text(row.get("transaction_id")),
                    paid=moment(row.get("date_add")),
                ),
            )
            for row in rows
        )
        nothing: dict[str, tuple[Payment, ...]] = dict.fromkeys(filter(askable, references), ())
        return nothing | found

    def discounts(self, orders: Sequence[Raw]) -> dict[str, tuple[Discount, ...]] | None:
        """Discounts by order id."""
        rows = self._shop.find(
            "order_cart_rules", "id_order", (str(order["id"]) for order in orders)
        )
        if rows is None:
            return None
        return _grouped(
            (
                str(row["id_order"]),
                Discount(
                    key=str(row["id"]),
                    name=text(row.get("name")),
                    value=money(row.get("value")) or NOTHING,
                    value_without_tax=money(row.get("value_tax_excl")),
                    free_shipping=flag(row.get("free_shipping")),
                ),
            )
            for row in rows
            if flag(row.get("deleted")) is not True
        )

    def slips(
        self, orders: Sequence[Raw], moment: Moment
    ) -> dict[str, tuple[CreditSlip, ...]] | None:
        """Credit slips by order id."""
        rows = self._shop.find("order_slip", "id_order", (str(order["id"]) for order in orders))
        if rows is None:
            return None
        codes = {str(order["id"]): self._code(order.get("id_currency")) for order in orders}
        return _grouped(
            (str(row["id_order"]), slip(row, codes.get(str(row["id_order"])), moment))
            for row in rows
        )

    def _code(self, currency: object) -> str | None:
        known = self._shop.currencies.get(currency)
        return None if known is None else str(known.embedded.code)


class CreditSlips:
    """Turns rows of `order_slip` into records; a page costs one request for its orders, because
    slips do not name their currency.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def records(self, rows: Sequence[Raw], uses: frozenset[str]) -> list[Record]:
        """One record for each row, in order."""
        shop, moment = self._shop, moments(self._shop.zone())
        orders = shop.find(
            "orders", "id", (key(row.get("id_order")) for row in rows), display="[id,id_currency]"
        )
        currencies = {str(order["id"]): order.get("id_currency") for order in orders or ()}
        records = []
        for row in rows:
            currency = shop.currencies.get(currencies.get(str(row.get("id_order"))))
            data = slip(row, currency.embedded.code if currency else None, moment)
            records.append(
                Record(str(row["id"]), data, text(row.get("date_upd")), raw=raw_of(row, uses))
            )
        return records


def slip(row: Raw, currency: str | None, moment: Moment) -> CreditSlip:
    """A row of `order_slip`; `currency` is the order's.

    `amount` is what was given back: the products and, unless it was kept, the shipping.
    """
    order, customer = key(row.get("id_order")), key(row.get("id_customer"))
    details = (row.get("associations") or {}).get("order_slip_details")
    products = money(row.get("total_products_tax_incl"))
    shipping = money(row.get("total_shipping_tax_incl"))
    known = [part for part in (products, shipping) if part is not None]
    return CreditSlip(
        key=str(row["id"]),
        order=Ref("orders", order) if order else None,
        customer=Ref("customers", customer) if customer else None,
        products=products,
        shipping=shipping,
        amount=sum(known, NOTHING) if known else None,
        currency=currency,
        lines=tuple(
            (
                str(detail.get("id_order_detail")),
                price(detail.get("product_quantity")) or NOTHING,
                money(detail.get("amount_tax_incl")) or NOTHING,
            )
            for detail in details or ()
        ),
        created=moment(row.get("date_add")),
        updated=moment(row.get("date_upd")),
    )


def _grouped(found: Iterable[tuple[str, Detail]]) -> dict[str, tuple[Detail, ...]]:
    groups: dict[str, list[Detail]] = defaultdict(list)
    for owner, detail in found:
        groups[owner].append(detail)
    return {owner: tuple(details) for owner, details in groups.items()}
