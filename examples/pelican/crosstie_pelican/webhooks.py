"""Webhooks in Pelican's own scheme: checked, then read as events."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from crosstie import Event, Request, Secret, UnavailableError, WebhookError
from crosstie_pelican.people import moment, record_of

TOLERANCE = timedelta(minutes=5)
HEADER = "pelican-signature"
SIGNATURE = re.compile(r"t=([0-9]{1,12})((?:,v[0-9]+=[0-9a-f]{1,128}){1,9})")


def events_of(request: Request, secret: Secret | None, now: datetime) -> list[Event]:
    """The events of a delivery that Pelican has signed; raises `WebhookError` for any other."""
    if secret is None:
        raise WebhookError("webhook_secret is not set, so nothing of Pelican's can be believed")
    check(request, secret, now)
    try:
        return list(_events(json.loads(request.body)))
    except (ValueError, TypeError, KeyError, RecursionError, UnavailableError):
        raise WebhookError("the delivery is signed by Pelican and cannot be read") from None


def check(request: Request, secret: Secret, now: datetime) -> None:
    """Raise `WebhookError` unless one of the signatures fits and the time is about now.

    There are two signatures for a day after the secret was changed in Pelican.
    """
    signature = SIGNATURE.fullmatch(request.headers.get(HEADER, ""))
    at, rest = signature.groups() if signature else ("0", "")
    signed = f"{at}.".encode() + request.body
    right = hmac.new(secret.reveal().encode(), signed, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(f"v1={right}", one) for one in rest.split(",")):
        raise WebhookError(f"{HEADER} does not fit: is webhook_secret the one of this webhook?")
    if abs(int(at) - now.timestamp()) > TOLERANCE.total_seconds():
        raise WebhookError(f"the delivery is more than {TOLERANCE} off, and may be a recorded one")


def _events(body: Mapping[str, Any]) -> Iterator[Event]:
    for told in body["events"]:
        read = KINDS.get(_text(told, "type"))
        if read is None:
            continue
        kind, key, data = read(told["data"])
        yield Event(kind, key, _text(told, "id"), data, moment(told, "created_at"))


def _unsubscribed(data: Mapping[str, Any]) -> tuple[str, str, Any]:
    if not isinstance(data["contact"], Mapping):
        raise TypeError("the contact is no object")
    record = record_of(data["contact"])
    return "contact_unsubscribed", record.key, record.data


def _bounced(data: Mapping[str, Any]) -> tuple[str, str, Any]:
    told = {"message": _text(data, "message_id"), "reason": _text(data, "reason")}
    contact = _text(data, "contact_external_id")
    return "message_bounced", contact, {**told, "contact": contact}


def _entered(data: Mapping[str, Any]) -> tuple[str, str, Any]:
    told = {"entry": _text(data, "entry_id"), "campaign": _text(data, "campaign")}
    contact = _text(data, "contact_external_id")
    return "campaign_entered", contact, {**told, "contact": contact}


def _text(told: Mapping[str, Any], name: str) -> str:
    text = told[name]
    if not isinstance(text, str) or not text:
        raise ValueError(f"{name} is no text")
    return text


KINDS: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, str, Any]]] = {
    "contact.unsubscribed": _unsubscribed,
    "message.bounced": _bounced,
    "campaign.entered": _entered,
}
"""Pelican's types of event: each with our kind, the contact's key, and what is known of it."""
