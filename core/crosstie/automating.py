"""Automations at work: systems are looked at, events begin journeys, journeys go on.

`automate` does all that is due once; `Automating` does it for as long as `crosstie serve` runs,
on two threads, so that an event that comes in does not wait for a system that is looked at.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import attrs

from crosstie.acting import connected
from crosstie.advancing import Advance
from crosstie.errors import CrosstieError, FlowError, LeaseError
from crosstie.interlock import check_armed
from crosstie.leasing import held
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.state import Lease, State
from crosstie.watching import Watch, note_unwatched, watches_of

AUTOMATIONS = "automations"
WATCHES = "watches"
AGAIN = 30.0
TAKE_OVER = 2.0

IDLE = timedelta(minutes=1)
TOLD = timedelta(seconds=10)
PRUNE = timedelta(hours=1)
LOOK = 1.0


@attrs.frozen(kw_only=True)
class PassReport:
    """What came of a pass over the automations.

    `counts`: events noticed and dealt with, journeys begun, steps done, and journeys by how they
    are now. `errors` say what could not be done now.
    """

    counts: Mapping[str, int] = attrs.field(factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all well, 1 a journey failed or is uncertain, 3 something could not be done."""
        if self.errors:
            return 3
        return 1 if self.counts.get("failed") or self.counts.get("uncertain") else 0


def automate(project: Project, *, patience: float = 0.0) -> PassReport:
    """Look at every watched system, deal with the events, and let all that is due go on, once.

    A system that cannot be looked at is told in the report; the others go on.
    """
    counts: Counter[str] = Counter()
    errors: list[str] = []
    with closing(project.state()) as state, closing(connected(project, state)) as pools:
        try:
            check_armed(project, state)
            with _alone(project, state, WATCHES, patience) as lease:
                note_unwatched(project.config, state)
                errors += _look(watches_of(project.config), pools, state, lease, counts)
            with (
                _alone(project, state, AUTOMATIONS, patience) as lease,
                closing(Advance(pools, state, lease, threading.Event())) as advance,
            ):
                counts += advance.until_nothing_is_due()
        except FlowError as error:
            errors.append(str(error))
        state.prune(project.clock.now() - project.config.keep_outcomes)
    return PassReport(counts=dict(counts), errors=tuple(map(project.redact, errors)))


def _look(
    watches: Sequence[Watch], pools: Pools, state: State, lease: Lease, counts: Counter[str]
) -> list[str]:
    """Look at systems; returns what went wrong with those that could not be looked at."""
    errors = []
    for watch in watches:
        if pools.project.stop.is_set():
            break
        try:
            counts["noticed"] += watch.poll(pools, state, lease)
        except LeaseError:
            raise
        except CrosstieError as error:
            errors.append(f"{watch.system}: {error}")
    return errors


@contextmanager
def _alone(project: Project, state: State, name: str, patience: float) -> Iterator[Lease]:
    refused = f"{name} are being dealt with by {{holder}}: wait for it or stop it"
    with held(
        state, project.clock, project.stop, name, patience=patience, refused=refused
    ) as lease:
        yield lease


@attrs.frozen
class Automating:
    """Automations while `crosstie serve` runs.

    `wake` lets what has just come in be dealt with at once. `heard` is told after each pass in
    which something happened or went wrong. `stop` ends both threads. What went wrong is tried
    `again` after so many seconds, and to `take_over` from another process that is at work.
    """

    project: Project
    heard: Callable[[PassReport], None]
    again: float = AGAIN
    take_over: float = TAKE_OVER
    wake: threading.Event = attrs.field(factory=threading.Event)
    stop: threading.Event = attrs.field(factory=threading.Event)
    _threads: list[threading.Thread] = attrs.field(factory=list)
    _troubles: dict[str, str] = attrs.field(factory=dict)
    _bugs: list[BaseException] = attrs.field(factory=list)

    def begin(self) -> None:
        """Begin, if there are automations."""
        if not self.project.config.automations:
            with closing(self.project.state()) as state:
                note_unwatched(self.project.config, state)
            return
        for name, work in ((WATCHES, self._watch), (AUTOMATIONS, self._work)):
            thread = threading.Thread(target=self._while_serving, args=(name, work), name=name)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Ask both threads to end, and wait until they have; raises what was a bug in them."""
        self.stop.set()
        self.wake.set()
        for thread in self._threads:
            thread.join()
        if self._bugs:
            raise self._bugs[0]

    def trouble(self) -> str | None:
        """Why nobody deals with events here, as a sentence, or None."""
        if not all(thread.is_alive() for thread in self._threads):
            return "automations have ended: crosstie serve has to be started again"
        return self._troubles.get(AUTOMATIONS)

    def _ending(self) -> bool:
        return self.stop.is_set() or self.project.stop.is_set()

    def _while_serving(self, name: str, work: Callable[[State, Lease], None]) -> None:
        """Work under the lease, again and again: another process may hold it, or take it over."""
        told = ""
        while not self._ending():
            try:
                with (
                    closing(self.project.state()) as state,
                    _alone(self.project, state, name, 0.0) as lease,
                ):
                    check_armed(self.project, state)
                    self._troubles.pop(name, None)
                    told = ""
                    work(state, lease)
            except CrosstieError as error:
                text = self.project.redact(str(error))
                if not isinstance(error, LeaseError):
                    self._troubles[name] = text
                if text != told and not self._ending():
                    told = text
                    self.heard(PassReport(errors=(text,)))
                self.stop.wait(self.take_over if isinstance(error, LeaseError) else self.again)
            except BaseException as error:  # noqa: BLE001 (raised again by `end`: nobody should think that automations run)
                self._bugs.append(error)
                self.project.stop.set()

    def _watch(self, state: State, lease: Lease) -> None:
        now = self.project.clock.now
        due: dict[Watch, datetime] = {}
        pruned: datetime | None = None
        note_unwatched(self.project.config, state)
        while not self._ending():
            watches = [w for w in watches_of(self.project.config) if due.get(w, now()) <= now()]
            if watches:
                self._look(watches, state, lease)
                due |= {watch: now() + watch.every for watch in watches}
            if pruned is None or now() - pruned > PRUNE:
                state.prune(now() - self.project.config.keep_outcomes)
                pruned = now()
            self.stop.wait(LOOK)

    def _look(self, watches: Sequence[Watch], state: State, lease: Lease) -> None:
        counts: Counter[str] = Counter()
        with closing(connected(self.project, state)) as pools:
            errors = _look(watches, pools, state, lease, counts)
        if counts["noticed"]:
            self.wake.set()
        if errors:
            told = tuple(map(self.project.redact, errors))
            self.heard(PassReport(counts=+counts, errors=told))

    def _work(self, state: State, lease: Lease) -> None:
        """Advance what is due; systems are disconnected when nothing was for a while."""
        while not self._ending():
            with (
                closing(connected(self.project, state)) as pools,
                closing(Advance(pools, state, lease, self.wake)) as advance,
            ):
                counts = self._advance(advance, state)
                counts += advance.close()
                self._tell(counts)

    def _advance(self, advance: Advance, state: State) -> Counter[str]:
        """Go on until nothing has happened for a minute, or it is to end; returns what was not
        told yet.
        """
        now = self.project.clock.now
        counts: Counter[str] = Counter()
        used = told = now()
        while not self._ending() and now() - used <= IDLE:
            self.wake.clear()
            found = advance.turn()
            counts += found
            if found or advance.under_way:
                used = now()
            if not (advance.under_way or found) or now() - told > TOLD:
                self._tell(counts)
                counts.clear()
                told = now()
            if not found:
                self.wake.wait(LOOK if advance.under_way else self._nap(state))
        return counts

    def _tell(self, counts: Counter[str]) -> None:
        if counts:
            self.heard(PassReport(counts=dict(counts)))

    def _nap(self, state: State) -> float:
        """Seconds until a journey is due, but not longer than a second."""
        due = state.next_due()
        if due is None:
            return LOOK
        return max(0.0, min(LOOK, (due - self.project.clock.now()).total_seconds()))
