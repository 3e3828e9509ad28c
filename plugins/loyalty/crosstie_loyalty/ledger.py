"""The ledger of one programme: append-only, double-entry, exact.

Each transaction moves an amount between a member's account and the programme's: two postings
that sum to zero. A posting carries the balance of its account after it, as on a bank statement,
so a balance is the last posting's; `verify` proves that it is the sum of all.

Every transaction has a `once`. Written again under the same once it changes nothing and the first
one is returned; another content under a known once is refused. Each operation is one transaction
of the store, which nobody else can change meanwhile: what is read in it holds when it writes.
Nothing is updated or deleted, except that `close` empties the notes of a person.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from crosstie import Clock, RejectedError, Store
from crosstie_loyalty.amounts import ZERO, checked, text_of
from crosstie_loyalty.lots import NEVER, Lot, Lots
from crosstie_loyalty.transactions import (
    COLUMNS,
    Balance,
    Cause,
    Transaction,
    kept,
    transaction_of,
)

PROGRAMME = "programme"
"""The programme's own account, against which all members' stand."""


@attrs.frozen
class Ledger:
    """The books of the programme of this name."""

    store: Store
    programme: str
    clock: Clock
    lots: Lots = attrs.field(
        init=False, default=attrs.Factory(lambda self: Lots(self.store, self.programme), True)
    )

    def post(
        self,
        member: str,
        amount: Decimal,
        cause: Cause,
        *,
        after: timedelta = timedelta(0),
        lasts: timedelta | None = None,
    ) -> Transaction:
        """Give points (an amount above zero) or take them (below), once.

        Given ones are usable `after` that time, and expire when they have been usable for as long
        as `lasts`. Taken are, from the lots that expire next, points that are usable now; of a
        refund first those that its transaction brought.
        Raises `RejectedError` where usable points do not suffice, but for a refund and where it is
        `allowed`, for an amount that cannot be kept, and where the once was used for another one.
        """
        checked(amount)
        with self.store.transaction():
            known = self.known(member, amount, cause)
            if known is not None:
                return known
            self.settle(member)
            self._check(member, amount, cause)
            made = self._add(member, amount, cause)
            if amount > 0:
                usable = made.at + after
                expires = None if lasts is None else usable + lasts
                self.lots.open(made.number, member, amount, kept(usable), kept(expires))
            else:
                self._take(made)
            return made

    def _check(self, member: str, amount: Decimal, cause: Cause) -> None:
        """Refuse what would be spent twice, before anything is written."""
        if amount > 0 or cause.allowed or cause.kind == "refund":
            return
        there = self.lots.reach(member, -amount, kept(self.now()))
        if there < -amount:
            asked = text_of(-amount)
            raise RejectedError(f"{asked} are asked for, and {text_of(there)} can be spent")

    def _take(self, made: Transaction) -> None:
        first = made.cause.reverses if made.cause.kind == "refund" else None
        lacking = self.lots.take(made.number, made.member, -made.amount, kept(made.at), first)
        if lacking:
            self.lots.owe(made.number, made.member, lacking)

    def settle(self, member: str) -> None:
        """Post what is due for a member by now: debts that can be paid, lots that have expired."""
        with self.store.transaction():
            now = kept(self.now())
            self.lots.pay(member, now)
            for lot in self.lots.overdue(member, now):
                self._expire(lot)

    def close(self, member: str) -> None:
        """Erase a person: what is left expires, debts are forgiven, notes are emptied.

        All else stays, so that sums can be proven; it does not say who the person was.
        """
        with self.store.transaction():
            self.settle(member)
            for lot in self.lots.find("member = ? ORDER BY expires, number", (member,)):
                self._expire(lot)
            for number, owed in self.lots.owed(member):
                self.post(member, owed, Cause(kind="adjust", once=f"forgive {number}"))
            own = (self.programme, member)
            self.store.change(
                "UPDATE loyalty_transactions SET note = '' WHERE programme = ? AND number IN"
                " (SELECT number FROM loyalty_postings WHERE programme = ? AND account = ?)",
                (self.programme, *own),
            )
            self.store.change(
                "UPDATE loyalty_purchases SET member = NULL, erased = 1"
                " WHERE programme = ? AND member = ?",
                own,
            )

    def _expire(self, lot: Lot) -> None:
        cause = Cause(kind="expire", once=f"expire {lot.number}", reverses=lot.number)
        made = self._add(lot.member, -lot.remaining, cause)
        self.lots.take(made.number, lot.member, lot.remaining, kept(made.at), lot.number)

    def balance(self, member: str) -> Balance:
        """What a member has now; posts what is due first."""
        with self.store.transaction():
            self.settle(member)
            total = self._last(member)[0]
            pending = self.lots.pending(member, kept(self.now()))
            lot = self.lots.next_to_expire(member)
            if lot is None:
                return Balance(total, pending)
            return Balance(total, pending, lot.remaining, datetime.fromisoformat(lot.expires))

    def earned(self, member: str, period: timedelta | None) -> Decimal:
        """What purchases of the last `period` (None: ever) brought, less what was taken back."""
        total = self._last(member)[1]
        if period is None:
            return total
        return total - self._last(member, kept(self.now() - period))[1]

    def known(self, member: str, amount: Decimal, cause: Cause) -> Transaction | None:
        """The transaction with this once; `RejectedError` where it is another one."""
        found = self.find("once = ?", cause.once)
        if not found:
            return None
        first = found[0]
        then = (first.member, first.amount, first.cause.kind, first.cause.source, first.cause.line)
        if then != (member, amount, cause.kind, cause.source, cause.line):
            raise RejectedError(
                f"once {cause.once!r} was used for another transaction ({first.number}, a"
                f" {first.cause.kind} of {text_of(first.amount)}): another deed needs another once"
            )
        return first

    def find(self, where: str, *values: Any, most: int = -1) -> list[Transaction]:
        """Transactions in their order, at most so many; `where` is SQL of this package."""
        rows = self.store.query(
            f"SELECT {COLUMNS} FROM loyalty_transactions"  # noqa: S608
            f" WHERE programme = ? AND {where} ORDER BY number LIMIT ?",
            (self.programme, *values, most),
        )
        return [transaction_of(*row) for row in rows]

    def balance_after(self, transaction: Transaction) -> Decimal:
        """The member's balance right after a transaction."""
        rows = self.store.query(
            "SELECT balance FROM loyalty_postings"
            " WHERE programme = ? AND account = ? AND number = ?",
            (self.programme, transaction.member, transaction.number),
        )
        return Decimal(rows[0][0])

    def newest(self) -> int:
        """The number of the last transaction: they are counted from 1, without gaps."""
        return self._newest()[0]

    def now(self) -> datetime:
        """The time of the next transaction: no clock makes one earlier than the one before it."""
        return max(self.clock.now(), self._newest()[1])

    def _newest(self) -> tuple[int, datetime]:
        rows = self.store.query(
            "SELECT number, at FROM loyalty_transactions WHERE programme = ?"
            " ORDER BY number DESC LIMIT 1",
            (self.programme,),
        )
        if not rows:
            return 0, datetime.min.replace(tzinfo=UTC)
        return rows[0][0], datetime.fromisoformat(rows[0][1])

    def _last(self, account: str, until: str = NEVER) -> tuple[Decimal, Decimal]:
        """The balance of an account, and what it has earned, by the last posting until then."""
        rows = self.store.query(
            "SELECT balance, earned FROM loyalty_postings"
            " WHERE programme = ? AND account = ? AND at <= ?"
            " ORDER BY at DESC, number DESC LIMIT 1",
            (self.programme, account, until),
        )
        return (Decimal(rows[0][0]), Decimal(rows[0][1])) if rows else (ZERO, ZERO)

    def _add(self, member: str, amount: Decimal, cause: Cause) -> Transaction:
        """Write a transaction down, with its postings."""
        number, at = self._newest()[0] + 1, self.now()
        self.store.change(
            "INSERT INTO loyalty_transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self.programme, number, kept(at), cause.kind, member, text_of(amount)),
                *(cause.once, cause.source, cause.line, cause.note, cause.terms),
                *(cause.multiplier, cause.reverses, int(cause.allowed)),
            ),
        )
        counts = cause.kind in ("earn", "refund")
        for account, moved in ((member, amount), (PROGRAMME, -amount)):
            balance, earned = self._last(account)
            earned += moved if counts else 0
            self.store.change(
                "INSERT INTO loyalty_postings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(self.programme, account, number, kept(at)),
                    *(text_of(moved), text_of(balance + moved), text_of(earned)),
                ),
            )
        return Transaction(number, at, member, amount, cause)
