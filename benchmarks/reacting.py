"""What is compared: how soon an action starts after its event, and whether a burst loses any.

Each subject is a server in a process of its own. Events are posted to it, and its handler rings a
bell here: so both ends of each interval are read from one clock, and the HTTP request is part of
it. `listening` says what the others are.
"""

import hmac
import http.client
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import attrs

from benchmarks.systems import CROSSTIE

ROOT = Path(__file__).parents[1]
WAITING = 10_000
"""Journeys that wait meanwhile, for subjects that know such."""

WARMING, PACED, BURST = 10, 200, 1_000
"""Events: some at first that do not count, then with a gap after each, then all at once."""

GAP = (0.02, 0.08)
SENDERS = 8
PATIENCE = 30.0
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
CONFIG = """
[systems.web]
use = "web"
port = 0

[systems.forms]
use = "events"
secret = {{ env = "FORMS_SECRET" }}

[systems.bell]
use = "bell"
path = "{bell}"

[automations.ring]
on = "forms.rang"
[[automations.ring.steps]]
do = "bell.ring"
with = {{ mark = "{{{{ data.mark }}}}" }}

[automations.later]
on = "forms.signed_up"
[[automations.later.steps]]
wait = "30d"
[[automations.later.steps]]
do = "bell.ring"
with = {{ mark = "{{{{ data.email }}}}" }}
"""


@attrs.frozen
class Reaction:
    """How a subject reacted: seconds from posting an event to the start of its action, when they
    come one by one; and of a burst, how many actions never started, and seconds until the last did.
    """

    subject: str
    waiting: int
    events: int
    median: float
    p95: float
    burst: int
    lost: int
    seconds: float


def reacting() -> Iterator[Reaction]:
    """Each subject in turn."""
    yield _reaction("polling", _plain("polling"), 0)
    yield _reaction("script", _plain("script"), 0)
    yield _reaction("crosstie", _crosstie, WAITING)


Prepare = Callable[[Path, Path, int], list[str]]
"""Gets a folder, the bell and how many journeys shall wait; returns the command of the server."""


def _plain(way: str) -> Prepare:
    def prepare(folder: Path, bell: Path, _: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.listening", way, SECRET, str(bell), str(folder)]

    return prepare


def _crosstie(folder: Path, bell: Path, waiting: int) -> list[str]:
    config = folder / "crosstie.toml"
    config.write_text(CONFIG.format(bell=bell))
    shutil.copy(Path(__file__).with_name("bell.py"), folder / "crosstie_plugins.py")
    fill = [sys.executable, "-m", "benchmarks.waiting", str(config), str(waiting)]
    subprocess.run(fill, env=_environment(), check=True)
    return [*CROSSTIE, "-c", str(config), "serve"]


def _reaction(subject: str, prepare: Prepare, waiting: int) -> Reaction:
    with tempfile.TemporaryDirectory() as name, _hung(Path(name) / "bell") as bell:
        command = prepare(Path(name), bell.path, waiting)
        with _running(command, Path(name)) as port:
            delays = _paced(port, bell)[WARMING:]
            seconds, lost = _burst(port, bell)
    p95 = statistics.quantiles(delays, n=20)[18]
    median = statistics.median(delays)
    return Reaction(subject, waiting, len(delays), median, p95, BURST, lost, seconds)


def _paced(port: int, bell: "Bell") -> list[float]:
    """Post events one by one; returns how long each action took to start."""
    marks, gaps, posted = [f"paced {n}" for n in range(WARMING + PACED)], random.Random(1), {}
    sender = http.client.HTTPConnection("127.0.0.1", port)
    for mark in marks:
        posted[mark] = time.perf_counter()
        _post(sender, mark)
        time.sleep(gaps.uniform(*GAP))
    bell.wait_for(marks)
    return [bell.heard[mark] - posted[mark] for mark in marks]


def _burst(port: int, bell: "Bell") -> tuple[float, int]:
    """Post events all at once; returns the seconds until all have started, and how many never."""
    marks = [f"burst {n}" for n in range(BURST)]

    def send(some: Sequence[str]) -> None:
        sender = http.client.HTTPConnection("127.0.0.1", port)
        for mark in some:
            _post(sender, mark)

    begun = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as threads:
        list(threads.map(send, (marks[first::SENDERS] for first in range(SENDERS))))
    bell.wait_for(marks)
    heard = [bell.heard[mark] for mark in marks if mark in bell.heard]
    return max(heard) - begun, BURST - len(heard)


def _post(sender: http.client.HTTPConnection, mark: str) -> None:
    """Post one signed event, and insist that it is accepted."""
    body = json.dumps({"type": "rang", "data": {"mark": mark}}).encode()
    id_, timestamp = mark.replace(" ", "-"), str(int(time.time()))
    signed = b".".join([id_.encode(), timestamp.encode(), body])
    key = b64decode(SECRET.removeprefix("whsec_"))
    signature = b64encode(hmac.digest(key, signed, "sha256")).decode()
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
    sender.request("POST", "/events/forms", body, headers)
    answer = sender.getresponse()
    told = answer.read()
    if answer.status != 202:
        raise SystemExit(f"{mark} was answered with {answer.status}: {told.decode()}")


@attrs.define
class Bell:
    """Where handlers ring; `heard` has the moment of each mark."""

    path: Path
    _ear: socket.socket
    heard: dict[str, float] = attrs.field(factory=dict)

    def listen(self) -> None:
        """Hear until an empty mark comes."""
        while mark := self._ear.recv(1024).decode():
            self.heard.setdefault(mark, time.perf_counter())

    def wait_for(self, marks: Iterable[str]) -> None:
        """Wait until these were heard, or no more come for a while."""
        missing, number, until = set(marks), -1, 0.0
        while missing := missing - set(self.heard):
            if len(missing) != number:
                number, until = len(missing), time.monotonic() + PATIENCE
            elif time.monotonic() > until:
                return
            time.sleep(0.05)


@contextmanager
def _hung(path: Path) -> Iterator[Bell]:
    """A bell that is listened to."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(path))
        bell = Bell(path, ear)
        thread = threading.Thread(target=bell.listen)
        thread.start()
        try:
            yield bell
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", str(path))
            thread.join()


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[int]:
    """A server in a process of its own; yields its port."""
    with (
        (folder / "said.txt").open("w") as said,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, text=True, env=_environment()
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        rest = threading.Thread(target=process.stdout.read)
        rest.start()
        try:
            if not (found := re.search(r"http://127.0.0.1:(\d+)", line)):
                told = (folder / "said.txt").read_text()
                raise SystemExit(f"{' '.join(command)} does not listen:\n{line}{told}")
            yield int(found[1])
        finally:
            process.terminate()
            rest.join()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "FORMS_SECRET": SECRET}
