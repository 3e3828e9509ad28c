"""Senders of events: any system, program or form that posts JSON under a signature.

::

    [systems.forms]
    use = "events"
    secret = { env = "FORMS_SECRET" }
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from crosstie import (
    Clock,
    Env,
    Event,
    Request,
    Secret,
    Stream,
    Table,
    WebhookError,
    check_webhook,
    setting,
    webhook_key,
)

KIND = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}")
LONGEST_TOLERANCE = timedelta(days=1)


@attrs.frozen
class Events:
    """Whoever posts named events with a JSON body, signed after the Standard Webhooks."""

    kind: ClassVar[str] = "events"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()
    events_offered: ClassVar[tuple[str, ...] | None] = None

    secret: Secret = setting("What the sender signs with, whsec_… in base64")
    old_secret: Secret | None = setting(
        "The secret before it, believed as well while the sender changes over", default=None
    )
    tolerance: timedelta = setting(
        "How old a message may be, or ahead of our clock, at most 1d", default=timedelta(minutes=5)
    )

    @secret.validator
    def _check_secret(self, _: Any, secret: Secret) -> None:
        webhook_key(secret)

    @old_secret.validator
    def _check_old_secret(self, _: Any, secret: Secret | None) -> None:
        try:
            if secret is not None:
                webhook_key(secret)
        except ValueError as error:
            raise ValueError(f"old_{error}") from None

    @tolerance.validator
    def _check_tolerance(self, _: Any, tolerance: timedelta) -> None:
        if not timedelta(0) < tolerance <= LONGEST_TOLERANCE:
            raise ValueError("tolerance must be more than 0s and at most 1d")

    def connect(self, env: Env) -> "EventsLive":
        """See `crosstie.Connector`: there is nobody to ask."""
        secrets = [self.secret, self.old_secret]
        keys = [webhook_key(secret) for secret in secrets if secret is not None]
        return EventsLive(keys, self.tolerance, env.clock)


@attrs.frozen
class EventsLive:
    """A sender that is known by its secret."""

    keys: Sequence[bytes] = attrs.field(repr=False)
    tolerance: timedelta
    clock: Clock

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`: there are none."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`: there are none."""
        return {}

    def receive(self, request: Request) -> Sequence[Event]:
        """See `crosstie.Receives`: a message is one event, and is the same when it comes again."""
        sent = check_webhook(self.keys, request, self.clock.now(), self.tolerance)
        return [event_of(request.body, request.headers["webhook-id"], sent)]

    def close(self) -> None:
        """See `crosstie.Live`: there is nothing to free."""


def event_of(body: bytes, mark: str, sent: datetime) -> Event:
    """The event that a genuine message with this id tells; raises `WebhookError` for nonsense."""
    try:
        told = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        raise WebhookError("the body is not JSON") from None
    if not isinstance(told, Mapping):
        raise WebhookError("the body is no JSON object with a type and data")
    kind, data = told.get("type"), told.get("data", {})
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise WebhookError("type is not 1 to 63 letters, digits, ., - and _ after a letter")
    if not isinstance(data, Mapping):
        raise WebhookError("data is no JSON object")
    return Event(kind, _key(data) or mark, mark, data, _moment(told.get("timestamp")) or sent)


def _key(data: Mapping[str, Any]) -> str | None:
    """Whom or what the event is about, as the sender's data tell it."""
    for name in ("id", "email"):
        value = data.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WebhookError("timestamp is no time with its zone, such as 2026-11-02T09:00:00Z")
    return moment


def _no_number(_: str) -> None:
    raise ValueError("JSON has no such number")
