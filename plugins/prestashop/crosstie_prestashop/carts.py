"""Carts, out of the webservice's rows, with their customers and products embedded."""

from collections.abc import Sequence
from decimal import Decimal

from crosstie import Record, Ref
from crosstie.commerce import Cart, CartLine
from crosstie_prestashop.customers import CUSTOMER_FIELDS, customer
from crosstie_prestashop.products import Products
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, key, moments, price, raw_of, text

NO_DETAILS: frozenset[str] = frozenset()


class Carts:
    """Turns rows of `carts` into records; a page costs one request for its customers and one for
    its products.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._products = Products(shop)

    def records(self, rows: Sequence[Raw], uses: frozenset[str]) -> list[Record]:
        """One record for each row, in order."""
        shop, moment = self._shop, moments(self._shop.zone())
        buyers = {key(row.get("id_customer")) for row in rows}
        people = shop.find("customers", "id", buyers, display=CUSTOMER_FIELDS)
        goods = shop.find(
            "products", "id", (key(line.get("id_product")) for row in rows for line in _lines(row))
        )
        persons = {
            str(found["id"]): Ref("customers", str(found["id"]), customer(found, shop, moment))
            for found in people or ()
        }
        products = {
            record.key: Ref("products", record.key, record.data)
            for record in self._products.records(goods or (), NO_DETAILS)
        }
        records = []
        for row in rows:
            id_customer = key(row.get("id_customer"))
            data = Cart(
                customer=persons.get(id_customer, Ref("customers", id_customer))
                if id_customer
                else None,
                currency=shop.currencies.get(row.get("id_currency")),
                lines=tuple(
                    CartLine(
                        product=products.get(id_product, Ref("products", id_product)),
                        quantity=price(line.get("quantity")) or Decimal(0),
                    )
                    for line in _lines(row)
                    if (id_product := key(line.get("id_product")))
                ),
                language=shop.language(row.get("id_lang")),
                shop=shop.shops.get(row.get("id_shop")),
                created=moment(row.get("date_add")),
                updated=moment(row.get("date_upd")),
            )
            version = text(row.get("date_upd"))
            records.append(Record(str(row["id"]), data, version, raw=raw_of(row, uses)))
        return records


def _lines(row: Raw) -> Sequence[Raw]:
    return (row.get("associations") or {}).get("cart_rows") or ()
