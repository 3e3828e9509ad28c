"""Handing mails to a server by SMTP, and what is known when that breaks off.

SMTP has no idempotency key: once a mail's content is on its way and no answer came, nobody knows.
Before that, certainly nothing was sent.
"""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

import attrs

from crosstie import (
    Finding,
    FlowError,
    RejectedError,
    Secret,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)

Security = Literal["starttls", "tls", "none"]
NO_ACCESS = frozenset({530, 534, 535, 538})
ACCESS = "are username and password right?"


@attrs.frozen
class Server:
    """Where mails are handed in, and as whom; `name` is what we call ourselves."""

    host: str
    port: int
    security: Security
    username: str | None
    password: Secret | None
    timeout: float
    name: str

    @property
    def place(self) -> str:
        """The server, for messages."""
        return f"{self.host}:{self.port}"

    @property
    def spoken(self) -> list[Secret]:
        """The forms in which the password goes over the line."""
        if self.username is None or self.password is None:
            return []
        text = self.password.reveal()
        forms = (f"\0{self.username}\0{text}", text)
        return [Secret(b64encode(one.encode()).decode()) for one in forms]


@attrs.define
class Submission:
    """A connection to the server, which is opened when needed and kept for the next mail."""

    server: Server
    _open: smtplib.SMTP | None = attrs.field(default=None, init=False)

    def send(self, sender: str, to: str, content: bytes, *, utf8: bool) -> None:
        """Hand in one mail.

        Raises `RejectedError` with the server's words, `UncertainError` when it may have been
        taken, and a `FlowError` when it certainly was not.
        """
        connection = self._connected()
        try:
            if utf8 and not connection.has_extn("smtputf8"):
                told = f"{self.server.place} takes no letters beyond ASCII before an @"
                raise RejectedError(f"{told}: the mail is from {sender} to {to}")
            options = ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else []
            self._expect(2, *connection.mail(sender, options))
            self._expect(2, *connection.rcpt(to))
            self._expect(3, *connection.docmd("DATA"))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise UnavailableError(f"{self._lost(error)}, before the mail was sent") from error
        except (RejectedError, FlowError):
            self.close()
            raise
        try:
            connection.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
            code, said = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            lost = f"{self._lost(error)}, after the mail was sent"
            raise UncertainError(f"{lost}; it may have been taken") from error
        if not 400 <= code < 600 and code // 100 != 2:
            told = f"{self.server.place} answered {code} {_words(said)}"
            raise UncertainError(f"{told} to the mail, which may have been taken")
        self._expect(2, code, said)

    def check(self) -> Iterator[Finding]:
        """Whether the server lets us in."""
        try:
            self._connected()
        except FlowError as error:
            yield Finding("problem", str(error))
        else:
            yield Finding("ok", f"{self.server.place} lets us in")

    def close(self) -> None:
        """Take leave."""
        if self._open is not None:
            with suppress(smtplib.SMTPException, OSError):  # a courtesy
                self._open.quit()
            self._open.close()
        self._open = None

    def _connected(self) -> smtplib.SMTP:
        """A connection that works: the one from before, or a new one."""
        if self._open is not None:
            with suppress(smtplib.SMTPException, OSError):  # it was idle for too long
                if self._open.noop()[0] == 250:
                    return self._open
            self.close()
        try:
            self._open = self._connect()
        except ssl.SSLCertVerificationError as error:
            told = f"{self.server.place}: its certificate is not to be trusted"
            raise UnavailableError(f"{told}: {error.verify_message}") from error
        except smtplib.SMTPNotSupportedError as error:
            told = f"{self.server.place}: {error}"
            raise UnavailableError(f"{told}; is security right?") from error
        except smtplib.SMTPResponseException as error:
            told = f"{self.server.place} answered {error.smtp_code} {_words(error.smtp_error)}"
            if error.smtp_code in NO_ACCESS:
                raise UnauthorisedError(f"{told}: {ACCESS}") from error
            raise UnavailableError(told) from error
        except (smtplib.SMTPException, OSError) as error:
            told = self._lost(error)
            raise UnavailableError(f"{told} (are host, port and security right?)") from error
        return self._open

    def _connect(self) -> smtplib.SMTP:
        own, context = self.server, ssl.create_default_context()
        if own.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                own.host, own.port, own.name, timeout=own.timeout, context=context
            )
        else:
            connection = smtplib.SMTP(own.host, own.port, own.name, timeout=own.timeout)
        try:
            if own.security == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if own.username is not None and own.password is not None:
                connection.login(own.username, own.password.reveal())
        except BaseException:
            connection.close()
            raise
        return connection

    def _expect(self, first: int, code: int, said: bytes) -> None:
        """Go on if the answer begins with this digit; else raise what it means."""
        if code // 100 == first:
            return
        told = f"{self.server.place} answered {code} {_words(said)}"
        if code in NO_ACCESS:
            raise UnauthorisedError(f"{told}: {ACCESS}")
        if 500 <= code < 600:
            raise RejectedError(told)
        raise UnavailableError(f"{told}; nothing was sent")

    def _lost(self, error: Exception) -> str:
        reason = "no answer in time" if isinstance(error, TimeoutError) else str(error)
        return f"{self.server.place}: {reason or type(error).__name__}"


def _words(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())
