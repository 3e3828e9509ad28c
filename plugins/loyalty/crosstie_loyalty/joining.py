"""What happens when somebody becomes a member, or a member's card comes to an account.

Every method is part of the caller's transaction: member, card, welcome gift and events are kept
together, or none is.
"""

from collections.abc import Callable
from datetime import datetime

import attrs

from crosstie import Env, Event, RejectedError
from crosstie_loyalty.cards import Card, Cards
from crosstie_loyalty.challenges import Challenge
from crosstie_loyalty.codes import WRONG
from crosstie_loyalty.members import Member, Members
from crosstie_loyalty.people import Account, Person


@attrs.frozen
class Enrolled:
    """A member with their card; `created` where this made them a member."""

    member: str
    card: str | None
    created: bool


@attrs.frozen
class Joining:
    """Makes members and links them; `on_enrolled` gets the id of each new one."""

    env: Env
    members: Members
    cards: Cards
    on_enrolled: Callable[[str], object]

    def make(
        self, person: Person, once: str, plastic: str | None = None, agreed: datetime | None = None
    ) -> Member:
        """A new member with a card, which is `plastic` if they hold one; what `once` made before.

        `agreed` is when the consent was given, now unless told.
        """
        member, new = self.members.add(person, once)
        if new:
            self._card(member.id, plastic)
            self.members.agree(member.id, person.consent, person.origin, agreed)
            self._tell("member_enrolled", member, member.id)
            self.on_enrolled(member.id)
        return member

    def link(self, challenge: Challenge) -> Enrolled:
        """Do what a challenge was for whose code was right: its phone is the account's.

        Raises `RejectedError` where the card has meanwhile become another's.
        """
        member = self.members.by_phone(challenge.phone or "")
        card = self.cards.find(challenge.card or "")
        plastic = card.number if card is not None and card.state == "new" else None
        if plastic is None and not _is_still(challenge, card, member):
            raise RejectedError(WRONG)
        known, agreed = member is not None, challenge.created
        if member is None:
            member = self.make(challenge.person, made_by(challenge), plastic, agreed)
        else:
            self._card(member.id, plastic)
            member = self.members.fill(member.id, challenge.person)
            self.members.agree(member.id, challenge.person.consent, challenge.person.origin, agreed)
        self.members.link(member.id, challenge.account)
        if known or plastic:
            self._tell("card_activated", member, challenge.id, challenge.account)
        return self.enrolled(member, made_by(challenge))

    def linked(self, challenge: Challenge) -> Enrolled:
        """What `link` answered before."""
        member = self.members.by_account(challenge.account)
        if member is None:
            raise RejectedError(WRONG)
        return self.enrolled(member, made_by(challenge))

    def enrolled(self, member: Member, once: str) -> Enrolled:
        """How it stands with a member, for whoever came with this `once`."""
        card = self.cards.of(member.id)
        return Enrolled(
            member.id, card.number if card else None, created=member.once == self.members.mark(once)
        )

    def _card(self, member: str, plastic: str | None) -> Card:
        return self.cards.hand_over(plastic, member) if plastic else self.cards.issue(member)

    def _tell(
        self, kind: str, member: Member, version: str, account: Account | None = None
    ) -> None:
        card = self.cards.of(member.id)
        data = {
            "member": member.id,
            "card": card and card.number,
            "mobile": member.phone,
            "email": member.email,
            "firstname": member.firstname,
            "lastname": member.lastname,
            "account": account and {"system": account.identity, "key": account.key},
        }
        self.env.emit([Event(kind, member.id, version, data, at=self.env.clock.now())])


def made_by(challenge: Challenge) -> str:
    """The `once` of a member whom a confirmed code made."""
    return f"code {challenge.id}"


def _is_still(challenge: Challenge, card: Card | None, member: Member | None) -> bool:
    """Whether what the code was sent for still is so: a card may be blocked, a member erased."""
    if challenge.goal == "enrol":
        return True
    if member is None or challenge.card is None:
        return member is not None
    return card is not None and card.state == "active" and card.member == member.id
