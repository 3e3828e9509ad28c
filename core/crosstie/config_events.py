"""The events that automations name, and what templates may know of each of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from crosstie.commerce import VOCABULARY, vocabulary_name
from crosstie.config_plain import shown
from crosstie.config_shapes import Place
from crosstie.connectors import Connector
from crosstie.event_kinds import POLLED, polled_kinds, received_kinds
from crosstie.happening import OWN
from crosstie.mistakes import Mistakes, suggestion
from crosstie.templates import Template

Names = Mapping[str, frozenset[str] | None]
"""What templates know: each name with its fields, None where those are not known beforehand."""

EVENT = frozenset({"system", "kind", "key", "at", "data"})
NONE: Mapping[str, str] = {}
METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))


@attrs.frozen
class EventReader:
    """Looks up the events that a config names.

    `kinds` is as in `FlowReader`; `emitted` has the events that automations emit, each with the
    names that it tells.
    """

    kinds: Mapping[str, type[Connector] | None]
    emitted: Mapping[str, frozenset[str]]
    mistakes: Mistakes

    def names(self, where: Sequence[str], field: str, place: Place) -> Names | None:
        """What templates know of this event.

        None where there is no such event, with the mistake noted, or where that cannot be known.
        """
        if place.system == OWN:
            if place.name in self.emitted:
                return _names({"data": self.emitted[place.name] | METHODS})
            text = f"no automation emits {place.name!r}{suggestion(place.name, self.emitted)}"
        elif place.system not in self.kinds:
            hint = suggestion(place.system, [*self.kinds, OWN])
            text = f"unknown system {place.system!r}{hint}"
        elif (connector := self.kinds[place.system]) is None:
            return None
        else:
            received = received_kinds(connector)
            offered = [*polled_kinds(connector.streams_offered), *(received or ())]
            if place.name in offered or received is None:
                return _names(_told(place.name, certain=place.name in offered))
            if offered:
                text = f"{connector.kind} has no event {place.name!r}"
                text += suggestion(place.name, offered)
            else:
                text = f"{place.system!r} is a {connector.kind}, which has no events"
        self.mistakes.add(where, field, text)
        return None

    def is_polled(self, place: Place) -> bool:
        """Whether this event is noticed by looking at its system."""
        connector = self.kinds.get(place.system)
        return connector is not None and place.name in polled_kinds(connector.streams_offered)


def _told(kind: str, *, certain: bool) -> Names:
    """What an event tells: one of a system's own scheme may be about anything it has."""
    if not certain:
        return {"data": None}
    if kind not in POLLED:
        return {"data": None, **{name: _fields(one) for name, one in VOCABULARY.items()}}
    polled = POLLED[kind]
    things = {"data": polled.thing, vocabulary_name(polled.thing): polled.thing, **polled.more}
    return {name: _fields(thing) for name, thing in things.items()}


def _fields(thing: type) -> frozenset[str] | None:
    return frozenset(one.name for one in attrs.fields(thing)) if attrs.has(thing) else None


def _names(told: Names) -> Names:
    return {"key": None, "event": EVENT, **told}


def check_names(
    mistakes: Mistakes,
    where: Sequence[str],
    field: str,
    templates: Iterable[Template],
    known: Names,
    *,
    reasons: Mapping[str, str] = NONE,
) -> None:
    """Note each name and each field that is not known; `reasons` say why some names are not."""
    listed = list(templates)
    for name in sorted(frozenset[str]().union(*(template.variables for template in listed))):
        if name not in known:
            why = reasons.get(name) or f"is not known here{suggestion(name, known)}"
            mistakes.add(where, field, f"{name!r} {why}")
        elif (fields := known[name]) is not None:
            looked_up = frozenset[str]().union(*(one.attributes(name) for one in listed))
            for wrong in sorted(looked_up - fields):
                hint = suggestion(wrong, fields - METHODS)
                mistakes.add(where, field, f"{name} has no {wrong!r}{hint}")


def check_expression(
    mistakes: Mistakes, where: Sequence[str], field: str, template: Template, written: Any
) -> None:
    """Note a text where a value is wanted: it would always be the same, or always be true."""
    if not template.is_expression:
        text = f"expected an expression, {{{{ … }}}}, and nothing else, found {shown(written)}"
        mistakes.add(where, field, text)
