"""What the sandboxes have in common: what was sent, and answers in JSON."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import phonenumbers

from crosstie.sandbox import Reply


class Desk:
    """Keeps what was sent, in its order, and tells `notice` of each.

    Nothing is sent to `blocked` numbers, which are in E.164.
    """

    def __init__(self, notice: Callable[[str], object] = lambda _: None) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.blocked: set[str] = set()
        self.lock = threading.Lock()
        self._notice = notice

    def keep(self, message: Mapping[str, Any]) -> int:
        """Take a message; returns its number."""
        self.sent.append(message)
        self._notice(f"{message['to']}: {message['text']}")
        return len(self.sent)


def reply(status: int, body: Any) -> Reply:
    """An answer in JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, text.encode(), {"Content-Type": "application/json"})


def exists(number: str) -> bool:
    """Whether this is a number in E.164 that there may be."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
