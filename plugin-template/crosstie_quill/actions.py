"""What can be done in Quill besides keeping subscribers.

::

    crosstie do news.send_letter to=ada@example.com subject=Hello body="How are you?"
"""

from typing import ClassVar

import attrs
from crosstie import Row, setting

from crosstie_quill.connector import QuillLive


@attrs.frozen
class SendLetter:
    """Send a letter to one subscriber."""

    name: ClassVar[str] = "send_letter"
    on: ClassVar[str] = "quill"
    # Quill keeps `once` as its idempotency key, so asking again is safe after a lost answer.
    # Take this line out where a system has no such key: the deed is then left uncertain.
    repeats: ClassVar[bool] = True

    to: str = setting("E-mail of a subscriber")
    subject: str = setting("First line of the letter")
    body: str = setting("The letter, as plain text")

    @to.validator
    def _check_to(self, _: object, to: str) -> None:
        if "@" not in to:
            raise ValueError(f"to must be an e-mail address, not {to!r}")

    def run(self, system: QuillLive, once: str) -> Row:
        """See `crosstie.Action`: tells the letter's number."""
        letter = {"to": self.to, "subject": self.subject, "body": self.body}
        return {"letter": str(system.api.send(letter, once)["letter"])}
