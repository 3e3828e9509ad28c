"""Puts the template of a connector into the package, for `crosstie new`.

A wheel that is made from an sdist finds it there already; an editable install uses the folder in
the repository.
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TemplateHook(BuildHookInterface[Any]):
    """Hatchling's hook, see `[tool.hatch.build.hooks.custom]`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the template's files, once, to what is built."""
        skeleton = runpy.run_path(str(Path(self.root) / "crosstie" / "skeleton.py"))
        packaged, folder = skeleton["PACKAGED"], skeleton["template_folder"]()
        if version == "editable" or folder == packaged:
            return
        for path in skeleton["template_files"](folder):
            place = Path("crosstie") / packaged.name / path
            build_data["force_include"][str(folder / path)] = place.as_posix()
