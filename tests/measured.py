"""How much memory a command takes."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The peak memory of a command that does well, in kB.

    Linux counts the memory of the process that starts another as that one's own, so that the
    tests' process, with the systems that are played in it, lets a small one start the command.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)
