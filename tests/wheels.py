"""The members as wheels, and environments that have nothing but these and what they need.

Third-party libraries come in the locked versions, ours from the wheels and from nowhere else:
both are said to pip as constraints, so that a plain ``pip install crosstie`` does the right thing.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKED = re.compile(r"^(?P<pin>[\w.-]+==[^\s\\]+(?: *;[^\\]+)?)", re.MULTILINE)


def build_wheels(into: Path, members: Iterable[str]) -> Path:
    """Build the members' wheels, and beside them ``constraints.txt``, which is returned."""
    for member in members:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
        subprocess.run(command, cwd=ROOT / member, check=True, capture_output=True)
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = [found["pin"].strip() for found in LOCKED.finditer(locked)]
    ours = [
        f"{wheel.name.partition('-')[0].replace('_', '-')} @ {wheel.as_uri()}"
        for wheel in sorted(into.glob("*.whl"))
    ]
    constraints = into / "constraints.txt"
    constraints.write_text("\n".join([*pins, *ours, ""]), encoding="utf-8")
    return constraints


def outside(constraints: Path) -> dict[str, str]:
    """The environment of somebody who has Python, the wheels, and nothing of this repository."""
    told = ("CROSSTIE_", "PYTHON", "VIRTUAL_ENV", "COV_", "PYTEST_")
    own = {name: text for name, text in os.environ.items() if not name.startswith(told)}
    here = str(Path(sys.executable).parent)
    path = [part for part in own["PATH"].split(os.pathsep) if part != here]
    return {
        **own,
        "PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), *path]),
        "PIP_CONSTRAINT": str(constraints),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
