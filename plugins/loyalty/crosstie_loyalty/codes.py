"""One-time codes: that whoever asks for a card holds the phone that it belongs to.

A code has six digits from a CSPRNG, is good for ten minutes and once, and only for the account that
asked, the card and the phone it was asked for: all these are in the HMAC that is kept instead of
the code, and the project's own secret is its key (OWASP ASVS 4.0.3 2.7.2 to 2.7.6).
An attempt is counted and committed before the code is compared, in constant time, so that no crash
and no number of threads gives a guess for free; after five wrong ones the code is dead.

Whether there is a card shows nowhere. A challenge for a card that does not exist is made, kept,
limited, tried and answered by the same statements and the same hashes as any other; it is merely
not `armed`, which is looked at after the code was compared.
"""

import hmac
from datetime import datetime
from secrets import randbelow
from uuid import uuid4

import attrs

from crosstie import Env, RejectedError
from crosstie_loyalty.challenges import Challenge, Challenges, Goal
from crosstie_loyalty.code_rules import Asks, CodeRules, Kind
from crosstie_loyalty.people import Account, Person
from crosstie_loyalty.sealing import sealed

WRONG = "this code is wrong, used up or too old: ask for a new one"


@attrs.frozen(kw_only=True)
class CodeRequest:
    """What a code is asked for: `phone` (E.164) and `card` as they were typed, at least one.

    `address` is where from (IP), where that is known.
    """

    account: Account
    goal: Goal
    phone: str | None
    card: str | None
    person: Person
    address: str | None
    once: str

    @property
    def askers(self) -> list[tuple[Kind, str]]:
        """Whose limits count, of those who know that they ask."""
        typed, account = self.card or self.phone or "", self.account
        known: list[tuple[Kind, str]] = [
            ("asked", typed),
            ("account", f"{account.identity} {account.key}"),
        ]
        return known if self.address is None else [*known, ("address", self.address)]


@attrs.frozen
class Asked:
    """The answer, whether there is such a card or not: a code typed before `expires` may be right.

    `challenge` is told back with the code.
    """

    challenge: str
    expires: datetime


@attrs.frozen
class Issued:
    """A new challenge's answer, its code, and whether the code goes out."""

    asked: Asked
    code: str = attrs.field(repr=False)
    armed: bool


@attrs.frozen
class Codes:
    """The codes of `programme`; all but `attempt` are called inside the caller's transaction."""

    env: Env
    programme: str
    rules: CodeRules

    def recall(self, request: CodeRequest) -> Asked | None:
        """What the same request was answered before, for a day.

        Raises `RejectedError` where only the `once` is the same.
        """
        known = self._challenges.answered(self._mark(request.once))
        if known is None:
            return None
        asked, challenge, expires = known
        if not hmac.compare_digest(asked, self._fingerprint(request)):
            raise RejectedError("this once was used with another request: another needs another")
        return Asked(challenge, expires)

    def issue(self, request: CodeRequest, reached: str | None) -> Issued:
        """A new code for the phone that it is to reach, None where there is nothing to be proven.

        Older codes of this account and of this phone are dead from now on.
        Raises `RejectedError` where whoever asks has to wait. A phone that was not typed and has
        had enough gets no code, and that is not told: it would tell that there is such a card.
        """
        now, asks = self.env.clock.now(), Asks(self.env, self.programme, self.rules)
        for kind, whom in request.askers:
            asks.check(kind, whom, now)
        phone = reached or request.phone
        target = phone or request.card or ""
        rested = asks.free_at("reached", target, now) <= now
        challenge = Challenge(
            id=str(uuid4()),
            account=request.account,
            goal=request.goal,
            phone=phone,
            card=request.card,
            person=request.person,
            armed=rested and reached is not None,
            created=now,
            expires=now + self.rules.lifetime,
        )
        code = f"{randbelow(10**6):06d}"
        asks.note([*request.askers, ("reached", target)], challenge.id, now)
        self._challenges.tidy()
        self._challenges.keep(
            attrs.evolve(challenge, mac=self._mac(challenge, code)),
            self._mark(request.once),
            self._fingerprint(request),
        )
        return Issued(Asked(challenge.id, challenge.expires), code, challenge.armed)

    def open(self, account: Account) -> Asked | None:
        """What an account has asked for and can still answer."""
        found = self._challenges.open(account, self.rules.attempts)
        return Asked(*found) if found else None

    def attempt(self, account: Account, challenge: str, code: str, once: str) -> Challenge | None:
        """Count an attempt, commit, then compare: the challenge if the code is right, else None.

        Not for inside a transaction, which could take the count back.
        The same `once` is one attempt; with another code it is refused.
        """
        mark, typed = self._mark(once), "".join(code.split())
        with self.env.store.transaction():
            known = self._challenges.known(account, challenge)
            counted = self._count(known.id if known else "", mark, typed)
        compared = known or Challenge(
            id=challenge,
            account=account,
            goal="activate",
            created=self.env.clock.now(),
            expires=self.env.clock.now(),
        )
        right = hmac.compare_digest(self._mac(compared, typed), compared.mac)
        again = known is not None and known.ended_by == mark
        return known if counted and (again or (right and compared.armed)) else None

    def spend(self, challenge: Challenge, once: str) -> bool:
        """Use up a code that was right; false where the same `once` has done so before.

        Raises `RejectedError` where another was faster, or its time is over.
        """
        mark = self._mark(once)
        if self._challenges.use_up(challenge.id, mark):
            return True
        known = self._challenges.known(challenge.account, challenge.id)
        if known is None or known.ended_by != mark:
            raise RejectedError(WRONG)
        return False

    def _count(self, challenge: str, mark: str, code: str) -> bool:
        """Whether this attempt is compared: it is the same as before, or one more is allowed."""
        tried = sealed(self.env, "attempts", self.programme, challenge, mark, code)
        before = self._challenges.attempts(challenge)
        if mark in before:
            if not hmac.compare_digest(before[mark], tried):
                raise RejectedError("this once was used with another code: another needs another")
            return True
        room = len(before) < self.rules.attempts
        return self._challenges.count(challenge, mark, tried, room=room)

    def _mac(self, challenge: Challenge, code: str) -> str:
        account = challenge.account
        return sealed(
            *(self.env, "codes", self.programme, challenge.id, account.identity, account.key),
            *(challenge.phone, challenge.card, code),
        )

    def _fingerprint(self, request: CodeRequest) -> str:
        account, told = request.account, request.person.text()
        return sealed(
            *(self.env, "requests", self.programme, account.identity, account.key, request.goal),
            *(request.phone, request.card, told),
        )

    def _mark(self, once: str) -> str:
        if not once:
            raise RejectedError("once is empty: it tells this request from others")
        return sealed(self.env, "once", self.programme, once)

    @property
    def _challenges(self) -> Challenges:
        return Challenges(self.env, self.programme)
