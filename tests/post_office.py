"""A mail server on this machine that takes every mail, a little slowly, and counts them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import attrs
from aiosmtpd.controller import Controller


@attrs.define
class PostOffice:
    """The mails it took.

    It `refuses` so many for now. Of so many it `loses` the answer: it closes the connection when
    it has taken them, or long before, where `later` does things after so many seconds.
    """

    mails: list[bytes] = attrs.field(factory=list)
    latency: float = 0.0
    refuses: int = 0
    loses: int = 0
    later: Callable[[float, Callable[[], object]], object] | None = None
    port: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        """The mails, read."""
        return [message_from_bytes(one, EmailMessage, policy=default) for one in list(self.mails)]

    def sent(self) -> Counter[tuple[str, str]]:
        """How often each mail was taken, by recipient and subject."""
        return Counter((mail["To"], mail["Subject"]) for mail in self.messages)

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802 (its name)
        """What aiosmtpd calls with a mail."""
        if self.refuses:
            self.refuses -= 1
            return "451 Try again later"
        if self.loses:
            self.loses -= 1
            if self.later is None:
                self.mails.append(envelope.content)
            else:
                self.later(20, lambda: self.mails.append(envelope.content))
            server.transport.close()
            return "250 Lost"
        await asyncio.sleep(self.latency)
        self.mails.append(envelope.content)
        await asyncio.sleep(self.latency)
        return "250 Taken"


class _Controller(Controller):
    """On a free port, which is told."""

    def __init__(self, office: PostOffice, told: Callable[[int], object]) -> None:
        super().__init__(office, hostname="127.0.0.1", port=0)
        self._told = told

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        self._told(self.port)
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has no type for it


@contextmanager
def open_post_office(latency: float = 0.0) -> Iterator[PostOffice]:
    """A post office that is open for the length of a `with` block."""
    office = PostOffice(latency=latency)

    def told(port: int) -> None:
        office.port = port

    controller = _Controller(office, told)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
