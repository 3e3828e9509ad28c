"""Members are found, changed, linked with several shops, and erased."""

from collections.abc import Callable
from datetime import date

import pytest

from crosstie import AmbiguousError, RejectedError
from crosstie_loyalty.erasing import Erasing
from crosstie_loyalty.people import Account, Person, person_of

from .club import ADA, EVE, OTHER, PHONE, Club

ELSEWHERE = Account(identity="other-shop", key="42")


def test_a_shops_customer_is_found_by_the_link_else_by_the_e_mail(club: Club) -> None:
    members = club.desk.members
    ada = club.member(email="ada@example.com").member
    assert members.find("shop", "42", None) is None
    for key in ("42", None):
        found = members.find("shop", key, " ADA@example.com")
        assert ada == (found and found.id)
    eve = club.member(OTHER, email="ada@example.com").member
    assert [True, False] == [members.link(eve, ADA) for _ in range(2)]
    found = members.find("shop", "42", "ada@example.com")
    assert eve == (found and found.id)
    with pytest.raises(AmbiguousError, match=ada):
        members.find("shop", "66", "ada@example.com")


def test_a_member_shops_in_many_shops_and_an_account_has_one_member(club: Club) -> None:
    members, ada, eve = club.desk.members, club.member().member, club.member(OTHER).member
    members.link(ada, ADA)
    members.link(ada, ELSEWHERE)
    assert {ADA, ELSEWHERE} == set(members.accounts(ada))
    with pytest.raises(RejectedError, match="another member"):
        members.link(eve, ADA)
    assert [True, False] == [members.unlink(ADA) for _ in range(2)]
    assert members.link(eve, ADA)


def test_a_phone_is_one_members(club: Club) -> None:
    members, eve = club.desk.members, club.member(OTHER).member
    ada = club.member().member
    with pytest.raises(RejectedError, match=ada):
        members.change(eve, Person(phone=PHONE))
    with pytest.raises(RejectedError, match=ada):
        members.add(Person(phone=PHONE), "new")
    assert "Eve" == members.change(eve, Person(firstname="Eve")).firstname
    assert OTHER == members.change(eve, Person(birthday=date(1990, 2, 28))).phone


def test_a_programme_knows_its_own_members_only(club: Club) -> None:
    ada = club.member()
    other = type(club.desk.members)(club.env, "other")
    assert (None, None) == (other.by_phone(PHONE), other.get(ada.member))
    assert other.add(Person(phone=PHONE), "till +33612345678")[1]


def test_what_was_agreed_to_is_known_with_when_and_where(club: Club) -> None:
    members, ada = club.desk.members, club.member().member
    members.agree(ada, {"sms": True, "email": True}, "till 3")
    first = club.env.clock.now()
    club.env.clock.sleep(60)
    members.agree(ada, {"sms": False}, "account")
    known = members.consents(ada)
    assert (True, first, "till 3") == (known["email"].given, known["email"].at, "till 3")
    assert (False, "account") == (known["sms"].given, known["sms"].origin)
    kept = "SELECT count(*) FROM loyalty_consents WHERE member = ?"
    assert [(3,)] == club.env.store.query(kept, (ada,))


def test_a_person_survives_being_written_down() -> None:
    ada = Person(phone=PHONE, birthday=date(1990, 2, 28), consent={"sms": False}, origin="till")
    assert ada == person_of(ada.text())


def dump(club: Club) -> str:
    """Everything that the tables hold."""
    names = "SELECT name FROM sqlite_master WHERE name LIKE 'loyalty%' AND type = 'table'"
    tables = [name for (name,) in club.env.store.query(names)]
    return "".join(str(club.env.store.query(f"SELECT * FROM {name}")) for name in tables)


@pytest.mark.parametrize("by", ["id", "phone", "e-mail"])
def test_erasing_leaves_the_id_and_nothing_that_identifies(club: Club, by: str) -> None:
    person = Person(
        phone=PHONE,
        email="ada@example.com",
        firstname="Ada",
        lastname="Lovelace",
        birthday=date(1990, 2, 28),
        consent={"sms": True},
        origin="till of Ada",
    )
    ada = club.desk.register(person, "ada@example.com at the till")
    club.desk.members.link(ada.member, Account(identity="shop", key="ada-42"))
    club.desk.activate(EVE, Person(), "eve asks", card=ada.card)
    club.desk.enrol(ELSEWHERE, Person(phone=OTHER, email="ada@example.com"), "ada asks")
    closed: list[str] = []
    erasing = Erasing(club.desk.members, "FR", closed.append)
    erase: Callable[[], int] = {
        "id": lambda: erasing.erase(ada.member),
        "phone": lambda: erasing.forget("06 12 34 56 78"),
        "e-mail": lambda: erasing.forget("ADA@example.com"),
    }[by]
    assert erase()
    assert not erase()
    assert [ada.member] == closed
    left = dump(club)
    for text in ("612345678", "ada", "Ada", "Lovelace", "1990"):
        assert text not in left
    member = club.desk.members.get(ada.member)
    assert member is not None
    assert member.erased == club.env.clock.now()
    card = club.desk.cards.find(ada.card or "")
    assert card is not None
    assert (None, "blocked") == (card.member, card.state)


def test_somebody_who_was_erased_can_come_back_as_somebody_new(club: Club) -> None:
    ada = club.member()
    Erasing(club.desk.members, "FR", lambda _: None).erase(ada.member)
    again = club.desk.register(Person(phone=PHONE), "another visit")
    assert again.created
    assert ada.member != again.member
    with pytest.raises(RejectedError, match="there is no member"):
        club.desk.members.change(ada.member, Person(firstname="Ada"))
