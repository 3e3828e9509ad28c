"""The outbox of the dry mode: a folder in which messages are kept instead of being sent.

A message's file is named by a hash of its deed's `once`, so that whatever is kept twice is one.
"""

import email
import os
import re
from collections.abc import Iterator
from email.policy import default
from hashlib import sha256
from pathlib import Path

import attrs

from crosstie import Finding, UnavailableError


def need(outbox: Path | None, **settings: object) -> None:
    """Raise ValueError for settings that are missing, unless nothing is sent anyway."""
    missing = [name for name, value in settings.items() if value is None]
    if missing and outbox is None:
        raise ValueError(f"{' and '.join(missing)} must be set, or outbox for the dry mode")


def mark(system: str, once: str) -> str:
    """A deed's `once`, as 32 characters that fit everywhere; each system has its own."""
    return sha256(f"{system} {once}".encode()).hexdigest()[:32]


@attrs.frozen
class Outbox:
    """A folder with a file for each message; it is made with the first of them."""

    folder: Path

    def keep(self, name: str, content: bytes) -> Path:
        """Keep a message under this name; one that is there already stays as it is.

        Raises `UnavailableError` where the folder cannot be written: nothing is kept then.
        """
        path = self.folder / name
        if path.exists():
            return path
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            told = f"the outbox {self.folder} cannot be written: {error.strerror}"
            raise UnavailableError(told) from error
        return path

    def find(self, name: str) -> Path | None:
        """Where the message of this name is kept; None where it is not."""
        path = self.folder / name
        return path if path.exists() else None

    def check(self) -> Iterator[Finding]:
        """What `crosstie check` says of a system in the dry mode."""
        yield Finding("ok", f"dry: messages are kept in {self.folder}, and none is sent")

    def forget(self, text: str) -> int:
        """Erase every message to or about this person; returns how many there were.

        `text` is an e-mail address or a number, and must stand there whole: ``a@example.com`` is
        not found in ``ada@example.com``.
        """
        wanted = re.compile(rf"(?<![\w.+-]){re.escape(text.strip())}(?![\w-]|\.\w)", re.IGNORECASE)
        kept = [*self.folder.glob("*.eml"), *self.folder.glob("*.json")]
        found = [path for path in kept if text.strip() and wanted.search(_told(path))]
        for path in found:
            path.unlink()
        return len(found)


def _told(path: Path) -> str:
    """All that a kept message says, decoded."""
    if path.suffix == ".json":
        return path.read_text("utf-8", "replace")
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*map(str, message.values()), *(part.get_content() for part in parts)])
