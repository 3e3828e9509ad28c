"""What a mail server says or does, and what is known of the mail then."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crosstie import (
    CrosstieError,
    RejectedError,
    Secret,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)
from crosstie.testing import Surroundings
from crosstie_messages.mailing import SendMail
from crosstie_messages.smtp import Smtp, SmtpLive

from .mail_host import HANGS_UP, MailHost, Moment, certificate, said

Connect = Callable[..., SmtpLive]
MAIL = SendMail(to="Ada <ada@example.com>", subject="Hello", body=".Hello\n.\nÀ bientôt")


@pytest.fixture
def connect(env: Surroundings) -> Connect:
    def connect(host: MailHost, **settings: Any) -> SmtpLive:
        usual: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": host.port,
            "security": "none",
            "sender": "Shop <shop@example.com>",
            "timeout": timedelta(seconds=5),
        }
        return Smtp(**{**usual, **settings}).connect(env)

    return connect


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A certificate, whose authority this machine trusts."""
    context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return context


def test_what_is_taken_is_what_was_meant(host: MailHost, connect: Connect) -> None:
    with closing(connect(host)) as live:
        told = MAIL.run(live, "one")

    (mail,) = host.messages
    assert ["ada@example.com"] == host.recipients
    assert {"message": mail["Message-ID"], "to": "ada@example.com"} == told
    assert ".Hello\n.\nÀ bientôt\n" == said(mail)


def test_a_connection_serves_several_mails_and_is_opened_anew_when_it_went_stale(
    host: MailHost, connect: Connect
) -> None:
    with closing(connect(host)) as live:
        MAIL.run(live, "one")
        MAIL.run(live, "two")
        before = host.connections
        host.hang_up()
        MAIL.run(live, "three")

    assert (1, 2, 3) == (before, host.connections, len(host.mails))


@pytest.mark.parametrize(
    ("moment", "answer", "error", "told"),
    [
        ("MAIL", "451 try later", UnavailableError, "answered 451 try later; nothing was sent"),
        ("MAIL", "530 who are you", UnauthorisedError, "530 who are you: are username"),
        ("RCPT", "450 mailbox busy", UnavailableError, "answered 450 mailbox busy"),
        ("RCPT", "550 no such user", RejectedError, "answered 550 no such user"),
        ("DATA", "421 closing", UnavailableError, "answered 421 closing"),
        ("DATA", "554 no", RejectedError, "answered 554 no"),
        ("end", "452 disk full", UnavailableError, "answered 452 disk full"),
        ("end", "554 spam", RejectedError, "answered 554 spam"),
        ("MAIL", HANGS_UP, UnavailableError, "before the mail was sent"),
        ("RCPT", HANGS_UP, UnavailableError, "before the mail was sent"),
        ("DATA", HANGS_UP, UnavailableError, "before the mail was sent"),
        ("end", HANGS_UP, UncertainError, "after the mail was sent; it may have been taken"),
        ("taken", HANGS_UP, UncertainError, "after the mail was sent; it may have been taken"),
        ("taken", "nonsense", UncertainError, "may have been taken"),
        ("taken", "354 go on", UncertainError, "may have been taken"),
    ],
)
def test_what_is_told_is_what_can_be_known(
    host: MailHost,
    connect: Connect,
    *,
    moment: Moment,
    answer: str,
    error: type[CrosstieError],
    told: str,
) -> None:
    host.answers[moment] = [answer]
    with closing(connect(host)) as live:
        with pytest.raises(error) as raised:
            MAIL.run(live, "one")
        assert error is type(raised.value)
        assert told in str(raised.value)
        assert (moment == "taken") == bool(host.mails)

        MAIL.run(live, "two")  # and then it works again
    assert 1 + (moment == "taken") == len(host.mails)


def test_silence_after_the_mail_leaves_a_doubt(host: MailHost, connect: Connect) -> None:
    host.silence = 1.0
    with closing(connect(host, timeout=timedelta(milliseconds=200))) as live:
        with pytest.raises(UncertainError, match="timed out, after the mail was sent"):
            MAIL.run(live, "one")
        host.silence = 0.0
    assert 1 == len(host.mails)


def test_nobody_there_is_told_with_what_to_look_at(connect: Connect) -> None:
    with pytest.raises(UnavailableError, match="are host, port and security right"):
        MAIL.run(connect(MailHost(port=1)), "one")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_line_is_encrypted_before_the_password_is_told(
    start_host: Callable[..., MailHost], connect: Connect, trusted: Any, security: str
) -> None:
    host = start_host(tls=trusted, at_once=security == "tls")
    account = {"username": "shop", "password": Secret("right")}
    with closing(connect(host, security=security, **account)) as live:
        MAIL.run(live, "one")
        assert ["ok"] == [finding.level for finding in live.check({})]

    assert ([("shop", "right")], 1) == (host.logins, len(host.mails))


def test_a_wrong_password_is_told_without_it(
    start_host: Callable[..., MailHost], connect: Connect, trusted: Any, env: Surroundings
) -> None:
    host = start_host(tls=trusted)
    account = {"username": "shop", "password": Secret("wrong-one")}
    with closing(connect(host, security="starttls", **account)) as live:
        with pytest.raises(UnauthorisedError, match=r"535 .*are username and password") as raised:
            MAIL.run(live, "one")
        (finding,) = live.check({})

    assert "problem" == finding.level
    assert "wrong-one" not in f"{raised.value!r} {live!r} {finding}"
    assert {"AHNob3AAd3Jvbmctb25l", "d3Jvbmctb25l"} == {one.reveal() for one in env.redacted}


def test_a_certificate_that_nobody_vouches_for_is_refused(
    start_host: Callable[..., MailHost], connect: Connect, tmp_path: Path
) -> None:
    host = start_host(tls=certificate(tmp_path))
    with pytest.raises(UnavailableError, match="certificate is not to be trusted"):
        MAIL.run(connect(host, security="starttls"), "one")
    assert [] == host.mails


def test_a_server_without_starttls_gets_no_mail(host: MailHost, connect: Connect) -> None:
    with pytest.raises(UnavailableError, match=r"STARTTLS .*is security right"):
        MAIL.run(connect(host, security="starttls"), "one")
    assert [] == host.mails


def test_a_password_goes_to_nobody_else_in_the_clear() -> None:
    server: dict[str, Any] = {"host": "smtp.example.com", "security": "none"}
    with pytest.raises(ValueError, match="everybody on the way could read the password"):
        Smtp(sender="a@example.com", username="shop", password=Secret("right"), **server)


def test_letters_beyond_ascii_before_the_at_need_a_server_that_knows_them(
    start_host: Callable[..., MailHost], connect: Connect
) -> None:
    mail = SendMail(to="zoë@example.com", subject="Hello", body="Hello")
    knowing, other = start_host(), start_host(MailHost(), smtputf8=False)

    with closing(connect(knowing)) as live:
        mail.run(live, "one")
    with (
        closing(connect(other)) as live,
        pytest.raises(RejectedError, match="takes no letters beyond ASCII before an @"),
    ):
        mail.run(live, "one")

    assert (["zoë@example.com"], []) == (knowing.recipients, other.mails)


def test_a_server_cannot_be_asked_what_it_took(host: MailHost, connect: Connect) -> None:
    with pytest.raises(UncertainError, match="cannot be asked what it took"):
        MAIL.recall(connect(host), "one")


def test_connecting_asks_nobody(host: MailHost, connect: Connect) -> None:
    connect(host).close()
    time.sleep(0.05)
    assert 0 == host.connections
