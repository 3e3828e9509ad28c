"""A programme on a simulated clock, with a phone network that keeps what was sent."""

import re
from collections.abc import Callable

import attrs

from crosstie import RejectedError
from crosstie.testing import Surroundings
from crosstie_loyalty.cards import CardNumbers
from crosstie_loyalty.code_rules import CodeRules
from crosstie_loyalty.enrolment import Enrolment
from crosstie_loyalty.joining import Enrolled
from crosstie_loyalty.people import Account, Person

ADA = Account(identity="shop", key="42")
EVE = Account(identity="shop", key="66")
GUEST = Account(identity="shop", key="guest 17")
PHONE, OTHER = "+33612345678", "+33698765432"
WRONG = "this code is wrong, used up or too old"


def refused(deed: Callable[..., object], *arguments: object, told: str = WRONG) -> bool:
    """Whether a deed is refused, in these words."""
    try:
        deed(*arguments)
    except RejectedError as error:
        if told not in str(error):
            raise
        return True
    return False


@attrs.define
class Phones:
    """Every phone there is: who got what, under which `once`."""

    got: list[tuple[str, str, str]] = attrs.field(factory=list)

    def send(self, phone: str, text: str, once: str) -> None:
        """Deliver an SMS."""
        self.got.append((phone, text, once))


@attrs.define
class Club:
    """A programme with its phones; `gifts` are the members who were welcomed."""

    env: Surroundings
    phones: Phones = attrs.field(factory=Phones)
    gifts: list[str] = attrs.field(factory=list)
    rules: CodeRules = attrs.field(factory=lambda: CodeRules(text="Your code is {code}"))
    _open: list[Enrolment] = attrs.field(factory=list)

    @property
    def desk(self) -> Enrolment:
        """The operations; the same ones until somebody looks at what was sent."""
        if not self._open:
            made = Enrolment.of(
                self.env,
                "club",
                region="FR",
                numbers=CardNumbers(),
                rules=self.rules,
                send=self.phones.send,
                on_enrolled=self.gifts.append,
            )
            self._open.append(made)
        return self._open[0]

    def sent(self) -> list[tuple[str, str]]:
        """The phones that got a code, with it, once every errand is done."""
        self.close()
        return [(phone, re.findall(r"\d{6}", text)[0]) for phone, text, _ in self.phones.got]

    def code(self) -> str:
        """The newest code."""
        return self.sent()[-1][1]

    def wrong(self) -> str:
        """A code that is not the newest one."""
        return f"{(int(self.code()) + 1) % 10**6:06d}"

    def member(self, phone: str = PHONE, **told: str) -> Enrolled:
        """Somebody who got a card in a store."""
        return self.desk.register(Person(phone=phone, **told), once=f"till {phone}")  # type: ignore[arg-type]  # texts only

    def close(self) -> None:
        """Wait for the errands."""
        while self._open:
            self._open.pop().close()
