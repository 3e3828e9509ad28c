"""What a command took: time, processor, memory."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs


@attrs.frozen
class Cost:
    """Of one process: seconds on the wall and on the processor, and its peak memory in MB."""

    seconds: float
    cpu: float
    memory: float


def measure(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """Run a command to its end; raises `SystemExit` with what it said when it failed.

    The kernel counts a process's peak from its parent's size on, so the parent should be small.
    """
    said = folder / "said.txt"
    with said.open("w") as out:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environ}, stdout=out, stderr=out
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(
            f"{' '.join(command)} ended with {process.returncode}:\n{said.read_text()}"
        )
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, kilobytes elsewhere
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)
