"""Automations at work: systems are looked at, events begin journeys, journeys go on.

`automate` does all that is due once; `Automating` does it for as long as `crosstie serve` runs,
on two threads, so that an event that comes in does not wait for a system that is looked at.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta

import attrs

from crosstie.dispatching import Dispatch
from crosstie.errors import CrosstieError, LeaseError
from crosstie.journeying import Going
from crosstie.leasing import held
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.state import Lease, State
from crosstie.watching import Watch, watches_of

AUTOMATIONS = "automations"
WATCHES = "watches"
AGAIN = 30.0
IDLE = timedelta(minutes=1)
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
    counts: dict[str, int] = {}
    errors: list[str] = []
    with closing(project.state()) as state, closing(Pools(project, state)) as pools:
        try:
            with _alone(project, state, WATCHES, patience) as lease:
                errors += _look(watches_of(project.config), pools, state, lease, counts)
            with _alone(project, state, AUTOMATIONS, patience) as lease:
                _deal(pools, state, lease, counts)
        except LeaseError as error:
            errors.append(str(error))
        state.prune(project.clock.now() - project.config.keep_outcomes)
    return PassReport(counts=counts, errors=tuple(map(project.redact, errors)))


def _look(
    watches: Sequence[Watch], pools: Pools, state: State, lease: Lease, counts: dict[str, int]
) -> list[str]:
    """Look at systems; returns what went wrong with those that could not be looked at."""
    errors = []
    for watch in watches:
        try:
            found = watch.poll(pools, state, lease)
        except LeaseError:
            raise
        except CrosstieError as error:
            errors.append(f"{watch.system}: {error}")
        else:
            counts["noticed"] = counts.get("noticed", 0) + found
    return errors


def _deal(pools: Pools, state: State, lease: Lease, counts: dict[str, int]) -> bool:
    """Deal with events, and let journeys go on, until nothing is due; whether anything was."""
    project, anything = pools.project, False
    while not project.stop.is_set():
        events, begun = Dispatch(project, state, lease).all()
        became = Going(pools, state, lease).all()
        found = {"events": events, "begun": begun, **became}
        for name, number in found.items():
            counts[name] = counts.get(name, 0) + number
        if not any(found.values()):
            break
        anything = True
    return anything


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
    which something happened or went wrong. `stop` ends both threads.
    """

    project: Project
    heard: Callable[[PassReport], None]
    wake: threading.Event = attrs.field(factory=threading.Event)
    stop: threading.Event = attrs.field(factory=threading.Event)
    _threads: list[threading.Thread] = attrs.field(factory=list)

    def begin(self) -> None:
        """Begin, if there are automations."""
        if not self.project.config.automations:
            return
        for name, work in ((WATCHES, self._watch), (AUTOMATIONS, self._work)):
            thread = threading.Thread(target=self._while_serving, args=(name, work), name=name)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Ask both threads to end, and wait until they have."""
        self.stop.set()
        self.wake.set()
        for thread in self._threads:
            thread.join()

    def trouble(self) -> str | None:
        """Why nobody deals with events here, as a sentence, or None."""
        if all(thread.is_alive() for thread in self._threads):
            return None
        return "automations have ended: crosstie serve has to be started again"

    def _ending(self) -> bool:
        return self.stop.is_set() or self.project.stop.is_set()

    def _while_serving(self, name: str, work: Callable[[State, Lease], None]) -> None:
        """Work under the lease, again and again: another process may hold it, or take it over."""
        while not self._ending():
            try:
                with (
                    closing(self.project.state()) as state,
                    _alone(self.project, state, name, 0.0) as lease,
                ):
                    work(state, lease)
            except CrosstieError as error:
                if not self._ending():
                    self.heard(PassReport(errors=(self.project.redact(str(error)),)))
                self.stop.wait(AGAIN)
            except BaseException:  # a bug of ours: nobody should think that automations run
                self.project.stop.set()
                raise

    def _watch(self, state: State, lease: Lease) -> None:
        due: dict[Watch, datetime] = {}
        while not self._ending():
            now = self.project.clock.now()
            watches = [w for w in watches_of(self.project.config) if due.get(w, now) <= now]
            if watches:
                counts: dict[str, int] = {}
                with closing(Pools(self.project, state)) as pools:
                    errors = _look(watches, pools, state, lease, counts)
                due |= {watch: self.project.clock.now() + watch.every for watch in watches}
                if any(counts.values()):
                    self.wake.set()
                if errors:
                    told = tuple(map(self.project.redact, errors))
                    self.heard(PassReport(counts=counts, errors=told))
            self.stop.wait(LOOK)

    def _work(self, state: State, lease: Lease) -> None:
        with ExitStack() as opened:
            pools, used = None, self.project.clock.now()
            while not self._ending():
                self.wake.clear()
                if pools is None:
                    pools = opened.enter_context(closing(Pools(self.project, state)))
                counts: dict[str, int] = {}
                if _deal(pools, state, lease, counts):
                    used = self.project.clock.now()
                    self.heard(PassReport(counts=counts))
                elif self.project.clock.now() - used > IDLE:
                    opened.close()
                    pools = None
                self.wake.wait(self._nap(state))

    def _nap(self, state: State) -> float:
        """Seconds until a journey is due, but not longer than a second."""
        due = state.next_due()
        if due is None:
            return LOOK
        return max(0.0, min(LOOK, (due - self.project.clock.now()).total_seconds()))
