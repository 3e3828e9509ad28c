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


@attrs.frozen
class Dispatch:
    """Deals with new events under the lease of automations."""

    project: Project
    state: State
    lease: Lease

    def all(self) -> tuple[int, int]:
        """Deal with every event that is new; returns how many there were and how many journeys
        they began.

        Each event is dealt with in one transaction: it is never half done, nor done twice.
        """
        events = begun = 0
        while new := self.state.new_events():
            for event in new:
                with self.state.transaction(self.lease):
                    begun += self._one(event)
                    self.state.end_events([event.id])
                events += 1
        return events, begun

    def _one(self, event: EventRow) -> int:
        context = context_of(event)
        began = 0
        for automation in self.project.config.automations.values():
            if (event.system, event.kind) == automation.stop:
                self._stop(automation, event, context)
            if (event.system, event.kind) == (automation.system, automation.event):
                began += self._begin(automation, event, context)
        return began

    def _begin(
        self, automation: AutomationConfig, event: EventRow, context: Mapping[str, Any]
    ) -> int:
        if event.baseline and not automation.from_beginning:
            return 0
        if automation.after is not None and context.get("after") != seconds(automation.after):
            return 0
        who, place, error = person_of(event, context), 0, None
        try:
            who = _person(automation.per, context) or who
            if not decided(automation.when, context):
                return 0
        except ValueError as wrong:
            place, error = UNDECIDED, self.project.redact(str(wrong))
        now = self.project.clock.now()
        if not self._may_enter(automation, who, now):
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
                place=place,
                due=None if error else now,
                saved=packed({}),
                error=error,
                attempts=0,
                started=now,
                updated=now,
            )
        )
        return 1

    def _may_enter(self, automation: AutomationConfig, who: str, now: datetime) -> bool:
        if automation.entry == "event":
            return True
        last = self.state.entered(automation.name, who)
        if last is None:
            return True
        return isinstance(automation.entry, timedelta) and now - last >= automation.entry

    def _stop(
        self, automation: AutomationConfig, event: EventRow, context: Mapping[str, Any]
    ) -> None:
        now = self.project.clock.now()
        who = person_of(event, context)
        for journey in self.state.journeys(
            automation.name, who=who, statuses=UNDER_WAY, limit=1_000_000
        ):
            status, error = "stopped", f"{event.system}.{event.kind} {event.key}"
            if automation.stop_when is not None:
                begin = self.state.event(journey.event)
                own = {} if begin is None else context_of(begin)
                try:
                    if not decided(automation.stop_when, {**context, **own, "stop": context}):
                        continue
                except ValueError as wrong:  # neither to go on nor to end is sure: people decide
                    status, error = "failed", self.project.redact(f"stop_when: {wrong}")
            self.state.keep_journey(
                attrs.evolve(journey, status=status, due=None, error=error, updated=now)
            )


def decided(condition: Template | None, context: Mapping[str, Any]) -> bool:
    """Whether a condition is true; none is. Raises ValueError where it cannot be told.

    What is unknown (None), empty or 0 is not true; a text is, unless it is empty.
    """
    if condition is None:
        return True
    try:
        return bool(condition.render(context))
    except ValueError as error:
        raise ValueError(f"{condition.source!r}: {error}") from error


def _person(per: Template | None, context: Mapping[str, Any]) -> str:
    if per is None:
        return ""
    try:
        value = per.render(context)
    except ValueError as error:
        raise ValueError(f"per = {per.source!r}: {error}") from error
    return "" if value is None else str(value).strip().casefold()
