"""Ids that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

import secrets
import uuid
from datetime import datetime


def new_id(now: datetime) -> str:
    """A fresh UUIDv7 for this moment (milliseconds), as text."""
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76
    number |= secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=number))
