"""The two systems, played by their sandboxes in processes of their own, with a back door each."""

import json
import logging
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from crosstie import Http, SystemClock
from crosstie_demo.stage import PROGRAM, StoryError

PATIENCE = 30.0
"""Seconds in which a sandbox must get ready."""

GRACE = 5.0
"""Seconds in which it must end."""

READY = re.compile(r"(?P<url>http://\S+).* key (?P<key>\S+)$")


@attrs.frozen
class Played:
    """A system that is played: `command` started it at `url`, and `key` opens it."""

    command: str
    url: str
    key: str
    door: Http

    @property
    def port(self) -> str:
        """The port on which it listens."""
        return self.url.rpartition(":")[2]

    def look(self, place: str, **asked: str) -> Any:
        """What the sandbox tells of itself."""
        return self.door.get(f"/_sandbox/{place}", params=asked or None).json()

    def do(self, place: str, **asked: Any) -> Any:
        """Let something happen there, which a real system would see from its own users."""
        body = json.dumps(asked).encode()
        answer = self.door.request("POST", f"/_sandbox/{place}", content=body)
        if answer.status != 200:
            raise StoryError(f"{self.command}: {place} {asked}: {answer.text}")
        told = answer.json()
        return told.get("result") if isinstance(told, dict) else told

    def deed(self, name: str, **arguments: Any) -> Any:
        """Somebody does something in the shop."""
        return self.do("deed", name=name, arguments=arguments)


@contextmanager
def played(kind: str, *options: str, environ: Mapping[str, str]) -> Iterator[Played]:
    """Play a system for the length of a `with` block, on any free port."""
    arguments = ["sandbox", kind, *options, "--control"]
    process = subprocess.Popen(  # noqa: S603 (our own program)
        [*PROGRAM, *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            ready = _ready(process, f"crosstie {' '.join(arguments)}")
            door = Http(ready["url"], clock=SystemClock(), log=logging.getLogger("crosstie.demo"))
            yield Played(f"crosstie {' '.join(arguments)}", ready["url"], ready["key"], door)
            door.close()
        finally:
            _end(process)


def _ready(process: "subprocess.Popen[str]", command: str) -> re.Match[str]:
    """The line by which a sandbox says that it answers."""
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        ready = READY.search(line.rstrip())
        if ready is None:
            said = line + process.stdout.read()  # until it ends, if need be by the timer
            raise StoryError(f"`{command}` did not get ready. It printed:\n{said}")
        return ready
    finally:
        late.cancel()


def _end(process: "subprocess.Popen[str]") -> None:
    """Ask it to end; insist where that does not help."""
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
