"""Products as a table: the store's catalogue in Connectif, by the record's key in the shop."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import ClassVar, Literal

import attrs

from crosstie import Record, RecordError, Row, Write, Written
from crosstie.commerce import Currency, Product
from crosstie_connectif.api import Api
from crosstie_connectif.fields import PRODUCT
from crosstie_connectif.refusals import meaning
from crosstie_connectif.resources import Resource

KEY = "productId"
BREAKS = frozenset({"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "td", "tr", "ul"})
HIDDEN = frozenset({"script", "style"})


@attrs.frozen
class ProductTable:
    """Products, known by `productId`; the other fields have Connectif's names as well."""

    name: ClassVar[str] = "products"
    key: ClassVar[tuple[str, ...]] = (KEY,)
    exact: ClassVar[bool] = True
    accepts: ClassVar[type] = Product
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"image", "stock"})
    api: Api
    no_image: str | None = None

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`."""
        product: Product = record.data
        row = {
            KEY: record.key,
            "name": product.name,
            "description": plain_text(product.description),
            "brand": product.manufacturer,
            "unitPriceWithoutVAT": product.price if _in_default_currency(product) else None,
            "availability": _availability(product),
            "inStockUnits": None if product.stock is None else max(product.stock, 0),
            "productDetailUrl": product.url,
            "imageUrl": product.image or self.no_image,
        }
        return {name: value for name, value in row.items() if value is not None}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`; the ids are the shop's own keys."""
        return self._products.find(keys)

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`."""
        return [self._write(write) for write in writes]

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `crosstie.Shows`."""
        return self._products.show(ids)

    def fields(self) -> Mapping[str, str]:
        """See `crosstie.Discovers`."""
        return PRODUCT

    @property
    def _products(self) -> Resource:
        return Resource(self.api, "products/product-id", KEY, KEY)

    def _write(self, write: Write) -> Written | RecordError:
        key = write.id or str(write.row[KEY])
        try:
            return self._products.put(key, write.row)
        except RecordError as error:
            return meaning(error, product=key)


def _availability(product: Product) -> Literal["instock", "outofstock"] | None:
    if product.active is False:
        return "outofstock"
    if product.stock is None:
        return None
    return "instock" if product.stock > 0 else "outofstock"


def _in_default_currency(product: Product) -> bool:
    """Whether the price may be told: Connectif has amounts in the store's currency only."""
    currency = product.currency.embedded if product.currency else None
    return not isinstance(currency, Currency) or currency.rate in (None, 1)


def plain_text(html: str | None) -> str | None:
    """A description without its markup, because mails show it as it is; None where none is left."""
    if html is None:
        return None
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line) or None


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in HIDDEN
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in HIDDEN and self._hidden > 0
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _break(self, tag: str) -> None:
        if tag in BREAKS:
            self.parts.append("\n")
