"""The outbox: each deed's message is in it once, and can be erased."""

from pathlib import Path
from typing import Any

import pytest

from crosstie import UnavailableError
from crosstie.testing import Surroundings
from crosstie_messages.mailing import SendMail
from crosstie_messages.outbox import Outbox, mark
from crosstie_messages.smtp import Smtp
from crosstie_messages.twilio import SendByTwilio, Twilio


def send_mail(env: Surroundings, outbox: Path, once: str, to: str, **given: Any) -> Any:
    live = Smtp(sender="Shop <shop@example.com>", outbox=outbox).connect(env)
    usual = {"subject": "Hello", "body": "Hello", **given}
    return SendMail(to=to, **usual).run(live, once)


def test_what_is_kept_twice_is_there_once_as_it_was_first(outbox: Path) -> None:
    own = Outbox(outbox)
    assert own.keep("a.eml", b"first") == own.keep("a.eml", b"second")
    assert [("a.eml", b"first")] == [(one.name, one.read_bytes()) for one in outbox.iterdir()]


def test_names_tell_deeds_and_systems_apart() -> None:
    marks = [mark("mail", "one"), mark("mail", "two"), mark("sms", "one")]
    assert (3, {32}) == (len(set(marks)), set(map(len, marks)))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="cannot be written: "):
        Outbox(tmp_path / "file").keep("a.eml", b"")


def test_a_person_is_forgotten_wherever_the_address_stands(env: Surroundings, outbox: Path) -> None:
    send_mail(env, outbox, "1", "Ada <ADA@example.com>")
    send_mail(env, outbox, "2", "bob@example.com", body="ç, and ada@example.com knows")
    send_mail(env, outbox, "3", "bob@example.com", body="nothing")
    send_mail(env, outbox, "4", "xada@example.com")
    send_mail(env, outbox, "5", "ada@example.com.example")
    live = Twilio(outbox=outbox).connect(env)
    SendByTwilio(to="+33612345678", text="Hello ada@example.com").run(live, "6")

    (outbox / "mine.json").write_bytes(b"\xff no JSON, and not of this plugin")

    assert (3, 0) == (live.forget("ada@example.com"), live.forget("ada@example.com"))
    assert (1, 0) == (live.forget("xada@example.com "), live.forget(" "))
    assert 3 == len(list(outbox.iterdir()))


def test_a_number_is_forgotten(env: Surroundings, outbox: Path) -> None:
    live = Twilio(outbox=outbox).connect(env)
    SendByTwilio(to="+33612345678", text="Hello").run(live, "1")
    assert 1 == live.forget("+33612345678")
