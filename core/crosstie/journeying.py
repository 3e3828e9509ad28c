"""One journey going on: step by step, each step once, until it waits or ends.

How far it is stands in the state after each step; what a step did is a deed of its own
(`crosstie.acting`), known by the journey and the step. So a journey goes on after any kill.
"""

import json
import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs

from crosstie.acting import act
from crosstie.dispatching import UNDECIDED, decided
from crosstie.errors import (
    ConfigError,
    CrosstieError,
    FlowError,
    LeaseError,
    RecordError,
    StateError,
    UncertainError,
)
from crosstie.happening import OWN, context_of, told
from crosstie.packing import packed, unpacked
from crosstie.pools import Pools
from crosstie.settings import duration_of
from crosstie.state import EventRow, Journey, Lease, State, new_id
from crosstie.steps import Step, compile_steps, render_tree

LOG = logging.getLogger("crosstie.journeying")
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


class Pauses:
    """What cannot be done now, so that of many journeys only some find that out by themselves."""

    def __init__(self) -> None:
        self._paused: dict[str, tuple[datetime, str]] = {}
        self._lock = threading.Lock()

    def until(self, what: str, now: datetime) -> tuple[datetime, str] | None:
        """Until when it is not to be tried, and why; None where it may be."""
        with self._lock:
            found = self._paused.get(what)
            return found if found is not None and found[0] > now else None

    def note(self, what: str, until: datetime, why: str) -> None:
        """It could not be done."""
        with self._lock:
            self._paused[what] = (until, why)

    def clear(self, what: str) -> None:
        """It can be done."""
        with self._lock:
            self._paused.pop(what, None)


@attrs.frozen
class Going:
    """Lets one journey go on at a time on the calling thread, under the lease of automations."""

    pools: Pools
    state: State
    lease: Lease
    pauses: Pauses

    def on(self, id_: str) -> tuple[Journey | None, int]:
        """Let a journey go on until it waits, ends or the program is asked to stop.

        Returns how it is then, and how many steps were done. What is a bug, ours or a plugin's,
        fails this one journey.
        """
        journey = self.state.journey(id_)
        if journey is None:  # its person was forgotten
            return None, 0
        try:
            return self._go(journey)
        except (LeaseError, StateError):
            raise
        except Exception as error:  # noqa: BLE001 (it is told, and the others go on)
            return self._broken(id_, error), 0

    def _broken(self, id_: str, error: Exception) -> Journey | None:
        """Fail a journey that cannot go on, for a reason that is not the present step's."""
        told = str(error)
        if not isinstance(error, CrosstieError):
            LOG.error("journey %s: a bug, of Crosstie or of a plugin", id_, exc_info=error)
            told = f"a bug, of Crosstie or of a plugin, see the log: {type(error).__name__}: {told}"
        present = self.state.journey(id_)
        return None if present is None else self._fail(present, told)

    def _go(self, journey: Journey) -> tuple[Journey, int]:
        program = program_of(self.state.definition(journey.definition) or "[]")
        event = self.state.event(journey.event)
        if event is None:
            return self._fail(journey, "its event is not kept any more"), 0
        context = {**context_of(event), **unpacked(journey.saved)}
        steps = 0
        while journey.status == "waiting" and not self.pools.project.stop.is_set():
            if journey.due is None or journey.due > self.pools.project.clock.now():
                break
            if journey.place == UNDECIDED:
                journey = self._decide(journey, context)
            elif journey.place >= len(program):
                journey = self._keep(journey, status="done", due=None)
            else:
                journey = self._step(journey, program[journey.place], context)
                steps += 1
        return journey, steps

    def _decide(self, journey: Journey, context: Mapping[str, Any]) -> Journey:
        """Decide what could not be decided when the event came."""
        automation = self.pools.project.config.automations.get(journey.automation)
        if automation is None:
            return self._fail(journey, "its automation is gone, and its `when` was not decided yet")
        try:
            wanted = decided(automation.when, context)
        except ValueError as error:
            return self._fail(journey, str(error))
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
            until = until_of(step, context, now)
        except (ValueError, ConfigError) as error:
            return self._fail(journey, f"step {step.label}: {'; '.join(str(error).splitlines())}")
        return self._keep(journey, place=step.next, attempts=0, due=until)

    def _do(self, journey: Journey, step: Step, context: dict[str, Any]) -> Journey:
        parameters = render_tree(step.tree, context)
        now = self.pools.project.clock.now()
        once = f"journey {journey.id} step {step.label}"
        if (pause := self.pauses.until(step.what, now)) is not None:
            until, why = pause
            return self._keep(journey, due=until, attempts=max(1, journey.attempts), error=why)
        doubt = None if journey.attempts else journey.error
        try:
            result = act(self.pools, self.state, step.what, parameters, once, patience=0.0)
        except UncertainError as error:
            if self.pools.project.stop.is_set():
                return journey  # it was not looked for to the end: the next run does
            doubt = self._told(step, error)
            if step.save is not None:
                return self._keep(journey, status="uncertain", due=None, error=doubt)
        except RecordError as error:
            return self._fail(journey, self._told(step, error))
        except FlowError as error:
            return self._put_off(journey, step, error, now)
        else:
            self.pauses.clear(step.what)
            if step.save is not None:
                context[step.save] = result
                saved = {**unpacked(journey.saved), step.save: result}
                journey = attrs.evolve(journey, saved=packed(saved))
        return self._keep(journey, place=step.next, attempts=0, due=now, error=doubt)

    def _put_off(self, journey: Journey, step: Step, error: FlowError, now: datetime) -> Journey:
        """Try the step again later, each time with a longer pause."""
        until = now + min(FIRST_PAUSE * 2 ** min(journey.attempts, 10), LONGEST_PAUSE)
        why = self._told(step, error)
        if not isinstance(error, LeaseError):  # that is about this deed alone
            self.pauses.note(step.what, until, why)
        return self._keep(journey, due=until, attempts=journey.attempts + 1, error=why)

    def _emit(self, journey: Journey, step: Step, context: Mapping[str, Any]) -> Journey:
        """Emit an event; it is about the journey's person where it does not say about whom."""
        now = self.pools.project.clock.now()
        event = EventRow(
            id=new_id(now),
            system=OWN,
            kind=step.what,
            key=journey.id,
            version=step.label,
            at=now,
            received=now,
            data=told(render_tree(step.tree, context), {"person": journey.who}),
        )
        with self.state.transaction(self.lease):
            moved = self._keep(journey, place=step.next, attempts=0, due=now)
            if moved.status == "waiting":
                self.state.add_events([event])
        return moved

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


def until_of(step: Step, context: Mapping[str, Any], now: datetime) -> datetime:
    """When a waiting step ends; raises ValueError where that is no time."""
    if step.kind == "wait":
        return now + (duration_of(step.what) or timedelta(0))
    try:
        until = step.tree.render(context)
    except ValueError as error:
        raise ValueError(f"wait_until = {step.tree.source!r}: {error}") from error
    if not isinstance(until, datetime):
        raise ValueError(f"wait_until = {step.tree.source!r}: expected a time, found {until!r}")
    return until
