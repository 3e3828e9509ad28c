"""Keyed hashes: what has to be recognised again, and must not be readable in the state."""

import hmac
import json
from datetime import datetime

from crosstie import Env


def sealed(env: Env, use: str, *parts: str | None) -> str:
    """A text that only this project makes of these parts, for this use."""
    key = env.derive(f"loyalty {use}")
    return hmac.digest(key, json.dumps(parts).encode(), "sha256").hex()


def stamp(moment: datetime) -> str:
    """A moment (in UTC) as it is kept: of one length, so that it sorts as text."""
    return moment.isoformat(timespec="microseconds")
