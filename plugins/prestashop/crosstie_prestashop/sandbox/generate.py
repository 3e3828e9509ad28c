"""Making a shop up: of any size, the same for the same seed and time, consistent to the cent.

It has what the recorded shop lacks: discounts, refunds, guests, e-mails that two people have, three
currencies, several VAT rates in one order, gift wrapping, products without a code and two with the
same, sizes with codes of their own, rows of deleted products, customers who are gone, many orders
changed in one second, all three ways of rounding, and an order without rows.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import as_file, files
from random import Random
from string import ascii_uppercase
from typing import Any

import attrs

from crosstie import Clock
from crosstie_prestashop.sandbox.assortment import (
    Shelf,
    add_currencies,
    add_products,
    add_rules,
)
from crosstie_prestashop.sandbox.fulfilment import change_state, refund, track
from crosstie_prestashop.sandbox.people import delete_customer, delete_product
from crosstie_prestashop.sandbox.population import Population, stamp
from crosstie_prestashop.sandbox.selling import (
    ROUND_ITEM,
    ROUND_LINE,
    ROUND_TOTAL,
    Sale,
    cart_of,
    record_sale,
)
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.words import NOTES, RULES

# How orders end, in the states of a fresh shop, and how many of a hundred do so.
PATHS = {
    (10, 2, 3, 4, 5): 50,
    (2, 3, 4): 15,
    (2, 4, 5): 10,
    (2,): 8,
    (10,): 5,
    (1,): 3,
    (10, 6): 5,
    (8,): 2,
    (2, 7): 2,
}
SHIPPED = 4
ROUNDINGS = {3: ROUND_ITEM, 5: ROUND_TOTAL}
YEARS = timedelta(days=730)
BATCH = 186  # so many orders of the recorded shop share one second


def generate(
    *,
    customers: int = 200,
    orders: int = 500,
    seed: int = 1,
    now: datetime | None = None,
    clock: Clock | None = None,
    zone: str = "Europe/Paris",
) -> Shop:
    """A shop with so many customers and orders, of the two years before `now` (an aware time)."""
    with as_file(files(__package__).joinpath("tables")) as tables:
        shop = Shop.load(tables, clock=clock)
    shop.rezone(zone)
    until = (now or shop.clock.now()).astimezone(shop.zone).replace(tzinfo=None, microsecond=0)
    random = Random(seed)  # noqa: S311 (a made-up shop has no secrets)
    start = until - YEARS
    add_currencies(shop)
    add_products(shop, max(16, min(400, orders // 25)), stamp(start))
    add_rules(shop, stamp(start), stamp(until + YEARS))
    makers = _Makers(shop, random, until)
    makers.join(customers, start)
    makers.sell(orders, start)
    makers.clear(orders)
    return shop


def _moments(random: Random, count: int, start: datetime, end: datetime) -> list[datetime]:
    seconds = int((end - start).total_seconds())
    return [
        start + timedelta(seconds=s)
        for s in sorted(random.randrange(seconds) for _ in range(count))
    ]


class _Makers:
    """Those who fill a shop: they share its dice and its end of time."""

    def __init__(self, shop: Shop, random: Random, until: datetime) -> None:
        self.shop = shop
        self.random = random
        self.until = until
        self.people = Population(shop, random, until)
        self.shelf = Shelf(shop)
        self.joined: list[datetime] = []

    def join(self, count: int, start: datetime) -> None:
        """Customers register, the first before the first order."""
        self.joined = _moments(self.random, count, start, self.until)
        for number, moment in enumerate(self.joined):
            self.people.add(number, moment)

    def sell(self, count: int, start: datetime) -> None:
        """Orders are placed, some carts are left behind, some things come back."""
        if not self.joined:
            return
        first = max(start, self.joined[0]) + timedelta(minutes=1)
        batch = min(BATCH, count // 5)
        rush = self.until - timedelta(days=3)
        for number, placed in enumerate(_moments(self.random, count, first, self.until)):
            buyer = 1 + self.random.randrange(bisect_right(self.joined, placed) or 1)
            sale = self._sale(number, buyer, placed)
            if number % 12 == 3:
                self.shop["carts"].insert(cart_of(sale))
            order = record_sale(self.shop, sale)
            path = self.random.choices([*PATHS], weights=[*PATHS.values()])[0]
            together = number % 5 == 2 and number // 5 < batch and placed < rush - timedelta(days=1)
            self._walk(order, path, placed, stamp(rush) if together else None)
            if number % 25 == 7 and path[-1] in {4, 5, 7} and self.shop.details_of(order):
                self._give_back(order, placed)

    def _sale(self, number: int, buyer: int, placed: datetime) -> Sale:
        currency = 2 if number % 8 == 4 else 3 if number % 31 == 9 else 1
        rate = self.shelf.rates[currency]
        address = self.people.address_for(buyer, placed)
        count = 0 if number == 60 else self.random.choice((1, 1, 2, 2, 3, 3, 4))
        free, wraps = number % 6 == 5, number % 20 == 6
        sale = Sale(
            customer=buyer,
            address=address,
            invoice_address=self.people.addresses[buyer][0],
            lines=self.shelf.take(self.random, currency, count),
            reference="".join(self.random.choices(ascii_uppercase, k=9)),
            placed=stamp(placed),
            currency=currency,
            conversion_rate=rate,
            language=1 if number % 3 else 2,
            carrier=1 if free else 2,
            shipping=Decimal(0) if free else Decimal("6.99") * rate,
            wrapping=Decimal(2) * rate if wraps else Decimal(0),
            round_type=ROUNDINGS.get(number % 7, ROUND_LINE),
            note=NOTES[number % len(NOTES)] if self.random.random() < 0.05 else "",
            gift_message="Bon anniversaire 🎂 & bises" if wraps else "",
            secure_key=self.shop["customers"].value(buyer, "secure_key"),
        )
        return self._with_choices(sale, number)

    def _with_choices(self, sale: Sale, number: int) -> Sale:
        """Every fourth pays by cheque, every fifth has a coupon."""
        changes: dict[str, Any] = {}
        if number % 4 == 0:
            changes = {"module": "ps_checkpayment", "payment": "Payments by check"}
        if number % 5 == 1:
            rule = number // 5 % len(RULES)
            _, name, percent, frees = RULES[rule]
            changes |= {
                "rule": (rule + 1, name),
                "discount": Decimal(percent),
                "free_shipping": frees,
            }
        return attrs.evolve(sale, **changes) if changes else sale

    def _walk(self, order: int, path: tuple[int, ...], placed: datetime, last: str | None) -> None:
        """Go through the states, hours apart; the last one at a given second if there is one."""
        moment = placed
        for state in path:
            ends = state == path[-1]
            change_state(self.shop, order, state, when=last if ends and last else stamp(moment))
            if state == SHIPPED:
                track(self.shop, order, f"{order:010}")
            moment += timedelta(seconds=self.random.randrange(600, 90_000))
            if moment >= self.until:
                return

    def _give_back(self, order: int, placed: datetime) -> None:
        rows = self.shop.details_of(order)
        pieces = {str(rows[0]): 1} if len(rows) > 1 else None
        when = min(placed + timedelta(days=12), self.until)
        refund(self.shop, order, pieces, shipping=order % 2 == 0, when=stamp(when))

    def clear(self, orders: int) -> None:
        """What is gone in the end, though orders still point there."""
        if orders < 50:
            return
        for customer in (self.shop["orders"].value(key, "id_customer") for key in (11, 37)):
            if int(customer) in self.shop["customers"]:
                delete_customer(self.shop, int(customer))
        delete_product(self.shop, 14)
