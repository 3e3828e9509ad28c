"""No secret is left in a text, whenever it was learned and however it is written."""

import json
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import Secret
from crosstie.redaction import MOST, Redaction, forms


@pytest.fixture
def redaction() -> Redaction:
    return Redaction(forms("known-secret"))


def test_what_is_known_and_what_is_learned_is_taken_out(redaction: Redaction) -> None:
    redaction.learn(Secret("learned-later"))
    assert "a *** and a ***" == redaction("a known-secret and a learned-later")


@given(st.text(min_size=4, max_size=20).filter(lambda text: "*" not in text))
def test_no_form_of_a_secret_is_left(secret: str) -> None:
    redaction = Redaction(())
    redaction.learn(Secret(secret))
    for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert "<***>" == redaction(f"<{form}>")


def test_a_secret_that_begins_another_leaves_nothing_of_it(redaction: Redaction) -> None:
    redaction.learn(Secret("known-secret-2"))
    assert "***" == redaction("known-secret-2")


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("pin=a7", "pin=***"),
        ("a7 and data7", "*** and data7"),
        ("(a7)", "(***)"),
        ("a77", "a77"),
    ],
)
def test_a_very_short_secret_is_taken_out_where_it_stands_alone(text: str, redacted: str) -> None:
    assert redacted == Redaction(["a7"])(text)


def test_an_empty_secret_changes_nothing(redaction: Redaction) -> None:
    redaction.learn(Secret(""))
    assert "plain" == redaction("plain")


def test_the_newest_of_many_tokens_are_known_and_those_of_the_config(redaction: Redaction) -> None:
    redaction.learn(Secret("used-all-the-time"))
    for number in range(MOST + 10):
        redaction.learn(Secret(f"token-{number:04}-"))
        redaction.learn(Secret("used-all-the-time"))
    assert "*** ***" == redaction("known-secret used-all-the-time")
    assert f"token-0000- *** {MOST}" == redaction(f"token-0000- token-{MOST:04}- {MOST}")


def test_several_threads_may_learn_at_once(redaction: Redaction) -> None:
    def learn(start: int) -> None:
        for number in range(start, start + 50):
            redaction.learn(Secret(f"token-{number:04}-"))

    threads = [threading.Thread(target=learn, args=(start,)) for start in range(0, 200, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {"***"} == {redaction(f"token-{number:04}-") for number in range(200)}
