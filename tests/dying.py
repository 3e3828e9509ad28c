"""A run that is killed at a request: what it leaves behind is the state as committed by then."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count

from crosstie.leasing import LEASE
from crosstie.project import Project
from crosstie.sandbox import Request, Server
from crosstie.testing import SimulatedClock

FOREVER = 10**9


def run_and_die(
    project: Project,
    servers: Sequence[Server],
    clock: SimulatedClock,
    work: Callable[[Project], object],
    place: int,
    *,
    done: bool,
) -> bool:
    """Do the work, and be dead from this request on, which is still carried out if `done`.

    No request of its is answered any more. False if there were fewer requests.
    """
    file = project.config.state
    kept = file.with_name("killed.db")
    requests = count()

    def dies(_: Request) -> bool:
        if next(requests) != place:
            return False
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(kept)) as copy:
            source.backup(copy)
        project.stop.set()
        return True

    for server in servers:
        server.fail("lost" if done else "drop", matches=dies)
        server.fail("drop", matches=lambda _: kept.exists(), times=FOREVER)
    work(project)
    for server in servers:
        server.faults.clear()
    if not kept.exists():
        return False
    with closing(sqlite3.connect(kept)) as source, closing(sqlite3.connect(file)) as original:
        source.backup(original)  # into the same file: a copy in its place would not be armed
    kept.unlink()
    clock.sleep(LEASE + 1)
    return True
