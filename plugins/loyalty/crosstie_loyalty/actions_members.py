"""What automations, and people by hand, can do with members and their cards."""

from datetime import date
from typing import Any, ClassVar, Protocol

import attrs

from crosstie import Row, setting
from crosstie_loyalty.enrolment import Enrolment
from crosstie_loyalty.people import Person, folded


class Enrols(Protocol):
    """A connected programme, as far as these actions use it."""

    @property
    def enrolment(self) -> Enrolment:
        """The operations on members."""


@attrs.frozen
class Enroll:
    """Makes somebody a member, with a card and the welcome gift; who is one already stays so.

    The phone is taken for theirs: it needs proof elsewhere. What is told of somebody who was a
    member before is no more than the e-mail's owner may know: the card only if it is their e-mail.
    """

    name: ClassVar[str] = "enroll"
    on: ClassVar[str] = "loyalty"
    repeats: ClassVar[bool] = True

    email: str | None = setting("E-mail; needed where there is no phone", default=None)
    phone: str | None = setting(
        "Phone, with + and country code or as written in the country", default=None
    )
    country: str | None = setting(
        "Country of a phone without a country code, as in FR; the programme's if not set",
        default=None,
    )
    firstname: str | None = setting("First name", default=None)
    lastname: str | None = setting("Last name", default=None)
    birthday: date | None = setting("Day of birth", default=None)
    consent: tuple[str, ...] = setting(
        "What they agreed to, such as email or sms; nothing if not set", default=()
    )
    origin: str = setting("Where they agreed, as it is kept with it", default="automation")

    def run(self, system: Enrols, once: str) -> Row:
        """Enrol, or find the member; `card` is None where it may be told to nobody."""
        told = attrs.asdict(self)
        person = Person(**{**told, "consent": dict.fromkeys(self.consent, True)})
        enrolment = system.enrolment
        enrolled = enrolment.register(person, once)
        member = enrolment.members.get(enrolled.member)
        known = member is not None and folded(member.email) == folded(self.email)
        card = enrolled.card if enrolled.created or (self.email and known) else None
        return {"member": enrolled.member, "card": card, "created": enrolled.created}


@attrs.frozen
class BlockCard:
    """Takes a card out of use."""

    name: ClassVar[str] = "block_card"
    on: ClassVar[str] = "loyalty"
    repeats: ClassVar[bool] = True

    card: str = setting("The number on it")

    def run(self, system: Enrols, once: str) -> Row:
        """Block; a card that is blocked stays so."""
        cards = system.enrolment.cards
        return attrs.asdict(cards.block(cards.numbers.read(self.card)))


@attrs.frozen
class UnblockCard:
    """Takes a blocked card into use again."""

    name: ClassVar[str] = "unblock_card"
    on: ClassVar[str] = "loyalty"
    repeats: ClassVar[bool] = True

    card: str = setting("The number on it")

    def run(self, system: Enrols, once: str) -> Row:
        """Unblock; a card that is in use stays so."""
        cards = system.enrolment.cards
        return attrs.asdict(cards.unblock(cards.numbers.read(self.card)))


@attrs.frozen
class ReplaceCard:
    """Gives a member a new card for a lost one, whose number is worth nothing from then on."""

    name: ClassVar[str] = "replace_card"
    on: ClassVar[str] = "loyalty"
    repeats: ClassVar[bool] = True

    card: str = setting("The number of the lost card")

    def run(self, system: Enrols, once: str) -> Row:
        """Replace; for a card that was replaced, tell the new one."""
        cards = system.enrolment.cards
        return attrs.asdict(cards.replace(cards.numbers.read(self.card)))


MEMBER_ACTIONS: list[type[Any]] = [Enroll, BlockCard, UnblockCard, ReplaceCard]
