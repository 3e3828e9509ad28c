"""Lots: the points of one posting, which are used up oldest-expiring first, and debts.

A lot is known by the number of the transaction that brought its points, a debt by that of the
transaction that took more than there was. What took how much from which lot stands in
`loyalty_uses`: of a lot, what remains is its amount less its uses; of a debt, less what its
transaction has used. A member's lots less their debts are their balance.

All of it is called inside a transaction of the store.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs

from crosstie import Store
from crosstie_loyalty.amounts import ZERO, text_of

PAGE = 50
NEVER = "never"
"""When a lot expires that does not: as a text it is later than every time."""


@attrs.frozen
class Lot:
    """An open lot; its times are texts, as they are kept."""

    number: int
    member: str
    usable: str
    expires: str
    remaining: Decimal


@attrs.frozen
class Lots:
    """The lots and debts of one programme."""

    store: Store
    programme: str

    def open(self, number: int, member: str, amount: Decimal, usable: str, expires: str) -> None:
        """Begin a lot."""
        self.store.change(
            "INSERT INTO loyalty_lots VALUES (?, ?, ?, ?, ?, ?, 1, 0)",
            (self.programme, number, member, usable, expires, text_of(amount)),
        )

    def take(
        self, number: int, member: str, amount: Decimal, now: str, first: int | None = None
    ) -> Decimal:
        """Use up lots for a transaction: the lot `first`, usable or not, then usable ones.

        Returns what was lacking.
        """
        lacking = amount
        if first is not None:
            lacking = self._use(number, self.find("number = ?", (first,)), lacking)
        return self._use(number, self._usable(member, now, "expires"), lacking)

    def reach(self, member: str, amount: Decimal, now: str) -> Decimal:
        """How much of an amount the usable lots hold."""
        held = ZERO
        for lot in self._usable(member, now, "expires"):
            held += lot.remaining
            if held >= amount:
                return amount
        return held

    def owe(self, number: int, member: str, amount: Decimal) -> None:
        """Note that a transaction took more than there was."""
        self.store.change(
            "INSERT INTO loyalty_debts VALUES (?, ?, ?, ?, 1)",
            (self.programme, number, member, text_of(amount)),
        )

    def pay(self, member: str, now: str) -> None:
        """Let lots pay debts, the oldest debt first and in the order in which lots are usable."""
        for number, remaining in self.owed(member):
            owed = self._use(number, self._usable(member, now, "usable"), remaining)
            self.store.change(
                "UPDATE loyalty_debts SET remaining = ?, open = ?"
                " WHERE programme = ? AND number = ?",
                (text_of(owed), int(owed > 0), self.programme, number),
            )

    def find(self, where: str, values: Sequence[Any]) -> list[Lot]:
        """Open lots; `where` is SQL of this package."""
        rows = self.store.query(
            "SELECT number, member, usable, expires, remaining FROM loyalty_lots"  # noqa: S608
            f" WHERE programme = ? AND open = 1 AND {where}",
            (self.programme, *values),
        )
        return [
            Lot(number, member, usable, expires, Decimal(remaining))
            for number, member, usable, expires, remaining in rows
        ]

    def warned(self, lots: Sequence[Lot]) -> None:
        """Note that members were told that these expire."""
        self.store.change(
            "UPDATE loyalty_lots SET warned = 1 WHERE programme = ? AND number = ?",
            *((self.programme, lot.number) for lot in lots),
        )

    def owed(self, member: str) -> list[tuple[int, Decimal]]:
        """A member's debts, the oldest first."""
        rows = self.store.query(
            "SELECT number, remaining FROM loyalty_debts"
            " WHERE programme = ? AND member = ? AND open = 1 ORDER BY number",
            (self.programme, member),
        )
        return [(number, Decimal(remaining)) for number, remaining in rows]

    def overdue(self, member: str, now: str) -> list[Lot]:
        """A member's lots whose time is over, the oldest first."""
        return self.find("member = ? AND expires <= ? ORDER BY expires, number", (member, now))

    def pending(self, member: str, now: str) -> Decimal:
        """The sum of a member's lots that are not usable yet."""
        lots = self.find("member = ? AND usable > ?", (member, now))
        return sum((lot.remaining for lot in lots), ZERO)

    def next_to_expire(self, member: str) -> Lot | None:
        """The lot that expires next, if one ever does."""
        order = "ORDER BY expires, number LIMIT 1"
        lots = self.find(f"member = ? AND expires < ? {order}", (member, NEVER))
        return lots[0] if lots else None

    def _usable(self, member: str, now: str, order: str) -> Iterator[Lot]:
        """Usable lots, a page at a time, by when they expire or became usable."""
        last: tuple[str, int] = ("", 0)
        while lots := self.find(
            f"member = ? AND usable <= ? AND ({order}, number) > (?, ?)"
            f" ORDER BY {order}, number LIMIT {PAGE}",
            (member, now, *last),
        ):
            yield from lots
            last = (getattr(lots[-1], order), lots[-1].number)

    def _use(self, number: int, lots: Iterable[Lot], wanted: Decimal) -> Decimal:
        """Use up these lots for a transaction, in their order; returns what is still wanted."""
        for lot in lots:
            if not wanted:
                break
            used = min(lot.remaining, wanted)
            left = lot.remaining - used
            wanted -= used
            self.store.change(
                "INSERT INTO loyalty_uses VALUES (?, ?, ?, ?)",
                (self.programme, lot.number, number, text_of(used)),
            )
            self.store.change(
                "UPDATE loyalty_lots SET remaining = ?, open = ?"
                " WHERE programme = ? AND number = ?",
                (text_of(left), int(left > 0), self.programme, lot.number),
            )
        return wanted
