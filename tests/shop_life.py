"""The life of a small shop, told day by day; the same seed tells the same story.

::

    life = ShopLife(shop, clock, seed=4)
    for _ in range(180):
        life.day()

A day has some of what happens in shops (`CHANCES`), each at its time, and ends in the evening.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.shop_goods import Goods

from crosstie.testing import SimulatedClock
from crosstie_prestashop.sandbox import (
    Shop,
    add_address,
    change_state,
    delete_address,
    delete_customer,
    edit_address,
    edit_customer,
    leave_cart,
    place_order,
    refund,
    register_customer,
    remove_order_row,
    track,
)

FIRST = ("Emma", "Louise", "Chloé", "Inès", "Gabriel", "Raphaël", "Hugo", "Marek", "Björn", "小明")
LAST = ("Martin", "Durand", "Kowalski", "d'Étampes", "O'Connor", "Ibáñez y Peña", "Щербакова", "王")
FIRMS = ("Dupont & Fils", "Ateliers «Bleu»", "Kaffee GmbH & Co. KG", "ACME [EU]")
TOWNS = (("Paris", "75001"), ("Lyon", "69002"), ("Nice", "06000"), ("Lille", "59000"))
PATHS = ((10, 2, 3, 4, 5), (2, 3, 4, 5), (2, 4, 5), (2,), (10,), (1, 6), (10, 6), (8, 2))
"""The states that orders go through: awaiting payment, paid, prepared, shipped, delivered …"""

SHIPPED, REFUNDED = 4, 7
EURO, DOLLAR = 1, 2


class ShopLife:
    """A shop in which something happens every day, from eight in the morning (UTC) on.

    `told` is all that was ever said of firms and addresses, `logins` counts what nobody outside the
    shop can see.
    """

    def __init__(self, shop: Shop, clock: SimulatedClock, seed: int) -> None:
        self.shop = shop
        self.told: set[str] = {"FR", "1 rue de Rivoli", *FIRMS}
        self.logins = 0
        self._clock = clock
        self._dice = Random(seed)
        self.goods = Goods(shop, self._dice)
        self._morning = clock.now().replace(hour=8)
        self._to_come: dict[int, list[int]] = {}
        self._people = 0
        self._deleted: set[str] = set()
        self._may_return: set[str] = set()
        self._emails: dict[int, set[str]] = {}

    def day(self) -> None:
        """Live one day, up to its evening."""
        deeds = [deed for deed, chance in CHANCES.items() if self._dice.random() < chance]
        self._dice.shuffle(deeds)
        moment = self._morning
        for deed in deeds:
            moment += timedelta(minutes=self._dice.randrange(1, 50))
            self._at(moment)
            deed(self)
        # Some evenings come less than 24 hours after the one before: reconciling is not due then.
        self._at(self._morning + timedelta(hours=11, minutes=self._dice.randrange(240)))
        self._morning += timedelta(days=1)

    def register(self) -> None:
        """Somebody opens an account, maybe for a firm, maybe with an address."""
        firm = self._dice.random() < 0.3
        person = self._register(
            self._new_email(),
            company=self._dice.choice(FIRMS) if firm else "",
            newsletter=self._dice.random() < 0.5,
        )
        if self._dice.random() < 0.5:
            self._address(person)

    def come_back(self) -> None:
        """Somebody who was deleted for good opens an account again."""
        living = {self.email_of(key) for key in self.shop["customers"]}
        if emails := sorted(self._may_return - living):
            self._register(self._dice.choice(emails))

    def log_in(self) -> None:
        """A customer looks around and leaves a cart behind."""
        if person := self._registered():
            leave_cart(self.shop, person, self.goods.some())
            self.logins += 1

    def order(self) -> None:
        """A customer with an account orders."""
        if person := self._registered():
            self._order(person)

    def order_as_guest(self) -> None:
        """A checkout without account: by a new face, by one who has an account, or again."""
        emails = sorted({self.email_of(key) for key in self.shop["customers"]})
        email = self._new_email()
        if emails and self._dice.random() < 0.6:
            email = self._dice.choice(emails)
            email = email.upper() if self._dice.random() < 0.3 else email
        guest = self._register(email, guest=True)
        self._address(guest)
        self._order(guest)

    def become_customer(self) -> None:
        """The shop makes an account of a guest; only where there is none with that e-mail."""
        taken = {self.email_of(key) for key in self._of_kind(guest=False)}
        free = [key for key in self._of_kind(guest=True) if self.email_of(key) not in taken]
        if free:
            fields = {"is_guest": "0", "id_default_group": "3"}
            edit_customer(self.shop, self._dice.choice(free), **fields)

    def advance(self) -> None:
        """An order gets its next state."""
        if not self._to_come:
            return
        order = self._dice.choice(sorted(self._to_come))
        states = self._to_come[order]
        state = states.pop(0)
        change_state(self.shop, order, state)
        if state == SHIPPED:
            track(self.shop, order, f"{order:010}")
        if not states:
            del self._to_come[order]

    def remove_row(self) -> None:
        """A row is taken out of an order that is not shipped yet."""
        several = [key for key in sorted(self._to_come) if len(self.shop.details_of(key)) > 1]
        if several:
            remove_order_row(self.shop, self._dice.choice(several))

    def refund_piece(self) -> None:
        """A piece comes back."""
        if order := self._refundable():
            refund(self.shop, order)

    def refund_all(self) -> None:
        """Everything comes back, with what the shipping cost."""
        if order := self._refundable():
            rows = self.shop.details_of(order)
            quantity = self.shop["order_details"].value
            pieces = {str(row): int(quantity(row, "product_quantity")) for row in rows}
            refund(self.shop, order, pieces, shipping=True)
            change_state(self.shop, order, REFUNDED)
            self._to_come.pop(order, None)

    def edit(self) -> None:
        """A customer's data change."""
        if person := self._registered():
            changes = {
                "firstname": self._dice.choice(FIRST),
                "lastname": self._dice.choice(LAST),
                "company": self._dice.choice((*FIRMS, "")),
                "newsletter": self._dice.choice("01"),
                "birthday": f"19{self._dice.randrange(50, 99)}-02-03",
            }
            field = self._dice.choice(list(changes))
            edit_customer(self.shop, person, **{field: changes[field]})

    def change_email(self) -> None:
        """A customer moves to an e-mail that nobody has or had."""
        if person := self._registered():
            email = self._new_email()
            self._emails[person].add(email)
            edit_customer(self.shop, person, email=email)

    def move(self) -> None:
        """A customer adds, changes or deletes an address; the account's own time stays."""
        if not (person := self._registered()):
            return
        addresses = self.shop["addresses"]
        own = addresses.with_value("id_customer", person)
        present = [key for key in sorted(own) if addresses.value(key, "deleted") == "0"]
        chance = self._dice.random()
        if not present or chance < 0.4:
            self._address(person)
        elif chance < 0.9:
            edit_address(self.shop, self._dice.choice(present), in_place=False, **self._place())
        else:
            delete_address(self.shop, self._dice.choice(present))

    def delete_person(self) -> None:
        """A customer who never ordered is deleted, some only in name."""
        orders, people = self.shop["orders"], self._of_kind(guest=False)
        if idle := [key for key in people if not list(orders.with_value("id_customer", key))]:
            person = self._dice.choice(idle)
            softly = self._dice.random() < 0.3
            self._deleted |= self._emails[person]
            if not softly:
                self._may_return.add(self.email_of(person))
            delete_customer(self.shop, person, softly=softly)

    @property
    def deleted(self) -> set[str]:
        """The e-mails that deleted customers ever had, and nobody has now."""
        people = self._of_kind(guest=False) + self._of_kind(guest=True)
        return self._deleted - {self.email_of(key) for key in people}

    @property
    def left(self) -> dict[str, set[str]]:
        """What those have now who had an e-mail, or a product's code, formerly."""
        people = [(self.email_of(key), self._emails[key]) for key in self.shop["customers"]]
        found: dict[str, set[str]] = {}
        for now, ever in people + self.goods.codes():
            for former in ever - {now}:
                found.setdefault(former.casefold(), set()).add(now.casefold())
        return found

    def email_of(self, customer: int) -> str:
        """A customer's e-mail as it is compared."""
        return str(self.shop["customers"].value(customer, "email")).casefold()

    def _at(self, moment: datetime) -> None:
        self._clock.move(max(moment, self._clock.now()))

    def _register(self, email: str, **options: Any) -> int:
        first, last = self._dice.choice(FIRST), self._dice.choice(LAST)
        person = register_customer(
            self.shop, email=email, firstname=first, lastname=last, **options
        )
        self._emails[person] = {email.casefold()}
        return person

    def _new_email(self) -> str:
        self._people += 1
        return f"someone{self._people}@example.test"

    def _of_kind(self, *, guest: bool) -> list[int]:
        value = self.shop["customers"].value
        kind = "1" if guest else "0"
        people = list(self.shop["customers"])
        return [
            key for key in people if (value(key, "is_guest"), value(key, "deleted")) == (kind, "0")
        ]

    def _registered(self) -> int:
        people = self._of_kind(guest=False)
        return self._dice.choice(people) if people else 0

    def _place(self) -> dict[str, str]:
        city, postcode = self._dice.choice(TOWNS)
        phone = f"+331{self._dice.randrange(10**7, 10**8)}" if self._dice.random() < 0.7 else ""
        street = f"{self._dice.randrange(1, 99)} rue Neuve"
        place = {"city": city, "postcode": postcode, "phone": phone, "address1": street}
        self.told.update(place.values())
        return place

    def _address(self, person: int) -> None:
        add_address(self.shop, person, **self._place())

    def _order(self, person: int) -> None:
        first, *others = self._dice.choice(PATHS)
        currency = self._dice.choice((EURO, EURO, DOLLAR))
        order = place_order(self.shop, person, self.goods.some(), state=first, currency=currency)
        if others:
            self._to_come[order] = others

    def _refundable(self) -> int:
        """An order that was paid for and of which nothing has come back yet."""
        orders, slips = self.shop["orders"], self.shop["order_slip"]
        paid = [key for key in orders if orders.value(key, "invoice_number") != "0"]
        whole = [key for key in paid if not list(slips.with_value("id_order", key))]
        return self._dice.choice(whole) if whole else 0


CHANCES: dict[Callable[[ShopLife], None], float] = {
    ShopLife.register: 0.35,
    ShopLife.come_back: 0.05,
    ShopLife.log_in: 0.5,
    ShopLife.order: 0.6,
    ShopLife.order_as_guest: 0.25,
    ShopLife.become_customer: 0.04,
    ShopLife.advance: 0.95,
    ShopLife.remove_row: 0.1,
    ShopLife.refund_piece: 0.08,
    ShopLife.refund_all: 0.04,
    ShopLife.edit: 0.3,
    ShopLife.change_email: 0.1,
    ShopLife.move: 0.2,
    ShopLife.delete_person: 0.08,
    lambda life: life.goods.edit(): 0.2,
    lambda life: life.goods.add(): 0.03,
    lambda life: life.goods.delete(): 0.03,
}
"""What may happen on a day, and how probable each of it is."""
