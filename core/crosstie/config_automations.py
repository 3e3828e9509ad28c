"""The automations of a config: each checked against the systems, plugins and events it names."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import attrs

from crosstie.canonical import canonical
from crosstie.config_events import EventReader, Names, check_expression, check_names
from crosstie.config_plain import plain, shown
from crosstie.config_shapes import AutomationTable, Place, settings_in
from crosstie.config_steps import StepReader
from crosstie.config_systems import NAME, NAME_RULE
from crosstie.config_values import Values
from crosstie.connectors import Connector
from crosstie.happening import OWN
from crosstie.mistakes import Mistakes
from crosstie.plugins import Plugins
from crosstie.steps import Step, compile_steps, templates_in
from crosstie.templates import Template

SETTINGS = settings_in(AutomationTable)
OPTIONAL = ("when", "every", "after", "entry", "per", "stop_when")
RESTING = "cart_abandoned"


@attrs.frozen
class AutomationConfig:
    """One automation, ready to run: every name in it exists.

    It begins when the event `event` of `system` comes and `when` is true; `system` is ``crosstie``
    for events that automations emit. `every` is how often a polled system is looked at, `after`
    how long a cart has to rest to be abandoned. `entry` bounds who may enter: each event, each
    customer once, or again after so long; `per` says who that is, where it is not the event's
    person. `stop` is (system, event) that ends journeys under way of the same person, where
    `stop_when` is true or None.
    `definition` is the text from which `steps` are compiled again, for journeys under way:
    ``compile_steps(json.loads(definition))``.
    """

    name: str
    system: str
    event: str
    steps: tuple[Step, ...]
    definition: str
    when: Template | None = None
    every: timedelta = timedelta(minutes=1)
    after: timedelta | None = None
    entry: Literal["event", "customer"] | timedelta = "event"
    per: Template | None = None
    stop: tuple[str, str] | None = None
    stop_when: Template | None = None
    from_beginning: bool = False

    @property
    def events(self) -> tuple[tuple[str, str], ...]:
        """The events that it wants to hear of, each as (system, event)."""
        return ((self.system, self.event), *([self.stop] if self.stop else []))

    @property
    def actions(self) -> tuple[tuple[str, str], ...]:
        """What its steps may do, each as (system, action)."""
        places = [step.what.partition(".") for step in self.steps if step.kind == "do"]
        return tuple(dict.fromkeys((system, action) for system, _, action in places))

    @property
    def templates(self) -> tuple[Template, ...]:
        """Every template in it."""
        found = [self.when, self.per, self.stop_when, *(step.when for step in self.steps)]
        found += [one for step in self.steps for one in templates_in(step.tree)]
        return tuple(template for template in found if template is not None)


@attrs.frozen
class AutomationReader:
    """Reads ``[automations.NAME]`` tables; `kinds` is as in `FlowReader`.

    Paths in steps start at `folder`.
    """

    plugins: Plugins
    kinds: Mapping[str, type[Connector] | None]
    values: Values
    mistakes: Mistakes
    folder: Path

    def read(self, tables: Mapping[str, Any]) -> dict[str, AutomationConfig]:
        """The automations by name, without those in which mistakes have been noted."""
        events = EventReader(self.kinds, _emitted(tables), self.mistakes)
        read = [self._automation(name, table, events) for name, table in tables.items()]
        automations = {automation.name: automation for automation in read if automation}
        for circle in _circles(automations):
            told = ", ".join(f"{one} emits {OWN}.{event}" for one, event in circle)
            text = f"goes round in a circle without a wait: {told}; wait before one of them emits"
            self.mistakes.add(("automations", circle[0][0]), "on", text)
        return automations

    def _automation(self, name: str, table: Any, events: EventReader) -> AutomationConfig | None:
        if not isinstance(table, Mapping):
            self.mistakes.add(("automations",), name, f"expected a table, found {shown(table)}")
            return None
        before = len(self.mistakes.texts)
        where = ("automations", name)
        if not NAME.fullmatch(name):
            text = f"an automation cannot be called that: {NAME_RULE}"
            self.mistakes.add(where, None, text)
        found = self.values.read(SETTINGS, table, where, self.mistakes)
        names = self._check_event(where, found, table, events)
        self._check_stop(where, found, names, events)
        if "stop_when" in table and "stop" not in table:
            self.mistakes.add(where, "stop_when", "has no effect without stop")
        for field in ("when", "per"):
            if field in found and names is not None:
                check_names(self.mistakes, where, field, [found[field]], names)
        for field in ("when", "stop_when"):
            if field in found:
                check_expression(self.mistakes, where, field, found[field], table[field])
        for field in ("every", "after", "entry"):
            if found.get(field) == timedelta(0):
                self.mistakes.add(where, field, "expected more than no time at all")
        steps = StepReader(self.plugins, self.kinds, self.mistakes, self.folder, names)
        steps.read(found.get("steps", ()), (*where, "steps"))
        return None if len(self.mistakes.texts) > before else _automation(name, found)

    def _check_event(
        self,
        where: Sequence[str],
        found: Mapping[str, Any],
        table: Mapping[str, Any],
        events: EventReader,
    ) -> Names | None:
        """The event exists, and is of the sort that the settings want; what is known of it."""
        on: Place | None = found.get("on")
        names = None if on is None else events.names(where, "on", on)
        if on is None or names is None:
            return None
        polled = events.is_polled(on)
        if not polled and "from" in table:
            self.mistakes.add(where, "from", f"has no effect: {on} is not noticed by looking")
        if polled and on.name == RESTING and "after" not in table:
            text = 'missing: expected how long a cart has to rest to be abandoned, such as "2h"'
            self.mistakes.add(where, "after", text)
        if not (polled and on.name == RESTING) and "after" in table:
            text = f"has no effect: it goes with {RESTING}, where that is noticed by looking"
            self.mistakes.add(where, "after", text)
        stop: Place | None = found.get("stop")
        if "every" in table and not polled and not (stop and events.is_polled(stop)):
            self.mistakes.add(where, "every", f"has no effect: {on} is not noticed by looking")
        return names

    def _check_stop(
        self,
        where: Sequence[str],
        found: Mapping[str, Any],
        names: Names | None,
        events: EventReader,
    ) -> None:
        stop: Place | None = found.get("stop")
        if stop is None:
            return
        stopping = events.names(where, "stop", stop)
        if stop.name == RESTING and events.is_polled(stop):
            self.mistakes.add(where, "stop", f"{RESTING} can begin automations, and not stop them")
        elif "stop_when" in found and names is not None and stopping is not None:
            known = {**stopping, **names, "stop": frozenset(stopping)}
            check_names(self.mistakes, where, "stop_when", [found["stop_when"]], known)


def _automation(name: str, found: Mapping[str, Any]) -> AutomationConfig:
    definition = canonical(plain(found["steps"]))
    stop: Place | None = found.get("stop")
    return AutomationConfig(
        name=name,
        system=found["on"].system,
        event=found["on"].name,
        steps=compile_steps(json.loads(definition)),
        definition=definition,
        stop=None if stop is None else (stop.system, stop.name),
        from_beginning=found.get("from") == "beginning",
        **{field: found[field] for field in OPTIONAL if field in found},
    )


def _emitted(tables: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Every event that steps emit, with the names that they tell of it."""
    emitted: dict[str, frozenset[str]] = {}
    for table in tables.values():
        for step in _steps(table.get("steps") if isinstance(table, Mapping) else None):
            if isinstance(event := step.get("emit"), str):
                told = step.get("with")
                names = frozenset(told) if isinstance(told, Mapping) else frozenset()
                emitted[event] = emitted.get(event, frozenset()) | names
    return emitted


def _steps(tables: Any) -> Iterator[Mapping[str, Any]]:
    """Every step, also those within others, whatever is wrong with them."""
    for table in tables if isinstance(tables, list) else ():
        if isinstance(table, Mapping):
            yield table
            yield from _steps(table.get("otherwise"))


def _circles(
    automations: Mapping[str, AutomationConfig],
) -> Iterator[list[tuple[str, str]]]:
    """Automations that would begin each other for ever, each with the event that it emits; of
    those that share members only the first is told.
    """
    at_once = {name: _emitted_at_once(one.steps) for name, one in automations.items()}
    told: set[str] = set()
    for first in automations:
        paths: list[list[tuple[str, str]]] = [[(first, event)] for event in at_once[first]]
        seen: set[str] = set()
        while paths and first not in told:
            path = paths.pop(0)
            begun = [one for one in automations.values() if one.system == OWN]
            for one in (one for one in begun if one.event == path[-1][1]):
                if one.name == first:
                    told |= {name for name, _ in path}
                    yield path
                    break
                if one.name not in seen:
                    seen.add(one.name)
                    paths += [[*path, (one.name, event)] for event in at_once[one.name]]


def _emitted_at_once(steps: Sequence[Step]) -> list[str]:
    """The events that a journey may emit before it has waited."""
    places, reached = [0], set[int]()
    while places:
        place = places.pop()
        if place in reached or place >= len(steps):
            continue
        reached.add(place)
        step = steps[place]
        if step.kind not in {"wait", "until"}:
            places.append(step.next)
        if step.when is not None:
            places.append(step.skip)
    return [steps[place].what for place in sorted(reached) if steps[place].kind == "emit"]
