"""Products, out of the webservice's rows: one record for each product, none for combinations."""

from collections.abc import Iterable, Sequence

from crosstie import Record
from crosstie.commerce import Product
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, flag, key, moments, price, raw_of, text

UNSAVED = "0"
"""`state` of a product that the back office has begun and nobody has saved."""

IMAGE_FIELDS = "[id,id_default_image]"
"""What `picture` looks at."""


def page(shop: Shop, id_: str) -> str:
    """The address of a product's page; under that of a product that is gone the shop says so."""
    return f"{shop.webservice.site.url}/index.php?controller=product&id_product={id_}"


def picture(shop: Shop, row: Raw) -> str | None:
    """The address of a product's main picture in full size; None where it has none.

    Each digit of a picture's id is a folder of the shop's image store, as `getImgFolderStatic` in
    classes/Image.php of PrestaShop's source builds it (1.5 and later).
    """
    id_ = key(row.get("id_default_image"))
    if id_ is None or not id_.isdecimal():
        return None
    return f"{shop.webservice.site.url}/img/p/{'/'.join(id_)}/{id_}.jpg"


class Products:
    """Turns rows of `products` into records; `stock` costs one request more for each page.

    (`products.quantity` is always "0" in the webservice: observed on 8.2.1 and 1.7.8.11.)
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def records(self, rows: Sequence[Raw], uses: frozenset[str]) -> list[Record]:
        """One record for each row but the unsaved ones, in order."""
        shop, moment = self._shop, moments(self._shop.zone())
        rows = [row for row in rows if row.get("state") != UNSAVED]
        currency = shop.default_currency() if rows else None
        stocks = self._stocks(rows) if "stock" in uses else None
        records = []
        for row in rows:
            id_ = str(row["id"])
            data = Product(
                code=text(row.get("reference")),
                name=shop.words(row.get("name")),
                description=shop.words(row.get("description"))
                or shop.words(row.get("description_short")),
                price=price(row.get("price")),
                currency=currency,
                ean=text(row.get("ean13")),
                manufacturer=text(row.get("manufacturer_name")),
                weight=price(row.get("weight")),
                stock=None if stocks is None else stocks.get(id_),
                active=flag(row.get("active")),
                url=page(shop, id_),
                image=picture(shop, row),
                created=moment(row.get("date_add")),
                updated=moment(row.get("date_upd")),
            )
            records.append(Record(id_, data, text(row.get("date_upd")), raw=raw_of(row, uses)))
        return records

    def _stocks(self, rows: Iterable[Raw]) -> dict[str, int] | None:
        """Pieces in stock by product, over all its combinations, in the product's own shop."""
        of_shop = {str(row["id"]): self._shop_of(row) for row in rows}
        found = self._shop.find(
            "stock_availables", "id_product", of_shop, more={"filter[id_product_attribute]": "[0]"}
        )
        if found is None:
            return None
        stocks: dict[str, int] = {}
        for row in found:
            product, quantity = str(row["id_product"]), price(row.get("quantity"))
            own = key(row.get("id_shop")) in {None, of_shop[product]}
            if key(row.get("id_product_attribute")) is None and quantity is not None and own:
                stocks[product] = int(quantity)
        return stocks

    def _shop_of(self, row: Raw) -> str | None:
        chosen = self._shop.webservice.site.id_shop
        return key(row.get("id_shop_default")) if chosen is None else str(chosen)
