"""What automations know of an event: its names for templates, and whom it is about."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crosstie.commerce import VOCABULARY, Customer, vocabulary_name
from crosstie.packing import packed, unpacked
from crosstie.records import Ref
from crosstie.state import EventRow

OWN = "crosstie"
"""The system of events that automations emit."""


def told(data: Any, more: Mapping[str, Any]) -> str:
    """An event's object and further values as the text that is kept; ValueError where it cannot."""
    return packed({"data": data, "more": dict(more)})


def context_of(event: EventRow) -> dict[str, Any]:
    """The variables that templates know of an event."""
    kept = unpacked(event.data)
    return context_of_parts(kept["data"], kept["more"], event)


def context_of_parts(data: Any, more: Mapping[str, Any], event: EventRow) -> dict[str, Any]:
    """The same for an event whose object is at hand."""
    found: dict[str, Any] = {"key": event.key, "data": data}
    name = vocabulary_name(type(data))
    if name in VOCABULARY:
        found[name] = data
    person = getattr(getattr(data, "customer", None), "embedded", None)
    if person is not None:
        found["customer"] = person
    found |= more
    known = {"system": event.system, "kind": event.kind, "key": event.key}
    found["event"] = {**known, "at": event.at or event.received, "data": data}
    return found


def person_of(event: EventRow, context: Mapping[str, Any]) -> str:
    """Whom an event is about: an e-mail, else what else tells people apart."""
    data = context["data"]
    customer = context.get("customer")
    ref = getattr(data, "customer", None)
    if isinstance(data, Mapping):
        inner = data.get("customer")
        customer = customer or inner
        email = data.get("email") or (inner.get("email") if isinstance(inner, Mapping) else None)
    else:
        email = getattr(customer, "email", None) if isinstance(customer, Customer) else None
    if isinstance(customer, Mapping):
        email = email or customer.get("email")
    if isinstance(email, str) and email.strip():
        return email.strip().casefold()
    if isinstance(ref, Ref):
        return f"{event.system} {ref.stream} {ref.key}"
    return f"{event.system} {event.kind} {event.key}"


def seconds(duration: timedelta) -> int:
    """The rest of a cart as `cart_abandoned` events carry it, in `after`."""
    return int(duration.total_seconds())
