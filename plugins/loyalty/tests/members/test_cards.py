"""Card numbers are caught when misread, cannot be foreseen, and go through their states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import RejectedError
from crosstie.testing import Surroundings
from crosstie_loyalty.cards import Card, CardNumbers, Cards, check_digit

digits = st.text("0123456789", min_size=4, max_size=18)
shapes = st.builds(
    CardNumbers, st.sampled_from(["", "9", "0", "007", "29012"]), st.integers(14, 19)
)


@pytest.fixture
def cards(env: Surroundings) -> Cards:
    return Cards(env, "club", CardNumbers())


def test_the_check_digit_is_that_of_iso_7812() -> None:
    known = ("7992739871", "3"), ("453201511283036", "6"), ("37828224631000", "5"), ("0000", "0")
    assert [digit for _, digit in known] == [check_digit(digits) for digits, _ in known]


@given(digits, st.data())
def test_every_wrong_digit_is_caught(number: str, data: st.DataObject) -> None:
    whole = number + check_digit(number)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([one for one in "0123456789" if one != whole[place]]))
    wrong = whole[:place] + other + whole[place + 1 :]
    assert wrong[-1] != check_digit(wrong[:-1])


@given(digits, st.data())
def test_every_swap_of_neighbours_but_09_is_caught(number: str, data: st.DataObject) -> None:
    whole = number + check_digit(number)
    place = data.draw(st.integers(0, len(whole) - 2))
    pair = whole[place : place + 2]
    swapped = whole[:place] + pair[::-1] + whole[place + 2 :]
    missed = pair in {"09", "90"} or pair[0] == pair[1]
    assert missed == (swapped[-1] == check_digit(swapped[:-1]))


@given(shapes)
def test_a_number_has_the_shape_that_is_configured(shape: CardNumbers) -> None:
    number = shape.draw()
    assert shape.length == len(number)
    assert number.startswith(shape.prefix)
    assert number == shape.read(f" {number[:4]}-{number[4:9]} {number[9:]} ")


@given(shapes, st.data())
def test_a_misread_number_is_told(shape: CardNumbers, data: st.DataObject) -> None:
    number = shape.draw()
    place = data.draw(st.integers(len(shape.prefix), shape.length - 1))
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    with pytest.raises(RejectedError, match="misread"):
        shape.read(wrong)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = CardNumbers().read(text)
    except RejectedError:
        return
    assert number.isascii()
    assert number.isalnum()


@pytest.mark.parametrize(
    ("prefix", "length", "told"),
    [("9", 9, "10 to 19"), ("12345", 13, "guessed"), ("A", 16, "digits"), ("٣", 16, "digits")],
)
def test_numbers_that_could_be_guessed_are_no_setting(prefix: str, length: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        CardNumbers(prefix, length)


def test_numbers_do_not_repeat(cards: Cards) -> None:
    assert 500 == len(set(cards.stock(500)))


def test_a_member_has_one_card(cards: Cards) -> None:
    first = cards.issue("m1")
    assert first == cards.issue("m1")
    assert first == cards.of("m1")
    assert Card(first.number, "m1", "active", None) == first


def test_a_plastic_card_takes_the_place_of_the_older_one(cards: Cards) -> None:
    old, (plastic,) = cards.issue("m1"), cards.stock(1)
    assert Card(plastic, None, "new", None) == cards.find(plastic)
    handed = cards.hand_over(plastic, "m1")
    assert Card(plastic, "m1", "active", None) == handed == cards.of("m1")
    assert handed == cards.hand_over(plastic, "m1")
    assert Card(old.number, "m1", "replaced", plastic) == cards.find(old.number)


def test_a_card_is_given_out_once(cards: Cards) -> None:
    (plastic,) = cards.stock(1)
    cards.hand_over(plastic, "m1")
    for number, member in ((plastic, "m2"), (cards.numbers.draw(), "m2")):
        with pytest.raises(RejectedError, match="no card that can be given out"):
            cards.hand_over(number, member)


def test_cards_printed_elsewhere_keep_their_leading_zeros(cards: Cards) -> None:
    assert 2 == cards.receive(["000 123 45", "ab-77 001"])
    assert 0 == cards.receive(["00012345"])
    assert "00012345" == cards.hand_over("00012345", "m1").number
    assert "AB77001" == cards.hand_over("AB77001", "m2").number


def test_a_blocked_card_stays_its_members_until_it_is_unblocked_or_replaced(cards: Cards) -> None:
    number = cards.issue("m1").number
    assert "blocked" == cards.block(number).state == cards.block(number).state
    assert "active" == cards.unblock(number).state
    cards.block(number)
    new = cards.replace(number)
    assert new == cards.replace(number) == cards.of("m1")
    assert Card(number, "m1", "replaced", new.number) == cards.find(number)
    for turn in (cards.block, cards.unblock):
        with pytest.raises(RejectedError, match="is replaced"):
            turn(number)


def test_a_new_card_is_neither_blocked_nor_replaced(cards: Cards) -> None:
    (plastic,) = cards.stock(1)
    for turn in (cards.block, cards.unblock, cards.replace):
        with pytest.raises(RejectedError, match="is new"):
            turn(plastic)
    with pytest.raises(RejectedError, match="there is no card 9"):
        cards.block("9")
