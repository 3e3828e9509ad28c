"""Cards: numbers that cannot be guessed or misread, and what becomes of them::

    cards = Cards(env, "loyalty", CardNumbers(prefix="9", length=16))
    cards.issue(member)                          # a card on the phone
    cards.stock(500)                             # numbers for a print shop: plastic, new
    cards.hand_over("9123 4567 8901 2349", member)

A number is text: leading zeros are part of it.
Its last digit checks the others after Luhn, as ISO/IEC 7812-1 annex B describes for identification
cards, because tills and web shops know it already. It catches every wrong digit and every swap of
two neighbours except 09 for 90.
"""

import re
from collections.abc import Iterable
from secrets import randbelow
from typing import Any, Literal

import attrs

from crosstie import Env, RejectedError
from crosstie_loyalty.sealing import stamp

State = Literal["new", "active", "blocked", "replaced"]
FOREIGN = re.compile(r"[0-9A-Z]{4,32}", re.ASCII)
SHORTEST, LONGEST = 10, 19
FEWEST_RANDOM = 8


def check_digit(digits: str) -> str:
    """The digit that makes a card number of these: ISO/IEC 7812-1, annex B."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits), 1)]
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


@attrs.frozen
class CardNumbers:
    """What the programme's own numbers look like.

    `prefix` begins each (9, which ISO/IEC 7812 leaves to national use, so that no bank card begins
    like it), `length` counts all digits, with the prefix and the check digit.
    Raises ValueError, with a sentence, for numbers that could be guessed.
    """

    prefix: str = "9"
    length: int = 16

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]*", self.prefix, re.ASCII):
            raise ValueError(f"the prefix of card numbers is digits, not {self.prefix!r}")
        if not SHORTEST <= self.length <= LONGEST:
            raise ValueError(f"a card number has {SHORTEST} to {LONGEST} digits, not {self.length}")
        if self.length - 1 - len(self.prefix) < FEWEST_RANDOM:
            raise ValueError(
                f"{self.length} digits with the prefix {self.prefix!r} could be guessed: leave at "
                f"least {FEWEST_RANDOM} between the prefix and the check digit"
            )

    def draw(self) -> str:
        """A number that nobody could foresee."""
        places = self.length - 1 - len(self.prefix)
        digits = f"{self.prefix}{randbelow(10**places):0{places}d}"
        return digits + check_digit(digits)

    def read(self, text: str) -> str:
        """The number that was typed or scanned, without blanks and dashes.

        Raises `RejectedError` for what is no number, and for one of ours that was misread; whether
        there is such a card is not looked up. Cards printed elsewhere look otherwise, and pass.
        """
        number = re.sub(r"[\s.\-]", "", text[: 2 * LONGEST]).upper()
        if not FOREIGN.fullmatch(number):
            raise RejectedError(f"{text[: 2 * LONGEST]!r} is no card number")
        if self._is_like_ours(number) and check_digit(number[:-1]) != number[-1]:
            raise RejectedError(f"{number} is misread: a digit is wrong, or two are swapped")
        return number

    def _is_like_ours(self, number: str) -> bool:
        return number.isdigit() and len(number) == self.length and number.startswith(self.prefix)


@attrs.frozen
class Card:
    """A card; a `new` one waits in a store and has no member, a `replaced` one knows the next."""

    number: str
    member: str | None
    state: State
    replaced_by: str | None


@attrs.frozen
class Cards:
    """The cards of `programme`. Numbers that are given here have been `CardNumbers.read`."""

    env: Env
    programme: str
    numbers: CardNumbers

    def find(self, number: str) -> Card | None:
        """The card with this number, whatever its state."""
        return self._one("number = ?", number)

    def of(self, member: str) -> Card | None:
        """The card of a member: an active one, or a blocked one that nothing replaces yet."""
        return self._one("state IN ('active', 'blocked') AND member = ?", member)

    def stock(self, count: int) -> list[str]:
        """So many numbers for plastic cards, known from now on as new."""
        with self.env.store.transaction():
            return [self._draw(None, "new") for _ in range(count)]

    def receive(self, numbers: Iterable[str]) -> int:
        """Get to know plastic cards that were printed elsewhere; how many were not known before."""
        now, read = stamp(self.env.clock.now()), [self.numbers.read(one) for one in numbers]
        with self.env.store.transaction():
            return sum(self._add(number, None, "new", now) for number in read)

    def issue(self, member: str) -> Card:
        """The member's card; a new number where there is none."""
        with self.env.store.transaction():
            return self.of(member) or self._got(self._draw(member, "active"))

    def hand_over(self, number: str, member: str) -> Card:
        """Make a plastic card that waited in a store the member's card, in place of an older one.

        Done again, it changes nothing. Raises `RejectedError` for a card that is not new.
        """
        with self.env.store.transaction():
            card = self.find(number)
            if card == Card(number, member, "active", None):
                return self._got(number)
            if card is None or card.state != "new":
                raise RejectedError(f"{self.programme}: {number} is no card that can be given out")
            if old := self.of(member):
                self._set(old.number, "replaced", number)
            self.env.store.change(
                "UPDATE loyalty_cards SET member = ?, state = 'active', changed = ? "
                "WHERE programme = ? AND number = ?",
                (member, stamp(self.env.clock.now()), self.programme, number),
            )
            return self._got(number)

    def block(self, number: str) -> Card:
        """Take a card out of use until it is unblocked or replaced."""
        return self._turn(number, "active", "blocked")

    def unblock(self, number: str) -> Card:
        """Take a blocked card into use again."""
        return self._turn(number, "blocked", "active")

    def replace(self, number: str) -> Card:
        """A new card for a lost one, which is of no use from now on; done again, the same card."""
        with self.env.store.transaction():
            card = self._got(number)
            if card.replaced_by is not None:
                return self._got(card.replaced_by)
            if card.member is None or card.state not in {"active", "blocked"}:
                raise RejectedError(f"{self.programme}: {number} is {card.state} and nobody's")
            self._set(number, "replaced", None)
            new = self._draw(card.member, "active")
            self._set(number, "replaced", new)
            return self._got(new)

    def _turn(self, number: str, before: State, after: State) -> Card:
        with self.env.store.transaction():
            card = self._got(number)
            if card.state not in {before, after} or card.member is None:
                raise RejectedError(
                    f"{self.programme}: {number} is {card.state}, and only a card that is {before} "
                    f"becomes {after}"
                )
            self._set(number, after, None)
            return self._got(number)

    def _draw(self, member: str | None, state: State) -> str:
        """Add a card with a number that no card has had."""
        now = stamp(self.env.clock.now())
        while not self._add(number := self.numbers.draw(), member, state, now):
            continue
        return number

    def _add(self, number: str, member: str | None, state: State, now: str) -> int:
        return self.env.store.change(
            "INSERT INTO loyalty_cards (programme, number, member, state, changed) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (programme, number) DO NOTHING",
            (self.programme, number, member, state, now),
        )

    def _set(self, number: str, state: State, replaced_by: str | None) -> None:
        self.env.store.change(
            "UPDATE loyalty_cards SET state = ?, replaced_by = ?, changed = ? "
            "WHERE programme = ? AND number = ?",
            (state, replaced_by, stamp(self.env.clock.now()), self.programme, number),
        )

    def _got(self, number: str) -> Card:
        card = self.find(number)
        if card is None:
            raise RejectedError(f"{self.programme}: there is no card {number}")
        return card

    def _one(self, test: str, value: str) -> Card | None:
        rows: list[tuple[Any, ...]] = self.env.store.query(
            "SELECT number, member, state, replaced_by FROM loyalty_cards "  # noqa: S608
            f"WHERE programme = ? AND {test}",
            (self.programme, value),
        )
        return Card(*rows[0]) if rows else None
