"""Doing deeds: an action of a configured system, once, and honest about it::

    with closing(project.state()) as state, closing(connected(project, state)) as pools:
        coupon = act(pools, state, "shop.create_coupon", {"percent": "10"}, once="welcome 17")

A deed is written down before it is tried, under a lease of its own, and what came of it is kept:
asked for again with the same `once`, it is told and not done.
After an answer that was lost it is looked for (`Recalls`) or asked for again (`Repeats`);
one that can be neither is kept as uncertain until somebody has looked and calls `settle`.
"""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import attrs

from crosstie.actions import Previews, Recalls
from crosstie.canonical import canonical
from crosstie.connectors import Live
from crosstie.errors import (
    ConfigError,
    FlowError,
    RecordError,
    UnavailableError,
    UncertainError,
)
from crosstie.interlock import check_armed
from crosstie.leasing import held
from crosstie.pools import Pools
from crosstie.preparing import Prepared, prepare
from crosstie.project import Project
from crosstie.records import Row
from crosstie.row_values import marked, unmarked
from crosstie.settings import settle_of
from crosstie.state import Deed, Lease, State

TRIES = 3
PATIENCE = 600.0
Answer = TypeVar("Answer")


def connected(project: Project, state: State) -> Pools:
    """The pools of a command that acts: a connector may have deeds done on other systems."""
    return Pools(project, state, act)


def act(
    pools: Pools,
    state: State,
    place: str,
    parameters: Mapping[str, Any],
    once: str,
    *,
    patience: float = PATIENCE,
) -> Row:
    """Do one deed, ``system.action``, or tell what came of it when it was done before.

    Of those who ask for one `once` at a time, in any process, one does it and the others wait, up
    to `patience` seconds, and get the same.
    Raises `ConfigError` for wrong parameters, or others than this `once` was used with before;
    `UncertainError` when it may have been done and nobody knows, with what to do about it;
    another `RecordError` when the system refuses, and a `FlowError` when it cannot be used now:
    after these two the same call tries again.
    """
    prepared = prepare(pools.project, place, parameters)
    check_armed(pools.project, state)
    with _deed(pools, state, prepared, once, patience) as (lease, deed):
        return _Doing(pools, state, prepared, lease, deed).result()


def preview(pools: Pools, place: str, parameters: Mapping[str, Any]) -> str:
    """What ``system.action`` would do with these parameters, for people to read; nothing is done.

    Raises `ConfigError` for wrong parameters and for an action that cannot tell, and what `act`
    would raise before anything is asked for.
    """
    prepared = prepare(pools.project, place, parameters)
    action = prepared.action
    if not isinstance(action, Previews):
        raise ConfigError([f"{place}: this action cannot show what it would do"])
    return pools.writer(prepared.system.name).call(action.preview).result()


def settle(pools: Pools, state: State, place: str, once: str, *, done: bool) -> Row:
    """End the doubt about a deed, after a look at the system: it was `done`, or do it again.

    Of one that was done nothing more is known: its result is empty.
    Raises `ConfigError` where there is nothing to settle; else as `act`.
    """
    known = state.deed(place.partition(".")[0], once)
    if known is None or f"{known.system}.{known.action}" != place:
        raise ConfigError([f"{place}: nothing is known of a deed with once {once!r}"])
    prepared = prepare(pools.project, place, json.loads(known.parameters))
    with _deed(pools, state, prepared, once, PATIENCE) as (lease, deed):
        if deed.status == "done":
            raise ConfigError([f"{place}: once {once!r} is done: there is nothing to settle"])
        doing = _Doing(pools, state, prepared, lease, attrs.evolve(deed, status="open"))
        return doing.keep({}) if done else doing.result()


@contextmanager
def _deed(
    pools: Pools, state: State, prepared: Prepared, once: str, patience: float
) -> Iterator[tuple[Lease, Deed]]:
    """The deed under its lease, written down at the latest now."""
    if not once:
        raise ConfigError([f"{prepared.place}: once is empty: it tells this deed from others"])
    project = pools.project
    new = Deed(
        system=prepared.system.name,
        once=once,
        action=prepared.action.name,
        parameters=prepared.written,
        at=project.clock.now(),
    )
    refused = f"{prepared.place}: {{holder}} is doing it, with once {once!r}: try again later"
    with held(
        state, project.clock, project.stop, new.lease, patience=patience, refused=refused
    ) as lease:
        deed = state.deed(new.system, once)
        if deed is None:
            with state.transaction(lease):
                state.keep_deed(new)
        yield lease, _same(prepared, deed or new)


def _same(prepared: Prepared, deed: Deed) -> Deed:
    """The deed, where it is the one that is meant; else a `ConfigError`."""
    differs = f"the action {deed.action}" if deed.action != prepared.action.name else ""
    if not differs and deed.parameters != prepared.written:
        then, now = json.loads(deed.parameters), json.loads(prepared.written)
        other = sorted(name for name in then | now if then.get(name) != now.get(name))
        differs = f"another {' and another '.join(other)}"
    if differs:
        told = f"once {deed.once!r} was used with {differs}: another deed needs another once"
        raise ConfigError([f"{prepared.place}: {told}"])
    return deed


@attrs.define
class _Doing:
    """One deed being done, under its lease."""

    pools: Pools
    state: State
    prepared: Prepared
    lease: Lease
    deed: Deed

    def result(self) -> Row:
        """What came of it; see `act`."""
        if self.deed.status == "done":
            return self._kept()
        try:
            return self._attempts()
        except UncertainError as error:
            self._note("uncertain", reason=error)
            place, once = self.prepared.place, shlex.quote(self.deed.once)
            raise UncertainError(
                f"{place}: {self.deed.reason}; look into {self.prepared.system.name} whether"
                f" it was done, then settle it: crosstie do {place} --once {once} --settle done"
                " (or: again)"
            ) from error

    def keep(self, result: Any) -> Row:
        """Keep what came of it, and return it as it will be told from now on."""
        if not isinstance(result, Mapping):
            told = f"it was done and told a {type(result).__name__}, which is no Row"
            raise TypeError(f"{self.prepared.place}: {told}")
        try:
            text = canonical(marked(result))
        except ValueError as error:
            told = f"it was done and what came of it cannot be kept: {error}"
            raise TypeError(f"{self.prepared.place}: {told}") from error
        self._note("done", result=text)
        return self._kept()

    def _kept(self) -> Row:
        row: Row = unmarked(json.loads(self.deed.result or "{}"))
        return row

    def _attempts(self) -> Row:
        """Try until it is known what came of it; `UncertainError` when it cannot be known."""
        lost = self._left_open()
        for tries in range(TRIES + 1):
            if lost is not None and (found := self._after(lost)) is not None:
                return self.keep(found)
            if tries < TRIES:
                try:
                    return self.keep(self._try(lost))
                except UncertainError as error:
                    lost = error
        raise UncertainError(f"{lost}; tried {TRIES} times") from lost

    def _left_open(self) -> UncertainError | None:
        """Why an earlier attempt may have been carried out, if one may."""
        if self.deed.status == "trying":
            return UncertainError("an attempt ended in the middle")
        if self.deed.status == "uncertain":
            return UncertainError(self.deed.reason or "an answer was lost")
        return None

    def _after(self, lost: UncertainError) -> Row | None:
        """After a lost answer: what came of it; None where it may be tried again."""
        action = self.prepared.action
        if isinstance(action, Recalls):
            found = self._recall(action, lost)
            if found is None:
                self._wait()
                found = self._recall(action, lost)
            return found
        if getattr(action, "repeats", False):
            self._wait()
            return None
        raise lost

    def _recall(self, action: Recalls, lost: UncertainError) -> Row | None:
        try:
            return self._ask(lambda live: action.recall(live, self.deed.once))
        except UncertainError as error:  # it cannot be looked for: the doubt stays as it is
            raise lost from error
        except RecordError as error:
            raise UncertainError(f"looking for it failed: {error}") from error

    def _wait(self) -> None:
        """Let pass the time in which what was sent may still land."""
        clock = self.pools.project.clock
        if not clock.sleep(settle_of(self.prepared.system.connector)):
            raise UncertainError("the program was asked to stop before a second look")

    def _try(self, lost: UncertainError | None) -> Row:
        """One attempt; `lost` says why an earlier one may have been carried out, or still may."""
        action, once = self.prepared.action, self.deed.once
        self._note("trying", attempts=self.deed.attempts + 1)
        try:
            return self._ask(lambda live: action.run(live, once))
        except UncertainError as error:
            self._note("uncertain", reason=error)
            raise
        except FlowError as error:
            self._note("uncertain" if lost else "open", reason=lost or error)
            raise
        except RecordError as error:
            # What is refused a second time may be so because the first attempt landed late.
            if lost and isinstance(action, Recalls):
                found = self._recall(action, lost)
                if found is not None:
                    return found
            self._note("failed", reason=error)
            raise

    def _ask(self, work: Callable[[Live], Answer]) -> Answer:
        """Do something on the connected system; nothing was asked of it if it cannot be reached."""
        connected = []

        def on_worker(live: Live) -> Answer:
            connected.append(live)
            return work(live)

        try:
            return self.pools.writer(self.prepared.system.name).call(on_worker).result()
        except RecordError as error:
            if connected:
                raise
            raise UnavailableError(f"{self.prepared.system.name}: {error}") from error

    def _note(self, status: str, *, reason: Exception | None = None, **changes: Any) -> None:
        """Write down how far it is."""
        project = self.pools.project
        self.deed = attrs.evolve(
            self.deed,
            status=status,
            reason=None if reason is None else project.redact(str(reason)),
            ended=project.clock.now() if status in {"done", "failed"} else None,
            **changes,
        )
        with self.state.transaction(self.lease):
            self.state.keep_deed(self.deed)
