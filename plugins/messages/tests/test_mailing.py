"""What a mail looks like, and what is refused before anything is sent."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from crosstie import RejectedError
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_messages.mailing import SendMail
from crosstie_messages.smtp import Smtp, SmtpLive

from .mail_host import said

Send = Callable[..., EmailMessage]
USUAL: dict[str, Any] = {"to": "ada@example.com", "subject": "Hello", "body": "Hello Ada"}
TEMPLATED: dict[str, Any] = {"to": "ada@example.com", "subject": "Hello", "template": "coupon"}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


@pytest.fixture
def live(env: Surroundings, outbox: Path, templates: Path) -> Iterator[SmtpLive]:
    settings = Smtp(sender="The shop <shop@example.com>", outbox=outbox, templates=templates)
    with closing(settings.connect(env)) as live:
        yield live


@pytest.fixture
def send(live: SmtpLive) -> Send:
    """Send a mail, and read it in the outbox."""

    def send(once: str = "one", **given: Any) -> EmailMessage:
        usual = TEMPLATED if "template" in given else USUAL
        told = SendMail(**{**usual, **given}).run(live, once)
        content = Path(told["outbox"]).read_bytes()
        return message_from_bytes(content, EmailMessage, policy=default)

    return send


def test_a_mail_has_what_its_deed_says(send: Send, clock: SimulatedClock) -> None:
    clock.move(datetime(2026, 11, 2, 9, 30, tzinfo=UTC))
    mail = send(reply_to="help@example.com", unsubscribe="https://shop.example/u?t=1")

    assert {
        "From": "The shop <shop@example.com>",
        "To": "ada@example.com",
        "Reply-To": "help@example.com",
        "Subject": "Hello",
        "Date": "Mon, 02 Nov 2026 09:30:00 +0000",
        "List-Unsubscribe": "<https://shop.example/u?t=1>",
    } == {name: mail[name] for name in mail if name[0] not in "MC"}
    assert "Hello Ada\n" == said(mail)


def test_the_id_is_made_from_once_and_the_senders_domain(live: SmtpLive) -> None:
    first, second = (SendMail(**USUAL).run(live, once)["message"] for once in ("one", "two"))

    assert first.endswith("@example.com>")
    assert first != second
    assert first == SendMail(**USUAL).run(live, "one")["message"]


def test_names_domains_and_texts_may_be_in_any_script(send: Send) -> None:
    mail = send(to="Zoë Ünal <zoe@exämple.com>", subject="Grüße 🎁", body="Καλημέρα\n" * 40)

    (to,) = mail["To"].addresses
    assert ("Zoë Ünal", "zoe@xn--exmple-cua.com") == (to.display_name, to.addr_spec)
    assert ("Grüße 🎁", "Καλημέρα\n" * 40) == (mail["Subject"], said(mail))


def test_a_line_that_begins_with_a_dot_or_is_very_long_arrives_as_it_is(send: Send) -> None:
    body = ".\n..\n" + "x" * 5000 + "\n"
    assert body == said(send(body=body))


def test_a_template_gives_a_text_and_html_beside_it(send: Send, templates: Path) -> None:
    (templates / "coupon.txt").write_text("Hello {{ name }}, {{ code }}{{ nothing }}", "utf-8")
    (templates / "coupon.html").write_text("<p>Hello {{ name }}</p>", "utf-8")

    mail = send(template="coupon", values={"name": "<Ada> & co", "code": "A1", "nothing": None})

    text, html = mail.iter_parts()
    assert "multipart/alternative" == mail.get_content_type()
    assert "Hello <Ada> & co, A1\n" == said(text)
    assert "<p>Hello &lt;Ada&gt; &amp; co</p>\n" == said(html)


def test_html_alone_gets_a_text_made_from_it(send: Send, templates: Path) -> None:
    (templates / "coupon.html").write_text(
        "<style>p { color: red }</style><h1>Hello  {{ name }}</h1>"
        '<p>Here is <a href="https://shop.example/c">your code</a>:<br><b>{{ code }}</b></p>'
        "<ul><li>one<li>two &amp; three</ul>",
        "utf-8",
    )

    text, html = send(template="coupon", values={"name": "Ada", "code": "A1"}).iter_parts()

    expected = "Hello Ada\n\nHere is your code (https://shop.example/c):\nA1\n\n"
    assert f"{expected}- one\n- two & three\n" == said(text)
    assert "text/html" == html.get_content_type()


def test_a_template_may_include_another(send: Send, templates: Path) -> None:
    (templates / "foot.txt").write_text("Bye, {{ name }}", "utf-8")
    (templates / "coupon.txt").write_text("Hello\n{% include 'foot.txt' %}", "utf-8")

    assert "Hello\nBye, Ada\n" == said(send(template="coupon", values={"name": "Ada"}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello\n{{ nam }}", "coupon.txt, line 2: 'nam' is undefined"),
        ("Hello\n{{ customer.nam }}", "coupon.txt, line 2: 'dict object' has no attribute 'nam'"),
        ("Hello\n\n{% if %}", "coupon.txt, line 3: Expected an expression"),
        ("{{ customer | upperr }}", "coupon.txt, line 1: No filter named 'upperr'"),
        ("{% include 'foot.txt' %}", "there is no template 'foot.txt' to include"),
        ("{% include '../crosstie.toml' %}", "there is no template '../crosstie.toml'"),
        ("{{ 1 / 0 }}", "coupon.txt, line 1: division by zero"),
        ("{{ customer.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("{{ customer.clear() }}", "coupon.txt, line 1: "),
        ("  \n", "the template 'coupon' gives an empty mail"),
        ("\udcff", "coupon.txt is not UTF-8 text"),
        (None, "there is no template 'coupon': neither coupon.txt nor coupon.html is in"),
    ],
)
def test_a_wrong_template_is_refused_with_file_and_line(
    send: Send, templates: Path, outbox: Path, text: str | None, told: str
) -> None:
    if text is not None:
        (templates / "coupon.txt").write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(RejectedError) as refused:
        send(template="coupon", values={"customer": {"name": "Ada"}})

    assert (True, False) == (told in str(refused.value), outbox.exists()), refused.value


def test_a_template_needs_a_folder(env: Surroundings, outbox: Path) -> None:
    live = Smtp(sender="shop@example.com", outbox=outbox).connect(env)
    with pytest.raises(RejectedError, match="has no templates: set templates to their folder"):
        SendMail(**TEMPLATED).run(live, "one")


def test_every_template_is_checked(live: SmtpLive, templates: Path, outbox: Path) -> None:
    (templates / "de").mkdir()
    (templates / "de" / "hello.txt").write_text("{{ name }", "utf-8")
    (templates / "hello.html").write_text("{{ name }}", "utf-8")

    dry, mistake = live.check({})
    (templates / "de" / "hello.txt").unlink()
    *_, well = live.check({})

    assert ("ok", f"dry: messages are kept in {outbox}, and none is sent") == (dry.level, dry.text)
    assert ("problem", True) == (mistake.level, "hello.txt, line 1: unexpected" in mistake.text)
    assert ("ok", f"1 templates in {templates} can be read") == (well.level, well.text)


def test_a_missing_folder_of_templates_is_told(env: Surroundings, tmp_path: Path) -> None:
    settings = Smtp(sender="a@example.com", outbox=tmp_path, templates=tmp_path / "none")
    *_, missing = settings.connect(env).check({})
    assert ("problem", True) == (missing.level, "there is no folder" in missing.text)


@pytest.mark.parametrize("consent", [True, None])
def test_who_has_agreed_or_of_whom_nothing_is_known_gets_it(
    send: Send, consent: bool | None
) -> None:
    assert "ada@example.com" == send(consent=consent)["To"]


def test_who_has_not_agreed_gets_nothing(send: Send, outbox: Path) -> None:
    with pytest.raises(RejectedError, match="has not agreed"):
        send(consent=False)
    assert not outbox.exists()


def test_a_preview_shows_headers_and_both_parts_and_sends_nothing(
    live: SmtpLive, templates: Path, outbox: Path
) -> None:
    (templates / "coupon.html").write_text("<p>Hello {{ name }}</p>", "utf-8")
    mail = SendMail(**TEMPLATED, values={"name": "Ada"}, unsubscribe="mailto:u@example.com")

    assert (
        "From: The shop <shop@example.com>\nTo: ada@example.com\nSubject: Hello\n"
        "Date: Mon, 02 Nov 2026 09:00:00 +0000\nList-Unsubscribe: <mailto:u@example.com>\n\n"
        "--- text/plain ---\nHello Ada\n\n\n--- text/html ---\n<p>Hello Ada</p>"
    ) == mail.preview(live)
    assert not outbox.exists()


def test_a_preview_raises_what_sending_would(live: SmtpLive) -> None:
    with pytest.raises(RejectedError, match="there is no template 'coupon'"):
        SendMail(**TEMPLATED).preview(live)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sender": "nobody"}, "sender must be one e-mail address, not 'nobody'"),
        ({"sender": "a@faß.example"}, "sender must be one e-mail address"),
        ({"reply_to": "a@example.com\nBcc: b@example.com"}, "reply_to must be one line"),
        ({}, "host must be set, or outbox for the dry mode"),
        ({"host": "smtp.example.com", "username": "shop"}, "username and password go together"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=r"must|together") as refused:
        Smtp(**{"sender": "shop@example.com", **settings})
    assert told in str(refused.value)
