"""Holding a lease: who does something alone, of all threads and processes that share a state."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from crosstie.clock import Clock
from crosstie.errors import LeaseError
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
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            if not state.renew(lease, LEASE):
                return  # the next commit under it finds out and stops

    heart = threading.Thread(target=beat, name=f"lease {name}", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        ended.set()
        heart.join()
        state.release(lease)


def _pause(clock: Clock, stop: threading.Event, *, own: bool) -> bool:
    """Wait a little; false when the program is to stop.

    For a thread of this process real time is waited: it goes on in real time too, while a
    simulated clock would run away until the lease has expired.
    """
    return not stop.wait(GLANCE) if own else clock.sleep(POLL) and not stop.is_set()
