"""Going on in the background: a process of its own, which outlives the terminal.

What is refused has to be told before, as nobody watches it afterwards.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import attrs

from crosstie.clock import poll
from crosstie.config import FlowConfig
from crosstie.errors import ConfigError, FlowError
from crosstie.interlock import check_armed
from crosstie.project import Project
from crosstie.running import leased

AT_MOST = 30.0
GLANCE = 0.05


@attrs.frozen
class Background:
    """A process that goes on by itself; what it tells is in the file `log`."""

    process: int
    log: Path


def begin(
    project: Project, flows: Sequence[FlowConfig], arguments: Sequence[str], *, waits: bool
) -> Background:
    """Call the command line with these arguments in a session of its own, and see it begin.

    Raises `LeaseError` when one of the flows is being run by somebody, unless it `waits` for them,
    `NotArmedError`, and `FlowError` when the process ended before it began with the first flow.
    """
    if os.name != "posix":
        raise ConfigError(
            ["--background needs POSIX (Linux, macOS): let your system's scheduler start the run"]
        )
    label = flows[0].name if len(flows) == 1 else "flows"
    state_file = project.config.state.absolute()
    log = state_file.with_name(f"{state_file.stem}-{label}.log")
    first = flows[0].name
    with closing(project.state()) as state:

        def newest() -> list[tuple[str, int]]:
            return [(run.id, run.token) for run in state.runs(first, 1)]

        check_armed(project, state)
        if not waits:
            with ExitStack() as leases:
                for flow in flows:
                    leases.enter_context(leased(project, state, flow.name, 0))
        before = newest()
        process = _spawn(arguments, log)

        def has_begun() -> bool | None:
            ended = os.waitpid(process, os.WNOHANG)[0] == process
            return True if newest() != before else False if ended else None

        begun = waits or poll(project.clock, has_begun, every=GLANCE, at_most=AT_MOST)
    if begun is False:
        raise FlowError(f"process {process} ended before it began: see {log}")
    return Background(process, log)


def _spawn(arguments: Sequence[str], log: Path) -> int:
    """Start the process, without a terminal: it reads nothing and writes into the log."""
    # -P: what lies in the present folder is no library
    command = [sys.executable, "-P", "-m", "crosstie.cli", *arguments]
    try:
        number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError as error:
        raise ConfigError([f"{log}: cannot be written: {error.strerror}"]) from error
    try:
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, number, 1),
            (os.POSIX_SPAWN_DUP2, number, 2),
        ]
        return os.posix_spawn(sys.executable, command, os.environ, file_actions=files, setsid=True)
    finally:
        os.close(number)
