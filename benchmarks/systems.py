"""The sandboxes, each in a process of its own, and what they say of themselves."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

CROSSTIE = [str(Path(sys.executable).with_name("crosstie"))]
DATA = Path(__file__).parents[1] / "plugins/prestashop/tests/shop-8.2.1"
"""What a real PrestaShop 8.2.1 answered: 2,002 customers, 5,005 orders."""


@attrs.frozen
class System:
    """A sandbox that runs: where, and the key that opens it."""

    url: str
    key: str

    def requests(self) -> int:
        """How many requests it has answered."""
        if "sandboxAccessKey" in self.key:
            return sum(self.ask("operations").values())
        return sum(self.ask("state")["requests"].values())

    def ask(self, door: str) -> Any:
        """What its back door tells."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/{door}") as answer:
            return json.load(answer)


@contextmanager
def shop(latency: float) -> Iterator[System]:
    """The real shop's data, each answer later by `latency` seconds."""
    with _sandbox("prestashop", "--from", str(DATA), latency=latency) as system:
        yield system


@contextmanager
def crm(latency: float) -> Iterator[System]:
    """An empty vtiger that works `latency` seconds on each request."""
    with _sandbox("vtiger", latency=latency) as system:
        yield system


@contextmanager
def _sandbox(*options: str, latency: float) -> Iterator[System]:
    late = f"{latency * 1000:g}ms"
    command = [*CROSSTIE, "sandbox", *options, "--control", "--latency", late]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        try:
            url = next(word for word in words if word.startswith("http://"))
            yield System(url, words[-1])
        finally:
            process.terminate()
