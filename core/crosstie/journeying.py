"""Journeys going on: step by step, each step once, until they wait or end.

How far a journey is stands in the state after each step; what a step did is a deed of its own
(`crosstie.acting`), known by the journey and the step. So a journey goes on after any kill.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs

from crosstie.acting import act
from crosstie.dispatching import UNDECIDED, decided
from crosstie.errors import ConfigError, FlowError, RecordError, UncertainError
from crosstie.happening import OWN, context_of, told
from crosstie.packing import packed, unpacked
from crosstie.pools import Pools
from crosstie.settings import duration_of
from crosstie.state import EventRow, Journey, Lease, State, new_id
from crosstie.steps import Step, compile_steps, render_tree

SIDE_BY_SIDE = 8
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


@attrs.frozen
class Going:
    """Lets journeys go on, under the lease of automations."""

    pools: Pools
    state: State
    lease: Lease

    def all(self) -> dict[str, int]:
        """Let every journey that is due go on, several side by side; returns what became of them,
        by status, with the number of steps done as ``steps``.

        Ends early where the program is asked to stop.
        """
        counts: dict[str, int] = {}
        project = self.pools.project
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="journey") as threads:
            while due := self.state.due_journeys(project.clock.now()):
                for journey, steps in threads.map(self._go, due):
                    counts["steps"] = counts.get("steps", 0) + steps
                    counts[journey.status] = counts.get(journey.status, 0) + 1
                if project.stop.is_set():
                    break
        return counts

    def _go(self, journey: Journey) -> tuple[Journey, int]:
        """One journey until it waits or ends; how it is then, and how many steps were done."""
        program = program_of(self.state.definition(journey.definition) or "[]")
        event = self.state.event(journey.event)
        if event is None:
            return self._keep(journey, status="failed", error="its event is not kept any more"), 0
        context = {**context_of(event), **unpacked(journey.saved)}
        steps = 0
        while journey.status == "waiting" and not self.pools.project.stop.is_set():
            if journey.place == UNDECIDED:
                journey = self._decide(journey, context)
                continue
            if journey.place >= len(program):
                journey = self._keep(journey, status="done", due=None)
                break
            step = program[journey.place]
            journey = self._step(journey, step, context)
            steps += 1
            if journey.due is None or journey.due > self.pools.project.clock.now():
                break
        return journey, steps

    def _decide(self, journey: Journey, context: Mapping[str, Any]) -> Journey:
        """Decide what could not be decided when the event came."""
        automation = self.pools.project.config.automations.get(journey.automation)
        try:
            wanted = decided(automation.when if automation else None, context)
        except ValueError as error:
            return self._fail(journey, f"when = {error}")
        if not wanted:
            return self._keep(journey, status="stopped", due=None, error="its `when` is not true")
        return self._keep(journey, place=0)

    def _step(self, journey: Journey, step: Step, context: dict[str, Any]) -> Journey:
        """Do one step, and keep how far the journey is then."""
        now = self.pools.project.clock.now()
        try:
            if not decided(step.when, context):
                return self._keep(journey, place=step.skip, attempts=0, due=now)
            if step.kind == "do":
                return self._do(journey, step, context)
            if step.kind == "emit":
                return self._emit(journey, step, context)
            until = _until(step, context, now)
        except (ValueError, ConfigError) as error:
            return self._fail(journey, f"step {step.label}: {error}")
        return self._keep(journey, place=step.next, attempts=0, due=until)

    def _do(self, journey: Journey, step: Step, context: dict[str, Any]) -> Journey:
        parameters = render_tree(step.tree, context)
        now = self.pools.project.clock.now()
        once = f"journey {journey.id} step {step.label}"
        doubt = journey.error
        try:
            result = act(self.pools, self.state, step.what, parameters, once, patience=0.0)
        except UncertainError as error:
            doubt = self._told(step, error)
            if step.save is not None:
                return self._keep(journey, status="uncertain", due=None, error=doubt)
        except RecordError as error:
            return self._fail(journey, self._told(step, error))
        except FlowError as error:
            pause = min(FIRST_PAUSE * 2 ** min(journey.attempts, 10), LONGEST_PAUSE)
            return self._keep(
                journey,
                due=now + pause,
                attempts=journey.attempts + 1,
                error=self._told(step, error),
            )
        else:
            if journey.attempts:
                doubt = None  # the system is back
            if step.save is not None:
                context[step.save] = result
                saved = {**unpacked(journey.saved), step.save: result}
                journey = attrs.evolve(journey, saved=packed(saved))
        return self._keep(journey, place=step.next, attempts=0, due=now, error=doubt)

    def _emit(self, journey: Journey, step: Step, context: Mapping[str, Any]) -> Journey:
        now = self.pools.project.clock.now()
        event = EventRow(
            id=new_id(now),
            system=OWN,
            kind=step.what,
            key=journey.id,
            version=step.label,
            at=now,
            received=now,
            data=told(render_tree(step.tree, context), {}),
        )
        with self.state.transaction(self.lease):
            self.state.add_events([event])
            return self._keep(journey, place=step.next, attempts=0, due=now)

    def _fail(self, journey: Journey, error: str) -> Journey:
        return self._keep(journey, status="failed", due=None, error=error)

    def _told(self, step: Step, error: Exception) -> str:
        return f"step {step.label}, {step.what}: {error}"

    def _keep(self, journey: Journey, **changes: Any) -> Journey:
        """Keep how far it is, unless somebody else has ended it meanwhile; returns how it is."""
        project = self.pools.project
        if changes.get("error"):
            changes["error"] = project.redact(changes["error"])
        changed = attrs.evolve(journey, updated=project.clock.now(), **changes)
        with self.state.transaction(self.lease):
            present = self.state.journey(journey.id)
            if present is None or present.status != "waiting":
                return present or attrs.evolve(journey, status="cancelled", due=None)
            self.state.keep_journey(changed)
        return changed


@lru_cache(1_000)
def program_of(definition: str) -> tuple[Step, ...]:
    """The steps of an automation as it was."""
    return compile_steps(json.loads(definition))


def _until(step: Step, context: Mapping[str, Any], now: datetime) -> datetime:
    """When a waiting step ends; raises ValueError where that is no time."""
    if step.kind == "wait":
        return now + (duration_of(step.what) or timedelta(0))
    until = step.tree.render(context)
    if not isinstance(until, datetime):
        raise ValueError(f"wait_until = {step.tree.source!r}: expected a time, found {until!r}")
    return max(until, now)
