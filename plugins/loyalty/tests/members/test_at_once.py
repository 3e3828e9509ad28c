"""Eight threads at the same moment get what one after the other would."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from crosstie import RejectedError
from crosstie_loyalty.codes import Asked
from crosstie_loyalty.joining import Enrolled
from crosstie_loyalty.people import Person

from .club import ADA, PHONE, Club


def at_once(deed: Callable[[int], Any], threads: int = 8) -> list[Any]:
    """What came of a deed that so many did at the same moment."""
    gate, answers = threading.Barrier(threads), list[Any]()

    def run(number: int) -> None:
        gate.wait()
        try:
            answers.append(deed(number))
        except RejectedError as error:
            answers.append(str(error))

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert threads == len(answers)
    return answers


@pytest.mark.parametrize("same", [True, False])
def test_eight_at_once_confirm_one_code_once(club: Club, same: bool) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    code, desk = club.code(), club.desk
    answers = at_once(
        lambda number: desk.confirm(ADA, asked.challenge, code, "1" if same else f"{number}")
    )
    right = [answer for answer in answers if isinstance(answer, Enrolled)]
    assert (8 if same else 1) == len(right)
    assert 1 == len(set(right)) == len(club.gifts) == len(club.env.events)
    assert 8 == len(answers)


def test_eight_at_once_guess_five_times(club: Club) -> None:
    asked = club.desk.enrol(ADA, Person(phone=PHONE), "a")
    wrong, desk = club.wrong(), club.desk
    at_once(lambda number: desk.confirm(ADA, asked.challenge, wrong, f"{number}"))
    assert [(5,)] == club.env.store.query("SELECT count(*) FROM loyalty_attempts")


def test_eight_at_once_make_one_member_of_one_phone(club: Club) -> None:
    desk = club.desk
    answers = at_once(lambda number: desk.register(Person(phone=PHONE), f"till {number}"))
    assert 1 == len({(one.member, one.card) for one in answers})
    assert 1 == sum(one.created for one in answers) == len(club.gifts) == len(club.env.events)


def test_eight_at_once_ask_for_one_code(club: Club) -> None:
    desk = club.desk
    answers = at_once(lambda number: desk.enrol(ADA, Person(phone=PHONE), f"{number}"))
    assert 1 == sum(isinstance(answer, Asked) for answer in answers)
    assert 1 == len(club.sent())
