"""What staff and automations do with points by hand."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import attrs

from crosstie import Row, setting
from crosstie_loyalty.transactions import Transaction

if TYPE_CHECKING:
    from crosstie_loyalty.connector import LoyaltyLive

MEMBER = "Whose points: a member's id, card number, phone or e-mail"
NOTE = "Why, for staff only: customers are never told"


def _above_zero(_: object, field: "attrs.Attribute[Decimal]", points: Decimal) -> None:
    if not points > 0:
        raise ValueError(f"{field.name} is more than 0, not {points}")


@attrs.frozen
class AddPoints:
    """Give one member points, the exact number, usable at once."""

    name: ClassVar[str] = "add_points"
    on: ClassVar[str] = "loyalty"

    member: str = setting(MEMBER)
    points: Decimal = setting("How many")
    note: str = setting(NOTE, default="")

    @points.validator
    def _check(self, field: "attrs.Attribute[Decimal]", points: Decimal) -> None:
        _above_zero(self, field, points)

    def run(self, system: "LoyaltyLive", once: str) -> Row:
        """See `crosstie.Action`."""
        member = system.member(self.member)
        return told(system, system.points.add(member, self.points, _own(system, once), self.note))

    def recall(self, system: "LoyaltyLive", once: str) -> Row | None:
        """See `crosstie.Recalls`."""
        return recalled(system, once)


@attrs.frozen
class RemovePoints:
    """Take points off one member, the exact number, of those that can be used."""

    name: ClassVar[str] = "remove_points"
    on: ClassVar[str] = "loyalty"

    member: str = setting(MEMBER)
    points: Decimal = setting("How many")
    note: str = setting(NOTE, default="")
    allow_negative: bool = setting(
        "Whether the balance may go below zero; else fewer points are refused", default=False
    )

    @points.validator
    def _check(self, field: "attrs.Attribute[Decimal]", points: Decimal) -> None:
        _above_zero(self, field, points)

    def run(self, system: "LoyaltyLive", once: str) -> Row:
        """See `crosstie.Action`."""
        member = system.member(self.member)
        return told(
            system,
            system.points.remove(
                member,
                self.points,
                _own(system, once),
                self.note,
                negative=self.allow_negative,
            ),
        )

    def recall(self, system: "LoyaltyLive", once: str) -> Row | None:
        """See `crosstie.Recalls`."""
        return recalled(system, once)


def recalled(system: "LoyaltyLive", once: str) -> Row | None:
    """What came of the deed with this once, if it was done."""
    found = system.points.ledger.find("once = ?", _own(system, once))
    return told(system, found[0]) if found else None


def told(system: "LoyaltyLive", made: Transaction) -> Row:
    """What a transaction did: without the note, since this may go into a mail."""
    balance = system.points.balance(made.member)
    return {
        "transaction": made.number,
        "member": made.member,
        "points": made.amount,
        "balance": balance.total,
        "usable": balance.usable,
    }


def _own(system: "LoyaltyLive", once: str) -> str:
    """The once of a deed, apart from the ledger's own; sealed, since it may hold an e-mail."""
    return f"deed {system.enrolment.members.mark(once)}"
