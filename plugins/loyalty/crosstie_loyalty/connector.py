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
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import attrs

from crosstie import Env, Live, Stream, Table, UnavailableError, setting
from crosstie_loyalty.cards import CardNumbers
from crosstie_loyalty.code_rules import CodeRules
from crosstie_loyalty.enrolment import Enrolment
from crosstie_loyalty.erasing import Erasing
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.members import Members
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
        "member_enrolled",
        "card_activated",
    )
    usual_tables: ClassVar[Mapping[str, str]] = {"orders": "purchases"}
    settle: ClassVar[timedelta] = timedelta(0)
    """What was lost is seen at once: it is in the state, or it is not."""

    region: str | None = setting(
        "Country of phone numbers without one (ISO 3166, such as FR); else they need +",
        default=None,
    )
    card_prefix: str = setting("What the numbers of new cards begin with", default="9")
    card_length: int = setting("Digits of the numbers of new cards", default=16)

    @property
    def numbers(self) -> CardNumbers:
        """What the numbers of new cards look like; raises ValueError for what they may not."""
        return CardNumbers(self.card_prefix, self.card_length)

    def mistakes(self) -> Iterator[str]:
        """See `Programme`."""
        yield from super().mistakes()
        try:
            _ = self.numbers
        except ValueError as error:
            yield str(error)
        if self.region is not None and not re.fullmatch("[A-Z]{2}", self.region):
            yield f'region is an ISO 3166 code such as "FR", not {self.region!r}'

    def connect(self, env: Env) -> Live:
        """See `crosstie.Connector`; what is due by now is posted."""
        live = LoyaltyLive.of(self, env)
        live.points.settle()
        return live


@attrs.frozen
class LoyaltyLive:
    """A connected programme: its points, and the operations on its members."""

    points: Points
    enrolment: Enrolment

    @classmethod
    def of(cls, settings: Loyalty, env: Env) -> "LoyaltyLive":
        """The programme in the tables that the core lends."""
        members = Members(env, env.system)
        ledger = Ledger(env.store, env.system, env.clock)
        points = Points(settings, ledger, env.emit, lambda member: about(members, member))
        enrolment = Enrolment.of(
            env,
            env.system,
            region=settings.region or "",
            numbers=settings.numbers,
            rules=CodeRules(),
            send=unsent,
            on_enrolled=points.greet,
        )
        return cls(points, enrolment)

    def member(self, text: str) -> str:
        """The id of the member with this id, card number, phone or e-mail.

        Raises `RejectedError` where there is none, `AmbiguousError` where several have the e-mail.
        """
        return self.enrolment.member(text).id

    def forget(self, text: str) -> int:
        """See `crosstie.Forgets`: whoever has this e-mail or phone is erased.

        What they had expires, notes are emptied, and amounts stay, under an id that says nothing.
        """
        erasing = Erasing(self.enrolment.members, self.enrolment.region, self.points.erase)
        return erasing.forget(text)

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`."""
        return {"postings": Postings(self.points.ledger)}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        return {"purchases": PurchaseTable(self.points, self.enrolment.members)}

    def close(self) -> None:
        """See `crosstie.Live`."""
        self.enrolment.close()


def unsent(phone: str, text: str, once: str) -> object:
    """Refuse to send a code."""
    raise UnavailableError("there is no SMS service that could carry codes")


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
