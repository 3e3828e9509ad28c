"""What automations know of an event: its names for templates, and whom it is about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crosstie.commerce import VOCABULARY, Customer, vocabulary_name
from crosstie.incoming import Event
from crosstie.packing import packed, unpacked
from crosstie.records import Ref
from crosstie.state import EventRow, new_id

OWN = "crosstie"
"""The system of events that automations emit."""


def told(data: Any, more: Mapping[str, Any]) -> str:
    """An event's object and further values as the text that is kept; ValueError where it cannot."""
    return packed({"data": data, "more": dict(more)})


def row_of(event: Event, system: str, now: datetime) -> EventRow:
    """An event of a system as it is kept; ValueError for one that cannot be."""
    return EventRow(
        id=new_id(now),
        system=system,
        kind=event.kind,
        key=event.key,
        version=event.version,
        at=event.at,
        received=now,
        data=told(event.data, event.more),
    )


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
    inner = data.get("customer") if isinstance(data, Mapping) else None
    for one in (data, context.get("customer"), inner):
        if email := _email(one):
            return email
    if event.system == OWN and isinstance(context.get("person"), str):
        return str(context["person"])
    ref = getattr(data, "customer", None)
    if isinstance(ref, Ref):
        return f"{event.system} {ref.stream} {ref.key}"
    stream = "customers" if isinstance(data, Customer) else event.kind
    return f"{event.system} {stream} {event.key}"


def _email(one: Any) -> str:
    """The e-mail of a customer, or of a mapping, in the one way in which it is compared."""
    email = one.get("email") if isinstance(one, Mapping) else None
    if isinstance(one, Customer):
        email = one.email
    return email.strip().casefold() if isinstance(email, str) else ""


def seconds(duration: timedelta) -> int:
    """The rest of a cart as `cart_abandoned` events carry it, in `after`: begun ones count."""
    return -(-duration // timedelta(seconds=1))
