"""The connector: the programme as its settings, and a connected programme.

::

    [systems.loyalty]
    use = "loyalty"
    currency = "EUR"
    per_amount = "1"

    [flows.points]
    read = "shop.orders"
    write = "loyalty.purchases"
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

import attrs

from crosstie import Env, Live, RejectedError, Stream, Table, setting
from crosstie_loyalty.erasing import Erasing
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.members import Members
from crosstie_loyalty.phones import phone_of
from crosstie_loyalty.points import Points
from crosstie_loyalty.postings import Postings
from crosstie_loyalty.programme import Programme
from crosstie_loyalty.purchases import PurchaseTable


@attrs.frozen(kw_only=True)
class Loyalty(Programme):
    """A loyalty programme of one's own, kept in the state file."""

    kind: ClassVar[str] = "loyalty"
    streams_offered: ClassVar[tuple[str, ...] | None] = ("postings",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ("purchases",)
    events_offered: ClassVar[tuple[str, ...] | None] = (
        "points_earned",
        "points_expiring",
        "tier_reached",
    )
    usual_tables: ClassVar[Mapping[str, str]] = {"orders": "purchases"}
    settle: ClassVar[timedelta] = timedelta(0)
    """What was lost is seen at once: it is in the state, or it is not."""

    region: str | None = setting(
        "Country of phone numbers without one (ISO 3166, such as FR); else they need +",
        default=None,
    )

    def connect(self, env: Env) -> Live:
        """See `crosstie.Connector`; what is due by now is posted."""
        live = LoyaltyLive.of(self, env)
        live.points.settle()
        return live


@attrs.frozen
class LoyaltyLive:
    """A connected programme."""

    points: Points
    members: Members
    region: str

    @classmethod
    def of(cls, settings: Loyalty, env: Env) -> "LoyaltyLive":
        """The programme in the tables that the core lends."""
        members = Members(env, env.system)
        ledger = Ledger(env.store, env.system, env.clock)
        points = Points(settings, ledger, env.emit, lambda member: about(members, member))
        return cls(points, members, settings.region or "")

    def member(self, text: str) -> str:
        """The id of the member with this id, card number, phone or e-mail.

        Raises `RejectedError` where there is none, `AmbiguousError` where several have the e-mail.
        """
        found = self.members.get(text)
        if found is None and "@" in text:
            found = self.members.only(text)
        if found is None:
            found = self.members.by_card(re.sub(r"[\s.-]", "", text).upper())
        if found is None:
            with suppress(RejectedError):
                found = self.members.by_phone(phone_of(text, self.region))
        if found is None or found.erased is not None:
            raise RejectedError(f"{text!r} is no member's id, active card, phone or e-mail")
        return found.id

    def forget(self, text: str) -> int:
        """See `crosstie.Forgets`: whoever has this e-mail or phone is erased.

        What they had expires, notes are emptied, and amounts stay, under an id that says nothing.
        """
        return Erasing(self.members, self.region, self.points.erase).forget(text)

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`."""
        return {"postings": Postings(self.points.ledger)}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        return {"purchases": PurchaseTable(self.points, self.members)}

    def close(self) -> None:
        """See `crosstie.Live`: there is nothing to free."""


def about(members: Members, member: str) -> Mapping[str, Any]:
    """What events tell of a member, so that automations can write to them."""
    known = members.get(member)
    if known is None:
        return {}
    told = {
        "email": known.email,
        "mobile": known.phone,
        "firstname": known.firstname,
        "lastname": known.lastname,
    }
    return {name: text for name, text in told.items() if text is not None}
