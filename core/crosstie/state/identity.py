"""Ids that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

import secrets
import threading
import uuid
from datetime import datetime


class _Sequence:
    """The random part of ids: within a millisecond each is greater than the one before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def next(self, milliseconds: int) -> int:
        with self._lock:
            last, number = self._last
            number = number + 1 + secrets.randbits(40) if last == milliseconds else _random()
            self._last = (milliseconds, number)
            return number


def _random() -> int:
    """73 of the 74 bits, so that there is room for those to come in the same millisecond."""
    return secrets.randbits(73)


_SEQUENCE = _Sequence()


def new_id(now: datetime) -> str:
    """A fresh UUIDv7 for this moment (milliseconds), as text.

    Of two that one process makes for the same millisecond, one after the other, the later is the
    greater.
    """
    milliseconds = int(now.timestamp() * 1000)
    tail = _SEQUENCE.next(milliseconds)
    number = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76
    number |= (tail >> 62) << 64 | 0b10 << 62 | tail & (2**62 - 1)
    return str(uuid.UUID(int=number))
