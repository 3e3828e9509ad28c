"""What is kept of codes under way: a challenge for each that was asked for, and its attempts.

`codes` says what is done with them; every method here is part of the caller's transaction.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import attrs

from crosstie import Env
from crosstie_loyalty.people import Account, Person, folded, person_of
from crosstie_loyalty.sealing import stamp

Goal = Literal["enrol", "activate"]
KEPT = timedelta(days=1)
COLUMNS = "id, identity, key, goal, phone, card, person, armed, mac, created, expires, ended_by"


@attrs.frozen(kw_only=True)
class Challenge:
    """A code that was asked for: by whom, and what is to be done when it comes back.

    One that is not `armed` is for nothing. What it was for is forgotten once it has ended, and
    `ended_by` tells what ended it.
    """

    id: str
    account: Account
    goal: Goal
    phone: str | None = None
    card: str | None = None
    person: Person = attrs.field(factory=Person)
    armed: bool = False
    mac: str = attrs.field(default="", repr=False)
    created: datetime
    expires: datetime
    ended_by: str | None = None


@attrs.frozen
class Challenges:
    """The challenges of `programme`."""

    env: Env
    programme: str

    def known(self, account: Account, challenge: str) -> Challenge | None:
        """The challenge with this id, if this account asked for it."""
        rows = self.env.store.query(
            f"SELECT {COLUMNS} FROM loyalty_challenges "  # noqa: S608 (our own columns)
            "WHERE programme = ? AND id = ? AND identity = ? AND key = ?",
            (self.programme, challenge, account.identity, account.key),
        )
        return _challenge(rows[0]) if rows else None

    def answered(self, once: str) -> tuple[str, str, datetime] | None:
        """What was asked with this `once`, with the id and the end of the challenge it made."""
        rows = self.env.store.query(
            "SELECT asked, id, expires FROM loyalty_challenges WHERE programme = ? AND once = ?",
            (self.programme, once),
        )
        return (rows[0][0], rows[0][1], datetime.fromisoformat(rows[0][2])) if rows else None

    def open(self, account: Account, attempts: int) -> tuple[str, datetime] | None:
        """The id and the end of what an account may still answer, with so many attempts each."""
        rows = self.env.store.query(
            "SELECT id, expires FROM loyalty_challenges c WHERE programme = ? AND identity = ? "
            "AND key = ? AND ended IS NULL AND expires > ? AND ? > (SELECT count(*) FROM "
            "loyalty_attempts a WHERE a.programme = c.programme AND a.challenge = c.id)",
            (self.programme, account.identity, account.key, self._now, attempts),
        )
        return (rows[0][0], datetime.fromisoformat(rows[0][1])) if rows else None

    def keep(self, challenge: Challenge, once: str, asked: str) -> None:
        """Keep a new challenge in place of all that this account asked for, or anybody for this
        phone; those are dead from now on."""
        account = challenge.account
        self._end(
            "((identity = ? AND key = ?) OR phone = ?)",
            *("", account.identity, account.key, challenge.phone),
        )
        self.env.store.change(
            "INSERT INTO loyalty_challenges (programme, once, asked, folded, id, identity, key, "
            "goal, phone, card, person, armed, mac, created, expires) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self.programme, once, asked, folded(challenge.person.email), challenge.id),
                *(account.identity, account.key, challenge.goal, challenge.phone, challenge.card),
                *(challenge.person.text(), challenge.armed, challenge.mac),
                *(stamp(challenge.created), stamp(challenge.expires)),
            ),
        )

    def attempts(self, challenge: str) -> dict[str, str]:
        """What was tried, by the `once` of the attempt."""
        rows = self.env.store.query(
            "SELECT once, tried FROM loyalty_attempts WHERE programme = ? AND challenge = ?",
            (self.programme, challenge),
        )
        return dict(rows)

    def count(self, challenge: str, once: str, tried: str, *, room: bool) -> bool:
        """Count one more attempt; false where there is no `room` or nothing to try."""
        return 0 < self.env.store.change(
            "INSERT INTO loyalty_attempts (programme, challenge, once, tried, at) "
            "SELECT programme, id, ?, ?, ? FROM loyalty_challenges WHERE programme = ? "
            "AND id = ? AND ended IS NULL AND expires > ? AND ?",
            (once, tried, self._now, self.programme, challenge, self._now, room),
        )

    def use_up(self, challenge: str, once: str) -> bool:
        """End a challenge that can still be answered; whether this one call did."""
        return 0 < self._end("id = ? AND expires > ?", once, challenge, self._now)

    def tidy(self) -> None:
        """Drop what ended over a day ago."""
        before = stamp(self.env.clock.now() - KEPT)
        for table, column in (("challenges", "expires"), ("attempts", "at")):
            self.env.store.change(
                f"DELETE FROM loyalty_{table} WHERE programme = ? AND {column} <= ?",  # noqa: S608
                (self.programme, before),
            )

    def _end(self, test: str, once: str, *values: str | None) -> int:
        """End the challenges that pass a test, and forget what they were for; how many."""
        return self.env.store.change(
            "UPDATE loyalty_challenges SET ended = ?, ended_by = ?, phone = NULL, "  # noqa: S608
            "card = NULL, folded = NULL, person = NULL "
            f"WHERE programme = ? AND ended IS NULL AND {test}",
            (self._now, once, self.programme, *values),
        )

    @property
    def _now(self) -> str:
        return stamp(self.env.clock.now())


def _challenge(row: tuple[Any, ...]) -> Challenge:
    challenge, identity, key, goal, phone, card, person, armed, mac, created, expires, by = row
    return Challenge(
        id=challenge,
        account=Account(identity=identity, key=key),
        goal=goal,
        phone=phone,
        card=card,
        person=person_of(person) if person else Person(),
        armed=bool(armed),
        mac=mac,
        created=datetime.fromisoformat(created),
        expires=datetime.fromisoformat(expires),
        ended_by=by,
    )
