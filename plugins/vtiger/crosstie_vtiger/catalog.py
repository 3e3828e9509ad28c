"""Products, recognised by their code, and currencies, recognised by their ISO 4217 code."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import attrs

from crosstie import Record, RejectedError, Row, Write, Written
from crosstie.commerce import Currency, Product, newness
from crosstie_vtiger.answers import RefusedError
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.fitting import fit, flag, known, whole
from crosstie_vtiger.queries import PAGE
from crosstie_vtiger.rules import Rules
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
    """Products with the vocabulary's mapping.

    Codes that differ only in case are one to vtiger, and shops may give one code twice: one of them
    tells the product then, see `rank`.
    """

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "products", ("productcode",))

    def rank(self, record: Record) -> str:
        """See `Ranks`: what is on sale before what is not, then what came later."""
        product: Product = record.data
        return f"{int(bool(product.active))} {newness(record.key)}"

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
    What the setting `currencies` names stands for a code instead of what has that code.
    """

    accepts = Currency
    refers_to: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()

    def __init__(self, crm: Crm, rules: Rules) -> None:
        super().__init__(crm, "Currency", "currencies", ("currency_code",))
        self.rules = rules

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`."""
        currency: Currency = record.data
        code = currency.code.strip().upper()
        if not ISO_CODE.fullmatch(code):
            raise RejectedError(
                f"{currency.code!r} is no currency's code as in ISO 4217 (EUR, USD): correct it in"
                " the shop"
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
        told = [row for row in currencies_of(self.crm) if row["currency_status"] != "Inactive"]
        return [[row["id"] for row in self._meant(key["currency_code"], told)] for key in keys]

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """See `ModuleTable`; an inactive one is activated, a new one has two mandatory flags."""
        code = element.get("currency_code")
        told = currencies_of(self.crm)
        for row in self._meant(code, told):
            return self.changed(write, row["id"], element)
        if named := self.rules.currencies.get(str(code)):
            raise RejectedError(no_currency(str(code), named, told))
        with self._explaining(code):
            return super().created(write, element)

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """Activate it and set its rate, where that is not so already.

        One that has been linked before the setting named another gives way to that.
        """
        code = element.get("currency_code")
        named = self.rules.currencies.get(str(code), row_id)
        if named != row_id:
            told = currencies_of(self.crm)
            if not self._meant(code, told):
                raise RejectedError(no_currency(str(code), named, told))
            written = self.changed(write, named, element)
            return attrs.evolve(written, moved={row_id: named})
        present = self.crm.retrieve(row_id)
        rate, there = number(element.get("conversion_rate")), number(present["conversion_rate"])
        base = str(present.get("defaultid")) == BASE
        wanted = there if base or rate is None else rate
        if present["currency_status"] == "Active" and wanted == there:
            return Written(row_id)
        change = {"currency_status": "Active", "conversion_rate": str(wanted)}
        with self._explaining(code):
            return super().changed(write, row_id, change)

    def _complete(self, element: Mapping[str, Any]) -> dict[str, Any]:
        """See `ModuleTable`; whether we may create one matters only where one is missing."""
        given = {name: value for name, value in element.items() if value is not None}
        return {"conversion_rate": "1", **given, "defaultid": "0", "deleted": "0"}

    def _meant(self, code: Any, told: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Which of vtiger's currencies stand for a code."""
        wanted = str(code).strip().upper()
        if named := self.rules.currencies.get(wanted):
            return [row for row in told if row["id"] == named]
        return [row for row in told if code_of(row) == wanted]

    @contextmanager
    def _explaining(self, code: Any) -> Iterator[None]:
        """A refusal concerns what is in this currency; the rest goes on."""
        try:
            yield
        except RefusedError as error:
            if error.code != "ACCESS_DENIED":
                raise
            raise RejectedError(
                f"vtiger has no currency {code} in use, and user {self.crm.session.username!r} may"
                " neither create nor activate one: do it in vtiger under Settings > Configuration >"
                f" Currencies ({error})"
            ) from error


def currencies_of(crm: Crm) -> list[Mapping[str, Any]]:
    """All currencies that are there, in use or not."""
    found: list[Mapping[str, Any]] = []
    while True:
        query = f"select * from Currency limit {len(found)},{PAGE};"  # noqa: S608 (VTQL)
        page = crm.query(query, "Currency")
        found += page
        if len(page) < PAGE:
            return [told for told in found if str(told.get("deleted", "0")) == "0"]


def code_of(told: Mapping[str, Any]) -> str:
    """A currency's ISO code as vtiger tells it."""
    return str(told["currency_code"]).strip().upper()


def no_currency(code: str, named: str, told: Sequence[Mapping[str, Any]]) -> str:
    """The sentence about a currency that the setting names in vain."""
    there = ", ".join(f"{row['id']} {code_of(row)}" for row in told)
    return f"`currencies` names {named} for {code}, and vtiger's currencies are {there}"
