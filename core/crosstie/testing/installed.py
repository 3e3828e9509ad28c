"""A plugin as it is installed: its entry points, what it requires, and what its hooks offer."""

import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Any

import attrs

from crosstie.settings import Setting, settings_of
from crosstie.testing.imports import Sources

GROUP = "crosstie"
SITES = ("site-packages", "dist-packages")
LONGEST_MYPY = 600.0


@attrs.frozen
class Installed:
    """One package, as the entry points tell it; `others` are the modules of the other plugins."""

    package: str
    points: tuple[EntryPoint, ...]
    others: frozenset[str]

    @classmethod
    def of(cls, package: str) -> "Installed":
        """Look for the entry points that lead into a package."""
        every = importlib.metadata.entry_points(group=GROUP)
        own = tuple(
            point
            for point in every
            if point.dist is not None and f"{point.module}.".startswith(f"{package}.")
        )
        others = {top(point.module) for point in every} - {top(package)}
        return cls(package, own, frozenset(others))

    @property
    def distributions(self) -> list[Distribution]:
        """What was installed; mostly one."""
        by_name = {point.dist.name: point.dist for point in self.points if point.dist is not None}
        return list(by_name.values())

    @property
    def libraries(self) -> set[str]:
        """Every library that pyproject.toml names, also for extras."""
        return {library(need) for one in self.distributions for need in one.requires or ()}

    @property
    def connectors(self) -> list[Any]:
        """The connector classes, also those that the core refuses."""
        found = [*self.offered("register_sources"), *self.offered("register_sinks")]
        return list(dict.fromkeys(found))

    @property
    def actions(self) -> list[Any]:
        """The action classes."""
        return self.offered("register_actions")

    def settings(self) -> Iterator[tuple[type, Setting]]:
        """The settings of connectors and the parameters of actions, each with its class."""
        for owner in (*self.connectors, *self.actions):
            yield from ((owner, setting) for setting in settings_of(owner))

    def plugins(self) -> list[Any]:
        """The modules (or objects) with the hooks."""
        return [point.load() for point in self.points]

    def offered(self, hook: str) -> list[Any]:
        """What the plugins return for a hook."""
        hooks = [getattr(plugin, hook, None) for plugin in self.plugins()]
        return [thing for function in hooks if function is not None for thing in function()]


def top(module: str) -> str:
    """The package, or the library, that a module belongs to."""
    return module.partition(".")[0]


def library(need: str) -> str:
    """The library's name at the beginning of a requirement, as registries compare names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", need, maxsplit=1)[0]).lower()


def bounds(distribution: Distribution) -> set[str]:
    """The signs with which a distribution bounds the core, such as ``>=`` and ``<``."""
    needs = [need.partition(";") for need in distribution.requires or ()]
    return {
        sign
        for need, _, condition in needs
        if library(need) == GROUP and "extra" not in condition
        for sign in re.findall(r"[<>=~]=?", need)
    }


def mypy(sources: Sources, cache: Path, project: Path) -> "subprocess.CompletedProcess[str]":
    """Check a package strictly, in the project whose settings hold for it."""
    installed = sources.folder.parent.name in SITES  # mypy silences what lies there, unless by name
    files = [str(sources.folder)] if sources.is_package else [*map(str, sources.files)]
    what = ["-p", sources.package] if installed else files
    options = ["--strict", "--no-error-summary", "--no-pretty", "--cache-dir", str(cache)]
    return subprocess.run(  # noqa: S603 (the author's own package)
        [sys.executable, "-m", "mypy", *options, *what],
        cwd=project,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_MYPY,
    )
