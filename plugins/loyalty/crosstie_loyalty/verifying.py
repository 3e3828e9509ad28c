"""Proving a ledger: every invariant, looked at on the real data, with the ids of what breaks it.

Nothing is believed that is kept for speed: running balances, what remains of lots and debts are
summed anew. Transactions are read a page at a time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs

from crosstie import Store
from crosstie_loyalty.amounts import ZERO, text_of
from crosstie_loyalty.ledger import PROGRAMME

PAGE = 5000
REVERSED = {"refund": "earn", "give_back": "redeem"}
SPENDING = ("redeem", "adjust")


@attrs.frozen
class Head:
    """What is known of a transaction while others are compared with it."""

    kind: str
    member: str
    amount: Decimal
    allowed: bool


@attrs.define
class Verification:
    """One look at a whole programme; `breaches` yields a sentence for each breach."""

    store: Store
    programme: str
    heads: dict[int, Head] = attrs.field(factory=dict)
    balances: dict[str, Decimal] = attrs.field(factory=lambda: defaultdict(Decimal))

    def breaches(self) -> Iterator[str]:
        """Every breach; nothing changes the state meanwhile."""
        with self.store.transaction():
            yield from self._transactions()
            yield from self._reversals()
            yield from self._accounts()
            yield from self._lots()

    def _transactions(self) -> Iterator[str]:
        """Numbers have no gaps, a once is used once, and terms are known."""
        onces: dict[str, int] = {}
        terms = {row[0] for row in self._rows("SELECT hash FROM loyalty_terms WHERE programme = ?")}
        before = 0
        for number, kind, member, amount, once, hash_, allowed in self._pages(
            "SELECT number, kind, member, amount, once, terms, allowed FROM loyalty_transactions",
            "number",
        ):
            if number != before + 1:
                yield f"transactions {before + 1} to {number - 1} are missing"
            if once in onces:
                yield f"transactions {onces[once]} and {number} have one once, {once!r}"
            if hash_ and hash_ not in terms:
                yield f"transaction {number}: the terms {hash_} it was computed with are missing"
            before, onces[once] = number, number
            self.heads[number] = Head(kind, member, Decimal(amount), bool(allowed))

    def _reversals(self) -> Iterator[str]:
        """What is taken or given back is of the same member and not more than there was."""
        back: dict[int, Decimal] = defaultdict(Decimal)
        for number, kind, member, amount, reverses in self._rows(
            "SELECT number, kind, member, amount, reverses FROM loyalty_transactions"
            " WHERE programme = ? AND reverses IS NOT NULL ORDER BY number"
        ):
            origin = self.heads.get(reverses)
            if origin is None or origin.member != member or reverses >= number:
                yield f"transaction {number} reverses {reverses}, which is none of this member's"
            elif kind in REVERSED and origin.kind != REVERSED[kind]:
                yield f"transaction {number}, a {kind}, reverses {reverses}, a {origin.kind}"
            else:
                back[reverses] += abs(Decimal(amount))
        for number, total in back.items():
            if total > abs(self.heads[number].amount):
                had = text_of(abs(self.heads[number].amount))
                yield f"transaction {number} of {had} was taken back for {text_of(total)}"

    def _accounts(self) -> Iterator[str]:
        """Each transaction sums to zero, and each running balance is the sum so far."""
        moved: dict[int, list[Decimal]] = defaultdict(list)
        earned: dict[str, Decimal] = defaultdict(Decimal)
        for account, number, amount, balance, told in self._pages(
            "SELECT account, number, amount, balance, earned FROM loyalty_postings",
            "account",
            "number",
        ):
            head = self.heads.get(number)
            moved[number].append(Decimal(amount))
            self.balances[account] += Decimal(amount)
            if head is None or account not in (head.member, PROGRAMME):
                yield f"posting {number} of {account} belongs to no such transaction"
                continue
            if head.kind in ("earn", "refund"):
                earned[account] += Decimal(amount)
            if self.balances[account] != Decimal(balance):
                summed = text_of(self.balances[account])
                yield f"posting {number} of {account}: the balance is {balance}, the sum {summed}"
            if earned[account] != Decimal(told):
                summed = text_of(earned[account])
                yield f"posting {number} of {account}: earned is {told}, the sum {summed}"
            if account == head.member and Decimal(amount) != head.amount:
                yield f"posting {number} of {account} is {amount}, the transaction otherwise"
            spent = account == head.member and head.kind in SPENDING and Decimal(amount) < 0
            if spent and not head.allowed and Decimal(balance) < 0:
                yield f"transaction {number}, a {head.kind}, left {account} with {balance}"
        for number in self.heads:
            if len(moved[number]) != 2 or sum(moved[number], ZERO):
                yield f"transaction {number}: its postings do not sum to zero"

    def _lots(self) -> Iterator[str]:
        """What remains follows from the uses, covers the balances, and nothing is owed unasked."""
        by_lot: dict[int, Decimal] = defaultdict(Decimal)
        by_number: dict[int, Decimal] = defaultdict(Decimal)
        for lot, number, amount in self._rows(
            "SELECT lot, number, amount FROM loyalty_uses WHERE programme = ?"
        ):
            by_lot[lot] += Decimal(amount)
            by_number[number] += Decimal(amount)
        held: dict[str, Decimal] = defaultdict(Decimal)
        lots, debts = self._kept("loyalty_lots"), self._kept("loyalty_debts")
        for number, head in self.heads.items():
            there, used = (lots, by_lot) if head.amount > 0 else (debts, by_number)
            name = "lot" if head.amount > 0 else "debt"
            remaining, is_open = there.pop(number, (ZERO, False))
            if abs(head.amount) - used[number] != remaining or remaining < 0:
                yield (
                    f"{name} {number}: {text_of(remaining)} remain of"
                    f" {text_of(abs(head.amount))}, with {text_of(used[number])} used"
                )
            if is_open != (remaining > 0):
                yield f"{name} {number} has {text_of(remaining)} and is marked otherwise"
            held[head.member] += remaining if head.amount > 0 else -remaining
            if name == "debt" and remaining and head.kind != "refund" and not head.allowed:
                yield f"transaction {number}, a {head.kind}, spent {text_of(remaining)} too much"
        yield from (f"{number} is a lot or debt of no transaction" for number in (*lots, *debts))
        for member in sorted({*held, *self.balances} - {PROGRAMME}):
            if held[member] != self.balances[member]:
                yield (
                    f"member {member}: lots less debts are {text_of(held[member])},"
                    f" the balance is {text_of(self.balances[member])}"
                )

    def _kept(self, table: str) -> dict[int, tuple[Decimal, bool]]:
        rows = self._rows(f"SELECT number, remaining, open FROM {table} WHERE programme = ?")  # noqa: S608
        return {number: (Decimal(remaining), bool(is_open)) for number, remaining, is_open in rows}

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.store.query(sql, (self.programme,))

    def _pages(self, select: str, *order: str) -> Iterator[Sequence[Any]]:
        """All rows of a table in an order that its key gives, a page at a time."""
        last: tuple[Any, ...] = ()
        columns = ", ".join(order)
        after = f" AND ({columns}) > ({', '.join('?' * len(order))})"
        names = [
            name.strip() for name in select.partition("FROM")[0].removeprefix("SELECT").split(",")
        ]
        places = [names.index(name) for name in order]
        while rows := self.store.query(
            f"{select} WHERE programme = ?{after if last else ''} ORDER BY {columns} LIMIT {PAGE}",
            (self.programme, *last),
        ):
            yield from rows
            last = tuple(rows[-1][place] for place in places)


def verify(store: Store, programme: str) -> list[str]:
    """A sentence for each breach of the ledger's invariants; none is how it should be."""
    return list(Verification(store, programme).breaches())
