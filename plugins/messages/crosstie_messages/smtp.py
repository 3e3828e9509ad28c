"""Mail by SMTP: the settings of a server, and the connected one.

::

    [systems.mail]
    use = "smtp"
    host = "smtp.example.com"
    username = "shop"
    password = { env = "MAIL_PASSWORD" }
    sender = "The shop <shop@example.com>"
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import attrs

from crosstie import (
    Advice,
    Clock,
    Env,
    Finding,
    Row,
    Secret,
    Stream,
    Table,
    UncertainError,
    setting,
)
from crosstie_messages.addresses import address
from crosstie_messages.letters import Letter
from crosstie_messages.outbox import Outbox, mark, need
from crosstie_messages.rendering import Templates
from crosstie_messages.submission import Security, Server, Submission

DRY = (
    "Dry mode: mails are kept in this folder, and none is sent. To send them, take this line away,"
    " and set host, username and password"
)
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


@attrs.frozen
class Smtp:
    """A mail server: mails are handed in by SMTP."""

    kind: ClassVar[str] = "smtp"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()
    usual_name: ClassVar[str] = "mail"
    in_first_config: ClassVar[tuple[Advice, ...]] = (
        Advice("Address that mails come from", "sender", "The shop <shop@shop.example>"),
        Advice(DRY, "outbox", "outbox"),
    )

    sender: str = setting("Address that mails come from (From), such as Shop <shop@example.com>")
    host: str | None = setting("Name of the server", default=None, identifies=True)
    port: int | None = setting(
        "Port of the server; unless set 587 for starttls, 465 for tls, 25 for none", default=None
    )
    security: Security = setting(
        "How the line is encrypted: starttls, tls from the first byte, or none", default="starttls"
    )
    username: str | None = setting("Who signs in; without it nobody does", default=None)
    password: Secret | None = setting("The password of username", default=None)
    reply_to: str | None = setting("Address that answers go to", default=None)
    templates: Path | None = setting("Folder with NAME.txt and NAME.html", default=None)
    timeout: timedelta = setting("Of one answer of the server", default=timedelta(seconds=30))
    outbox: Path | None = setting(
        "Folder in which mails are kept as .eml instead of being sent (dry mode)", default=None
    )

    @sender.validator
    @reply_to.validator
    def _check_address(self, field: Any, text: str | None) -> None:
        if text is not None:
            address(field.name, text)

    @password.validator
    def _check_password(self, _: Any, password: Secret | None) -> None:
        if password is not None and not password.reveal().isascii():
            raise ValueError("password has letters beyond ASCII, which SMTP cannot carry")

    def __attrs_post_init__(self) -> None:
        """Nothing is missing, and no password is shown to everybody on the way."""
        need(self.outbox, host=self.host)
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.username is not None and self.security == "none" and self.host not in HERE:
            raise ValueError('with security = "none" everybody on the way could read the password')

    def connect(self, env: Env) -> "SmtpLive":
        """See `crosstie.Connector`: nothing is asked before the first use."""
        templates = Templates(self.templates) if self.templates else None
        if self.outbox is not None:
            return SmtpLive(env.system, self, templates, Outbox(self.outbox), env.clock)
        assert self.host is not None
        server = Server(
            host=self.host,
            port=self.port or PORTS[self.security],
            security=self.security,
            username=self.username,
            password=self.password,
            timeout=self.timeout.total_seconds(),
            name=address("sender", self.sender).domain,
        )
        for secret in server.spoken:
            env.redact(secret)
        return SmtpLive(env.system, self, templates, Submission(server), env.clock)


@attrs.frozen
class SmtpLive:
    """A connected mail server."""

    system: str
    settings: Smtp
    templates: Templates | None
    way: Submission | Outbox
    clock: Clock

    def send(self, letter: Letter, once: str) -> Row:
        """Send a letter, or keep it in the dry mode; tells its Message-ID."""
        own = mark(self.system, once)
        content = letter.message(self.clock.now(), own).as_bytes()
        if isinstance(self.way, Outbox):
            return self._told(letter, own, self.way.keep(f"{own}.eml", content))
        sender, to = letter.sender.addr_spec, letter.to.addr_spec
        self.way.send(sender, to, content, utf8=letter.is_international)
        return self._told(letter, own)

    def recall(self, letter: Letter, once: str) -> Row | None:
        """What came of it in the dry mode; a mail server does not tell what it took."""
        if not isinstance(self.way, Outbox):
            raise UncertainError("a mail server cannot be asked what it took")
        own = mark(self.system, once)
        path = self.way.find(f"{own}.eml")
        return self._told(letter, own, path) if path else None

    def _told(self, letter: Letter, own: str, path: Path | None = None) -> Row:
        kept = {"outbox": str(path)} if path else {}
        return {"message": letter.id(own), "to": letter.to.addr_spec, **kept}

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`: there are none."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`: there are none."""
        return {}

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`: the server, and every template."""
        yield from self.way.check()
        if self.templates is not None:
            mistakes = list(self.templates.mistakes())
            yield from (Finding("problem", one) for one in mistakes)
            if not mistakes:
                number = len(list(self.templates.files()))
                yield Finding("ok", f"{number} templates in {self.templates.folder} can be read")

    def forget(self, text: str) -> int:
        """See `crosstie.Forgets`."""
        return self.way.forget(text) if isinstance(self.way, Outbox) else 0

    def close(self) -> None:
        """See `crosstie.Live`."""
        if isinstance(self.way, Submission):
            self.way.close()
