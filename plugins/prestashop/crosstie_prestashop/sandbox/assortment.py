"""The goods of a made-up shop: products, combinations, stock, currencies and coupons."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any

from crosstie_prestashop.sandbox.fulfilment import line_of
from crosstie_prestashop.sandbox.resources import blank, catalogue
from crosstie_prestashop.sandbox.selling import Line
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.words import PRODUCTS, RULES, SIZES

CURRENCIES = (
    ("USD", "US Dollar", "840", "$", "1.083700"),
    ("GBP", "British Pound", "826", "£", "0.852100"),
)

FIELDS = catalogue(8)["products"].fields
# What all of them have in common.
PLAIN = {
    "id_category_default": "2",
    "new": None,
    "manufacturer_name": False,
    "type": "simple",
    "id_shop_default": "1",
    "weight": "0.300000",
    "state": "1",
    "additional_delivery_times": "1",
    "minimal_quantity": "1",
    "redirect_type": "301-category",
    "available_for_order": "1",
    "condition": "new",
    "show_price": "1",
    "indexed": "1",
    "visibility": "both",
    "pack_stock_type": "3",
}


def _both(english: str, french: str) -> list[dict[str, str]]:
    return [{"id": "1", "value": english}, {"id": "2", "value": french}]


def add_currencies(shop: Shop) -> None:
    """Two more currencies beside the default one."""
    for code, name, number, symbol, rate in CURRENCIES:
        shop["currencies"].insert(
            shop["currencies"].plain(1)
            | {
                "id": 0,
                "names": _both(name, name),
                "name": name,
                "symbol": _both(symbol, symbol),
                "iso_code": code,
                "numeric_iso_code": number,
                "conversion_rate": rate,
            }
        )


def add_products(shop: Shop, count: int, when: str) -> None:
    """The goods of `words.PRODUCTS`, then numbered variations of them up to `count`."""
    for number in range(count):
        english, french, code, price, group = PRODUCTS[number % len(PRODUCTS)]
        series = number // len(PRODUCTS)
        suffix = f" {series + 1}" if series else ""
        if series:
            price = f"{Decimal(price) + series:.6f}"
        _add_product(
            shop,
            names=(english + suffix, french + suffix),
            code=f"{code}-{series + 1}" if code and series else code,
            price=price,
            group=group,
            when=when,
        )


def _add_product(
    shop: Shop, *, names: tuple[str, str], code: str, price: str, group: int, when: str
) -> None:
    product = shop["products"].last_id + 1
    sizes = SIZES if code.startswith(("SHIRT", "SWEAT")) else ()
    combinations = [_add_combination(shop, product, code, size) for size in sizes]
    stocks = [_add_stock(shop, product, one) for one in (0, *combinations)]
    pictures = [str(20 + 2 * product), str(21 + 2 * product)] if product % 6 else []
    shop["products"].insert(
        blank("products")
        | {name: _both("", "") for name, field in FIELDS.items() if field.translated}
        | PLAIN
        | _texts(names)
        | {
            "id": product,
            "cache_default_attribute": str(combinations[0]) if combinations else "0",
            "id_default_combination": combinations[0] if combinations else 0,
            "id_default_image": pictures[0] if pictures else "",
            "id_tax_rules_group": str(group),
            "reference": code,
            "ean13": f"{4006381000000 + product}" if product % 3 == 1 else "",
            "product_type": "combinations" if combinations else "standard",
            "price": price,
            "active": "0" if code == "HOLD-9" else "1",
            **dict.fromkeys(("date_add", "date_upd"), when),
            "associations": {
                "images": [{"id": one} for one in pictures],
                "categories": [{"id": "2"}],
                "combinations": [{"id": str(one)} for one in combinations],
                "stock_availables": stocks,
            },
        }
    )


def _texts(names: tuple[str, str]) -> dict[str, Any]:
    link = names[0].lower().replace(" ", "-")
    return {
        "link_rewrite": _both(link, link),
        "name": _both(*names),
        "description": _both(f"<p>{names[0]} — made to last.</p>", f"<p>{names[1]}.</p>"),
        "description_short": _both(f"<p>{names[0]}</p>", f"<p>{names[1]}</p>"),
    }


def _add_combination(shop: Shop, product: int, code: str, size: str) -> int:
    default = size == SIZES[0]
    return shop["combinations"].insert(
        blank("combinations")
        | {
            "id_product": str(product),
            "reference": f"{code}-{size}",
            "price": "0.000000" if default else "1.500000",
            "minimal_quantity": "1",
            "default_on": "1" if default else "",
            "available_now": _both("", ""),
            "available_later": _both("", ""),
            "associations": {"product_option_values": [{"id": str(SIZES.index(size) + 1)}]},
        }
    )


def _add_stock(shop: Shop, product: int, combination: int) -> dict[str, str]:
    key = shop["stock_availables"].insert(
        blank("stock_availables")
        | {
            "id_product": str(product),
            "id_product_attribute": str(combination),
            "id_shop": "1",
            "quantity": str(100 + 7 * product),
            "out_of_stock": "2",
        }
    )
    return {"id": str(key), "id_product_attribute": str(combination)}


def add_rules(shop: Shop, since: str, until: str) -> None:
    """The coupons that orders use."""
    for code, name, percent, frees in RULES:
        shop["cart_rules"].insert(
            blank("cart_rules")
            | {
                "date_from": since,
                "date_to": until,
                "quantity": "10000",
                "quantity_per_user": "1",
                "priority": "1",
                "code": code,
                "minimum_amount_currency": "1",
                "free_shipping": "1" if frees else "0",
                "reduction_percent": f"{Decimal(percent):.2f}",
                "reduction_currency": "1",
                "active": "1",
                "date_add": since,
                "date_upd": since,
                "name": _both(name, name),
            }
        )


class Shelf:
    """All that can be bought, ready as lines of one piece, by currency."""

    def __init__(self, shop: Shop) -> None:
        self._lines: dict[int, list[Line]] = {}
        self.rates = {
            key: Decimal(shop["currencies"].value(key, "conversion_rate"))
            for key in shop["currencies"]
        }
        for currency, rate in self.rates.items():
            bought = [(key, 0) for key in shop["products"] if not self._variants(shop, key)]
            bought += [
                (int(shop["combinations"].value(key, "id_product")), key)
                for key in shop["combinations"]
            ]
            self._lines[currency] = [
                line_of(shop, product, 1, variant, rate) for product, variant in sorted(bought)
            ]

    @staticmethod
    def _variants(shop: Shop, product: int) -> Sequence[int]:
        return shop["combinations"].with_value("id_product", product)

    def take(self, random: Random, currency: int, count: int) -> list[Line]:
        """Some different things, one to three pieces of each."""
        chosen = random.sample(self._lines[currency], count)
        return [
            line if (n := random.choice((1, 1, 1, 2, 3))) == 1 else line.pieces(n)
            for line in chosen
        ]
