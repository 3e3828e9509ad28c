"""The members of one programme: who they are, what they agreed to, and where they shop::

    members = Members(env, "loyalty")
    members.find("shop", "42", "ada@example.com")    # who placed this order

A phone number is one member's. An e-mail need not be: families share one.
Writes are for callers that are trusted with whom they write about (the till, the programme itself);
what a shop's page may do is in `enrolment`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import attrs

from crosstie import AmbiguousError, Env, RejectedError
from crosstie_loyalty.people import Account, Person, folded
from crosstie_loyalty.sealing import sealed, stamp

COLUMNS = "m.id, m.phone, m.email, m.firstname, m.lastname, m.birthday, m.created, m.erased, m.once"


@attrs.frozen
class Member:
    """A member as known; one that is `erased` has an id, and nothing else."""

    id: str
    phone: str | None
    email: str | None
    firstname: str | None
    lastname: str | None
    birthday: date | None
    created: datetime
    erased: datetime | None
    once: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Consent:
    """What a member last said about one use of their data, when, and from where."""

    given: bool
    at: datetime
    origin: str


@attrs.frozen
class Members:
    """Finds and keeps the members of `programme`."""

    env: Env
    programme: str

    def get(self, member: str) -> Member | None:
        """The member with this id, also an erased one."""
        return self._one("m.id = ?", member)

    def by_phone(self, phone: str) -> Member | None:
        """Whose number, in E.164, this is."""
        return self._one("m.phone = ?", phone)

    def by_card(self, number: str) -> Member | None:
        """Whose card this is, as long as it is active."""
        rows = self.env.store.query(
            f"SELECT {COLUMNS} FROM loyalty_cards c JOIN loyalty_members m "  # noqa: S608
            "ON m.programme = c.programme AND m.id = c.member "
            "WHERE c.programme = ? AND c.number = ? AND c.state = 'active'",
            (self.programme, number),
        )
        return _member(rows[0]) if rows else None

    def by_email(self, email: str) -> list[Member]:
        """All who have this e-mail, oldest first; their case does not matter."""
        return self._all("m.folded = ?", folded(email) or "")

    def by_account(self, account: Account) -> Member | None:
        """Who is linked with a shop's customer."""
        rows = self.env.store.query(
            f"SELECT {COLUMNS} FROM loyalty_accounts a JOIN loyalty_members m "  # noqa: S608
            "ON m.programme = a.programme AND m.id = a.member "
            "WHERE a.programme = ? AND a.identity = ? AND a.key = ?",
            (self.programme, account.identity, account.key),
        )
        return _member(rows[0]) if rows else None

    def find(self, identity: str, key: str | None, email: str | None) -> Member | None:
        """Who a shop's customer is: the member linked with it, else the one with this e-mail.

        For giving points, not for showing anything: a shop's e-mails are mostly not proven.
        Raises `AmbiguousError` where several members have the e-mail and none is linked.
        """
        if key is not None:
            linked = self.by_account(Account(identity=identity, key=key))
            if linked is not None:
                return linked
        return self.only(email) if email else None

    def only(self, email: str) -> Member | None:
        """The one member with this e-mail; `AmbiguousError` where there are several."""
        known = self.by_email(email)
        if len(known) > 1:
            ids = ", ".join(member.id for member in known)
            raise AmbiguousError(
                f"{self.programme}: several members have this e-mail: {ids}; link the right one "
                "with the shop's customer, or change the others"
            )
        return known[0] if known else None

    def add(self, person: Person, once: str) -> tuple[Member, bool]:
        """A new member, and true; the one that this `once` made, and false.

        `person` is tidied. Raises `RejectedError` where the phone is another member's.
        """
        mark = self.mark(once)
        with self.env.store.transaction():
            if known := self._all("m.once = ?", mark):
                return known[0], False
            member = str(uuid4())
            self._check_phone(person.phone, member)
            self.env.store.change(
                "INSERT INTO loyalty_members (programme, id, phone, email, folded, firstname, "
                "lastname, birthday, created, once) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self.programme, member, *_told(person), stamp(self.env.clock.now()), mark),
            )
            return self._known(member), True

    def change(self, member: str, person: Person) -> Member:
        """Keep what `person` (tidied) tells; what it does not tell stays.

        Raises `RejectedError` for an erased or unknown member and for another member's phone.
        """
        with self.env.store.transaction():
            known = self._known(member)
            self._check_phone(person.phone, member)
            names = ("phone", "email", "firstname", "lastname", "birthday")
            told = {name: getattr(person, name) for name in names}
            new = {name: value for name, value in told.items() if value is not None}
            self.env.store.change(
                "UPDATE loyalty_members SET phone = ?, email = ?, folded = ?, firstname = ?, "
                "lastname = ?, birthday = ? WHERE programme = ? AND id = ?",
                (*_told(attrs.evolve(known, **new)), self.programme, member),
            )
            return self._known(member)

    def fill(self, member: str, person: Person) -> Member:
        """Keep what `person` (tidied) tells and nobody has told before."""
        known = self._known(member)
        blank = {
            name: getattr(person, name)
            for name in ("email", "firstname", "lastname", "birthday")
            if getattr(known, name) is None
        }
        return self.change(member, Person(**blank)) if blank else known

    def agree(
        self, member: str, consent: Mapping[str, bool], origin: str, at: datetime | None = None
    ) -> None:
        """Keep what a member agreed to, or no longer does; what was said before stays known."""
        when = stamp(at or self.env.clock.now())
        self.env.store.change(
            "INSERT INTO loyalty_consents (programme, member, kind, at, given, origin) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET given = excluded.given, "
            "origin = excluded.origin",
            *(
                (self.programme, member, kind, when, given, origin)
                for kind, given in consent.items()
            ),
        )

    def consents(self, member: str) -> dict[str, Consent]:
        """What holds now, by the kind of consent; what was never asked is not there."""
        rows = self.env.store.query(
            "SELECT kind, given, at, origin FROM loyalty_consents "
            "WHERE programme = ? AND member = ? ORDER BY at",
            (self.programme, member),
        )
        return {
            kind: Consent(bool(given), datetime.fromisoformat(at), origin)
            for kind, given, at, origin in rows
        }

    def link(self, member: str, account: Account) -> bool:
        """Link a shop's customer; false when it was linked with this member before.

        Raises `RejectedError` when it is linked with another one.
        """
        with self.env.store.transaction():
            self._known(member)
            linked = self.by_account(account)
            if linked is not None and linked.id != member:
                raise RejectedError(
                    f"{self.programme}: this account has the card of another member: "
                    "it is taken off before it gets another"
                )
            if linked is None:
                self.env.store.change(
                    "INSERT INTO loyalty_accounts VALUES (?, ?, ?, ?, ?)",
                    (
                        *(self.programme, account.identity, account.key, member),
                        stamp(self.env.clock.now()),
                    ),
                )
            return linked is None

    def unlink(self, account: Account) -> bool:
        """Take the card off an account; whether there was one."""
        return 0 < self.env.store.change(
            "DELETE FROM loyalty_accounts WHERE programme = ? AND identity = ? AND key = ?",
            (self.programme, account.identity, account.key),
        )

    def accounts(self, member: str) -> list[Account]:
        """The shop customers linked with a member."""
        rows = self.env.store.query(
            "SELECT identity, key FROM loyalty_accounts WHERE programme = ? AND member = ? "
            "ORDER BY at, identity, key",
            (self.programme, member),
        )
        return [Account(identity=identity, key=key) for identity, key in rows]

    def mark(self, once: str) -> str:
        """How a `once` is kept: it may hold an e-mail, and outlives an erased person."""
        if not once:
            raise RejectedError("once is empty: it tells this deed from others")
        return sealed(self.env, "once", self.programme, once)

    def _known(self, member: str) -> Member:
        known = self.get(member)
        if known is None or known.erased is not None:
            raise RejectedError(f"{self.programme}: there is no member {member!r}")
        return known

    def _check_phone(self, phone: str | None, member: str) -> None:
        other = self.by_phone(phone) if phone else None
        if other is not None and other.id != member:
            raise RejectedError(
                f"{self.programme}: this phone is member {other.id}'s, and a phone is one member's"
            )

    def _one(self, test: str, value: str) -> Member | None:
        rows = self._all(test, value)
        return rows[0] if rows else None

    def _all(self, test: str, value: str) -> list[Member]:
        rows = self.env.store.query(
            f"SELECT {COLUMNS} FROM loyalty_members m "  # noqa: S608 (our own columns)
            f"WHERE m.programme = ? AND {test} ORDER BY m.created, m.id",
            (self.programme, value),
        )
        return [_member(row) for row in rows]


def _member(row: tuple[Any, ...]) -> Member:
    member, phone, email, firstname, lastname, birthday, created, erased, once = row
    return Member(
        *(member, phone, email, firstname, lastname),
        birthday=date.fromisoformat(birthday) if birthday else None,
        created=datetime.fromisoformat(created),
        erased=datetime.fromisoformat(erased) if erased else None,
        once=once,
    )


def _told(told: Person | Member) -> tuple[str | None, ...]:
    birthday = told.birthday.isoformat() if told.birthday else None
    return (told.phone, told.email, folded(told.email), told.firstname, told.lastname, birthday)
