"""Signing what is sent, anew for each sending: after the Standard Webhooks, and as OVH wants it."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Generator
from hashlib import sha256

import httpx

from crosstie import Clock, Secret

PREFIX = "whsec_"


def webhook_key(secret: Secret) -> bytes:
    """The key that a secret such as ``whsec_…`` stands for; raises ValueError, without it."""
    text = secret.reveal()
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"secret must be {PREFIX} and 24 to 64 bytes in base64 behind it")
    return key


def signature(key: bytes, mark: str, timestamp: str, body: bytes) -> str:
    """The header ``webhook-signature`` of a message with this id, sent at this time."""
    signed = f"{mark}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"


class StandardWebhook(httpx.Auth):
    """Signs requests that have a ``webhook-id`` after the Standard Webhooks 1.0.0."""

    requires_request_body = True

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See `httpx.Auth`."""
        timestamp = str(int(self._clock.now().timestamp()))
        mark = request.headers["webhook-id"]
        request.headers["webhook-timestamp"] = timestamp
        request.headers["webhook-signature"] = signature(
            self._key, mark, timestamp, request.content
        )
        yield request
