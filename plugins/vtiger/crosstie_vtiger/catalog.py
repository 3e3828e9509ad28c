"""Products, recognised by their code, and currencies, recognised by their ISO 4217 code."""

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import attrs

from crosstie import Record, RejectedError, Row, Write, Written
from crosstie.commerce import Currency, Product
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.fitting import fit, flag, known, whole
from crosstie_vtiger.queries import PAGE
from crosstie_vtiger.tables import ModuleTable
from crosstie_vtiger.texts import number, plain

RATE = Decimal("0.00001")
ISO_CODE = re.compile("[A-Z]{3}")
BASE = "-11"
"""The `defaultid` of the currency that vtiger counts in."""


def product_code(product: Product, key: str) -> str:
    """The product's code, else ``#presta_`` and the shop's key.

    Raises `RejectedError` for a code that vtiger cannot hold.
    """
    return whole((product.code or "").strip() or f"#presta_{key}", 40, "the product code")


class Products(ModuleTable):
    """What the shop sells: basic information, without combinations and without stock.

    A write without `currency_id` would reset the product to the user's currency, so that it is
    always sent.
    """

    accepts = Product
    refers_to = ("currencies",)
    uses: frozenset[str] = frozenset()
    by_retrieve = True

    def __init__(self, crm: Crm, name: str = "Products", key: tuple[str, ...] = ()) -> None:
        super().__init__(crm, "Products", name, key)

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """See `ModuleTable`."""
        if not element.get("currency_id"):
            element = {**element, "currency_id": self.crm.retrieve(row_id).get("currency_id")}
        return super().changed(write, row_id, element)


class ShopProducts(Products):
    """Products with the vocabulary's mapping."""

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "products", ("productcode",))

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`."""
        product: Product = record.data
        code = product_code(product, record.key)
        url = product.url if product.url and len(product.url) <= 100 else None
        price = None if product.price is None else plain(product.price, 2)
        currency = product.currency
        row = {
            "productcode": code,
            "productname": fit(self.crm, product.name or code, 255, "productname"),
            "unit_price": price,
            "currency_id": currency and attrs.evolve(currency, table="currencies"),
            "discontinued": flag(product.active),
            "manufacturer": product.manufacturer,
            "website": url,
        }
        return known(row)


class Currencies(ModuleTable):
    """Currencies by ISO code: linked where vtiger has them, activated, or created.

    Those that are there keep name, symbol and status of base currency; the rate follows the shop.
    """

    accepts = Currency
    refers_to: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Currency", "currencies", ("currency_code",))

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`."""
        currency: Currency = record.data
        code = currency.code.strip().upper()
        if not ISO_CODE.fullmatch(code):
            raise RejectedError(
                f"{currency.code!r} is no currency's code as in ISO 4217 (EUR, USD)"
            )
        rate = None if currency.rate is None else currency.rate.quantize(RATE, ROUND_HALF_UP)
        row = {
            "currency_code": code,
            "currency_name": currency.name or code,
            "currency_symbol": currency.symbol or code,
            "conversion_rate": None if rate is None else plain(rate),
            "currency_status": "Active",
        }
        return known(row)

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`: currencies in use, all read at once; to create one may be to activate it."""
        if tuple(keys[0]) != self.key:
            return super().find(keys)
        codes: dict[str, list[str]] = {}
        for told in self._all():
            if told["currency_status"] == "Inactive":
                continue
            codes.setdefault(str(told["currency_code"]).strip().upper(), []).append(told["id"])
        return [codes.get(str(key["currency_code"]).strip().upper(), []) for key in keys]

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """See `ModuleTable`; an inactive one is activated, a new one has two mandatory flags."""
        code = element.get("currency_code")
        for told in self._all():
            if str(told["currency_code"]).strip().upper() == code:
                return self.changed(write, told["id"], element)
        whole = {"conversion_rate": "1", **element, "defaultid": "0", "deleted": "0"}
        return super().created(write, whole)

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """Activate it and set its rate, where that is not so already."""
        told = self.crm.retrieve(row_id)
        rate, present = number(element.get("conversion_rate")), number(told["conversion_rate"])
        base = str(told.get("defaultid")) == BASE
        wanted = present if base or rate is None else rate
        if told["currency_status"] == "Active" and wanted == present:
            return Written(row_id)
        change = {"currency_status": "Active", "conversion_rate": str(wanted)}
        return super().changed(write, row_id, change)

    def _all(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        while True:
            query = f"select * from Currency limit {len(found)},{PAGE};"  # noqa: S608 (VTQL)
            page = self.crm.query(query, "Currency")
            found += page
            if len(page) < PAGE:
                return [told for told in found if str(told.get("deleted", "0")) == "0"]
