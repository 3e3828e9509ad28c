"""What is done with points: purchases earn them, staff gives and takes them, tiers are reached.

`Points` puts a programme and its ledger together, and tells what happened as events, in the
transaction that did it. What a person says about themselves is not known here: events carry what
`tell` says of a member.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from crosstie import Event, RejectedError
from crosstie_loyalty.amounts import ZERO, rounded, text_of
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.programme import Programme
from crosstie_loyalty.terms import Purchase, Terms, hash_of, terms_of
from crosstie_loyalty.transactions import Balance, Cause, Transaction, kept

MANY = 200
Emit = Callable[[Iterable[Event]], int]


@attrs.frozen
class Points:
    """The points of a programme's members.

    `tell` says what events may know of a member, such as ``{"email": …}``.
    """

    programme: Programme
    ledger: Ledger
    emit: Emit
    tell: Callable[[str], Mapping[str, Any]] = lambda member: {}

    def purchase(self, purchase: Purchase, member: str | None) -> str | None:
        """Give what a purchase earns as it stands now, or take back what it no longer does.

        Told again, it changes nothing but what has changed about it. What it earns is counted with
        the terms that held when it earned first. Points that were spent on it (a redemption with
        its key as the source) are given back as far as it is refunded or cancelled.
        `member` is who bought; the first one that is known stays the one. Returns whose it is.
        """
        with self.ledger.store.transaction():
            whose = self._whose(purchase, member)
            if whose is not None:
                self.ledger.settle(whose)
                posted = self.ledger.find("source = ?", purchase.key)
                self._earn(purchase, whose, [t for t in posted if t.member == whose])
                self._give_back(purchase, whose, [t for t in posted if t.member == whose])
            return whose

    def add(self, member: str, points: Decimal, once: str, note: str = "") -> Transaction:
        """Give a member points; `note` is for staff only."""
        return self._give(member, points, Cause(kind="adjust", once=once, note=note))

    def remove(
        self, member: str, points: Decimal, once: str, note: str = "", *, negative: bool = False
    ) -> Transaction:
        """Take points off a member, below zero only if `negative`; `note` is for staff only.

        Raises `RejectedError` where there are fewer.
        """
        cause = Cause(kind="adjust", once=once, note=note, allowed=negative)
        return self.ledger.post(member, -points, cause)

    def redeem(
        self, member: str, points: Decimal, once: str, source: str = "", line: str = ""
    ) -> Transaction:
        """Spend points on `source`, such as an order; `RejectedError` where there are fewer."""
        cause = Cause(kind="redeem", once=once, source=source, line=line)
        return self.ledger.post(member, -points, cause)

    def give_back(self, spent: Transaction, points: Decimal, once: str) -> Transaction:
        """Give back points that were redeemed, as new ones.

        Raises `RejectedError` where they would be more than were spent.
        """
        cause = _given_back(spent, once)
        with self.ledger.store.transaction():
            if self.ledger.known(spent.member, points, cause) is None:
                left = -spent.amount - self._reversed(spent)
                if points > left:
                    raise RejectedError(
                        f"{text_of(points)} are to be given back, and {text_of(left)} of"
                        f" transaction {spent.number} are left"
                    )
            return self._give(spent.member, points, cause)

    def greet(self, member: str) -> Transaction | None:
        """Give a new member the welcome gift, once; None where the programme has none."""
        if not self.programme.welcome:
            return None
        cause = Cause(kind="welcome", once=f"welcome {member}")
        found = self.ledger.find("once = ?", cause.once)
        return found[0] if found else self._give(member, self.programme.welcome, cause)

    def balance(self, member: str) -> Balance:
        """What a member has."""
        return self.ledger.balance(member)

    def tier(self, member: str) -> str:
        """The member's tier by what was earned in the period that counts; empty for none."""
        return self.programme.tier(self.ledger.earned(member, self.programme.tier_period))

    def settle(self) -> tuple[int, int]:
        """Post what is due for all members, and tell what expires soon.

        Returns how many lots of points expired, and how many are told to expire.
        """
        expired = 0
        lots, now = self.ledger.lots, kept(self.ledger.clock.now())
        while due := lots.find(f"expires <= ? ORDER BY expires, number LIMIT {MANY}", (now,)):
            for member in dict.fromkeys(lot.member for lot in due):
                self.ledger.settle(member)
            expired += len(due)
        return expired, self._warn()

    def erase(self, member: str) -> None:
        """Empty the notes of a person, and take what is left; amounts stay, so that sums do."""
        with self.ledger.store.transaction():
            self.ledger.close(member)

    def _whose(self, purchase: Purchase, member: str | None) -> str | None:
        """Who bought, noted with the purchase; None for nobody, or somebody who was erased."""
        store, name = self.ledger.store, self.ledger.programme
        rows = store.query(
            "SELECT member, erased FROM loyalty_purchases"
            ' WHERE programme = ? AND source = ? AND "order" = ?',
            (name, purchase.source, purchase.order),
        )
        if rows and (rows[0][0] is not None or rows[0][1]):
            known: str | None = rows[0][0]
            return known
        store.change(
            "INSERT OR REPLACE INTO loyalty_purchases VALUES (?, ?, ?, ?, 0, ?)",
            (name, purchase.source, purchase.order, member, kept(self.ledger.clock.now())),
        )
        return member

    def _earn(self, purchase: Purchase, member: str, posted: list[Transaction]) -> None:
        """Bring what the purchase has earned to what it earns now."""
        earns = [one for one in posted if one.cause.kind == "earn"]
        refunds = [one for one in posted if one.cause.kind == "refund"]
        if earns:
            terms, multiplier = self._terms(earns[0].cause), Decimal(earns[0].cause.multiplier)
        elif getattr(purchase, self.programme.usable) and not purchase.cancelled:
            terms = self.programme.terms
            multiplier = self.programme.multiplier(self.tier(member))
        else:
            return
        has = sum((one.amount for one in (*earns, *refunds)), ZERO)
        change = terms.earns(purchase, multiplier) - has
        once = f"{purchase.key} {len(earns) + len(refunds) + 1}"
        if change > 0:
            cause = Cause(
                kind="earn",
                once=f"earn {once}",
                source=purchase.key,
                terms=self._keep(terms),
                multiplier=text_of(multiplier),
            )
            self._give_earned(member, change, cause)
        elif change < 0:
            self._refund(member, -change, earns, once)

    def _refund(self, member: str, points: Decimal, earns: list[Transaction], once: str) -> None:
        """Take back what a purchase earned, the newest first; what has expired is gone already."""
        for earn in reversed(earns):
            expired = self.ledger.find("once = ?", f"expire {earn.number}")
            lost = sum((-one.amount for one in expired), ZERO)
            most = earn.amount - lost - self._reversed(earn)
            if taken := min(points, most):
                cause = Cause(
                    kind="refund",
                    once=f"refund {once} of {earn.number}",
                    source=earn.cause.source,
                    terms=earn.cause.terms,
                    multiplier=earn.cause.multiplier,
                    reverses=earn.number,
                )
                self.ledger.post(member, -taken, cause)
                points -= taken

    def _give_back(self, purchase: Purchase, member: str, posted: list[Transaction]) -> None:
        """Give back what was spent on a purchase, as far as it is refunded or cancelled."""
        lost = 1 - purchase.left(shipping=True)
        for spent in (one for one in posted if one.cause.kind == "redeem"):
            terms, returned = self.programme.terms, self._reversed(spent)
            share = rounded(Fraction(-spent.amount) * lost, terms.rounding, terms.digits)
            if share > returned:
                once = f"give back {spent.number} up to {text_of(share)}"
                self.give_back(spent, share - returned, once)

    def _reversed(self, transaction: Transaction) -> Decimal:
        """How much of a transaction was taken or given back."""
        found = self.ledger.find(
            "reverses = ? AND kind IN ('refund', 'give_back')", transaction.number
        )
        return sum((abs(one.amount) for one in found), ZERO)

    def _give(self, member: str, points: Decimal, cause: Cause) -> Transaction:
        """Give points that can be used at once."""
        return self.ledger.post(member, points, cause, lasts=self.programme.expires)

    def _give_earned(self, member: str, points: Decimal, cause: Cause) -> None:
        before = self.tier(member)
        made = self.ledger.post(
            member, points, cause, after=self.programme.after, lasts=self.programme.expires
        )
        balance, tier = self.balance(member), self.tier(member)
        told = {
            "points": points,
            "source": cause.source,
            "usable_from": made.at + self.programme.after,
            "balance": balance.total,
            "usable": balance.usable,
            "pending": balance.pending,
            "tier": tier,
        }
        events = [self._event("points_earned", member, str(made.number), told, made.at)]
        if self.programme.rank(tier) > self.programme.rank(before):
            events.append(
                self._event(
                    "tier_reached",
                    member,
                    str(made.number),
                    {"tier": tier, "before": before},
                    made.at,
                )
            )
        self.emit(events)

    def _warn(self) -> int:
        """Tell what expires soon, each lot once."""
        ledger, told = self.ledger, 0
        until = kept(ledger.clock.now() + self.programme.expiring)
        where = f"warned = 0 AND expires <= ? ORDER BY expires, number LIMIT {MANY}"
        while True:
            with ledger.store.transaction():
                lots = ledger.lots.find(where, (until,))
                for lot in lots:
                    expires = datetime.fromisoformat(lot.expires)
                    about = {"points": lot.remaining, "expires": expires}
                    about["balance"] = self.balance(lot.member).total
                    number = str(lot.number)
                    self.emit([self._event("points_expiring", lot.member, number, about, None)])
                ledger.lots.warned(lots)
            if not lots:
                return told
            told += len(lots)

    def _event(
        self,
        kind: str,
        member: str,
        version: str,
        told: Mapping[str, Any],
        at: datetime | None,
    ) -> Event:
        data = {"member": member, **self.tell(member), **told}
        return Event(kind, member, version, data, at)

    def _keep(self, terms: Terms) -> str:
        """Keep the terms for ever; the hash that they are found by."""
        text = terms.text()
        self.ledger.store.change(
            "INSERT OR IGNORE INTO loyalty_terms VALUES (?, ?, ?)",
            (self.ledger.programme, hash_of(text), text),
        )
        return hash_of(text)

    def _terms(self, cause: Cause) -> Terms:
        rows = self.ledger.store.query(
            "SELECT terms FROM loyalty_terms WHERE programme = ? AND hash = ?",
            (self.ledger.programme, cause.terms),
        )
        return terms_of(rows[0][0])


def _given_back(spent: Transaction, once: str) -> Cause:
    source, line = spent.cause.source, spent.cause.line
    return Cause(kind="give_back", once=once, source=source, line=line, reverses=spent.number)
