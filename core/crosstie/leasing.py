"""Holding a lease: who does something alone, of all threads and processes that share a state."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import attrs

from crosstie.clock import Clock
from crosstie.errors import LeaseError, StateError
from crosstie.state import Lease, State
from crosstie.state.leases import this_process

LEASE = 60.0
BEAT = 15.0
POLL = 0.5
GLANCE = 0.02


@contextmanager
def held(
    state: State, clock: Clock, stop: threading.Event, name: str, *, patience: float, refused: str
) -> Iterator[Lease]:
    """Hold a lease, kept alive by a heartbeat; waits up to `patience` seconds until it is free.

    Raises `LeaseError` with the text `refused`, in which ``{holder}`` is replaced by who has it;
    without further waiting where the program is to stop.
    """
    until = clock.now() + timedelta(seconds=patience)
    owner = this_process()
    while isinstance(lease := state.acquire(name, owner, LEASE), str):
        if clock.now() >= until or not _pause(clock, stop, own=lease == owner):
            host, pid, _ = lease.rsplit(":", 2)
            raise LeaseError(refused.replace("{holder}", f"process {pid} on {host}"))
    keeping = HEART.keep(state, lease)
    try:
        yield lease
    finally:
        HEART.let_go(keeping)
        state.release(lease)


def _pause(clock: Clock, stop: threading.Event, *, own: bool) -> bool:
    """Wait a little; false when the program is to stop.

    For a thread of this process real time is waited: it goes on in real time too, while a
    simulated clock would run away until the lease has expired.
    """
    return not stop.wait(GLANCE) if own else clock.sleep(POLL) and not stop.is_set()


@attrs.define(eq=False)
class Keeping:
    """A lease that is held; `beating` is held while it is prolonged."""

    state: State
    lease: Lease
    is_over: bool = False
    beating: threading.Lock = attrs.field(factory=threading.Lock)

    def beat(self) -> None:
        """Prolong it; where that fails, the next beat does, or a commit finds out and stops."""
        with self.beating:
            if not self.is_over:
                with suppress(StateError):
                    self.state.renew(self.lease, LEASE)


class Heart:
    """Prolongs the leases that this process holds, all on one thread: most are held for a moment
    only, in which a thread of their own would be what costs most.

    The thread ends when nothing was held for a beat, which is in seconds.
    """

    def __init__(self, beat: float) -> None:
        self._every = beat
        self._kept: set[Keeping] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, state: State, lease: Lease) -> Keeping:
        """Prolong a lease from now on."""
        keeping = Keeping(state, lease)
        with self._lock:
            self._kept.add(keeping)
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)
                self._thread.start()
        return keeping

    def let_go(self, keeping: Keeping) -> None:
        """Prolong it no longer; the state is not used for it any more when this returns."""
        with self._lock:
            self._kept.discard(keeping)
        with keeping.beating:
            keeping.is_over = True

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._every)
            with self._lock:
                kept = list(self._kept)
                if not kept:
                    self._thread = None
                    return
            for keeping in kept:
                keeping.beat()


HEART = Heart(BEAT)
"""The one of this process, as leases are those of a process."""
