"""Orders, out of the webservice's rows: one record holds all that is known of a sale."""

from collections.abc import Sequence
from decimal import Decimal

from crosstie import Record, Ref
from crosstie.commerce import Address, CreditSlip, Customer, Order, OrderLine, Product
from crosstie_prestashop.customers import (
    ADDRESS_FIELDS,
    CUSTOMER_FIELDS,
    Moment,
    address,
    customer,
)
from crosstie_prestashop.products import IMAGE_FIELDS, page, picture
from crosstie_prestashop.sales import Sales
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, key, moments, money, price, raw_of, tax_rate, text

NOTHING = Decimal(0)


class Orders:
    """Turns rows of `orders` into records.

    A page costs one request for its customers and one for its addresses (more only where the
    lists of ids would make URLs too long), and one for each of `payments`, `discounts`, `slips`
    and `image` that is used.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._sales = Sales(shop)

    def records(self, rows: Sequence[Raw], uses: frozenset[str]) -> list[Record]:
        """One record for each row, in order."""
        if not rows:
            return []
        orders = _Page(self._shop, self._sales, rows, uses)
        return [
            Record(
                str(row["id"]),
                orders.order(row),
                text(row.get("date_upd")),
                raw=raw_of(row, uses),
            )
            for row in rows
        ]


class _Page:
    """The orders of one page with what was looked up for all of them at once."""

    def __init__(self, shop: Shop, sales: Sales, rows: Sequence[Raw], uses: frozenset[str]) -> None:
        self._shop = shop
        self._moment: Moment = moments(shop.zone())
        buyers = {key(row.get("id_customer")) for row in rows}
        people = shop.find("customers", "id", buyers, display=CUSTOMER_FIELDS)
        roles = ("id_address_invoice", "id_address_delivery")
        ids = {key(row.get(role)) for row in rows for role in roles}
        places = shop.find("addresses", "id", ids, display=ADDRESS_FIELDS)
        self._people = {str(row["id"]): row for row in people or ()}
        self._addresses: dict[str, Address] = {
            str(row["id"]): address(row, shop, self._moment) for row in places or ()
        }
        self._payments = sales.payments(rows, self._moment) if "payments" in uses else None
        self._discounts = sales.discounts(rows) if "discounts" in uses else None
        self._slips = sales.slips(rows, self._moment) if "slips" in uses else None
        self._images = self._pictures(rows) if "image" in uses else {}
        self._products: dict[tuple[object, ...], Ref] = {}

    def order(self, row: Raw) -> Order:
        """One order."""
        shop, id_ = self._shop, str(row["id"])
        currency = shop.currencies.get(row.get("id_currency"))
        invoice_address = self._addresses.get(str(row.get("id_address_invoice")))
        slips = None if self._slips is None else self._slips.get(id_, ())
        reference = text(row.get("reference"))
        id_cart = key(row.get("id_cart"))
        return Order(
            number=id_,
            reference=reference,
            customer=self._customer(row, invoice_address),
            cart=None if id_cart is None else Ref("carts", id_cart),
            invoice_address=invoice_address,
            delivery_address=self._addresses.get(str(row.get("id_address_delivery"))),
            currency=currency,
            currency_rate=price(row.get("conversion_rate")),
            state=shop.state_of_order(row.get("current_state")),
            lines=self._lines(_rows(row), currency, slips),
            products=money(row.get("total_products_wt")),
            products_without_tax=money(row.get("total_products")),
            shipping=money(row.get("total_shipping_tax_incl")),
            shipping_without_tax=money(row.get("total_shipping_tax_excl")),
            wrapping=money(row.get("total_wrapping_tax_incl")),
            wrapping_without_tax=money(row.get("total_wrapping_tax_excl")),
            discounts_total=money(row.get("total_discounts_tax_incl")),
            discounts_total_without_tax=money(row.get("total_discounts_tax_excl")),
            total=money(row.get("total_paid_tax_incl")),
            total_without_tax=money(row.get("total_paid_tax_excl")),
            total_paid=money(row.get("total_paid_real")),
            payment_method=text(row.get("payment")),
            invoice_number=key(row.get("invoice_number")),
            tracking_number=text(row.get("shipping_number")),
            language=shop.language(row.get("id_lang")),
            note=text(row.get("note")),
            shop=shop.shops.get(row.get("id_shop")),
            payments=None if self._payments is None else self._payments.get(reference or ""),
            discounts=None if self._discounts is None else self._discounts.get(id_, ()),
            slips=slips,
            created=self._moment(row.get("date_add")),
            updated=self._moment(row.get("date_upd")),
        )

    def _customer(self, row: Raw, invoice_address: Address | None) -> Ref | None:
        """The customer with this order's invoice address; not embedded once they are deleted."""
        id_ = key(row.get("id_customer"))
        if id_ is None:
            return None
        person: Customer | None = None
        if found := self._people.get(id_):
            person = customer(found, self._shop, self._moment, address=invoice_address)
        return Ref("customers", id_, person)

    def _lines(
        self, rows: Sequence[Raw], currency: Ref | None, slips: tuple[CreditSlip, ...] | None
    ) -> tuple[OrderLine, ...]:
        refunded = None if slips is None else _refunded(slips)
        lines = []
        for row in rows:
            id_, sold = str(row.get("id")), price(row.get("product_price"))
            net, gross = row.get("unit_price_tax_excl"), row.get("unit_price_tax_incl")
            without, with_tax = price(net), price(gross)
            if without is None or with_tax is None:
                without = with_tax = sold or NOTHING
            lines.append(
                OrderLine(
                    key=id_,
                    product=self._product(row, sold, currency),
                    code=text(row.get("product_reference")),
                    name=text(row.get("product_name")),
                    quantity=price(row.get("product_quantity")) or NOTHING,
                    unit_price=without,
                    unit_price_with_tax=with_tax,
                    tax_rate=tax_rate(net, gross),
                    ean=text(row.get("product_ean13")),
                    quantity_refunded=None if refunded is None else refunded.get(id_, NOTHING),
                )
            )
        return tuple(lines)

    def _product(self, row: Raw, sold: Decimal | None, currency: Ref | None) -> Ref | None:
        """The product with what the order tells of it, for a sink that does not know it yet."""
        id_ = key(row.get("product_id"))
        if id_ is None:
            return None
        name, code = row.get("product_name"), row.get("product_reference")
        ean = row.get("product_ean13")
        same = (id_, name, code, ean, row.get("product_price"), currency and currency.key)
        known = self._products.get(same)
        if known is None:
            told = Product(
                code=text(code),
                name=text(name),
                price=sold,
                currency=currency,
                ean=text(ean),
                url=page(self._shop, id_),
                image=self._images.get(id_),
            )
            known = self._products[same] = Ref("products", id_, told)
        return known

    def _pictures(self, orders: Sequence[Raw]) -> dict[str, str | None]:
        """The main picture of each product that was ordered and still is there."""
        goods = {key(line.get("product_id")) for order in orders for line in _rows(order)}
        found = self._shop.find("products", "id", goods, display=IMAGE_FIELDS)
        return {str(row["id"]): picture(self._shop, row) for row in found or ()}


def _rows(order: Raw) -> Sequence[Raw]:
    return (order.get("associations") or {}).get("order_rows") or ()


def _refunded(slips: Sequence[CreditSlip]) -> dict[str, Decimal]:
    pieces: dict[str, Decimal] = {}
    for slip in slips:
        for line, quantity, _ in slip.lines or ():
            pieces[line] = pieces.get(line, NOTHING) + quantity
    return pieces
