"""A mail as it is sent: headers, a text, and HTML beside it where there is some."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import attrs

IN_ASCII = SMTP.clone(cte_type="7bit")
IN_UTF8 = IN_ASCII.clone(utf8=True)
"""With the second, headers hold addresses as they are; a server has to know SMTPUTF8 for it."""


@attrs.frozen
class Letter:
    """What is said to whom."""

    sender: Address
    to: Address
    subject: str
    text: str
    html: str | None = None
    reply_to: Address | None = None
    unsubscribe: str | None = None

    @property
    def is_international(self) -> bool:
        """Whether an address has letters beyond ASCII before its @."""
        known = (self.sender, self.to, self.reply_to)
        return not all(one.addr_spec.isascii() for one in known if one is not None)

    def message(self, at: datetime, mark: str | None) -> EmailMessage:
        """The mail, as of a moment; its id is made from `mark`, without which it has none."""
        message = EmailMessage(IN_UTF8 if self.is_international else IN_ASCII)
        message["From"] = self.sender
        message["To"] = self.to
        if self.reply_to is not None:
            message["Reply-To"] = self.reply_to
        message["Subject"] = self.subject
        message["Date"] = format_datetime(at)
        if mark is not None:
            message["Message-ID"] = self.id(mark)
        if self.unsubscribe is not None:
            message["List-Unsubscribe"] = f"<{self.unsubscribe}>"
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        return message

    def id(self, mark: str) -> str:
        """The mail's Message-ID."""
        return f"<{mark}@{self.sender.domain}>"

    def shown(self, at: datetime) -> str:
        """The mail for people to read: its headers, then its parts."""
        headers = self.message(at, None).items()
        names = ("From", "To", "Reply-To", "Subject", "Date", "List-Unsubscribe")
        lines = [f"{name}: {value}" for name, value in headers if name in names]
        parts = [("text/plain", self.text), ("text/html", self.html)]
        told = [f"--- {kind} ---\n{text}" for kind, text in parts if text is not None]
        return "\n\n".join(["\n".join(lines), *told])
