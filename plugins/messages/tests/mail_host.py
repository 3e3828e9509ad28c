"""A mail server on this machine that takes mails, or says no, or hangs up, as a test likes."""

import asyncio
import datetime
import ipaddress
import ssl
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import Any, Literal

import attrs
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crosstie import Request
from crosstie.sandbox import Reply

Moment = Literal["MAIL", "RCPT", "DATA", "end", "taken"]
"""When something goes wrong: at a command, at the end of the mail, or when it is taken already."""

HANGS_UP = ""


@attrs.define
class MailHost:
    """What it took, and what goes wrong: the next answers at these moments, ``""`` to hang up.

    It answers nothing for `silence` seconds once a mail is taken.
    """

    mails: list[bytes] = attrs.field(factory=list)
    recipients: list[str] = attrs.field(factory=list)
    answers: dict[Moment, list[str]] = attrs.field(factory=dict)
    connections: int = 0
    silence: float = 0.0
    logins: list[tuple[str, str]] = attrs.field(factory=list)
    port: int = 0
    _controllers: list[Controller] = attrs.field(factory=list)
    _connected: list[SMTP] = attrs.field(factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        """The mails it took, read."""
        return [message_from_bytes(one, EmailMessage, policy=default) for one in self.mails]

    def start(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        at_once: bool = False,
        smtputf8: bool = True,
    ) -> "MailHost":
        """Begin to answer, on a free port; with `tls` by STARTTLS or `at_once`, and to logins."""
        controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=0,
            tls_context=None if at_once else tls,
            ssl_context=tls if at_once else None,
            authenticator=self._let_in if tls else None,
            auth_require_tls=not at_once,  # it sees no TLS that was there from the first byte
            enable_SMTPUTF8=smtputf8,
        )
        controller.start()
        self._controllers.append(controller)
        self.port, self.connections = controller.port, 0
        self._connected.clear()
        return self

    def respond(self, request: Request) -> Reply:
        """It speaks no HTTP; the kit serves it all the same."""
        return Reply(404)

    def hang_up(self) -> None:
        """Close every connection, as servers do with idle ones."""
        for controller in self._controllers:
            for server in self._connected:
                assert server.transport is not None
                controller.loop.call_soon_threadsafe(server.transport.close)
        self._connected.clear()

    def stop(self) -> None:
        """Stop answering."""
        for controller in self._controllers:
            controller.stop()

    def _let_in(self, *given: Any) -> AuthResult:
        login = given[-1]
        assert isinstance(login, LoginPassword)
        self.logins.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=login.password == b"right", handled=False)

    def _next(self, moment: Moment, server: SMTP) -> str | None:
        """The next answer at this moment, where it is not the usual one."""
        waiting = self.answers.get(moment, [])
        answer = waiting.pop(0) if waiting else None
        if answer == HANGS_UP:
            assert server.transport is not None
            server.transport.close()
        return answer

    # What aiosmtpd calls, by these names:

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._next("MAIL", server)
        if answer is None:
            envelope.mail_from, answer = address, "250 OK"
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._next("RCPT", server)
        if answer is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
            answer = "250 OK"
        return answer

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._next("end", server)
        if answer is None:
            assert isinstance(envelope.content, bytes)
            self.mails.append(envelope.content)
            self.recipients.extend(envelope.rcpt_tos)
            if self.silence:
                await asyncio.sleep(self.silence)
            answer = self._next("taken", server) or "250 Taken"
        return answer


def said(part: Message) -> str:
    """What a part of a mail says."""
    assert isinstance(part, EmailMessage)
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


class _Server(SMTP):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        self.event_handler.connections += 1
        self.event_handler._connected.append(self)
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        answer = self.event_handler._next("DATA", self)
        if answer is None:
            await super().smtp_DATA(arg)
        elif answer != HANGS_UP:
            await self.push(answer)

    async def push(self, status: Any) -> None:
        with suppress(ConnectionError):  # it has hung up
            await super().push(status)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has no type for it


def certificate(folder: Path, host: str = "127.0.0.1") -> ssl.SSLContext:
    """A context for a server of this address; whoever trusts ``ca.pem`` in the folder trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail host")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = built.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "ca.pem").write_bytes(public)
    (folder / "host.pem").write_bytes(public + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem")
    return context
