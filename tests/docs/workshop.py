"""A virtual environment for one page: it has all that the tests have, and what the page installs.

``pip install -e .`` in a page is thus run, in a second, and nothing of it stays.
"""

import os
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

MODULES = {"crosstie": "crosstie.cli", "mypy": "mypy", "pip": "pip", "pytest": "pytest"}
"""The programs that pages call, each with the module that is it."""


def workshop(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Make one, and return the environment in which it is active."""
    venv.create(folder, with_pip=False)
    paths = {"base": str(folder), "platbase": str(folder)}
    own = Path(sysconfig.get_path("purelib", "venv", paths))
    ours = sysconfig.get_path("purelib")
    (own / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    programs = Path(sysconfig.get_path("scripts", "venv", paths))
    for name, module in MODULES.items():
        program = programs / name
        python = f'exec "{programs / Path(sys.executable).name}" -m {module} "$@"'
        program.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
        program.chmod(0o755)
    return {
        **environ,
        "PATH": f"{programs}{os.pathsep}{environ['PATH']}",
        "VIRTUAL_ENV": str(folder),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_NO_INDEX": "1",
    }
