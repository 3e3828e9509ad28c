"""What the ledger tells: transactions with their causes, and balances."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import attrs

from crosstie_loyalty.amounts import ZERO
from crosstie_loyalty.lots import NEVER

Kind = Literal["earn", "redeem", "adjust", "refund", "expire", "welcome", "give_back"]


@attrs.frozen(kw_only=True)
class Cause:
    """Why points are posted.

    `source` is what they came from or went to, such as an order, `line` a part of it. `note` is
    the staff's own and is never told to the customer. `terms` (the hash of a text that is kept)
    and `multiplier` are what the amount was computed with. `reverses` is the number of the
    transaction that is taken back; `allowed` lets the balance go below zero.
    """

    kind: Kind
    once: str
    source: str = ""
    line: str = ""
    note: str = ""
    terms: str = ""
    multiplier: str = ""
    reverses: int | None = None
    allowed: bool = False


@attrs.frozen
class Transaction:
    """One transaction: `amount` is what the member's account got, or gave where it is negative."""

    number: int
    at: datetime
    member: str
    amount: Decimal
    cause: Cause


@attrs.frozen
class Balance:
    """What a member has: `total` is the sum of all postings, `usable` and `pending` its parts.

    `expiring` is the part that expires next, at `expires`.
    """

    total: Decimal
    pending: Decimal
    expiring: Decimal = ZERO
    expires: datetime | None = None

    @property
    def usable(self) -> Decimal:
        """What can be spent now; below zero where points were taken back that had been spent."""
        return self.total - self.pending


def kept(moment: datetime | None) -> str:
    """A time as it is kept; None is one that never comes."""
    if moment is None:
        return NEVER
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


COLUMNS = (
    "number, at, kind, member, amount, once, source, line, note, terms, multiplier, reverses,"
    " allowed"
)


def transaction_of(
    number: int, at: str, kind: Kind, member: str, amount: str, *more: Any
) -> Transaction:
    """The transaction of a row with these `COLUMNS`."""
    once, source, line, note, terms, multiplier, reverses, allowed = more
    cause = Cause(
        kind=kind,
        once=once,
        source=source,
        line=line,
        note=note,
        terms=terms,
        multiplier=multiplier,
        reverses=reverses,
        allowed=bool(allowed),
    )
    return Transaction(number, datetime.fromisoformat(at), member, Decimal(amount), cause)
