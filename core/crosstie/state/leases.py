"""Leases: who may run a flow. The owner's name tells where a process runs, and its age."""

import os
import socket
from datetime import timedelta
from pathlib import Path

from crosstie.state.connection import StateFile
from crosstie.state.values import Lease


class Leases(StateFile):
    """The leases of a `SqliteState`."""

    def acquire(self, name: str, owner: str, seconds: float) -> Lease | str:
        """See `State`."""
        with self.transaction(None):
            rows = self.query("SELECT token, owner, expires FROM leases WHERE name = ?", (name,))
            token = 1
            if rows:
                token, holder, expires = rows[0]
                if holder and expires > self._in(0) and is_running(holder):
                    return str(holder)
                token += 1
            self.change(
                "INSERT OR REPLACE INTO leases (name, owner, token, expires) VALUES (?, ?, ?, ?)",
                (name, owner, token, self._in(seconds)),
            )
        return Lease(name, owner, token)

    def renew(self, lease: Lease, seconds: float) -> bool:
        """See `State`."""
        changed = self.change(
            "UPDATE leases SET expires = ? WHERE name = ? AND owner = ? AND token = ?",
            (self._in(seconds), lease.name, lease.owner, lease.token),
        )
        return changed == 1

    def release(self, lease: Lease) -> None:
        """See `State`."""
        self.change(
            "UPDATE leases SET owner = '', expires = '' WHERE name = ? AND owner = ? AND token = ?",
            (lease.name, lease.owner, lease.token),
        )

    def is_alive(self, name: str, token: int) -> bool:
        """See `State`."""
        rows = self.query(
            "SELECT owner, expires FROM leases WHERE name = ? AND token = ?", (name, token)
        )
        if not rows:
            return False
        owner, expires = rows[0]
        return bool(owner) and expires > self._in(0) and is_running(owner)

    def _in(self, seconds: float) -> str:
        return (self.clock.now() + timedelta(seconds=seconds)).isoformat()


def this_process() -> str:
    """A name for this process that no other has: host, process number and its start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_running(owner: str) -> bool:
    """False only for a process of this machine that has certainly ended."""
    parts = owner.rsplit(":", 2)
    if len(parts) != 3 or parts[0] != socket.gethostname() or not parts[1].isdigit():
        return True
    pid = int(parts[1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(pid) == parts[2]


def _started(pid: int) -> str:
    """When the process began, in clock ticks since boot (Linux); "?" where that is not told.

    A process number can be given again; with its start it is unmistakable.
    """
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return "?"
    fields = stat.read_text().rpartition(")")[2].split()
    return "dead" if fields[0] == "Z" else fields[19]
