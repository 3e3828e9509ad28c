"""What a small shop sells, which changes as such things do."""

from random import Random

from crosstie_prestashop.sandbox import Shop, change_product, delete_product


class Goods:
    """The products of a shop; chances are decided by the dice of its `ShopLife`."""

    def __init__(self, shop: Shop, dice: Random) -> None:
        self._shop = shop
        self._dice = dice
        self._gone: set[str] = set()
        self._codes = {key: {self._code(key)} for key in shop["products"]}

    def some(self) -> list[tuple[int, int]]:
        """What somebody takes: products and how many of each."""
        chosen = self._dice.sample(list(self._shop["products"]), self._dice.choice((1, 1, 2, 3)))
        return [(product, self._dice.choice((1, 1, 2))) for product in chosen]

    def edit(self) -> None:
        """A product gets another price, name or code, or is taken off the shelf."""
        product = self._dice.choice(list(self._shop["products"]))
        chance = self._dice.random()
        if chance < 0.5:
            cents = self._dice.randrange(100, 9000)
            change_product(self._shop, product, price=f"{cents / 100:.6f}")
        elif chance < 0.7:
            name = f"Thing {self._dice.randrange(1000)}"
            names = [{"id": "1", "value": name}, {"id": "2", "value": name}]
            change_product(self._shop, product, name=names)
        elif chance < 0.85:
            change_product(self._shop, product, reference=f"NEW-{product}-{len(self._codes)}")
            self._codes[product].add(self._code(product))
        else:
            change_product(self._shop, product, active=self._dice.choice("01"))

    def add(self) -> None:
        """There is something new to buy."""
        products = self._shop["products"]
        fresh = products.plain(1) | {"id": 0, "reference": f"FRESH-{products.last_id + 1}"}
        now = self._shop.now()
        key = products.insert(fresh | {"date_add": now, "date_upd": now})
        self._codes[key] = {self._code(key)}

    def delete(self) -> None:
        """A product is no longer sold; the first one stays, from which new ones are copied."""
        product = self._dice.choice(list(self._shop["products"])[1:])
        combinations = self._shop["combinations"]
        variants = combinations.with_value("id_product", product)
        self._gone |= self._codes.pop(product)
        self._gone |= {combinations.value(key, "reference") for key in variants}
        delete_product(self._shop, product)

    @property
    def gone(self) -> set[str]:
        """The codes under which deleted products were ever sold, and none is now."""
        present = {self._code(key) for key in self._shop["products"]}
        return {code.casefold() for code in self._gone - present}

    def codes(self) -> list[tuple[str, set[str]]]:
        """The code of each product, and all that it ever had."""
        return [(self._code(key), codes) for key, codes in self._codes.items()]

    def _code(self, product: int) -> str:
        return str(self._shop["products"].value(product, "reference") or f"#presta_{product}")
