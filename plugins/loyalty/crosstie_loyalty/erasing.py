"""Erasing a person: what identifies them goes, the member's id stays for the ledger."""

from collections.abc import Callable

import attrs

from crosstie import RejectedError
from crosstie_loyalty.members import Member, Members
from crosstie_loyalty.people import folded
from crosstie_loyalty.phones import phone_of
from crosstie_loyalty.sealing import stamp


@attrs.frozen
class Erasing:
    """Erases persons; `region` is the programme's, for phones without a country code.

    `on_erased` is called with a member's id, in the transaction that erases them: the ledger closes
    their account.
    """

    members: Members
    region: str
    on_erased: Callable[[str], object]

    def erase(self, member: str) -> bool:
        """Erase one member; whether there was one that had not been erased before.

        Names, phone, e-mail, birthday, consents, accounts and codes under way go.
        Cards stay as numbers that were given once: blocked, and nobody's.
        """
        with self.members.env.store.transaction():
            known = self.members.get(member)
            if known is None or known.erased is not None:
                return False
            self._erase(known)
            return True

    def forget(self, text: str) -> int:
        """Erase everybody with this e-mail or phone, and codes under way for them; how many.

        For the ability `Forgets`: what was never confirmed is not a member, and goes as well.
        """
        with self.members.env.store.transaction():
            phone, email = self._phone(text), folded(text)
            found = {one.id: one for one in self.members.by_email(text)}
            if phone and (owner := self.members.by_phone(phone)) is not None:
                found[owner.id] = owner
            for member in found.values():
                self._erase(member)
            return len(found) + self._drop("folded = ? OR phone = ?", email, phone)

    def _erase(self, member: Member) -> None:
        self.on_erased(member.id)
        for account in self.members.accounts(member.id):
            self._drop("identity = ? AND key = ?", account.identity, account.key)
        self._drop("phone = ? OR folded = ?", member.phone, folded(member.email))
        own = (self.members.programme, member.id)
        change, now = self.members.env.store.change, stamp(self.members.env.clock.now())
        change(
            "DELETE FROM loyalty_challenges WHERE programme = ? AND card IN "
            "(SELECT number FROM loyalty_cards WHERE programme = ? AND member = ?)",
            (self.members.programme, *own),
        )
        change("DELETE FROM loyalty_accounts WHERE programme = ? AND member = ?", own)
        change("DELETE FROM loyalty_consents WHERE programme = ? AND member = ?", own)
        change(
            "UPDATE loyalty_cards SET member = NULL, state = 'blocked', changed = ? "
            "WHERE programme = ? AND member = ?",
            (now, *own),
        )
        change(
            "UPDATE loyalty_members SET phone = NULL, email = NULL, folded = NULL, "
            "firstname = NULL, lastname = NULL, birthday = NULL, erased = ? "
            "WHERE programme = ? AND id = ?",
            (now, *own),
        )

    def _drop(self, test: str, *values: str | None) -> int:
        """Drop the codes under way that pass a test; how many. None passes no test in SQL."""
        return self.members.env.store.change(
            f"DELETE FROM loyalty_challenges WHERE programme = ? AND ({test})",  # noqa: S608
            (self.members.programme, *values),
        )

    def _phone(self, text: str) -> str | None:
        try:
            return phone_of(text, self.region)
        except RejectedError:
            return None
