"""From events to journeys: what each event begins, and what it ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie.canonical import digest
from crosstie.config_automations import AutomationConfig
from crosstie.happening import context_of, person_of, seconds
from crosstie.packing import packed
from crosstie.project import Project
from crosstie.state import EventRow, Journey, Lease, State, new_id
from crosstie.templates import Template

UNDER_WAY = ("waiting", "uncertain", "failed")
UNDECIDED = -1
"""The place of a journey whose `when` could not be decided."""

MOST = 1_000_000
"""Journeys of one person that one event ends."""


@attrs.frozen
class Dispatch:
    """Deals with new events under the lease of automations."""

    project: Project
    state: State
    lease: Lease

    def some(self) -> tuple[int, int]:
        """Deal with the oldest of the events that are new; returns how many there were, 0 when
        all are dealt with, and how many journeys they began.

        Each event is dealt with in one transaction: it is never half done, nor done twice.
        """
        events = begun = 0
        for event in self.state.new_events():
            if self.project.stop.is_set():
                break
            with self.state.transaction(self.lease):
                begun += self._one(event)
                self.state.end_events([event.id])
            events += 1
        return events, begun

    def _one(self, event: EventRow) -> int:
        context, place = context_of(event), (event.system, event.kind)
        began = 0
        for automation in self.project.config.automations.values():
            if place == automation.stop and not event.baseline:
                self._stop(automation, event, context)
            if place == (automation.system, automation.event):
                began += self._begin(automation, event, context)
        return began

    def _begin(
        self, automation: AutomationConfig, event: EventRow, context: Mapping[str, Any]
    ) -> int:
        """Begin a journey where it is wanted; one about which that cannot be said is failed."""
        if event.baseline and not automation.from_beginning:
            return 0
        if automation.after is not None and context.get("after") != seconds(automation.after):
            return 0
        who = per = person_of(event, context)
        error = None
        try:
            per = _person(automation.per, context) or who
            if not decided(automation.when, context):
                return 0
        except ValueError as wrong:
            error = self.project.redact(str(wrong))
        now = self.project.clock.now()
        if not self._may_enter(automation, per, now):
            return 0
        definition = digest(automation.definition)
        self.state.keep_definition(definition, automation.definition)
        self.state.enter(
            Journey(
                id=new_id(now),
                automation=automation.name,
                definition=definition,
                event=event.id,
                who=who,
                status="failed" if error else "waiting",
                place=UNDECIDED if error else 0,
                due=None if error else now,
                saved=packed({}),
                error=error,
                attempts=0,
                started=now,
                updated=now,
            ),
            per,
        )
        return 1

    def _may_enter(self, automation: AutomationConfig, per: str, now: datetime) -> bool:
        if automation.entry == "event":
            return True
        last = self.state.entered(automation.name, per)
        if last is None:
            return True
        return isinstance(automation.entry, timedelta) and now - last >= automation.entry

    def _stop(
        self, automation: AutomationConfig, event: EventRow, context: Mapping[str, Any]
    ) -> None:
        """End the journeys of the event's person that are under way."""
        who = person_of(event, context)
        for journey in self.state.journeys(
            automation.name, who=who, statuses=UNDER_WAY, limit=MOST
        ):
            status, error = "stopped", f"{event.system}.{event.kind} {event.key}"
            try:
                if not self._is_stopped(automation, journey, context):
                    continue
            except ValueError as wrong:  # neither to go on nor to end is sure: people decide
                status, error = "failed", self.project.redact(str(wrong))
            now = self.project.clock.now()
            self.state.keep_journey(
                attrs.evolve(journey, status=status, due=None, error=error, updated=now)
            )

    def _is_stopped(
        self, automation: AutomationConfig, journey: Journey, context: Mapping[str, Any]
    ) -> bool:
        """Whether the event ends this journey; its own event's names come before the other's."""
        if automation.stop_when is None:
            return True
        begin = self.state.event(journey.event)
        own = {} if begin is None else context_of(begin)
        return decided(automation.stop_when, {**context, **own, "stop": context}, "stop_when")


def decided(condition: Template | None, context: Mapping[str, Any], word: str = "when") -> bool:
    """Whether a condition is true; none is. Raises ValueError where it cannot be told.

    What is unknown (None), empty or 0 is not true; a text is, unless it is empty.
    """
    return condition is None or bool(_rendered(condition, context, word))


def _person(per: Template | None, context: Mapping[str, Any]) -> str:
    """Whose limit it is, where that is said; raises ValueError where it cannot be told."""
    value = None if per is None else _rendered(per, context, "per")
    return "" if value is None else str(value).strip().casefold()


def _rendered(template: Template, context: Mapping[str, Any], word: str) -> Any:
    try:
        return template.render(context)
    except ValueError as error:
        raise ValueError(f"{word} = {template.source!r}: {error}") from error
