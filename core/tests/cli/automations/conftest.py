"""A project with automations of a booth, and the real command line on it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from crosstie.cli import command_line

PLUGIN = Path(__file__).parent / "booth" / "crosstie_plugins.py"
PROGRAM = Path(sys.executable).parent / "crosstie"
CONFIG = """\
[systems.booth]
use = "booth"
folder = "{folder}"

[automations.welcome]
on = "booth.customer_registered"
every = "100ms"
{settings}

[[automations.welcome.steps]]
do = "booth.leave"
with = {{ text = "one {{{{ customer.email }}}}" }}
save = "first"

[[automations.welcome.steps]]
{between}

[[automations.welcome.steps]]
do = "booth.leave"
with = {{ text = "two {{{{ first.code }}}}" }}
{more}
"""
PATIENCE = 90.0


@attrs.frozen
class Stand:
    """A folder with a config, a booth and the command line to work on them."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "crosstie.toml"

    def config(
        self,
        *,
        folder: str = "booth",
        settings: str = "",
        between: str = 'wait = "1d"',
        more: str = "",
    ) -> None:
        """Write the config."""
        told = CONFIG.format(folder=folder, settings=settings, between=between, more=more)
        self.file.write_text(told, "utf-8")

    def people(self, *emails: str) -> None:
        """They sign up."""
        with (self.folder / "booth" / "people.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{email}\n" for email in emails)

    def mood(self, name: str) -> None:
        """Let the booth be in this mood."""
        (self.folder / "booth" / name).touch()

    def notes(self) -> list[str]:
        """What was left in the booth."""
        file = self.folder / "booth" / "notes.txt"
        return file.read_text("utf-8").splitlines() if file.exists() else []

    def call(self, *arguments: str, stdin: str | None = None) -> Result:
        """Call the command line within this process."""
        return CliRunner().invoke(command_line(), ["-c", str(self.file), *arguments], input=stdin)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the installed program in a process of its own."""
        return subprocess.Popen(
            [str(PROGRAM), "-c", str(self.file), *arguments],
            env={**os.environ, "COLUMNS": "80"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def journeys(self, *arguments: str) -> list[dict[str, Any]]:
        """The journeys, the newest first."""
        lines = self.call("journeys", "list", "--json", *arguments).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def when(self, true: Callable[[], bool]) -> None:
        """Wait until this is true."""
        until = time.monotonic() + PATIENCE
        while not true() and time.monotonic() < until:
            time.sleep(0.05)
        assert true()


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """A stand whose booth was looked at while it was empty."""
    shutil.copy(PLUGIN, tmp_path)
    (tmp_path / "booth").mkdir()
    made = Stand(tmp_path)
    made.config()
    assert made.call("run").exit_code == 0
    return made
