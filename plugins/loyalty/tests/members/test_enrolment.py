"""Who has proven a phone gets its card, and nobody else; nothing tells who has one."""

from collections.abc import Callable

import attrs
import pytest

from crosstie import AmbiguousError, RejectedError
from crosstie_loyalty.enrolment import Status
from crosstie_loyalty.joining import Enrolled
from crosstie_loyalty.people import Account, Person

from .club import ADA, EVE, GUEST, OTHER, PHONE, WRONG, Club


def told(club: Club) -> list[tuple[str, str]]:
    return [(event.kind, event.key) for event in club.env.events]


@pytest.mark.parametrize("account", [ADA, GUEST])
def test_a_confirmed_phone_without_a_card_gets_a_new_one(club: Club, account: Account) -> None:
    ada = Person(
        phone="06 12 34 56 78", email="Ada@Example.com", consent={"sms": True}, origin="checkout"
    )
    asked = club.desk.enrol(account, ada, "cart 17")
    enrolled = club.desk.confirm(account, asked.challenge, club.code(), "try 1")
    member = club.desk.members.by_account(account)
    assert member is not None
    assert (PHONE, "Ada@Example.com") == (member.phone, member.email)
    card = club.desk.cards.of(member.id)
    assert card is not None
    assert Enrolled(member.id, card.number, created=True) == enrolled
    consent = club.desk.members.consents(member.id)["sms"]
    assert (True, "checkout") == (consent.given, consent.origin)
    assert [member.id] == club.gifts
    assert [("member_enrolled", member.id)] == told(club)
    assert card.number == club.env.events[0].data["card"]


@pytest.mark.feature("Z15", "Z16")
@pytest.mark.parametrize("how", ["enrol", "phone", "card", "both"])
def test_the_code_on_the_cards_phone_links_card_and_account(club: Club, how: str) -> None:
    store = club.member()
    phone = Person(phone="0612345678")
    asks: dict[str, Callable[[], object]] = {
        "enrol": lambda: club.desk.enrol(ADA, phone, "a"),
        "phone": lambda: club.desk.activate(ADA, phone, "a"),
        "card": lambda: club.desk.activate(ADA, Person(), "a", card=store.card),
        "both": lambda: club.desk.activate(ADA, phone, "a", card=store.card),
    }
    asks[how]()
    asked = club.desk.asked(ADA)
    assert asked is not None
    assert [PHONE] == [number for number, _ in club.sent()]
    linked = club.desk.confirm(ADA, asked.challenge, club.code(), "try 1")
    assert attrs.evolve(store, created=False) == linked
    assert [ADA] == club.desk.members.accounts(store.member)
    assert [store.member] == club.gifts
    assert [("member_enrolled", store.member), ("card_activated", store.member)] == told(club)


@pytest.mark.feature("Z17")
def test_without_the_right_code_nothing_is_linked(club: Club) -> None:
    store = club.member()
    asked = club.desk.activate(ADA, Person(phone=PHONE), "a")
    wrong, right = club.wrong(), club.code()
    stolen = club.desk.activate(EVE, Person(phone=OTHER), "b")
    for account, challenge, code in (
        (ADA, asked.challenge, wrong),
        (ADA, asked.challenge, ""),
        (ADA, stolen.challenge, right),
        (ADA, "no such challenge", right),
        (EVE, asked.challenge, right),
        (EVE, stolen.challenge, right),
    ):
        with pytest.raises(RejectedError, match=WRONG):
            club.desk.confirm(account, challenge, code, f"{account.key} {challenge} {code}")
    assert [] == club.desk.members.accounts(store.member)


@pytest.mark.feature("Z21")
def test_an_account_is_in_one_of_three_states(club: Club) -> None:
    club.member()
    states = [club.desk.state_of(ADA)]
    asked = club.desk.activate(ADA, Person(phone=PHONE), "a")
    states.append(club.desk.state_of(ADA))
    club.desk.confirm(ADA, asked.challenge, club.code(), "try 1")
    states.append(club.desk.state_of(ADA))
    assert [Status.NOT_ACTIVATED, Status.CODE_NEEDED, Status.ACTIVATED] == states
    assert set(states) == set(Status)


def test_the_state_does_not_tell_whether_a_number_has_a_card(club: Club) -> None:
    club.member()
    for account, phone in ((ADA, PHONE), (EVE, OTHER)):
        assert Status.NOT_ACTIVATED is club.desk.state_of(account)
        club.desk.activate(account, Person(phone=phone), phone)
        assert Status.CODE_NEEDED is club.desk.state_of(account)
    assert [PHONE] == [phone for phone, _ in club.sent()]
    club.env.clock.sleep(601)
    assert [Status.NOT_ACTIVATED] * 2 == [club.desk.state_of(one) for one in (ADA, EVE)]


@pytest.mark.feature("Z14")
@pytest.mark.parametrize("account", [ADA, GUEST])
def test_a_card_is_offered_to_who_has_none(club: Club, account: Account) -> None:
    assert club.desk.offered(account)
    asked = club.desk.enrol(account, Person(phone=PHONE), "a")
    club.desk.confirm(account, asked.challenge, club.code(), "try 1")
    assert not club.desk.offered(account)
    with pytest.raises(RejectedError, match="has a card already"):
        club.desk.enrol(account, Person(phone=OTHER), "b")


def test_a_plastic_card_becomes_its_holders_with_a_proven_phone(club: Club) -> None:
    plastic, second = club.desk.cards.stock(2)
    asked = club.desk.activate(ADA, Person(phone=PHONE, firstname="Ada"), "a", card=plastic)
    enrolled = club.desk.confirm(ADA, asked.challenge, club.code(), "try 1")
    assert (plastic, True) == (enrolled.card, enrolled.created)
    assert ["member_enrolled", "card_activated"] == [kind for kind, _ in told(club)]
    club.env.clock.sleep(60)
    asked = club.desk.activate(EVE, Person(phone=PHONE), "b", card=second)
    again = club.desk.confirm(EVE, asked.challenge, club.code(), "try 2")
    assert Enrolled(enrolled.member, second, created=False) == again
    assert [ADA, EVE] == club.desk.members.accounts(enrolled.member)
    assert [enrolled.member] == club.gifts


@pytest.mark.parametrize("spoil", ["block", "erase", "give away"])
def test_a_card_that_is_lost_while_its_code_is_under_way_is_not_linked(
    club: Club, spoil: str
) -> None:
    store, (plastic,) = club.member(), club.desk.cards.stock(1)
    number = plastic if spoil == "give away" else store.card
    asked = club.desk.activate(ADA, Person(phone=PHONE), "a", card=number)
    code, cards = club.code(), club.desk.cards
    if spoil == "block":
        cards.block(store.card or "")
    elif spoil == "erase":
        change = "UPDATE loyalty_members SET phone = NULL, erased = created WHERE id = ?"
        club.env.store.change(change, (store.member,))
    else:
        cards.hand_over(plastic, club.member(OTHER).member)
    with pytest.raises(RejectedError, match=WRONG):
        club.desk.confirm(ADA, asked.challenge, code, "try 1")
    assert club.desk.members.by_account(ADA) is None


def test_every_operation_done_again_has_one_effect_and_one_answer(club: Club) -> None:
    asked = [club.desk.enrol(ADA, Person(phone=PHONE), "a") for _ in range(3)]
    assert 1 == len(set(asked)) == len(club.sent())
    code = club.code()
    enrolled = [club.desk.confirm(ADA, asked[0].challenge, code, "try 1") for _ in range(3)]
    assert 1 == len(set(enrolled)) == len(club.gifts) == len(club.env.events)
    registered = [club.member(OTHER) for _ in range(3)]
    assert 1 == len(set(registered))
    assert [True] * 2 == [enrolled[0].created, registered[0].created]
    assert asked[0] == club.desk.enrol(ADA, Person(phone=PHONE), "a")


def test_a_once_is_for_one_request(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    with pytest.raises(RejectedError, match="another request"):
        club.desk.enrol(ADA, Person(phone=OTHER), "a")
    with pytest.raises(RejectedError, match=WRONG):
        club.desk.confirm(ADA, asked.challenge, club.wrong(), "try 1")
    with pytest.raises(RejectedError, match="another code"):
        club.desk.confirm(ADA, asked.challenge, club.code(), "try 1")
    with pytest.raises(RejectedError, match="once is empty"):
        club.desk.enrol(EVE, Person(phone=PHONE), "")


def test_who_is_a_member_stays_as_known(club: Club) -> None:
    club.member(email="ada@example.com", firstname="Ada")
    again = club.desk.register(Person(phone=PHONE, email="eve@example.com"), "other")
    assert not again.created
    member = club.desk.members.by_phone(PHONE)
    assert member is not None
    assert ("ada@example.com", "Ada") == (member.email, member.firstname)
    assert 1 == len(club.gifts)


def test_without_a_phone_the_e_mail_is_who_a_member_is(club: Club) -> None:
    first = club.desk.register(Person(email="Ada@example.com"), "a")
    assert first.member == club.desk.register(Person(email="ada@EXAMPLE.com "), "b").member
    club.member(email="ada@example.com")
    with pytest.raises(AmbiguousError, match="several members"):
        club.desk.register(Person(email="ada@example.com"), "c")
    with pytest.raises(RejectedError, match="a phone or an e-mail"):
        club.desk.register(Person(firstname="Ada"), "d")


def test_a_proven_phone_adds_what_nobody_has_told(club: Club) -> None:
    club.member(firstname="Ada")
    person = Person(phone=PHONE, firstname="Eve", email="ada@example.com", consent={"email": True})
    asked = club.desk.enrol(ADA, person, "a")
    linked = club.desk.confirm(ADA, asked.challenge, club.code(), "try 1")
    member = club.desk.members.get(linked.member)
    assert member is not None
    assert ("Ada", "ada@example.com") == (member.firstname, member.email)
    assert club.desk.members.consents(linked.member)["email"].given


@pytest.mark.parametrize(
    ("person", "told"),
    [
        (Person(), "a mobile number is needed"),
        (Person(phone="01 42 27 81 86"), "is no mobile number"),
        (Person(phone="06 12"), "is no phone number of FR"),
        (Person(phone=PHONE, email="ada"), "is no e-mail address"),
        (Person(phone=PHONE, firstname="A" * 300), "firstname is over 254"),
        (Person(phone=PHONE, lastname="\ud800"), "lastname"),
        (Person(phone=PHONE, consent={"E-Mail": True}), "no kind of consent"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(club: Club, person: Person, told: str) -> None:
    with pytest.raises(RejectedError, match=told):
        club.desk.enrol(ADA, person, "a")
    assert [] == club.sent()


def test_a_challenge_that_no_text_is_is_refused(club: Club) -> None:
    with pytest.raises(RejectedError, match="challenge is over 254 characters, or has some"):
        club.desk.confirm(ADA, "\ud83d", "123456", "try 1")


def test_a_card_is_asked_for_by_something(club: Club) -> None:
    with pytest.raises(RejectedError, match="by its number or by the phone"):
        club.desk.activate(ADA, Person(), "a")
    number = club.desk.cards.numbers.draw()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(RejectedError, match="misread"):
        club.desk.activate(ADA, Person(), "a", card=wrong)


def test_staff_find_a_member_by_whatever_they_are_told(club: Club) -> None:
    store = club.member(email="ada@example.com")
    for text in (store.member, store.card, "06 12 34 56 78", "ADA@example.com"):
        assert store.member == club.desk.member(text or "").id
    for text in ("", "nobody", OTHER, "eve@example.com", "9" * 300):
        with pytest.raises(RejectedError):
            club.desk.member(text)
