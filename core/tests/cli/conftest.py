"""A project that ties one drawer of JSON files to another, and the real command line on it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from crosstie.cli import command_line

PLUGIN = Path(__file__).parent / "drawer" / "crosstie_plugins.py"
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
def finished(desk: Desk) -> Callable[..., tuple[int, str, str]]:
    """Runs the installed program to its end and returns exit code, stdout and stderr."""

    def finish(*arguments: str, **options: Any) -> tuple[int, str, str]:
        with desk.start(*arguments, **options) as process:
            try:
                out, err = process.communicate(timeout=30)
            finally:
                process.kill()
        return process.returncode, out, err

    return finish
