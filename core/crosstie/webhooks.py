"""Messages signed after the Standard Webhooks 1.0.0: signing them, and believing only such ones::

key = webhook_key(Secret("whsec_…"))
headers = sign_webhook(key, "msg_1", clock.now(), body)
check_webhook([key], request, clock.now(), timedelta(minutes=5))
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from crosstie.errors import WebhookError
from crosstie.incoming import Request
from crosstie.settings import Secret

PREFIX = "whsec_"
ID = re.compile(r"[!-\-/-~]{1,255}")
"""Printable and without a dot, so that what is signed can be taken apart in one way only."""
TIMESTAMP = re.compile(r"[0-9]{1,12}")


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


def sign_webhook(key: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:  # noqa: A002
    """The headers of a message with this id that is sent now, which is `at`.

    The id stays the same when the message is sent again; raises ValueError for one that has a
    dot, a blank or other characters than ASCII in it.
    """
    if not ID.fullmatch(id):
        raise ValueError(f"the id {id!r} is not 1 to 255 letters, digits and signs, without dots")
    timestamp = str(int(at.timestamp()))
    signature = f"v1,{_signature(key, id, timestamp, body)}"
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }


def check_webhook(
    keys: Sequence[bytes], request: Request, now: datetime, tolerance: timedelta
) -> datetime:
    """When the message was signed; its id is in the header ``webhook-id``.

    Raises `WebhookError` unless one of its signatures was made with one of these keys, not more
    than `tolerance` ago, nor ahead. Whoever has no key cannot tell what else is wrong.
    """
    told = request.headers
    id_, timestamp = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    given = [one.encode() for one in told.get("webhook-signature", "").split(" ")]
    shaped = bool(ID.fullmatch(id_) and TIMESTAMP.fullmatch(timestamp))
    right = [f"v1,{_signature(key, id_, timestamp, request.body)}".encode() for key in keys]
    fits = [hmac.compare_digest(one, other) for one in given for other in right]
    if not (shaped and any(fits)):
        raise WebhookError("the message is not signed as it should be")
    if abs(int(timestamp) - now.timestamp()) > tolerance.total_seconds():
        raise WebhookError(f"the message is more than {tolerance} off, and may be a recorded one")
    return datetime.fromtimestamp(int(timestamp), UTC)


def _signature(key: bytes, id_: str, timestamp: str, body: bytes) -> str:
    signed = f"{id_}.{timestamp}.".encode() + body
    return b64encode(hmac.digest(key, signed, sha256)).decode()
