"""Enrolling, and activating a card that was opened elsewhere: what a shop's pages and tills call.

On a page anybody can type anybody's phone. So nothing is linked with a phone before its holder has
typed the code that was sent to it::

    asked = enrolment.enrol(account, Person(phone="06 12 34 56 78"), once="cart 17")
    enrolment.state_of(account)                         # CODE_NEEDED
    enrolment.confirm(account, asked.challenge, "123456", once="cart 17, try 1")

The answer to `enrol` and to `activate` is the same whether there is a card on that number or not,
and so is the work: each looks up the same, and `codes` and `courier` do the rest alike.
A code that is confirmed links the card that exists on the number, else (`enrol`) makes a new one.

`register` is for those who are trusted with a phone: staff at a till, an automation's author.
No operation is called inside a transaction of the store; done again with the same `once` each has
one effect and the same answer (those with codes within a day).
"""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Self

import attrs

from crosstie import Env, RejectedError
from crosstie_loyalty.cards import Card, CardNumbers, Cards
from crosstie_loyalty.code_rules import CodeRules
from crosstie_loyalty.codes import WRONG, Asked, CodeRequest, Codes
from crosstie_loyalty.courier import Courier, Errand, Send
from crosstie_loyalty.joining import Enrolled, Joining
from crosstie_loyalty.members import Member, Members
from crosstie_loyalty.people import Account, Person, is_email, text_of
from crosstie_loyalty.phones import phone_of, takes_sms

SOME_MOBILE = "+33612345678"
"""What is looked at where there is no phone to look at, for the same work."""


class Status(StrEnum):
    """How it stands with the card of an account."""

    ACTIVATED = "activated"
    NOT_ACTIVATED = "not activated"
    CODE_NEEDED = "code needed"


@attrs.frozen
class Enrolment:
    """The operations of one programme; `region` is its country (ISO 3166)."""

    env: Env
    region: str
    members: Members
    cards: Cards
    codes: Codes
    courier: Courier
    joining: Joining

    @classmethod
    def of(
        cls,
        env: Env,
        programme: str,
        *,
        region: str,
        numbers: CardNumbers,
        rules: CodeRules,
        send: Send,
        on_enrolled: Callable[[str], object],
    ) -> Self:
        """The operations on `env`. `send` is called from threads of its own.

        `on_enrolled` is called with the id of each new member, in the transaction that makes them
        one: the welcome gift comes with it, or neither does.
        """
        members, cards = Members(env, programme), Cards(env, programme, numbers)
        return cls(
            env=env,
            region=region,
            members=members,
            cards=cards,
            codes=Codes(env, programme, rules),
            courier=Courier(send, env.log),
            joining=Joining(env, members, cards, on_enrolled),
        )

    def member(self, text: str) -> Member:
        """Who is meant by an id, the number of an active card, a phone or an e-mail.

        Raises `RejectedError` where nobody is, `AmbiguousError` for an e-mail that several have.
        For those who may know: staff, and what a programme's owner has written.
        """
        told = text_of("member", text) or ""
        if is_email(told):
            found = self.members.only(told)
        else:
            found = self.members.get(told) or self._by_card(told) or self._by_phone(told)
        if found is None or found.erased is not None:
            raise RejectedError(f"{self.members.programme}: nobody has {told!r}")
        return found

    def close(self) -> None:
        """Send what is still to be sent."""
        self.courier.close()

    def state_of(self, account: Account) -> Status:
        """Whether an account has its card, has to type a code, or neither.

        It never depends on whether a card exists that has not been proven to be the account's.
        """
        if self.members.by_account(account) is not None:
            return Status.ACTIVATED
        return Status.CODE_NEEDED if self.codes.open(account) else Status.NOT_ACTIVATED

    def offered(self, account: Account) -> bool:
        """Whether to offer a card: not to who has one, or still has to type the code for one."""
        return self.state_of(account) is Status.NOT_ACTIVATED

    def asked(self, account: Account) -> Asked | None:
        """The code that an account still has to type."""
        return self.codes.open(account)

    def enrol(
        self, account: Account, person: Person, once: str, *, address: str | None = None
    ) -> Asked:
        """Ask to become a member: from an account, or during an order without one.

        A code goes to `person.phone`; confirmed, the account has a card: the one that exists on
        that number, else a new one.
        Raises `RejectedError` for an account that has a card, for a phone that gets no SMS, and
        where whoever asks has to wait.
        """
        told = self._with_mobile(person)
        if told.phone is None:
            raise RejectedError("a mobile number is needed: a code is sent to it")
        return self._ask(
            CodeRequest(
                account=account,
                goal="enrol",
                phone=told.phone,
                card=None,
                person=told,
                address=address,
                once=once,
            )
        )

    def activate(
        self,
        account: Account,
        person: Person,
        once: str,
        *,
        card: str | None = None,
        address: str | None = None,
    ) -> Asked:
        """Ask for a card that was opened elsewhere, by its number, by `person.phone`, or both.

        A code goes to its member's phone. For a plastic card that was handed out without a name
        both are needed: the code goes to the phone, and confirmed, the card is its holder's.
        Where there is no such card no SMS goes out, and nothing else differs.
        Raises as `enrol`, and for a number that was misread.
        """
        told = self._with_mobile(person)
        number = self.cards.numbers.read(card) if card else None
        if told.phone is None and number is None:
            raise RejectedError("a card is found by its number or by the phone: tell one of them")
        return self._ask(
            CodeRequest(
                account=account,
                goal="activate",
                phone=told.phone,
                card=number,
                person=told,
                address=address,
                once=once,
            )
        )

    def confirm(self, account: Account, challenge: str, code: str, once: str) -> Enrolled:
        """Link the card that was asked for with the account that asked, given the right code.

        Raises `RejectedError`, with one and the same text, for a code that is wrong, somebody
        else's, used up or too old, and for every code where there was no such card.
        """
        right = self.codes.attempt(account, text_of("challenge", challenge) or "", code, once)
        if right is None:
            raise RejectedError(WRONG)
        with self.env.store.transaction():
            first = self.codes.spend(right, once)
            return self.joining.link(right) if first else self.joining.linked(right)

    def register(self, person: Person, once: str, *, card: str | None = None) -> Enrolled:
        """Make somebody a member whose phone and e-mail need no proof, as at a till.

        The phone is who a member is; the e-mail is only where no phone is told. Who is a member
        already stays as known. With `card` they get this plastic card, which has to be new.
        """
        told = person.tidied(self.region)
        plastic = self.cards.numbers.read(card) if card else None
        if told.phone is None and told.email is None:
            raise RejectedError("a member needs a phone or an e-mail")
        with self.env.store.transaction():
            member = self._already(told)
            if member is None:
                member = self.joining.make(told, once, plastic)
            elif plastic is not None:
                self.cards.hand_over(plastic, member.id)
            return self.joining.enrolled(member, once)

    def _by_card(self, text: str) -> Member | None:
        with suppress(RejectedError):
            return self.members.by_card(self.cards.numbers.read(text))
        return None

    def _by_phone(self, text: str) -> Member | None:
        with suppress(RejectedError):
            return self.members.by_phone(phone_of(text, self.region))
        return None

    def _already(self, told: Person) -> Member | None:
        if told.phone is not None:
            return self.members.by_phone(told.phone)
        return self.members.only(told.email or "")

    def _with_mobile(self, person: Person) -> Person:
        told = person.tidied(self.region)
        if told.phone is not None and not takes_sms(told.phone):
            raise RejectedError(f"{told.phone} is no mobile number: a code is sent to it")
        return told

    def _ask(self, request: CodeRequest) -> Asked:
        with self.env.store.transaction():
            if known := self.codes.recall(request):
                return known
            if self.members.by_account(request.account) is not None:
                raise RejectedError("this account has a card already")
            reached = self._reached(request)
            issued = self.codes.issue(request, reached)
        text = self.codes.rules.text.replace("{code}", issued.code)
        phone, once = reached if issued.armed else None, f"code {issued.asked.challenge}"
        self.courier.post(Errand(phone, text, issued.code, once))
        return issued.asked

    def _reached(self, request: CodeRequest) -> str | None:
        """The phone that proves what is asked for; None where nothing does.

        Everything is looked up in any case, so that it takes the same time.
        """
        by_phone = self.members.by_phone(request.phone or "")
        card = self.cards.find(request.card or "")
        owner = self.members.get((card and card.member) or "")
        if request.goal == "enrol":
            phone = request.phone
        elif request.card is None:
            phone = by_phone.phone if by_phone else None
        else:
            phone = _of_card(card, owner, request.phone)
        return phone if takes_sms(phone or request.phone or SOME_MOBILE) else None


def _of_card(card: Card | None, owner: Member | None, typed: str | None) -> str | None:
    """The phone that proves that a card is somebody's: its member's, or theirs if it is new."""
    if card is None or card.state == "new":
        return typed if card else None
    if card.state != "active" or owner is None or typed not in {None, owner.phone}:
        return None
    return owner.phone
