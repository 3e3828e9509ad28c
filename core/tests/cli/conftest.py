"""Projects of files of JSON, and the real command line on them.

One ties a drawer to another, the other one sends the sales of a till to a ledger.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from crosstie.cli import command_line

PLUGIN = Path(__file__).parent / "drawer" / "crosstie_plugins.py"
TILL = Path(__file__).parent / "till" / "crosstie_plugins.py"
PROGRAM = Path(sys.executable).parent / "crosstie"
CONFIG = """\
{top}
[systems.shop]
use = "drawer"
folder = "shop"
{shop}

[systems.crm]
use = "drawer"
folder = "crm"
{crm}

[flows.people]
read = "shop.people"
write = "crm.people"
{people}

{more}
"""

SENDING = """\
[systems.shop]
use = "till"
folder = "shop"
{shop}

[systems.crm]
use = "till"
folder = "ledger"
{crm}

[flows.purchases]
read = "shop.sales"
write = "crm.purchases"
again = true
"""
YEAR = datetime.now(UTC).year - 1
"""Of the sales, which are all within what a sending may go back."""

PATIENCE = 90.0


@attrs.frozen
class Desk:
    """A folder with a config and two drawers, and the command line to work on them."""

    folder: Path

    @property
    def file(self) -> Path:
        """The config."""
        return self.folder / "crosstie.toml"

    def config(self, **parts: str) -> None:
        """Write the config; `top`, `shop`, `crm`, `people` and `more` are added to it."""
        known = dict.fromkeys(("top", "shop", "crm", "people", "more"), "")
        self.file.write_text(CONFIG.format(**{**known, **parts}), encoding="utf-8")

    def put(self, **records: Mapping[str, Any]) -> None:
        """Add or change people of the shop, by key."""
        file = self.folder / "shop" / "people.json"
        content = json.loads(file.read_text("utf-8")) if file.exists() else {}
        for key, fields in records.items():
            newest = max((one["v"] for one in content.values()), default=0)
            content[key] = {"v": newest + 1, **fields}
        file.write_text(json.dumps(content), "utf-8")

    def people(self, number: int) -> None:
        """Add people with the keys p1, p2, ….."""
        names = [f"p{one}" for one in range(1, number + 1)]
        self.put(**{name: {"email": f"{name}@example.com", "name": name} for name in names})

    def rows(self, table: str = "people") -> list[dict[str, Any]]:
        """The rows of the CRM."""
        file = self.folder / "crm" / f"{table}.json"
        return list(json.loads(file.read_text("utf-8")).values()) if file.exists() else []

    def call(self, *arguments: str, stdin: str | None = None, **environ: str) -> Result:
        """Call the command line within this process."""
        asked = ["-c", str(self.file), *arguments]
        return CliRunner().invoke(command_line(), asked, input=stdin, env=environ)

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """Start the installed program in a process of its own."""
        environ = {**os.environ, "COLUMNS": "80", **options.pop("environ", {})}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        asked = [str(PROGRAM), "-c", str(self.file), *arguments]
        return subprocess.Popen(asked, env=environ, text=True, **options)

    def finish(self, *arguments: str, **options: Any) -> tuple[int, str, str]:
        """Run the installed program to its end; returns exit code, stdout and stderr."""
        with self.start(*arguments, **options) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        return process.returncode, out, err


@attrs.frozen
class Till(Desk):
    """A folder with a config, a till and a ledger; `processes` are those in the background."""

    processes: list[int] = attrs.field(factory=list)

    def config(self, **parts: str) -> None:
        """Write the config; `shop` and `crm` are added to it."""
        known = dict.fromkeys(("shop", "crm"), "")
        self.file.write_text(SENDING.format(**{**known, **parts}), encoding="utf-8")

    def sales(self, number: int, **fields: str) -> None:
        """Let there be so many sales, with the numbers 1, 2, …, all on 15 January at noon."""
        sale = {"at": f"{YEAR}-01-15T12:00:00+01:00", "status": "paid", **fields}
        numbers = [str(one) for one in range(1, number + 1)]
        content = {f"s{one.zfill(4)}": {**sale, "number": one} for one in numbers}
        (self.folder / "shop" / "sales.json").write_text(json.dumps(content), "utf-8")

    def booked(self) -> list[str]:
        """The numbers in the ledger."""
        file = self.folder / "ledger" / "ledger.json"
        return list(json.loads(file.read_text("utf-8"))) if file.exists() else []

    def open(self, *, closed: bool = False) -> None:
        """Open the ledger, or close it."""
        mark = self.folder / "ledger" / "closed"
        if closed:
            mark.touch()
        else:
            mark.unlink()

    def hold(self, rows: int) -> None:
        """Let the ledger take only so many rows, until it is `let_go`."""
        (self.folder / "ledger" / "full").write_text(str(rows))

    def let_go(self) -> None:
        """Let it take all again."""
        (self.folder / "ledger" / "full").unlink()

    def send(self, *arguments: str) -> list[str]:
        """What to call to send the sales of January, and some more arguments."""
        dates = ("--since", f"{YEAR}-01-01", "--until", f"{YEAR}-01-31")
        return ["run", "purchases", *dates, "--status", "paid", *arguments]

    def begin(self, *arguments: str) -> int:
        """Send in the background, and return the number of that process."""
        code, out, err = self.finish(*self.send("--background", "--json", *arguments))
        assert (code, err) == (0, "")
        self.processes.append(json.loads(out)["process"])
        return self.processes[-1]

    def history(self) -> list[dict[str, Any]]:
        """The runs, the newest first."""
        lines = self.call("history", "purchases", "--json").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def when(self, true: Callable[[], bool]) -> None:
        """Wait until this is true."""
        until = time.monotonic() + PATIENCE
        while not true() and time.monotonic() < until:
            time.sleep(0.02)
        assert true()

    def ended(self, process: int) -> bool:
        """Whether a process has ended."""
        stat = Path(f"/proc/{process}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with empty drawers."""
    shutil.copy(PLUGIN, tmp_path)
    for name in ("shop", "crm"):
        (tmp_path / name).mkdir()
    made = Desk(tmp_path)
    made.config()
    return made


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """A till without sales and an empty ledger; what is left in the background is ended."""
    shutil.copy(TILL, tmp_path)
    for name in ("shop", "ledger"):
        (tmp_path / name).mkdir()
    made = Till(tmp_path)
    made.config()
    yield made
    for process in made.processes:
        if not made.ended(process):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@pytest.fixture
def finished(desk: Desk) -> Callable[..., tuple[int, str, str]]:
    """Runs the installed program to its end and returns exit code, stdout and stderr."""
    return desk.finish
