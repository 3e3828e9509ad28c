"""What a package's own code imports, read from its text, and what importing it sets off."""

import ast
import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import attrs

PUBLIC = ("crosstie", "crosstie.commerce", "crosstie.sandbox")
FOR_TESTS = "crosstie.testing"
WATCH = Path(__file__).with_name("watched_import.py")
LONGEST_IMPORT = 60.0


@attrs.frozen
class Import:
    """One import: ``from module import name``, or ``import module`` where name is None."""

    place: str
    module: str
    name: str | None
    by_test: bool

    @property
    def top(self) -> str:
        """The library, or the package, that it comes from."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        text = f"import {self.module}"
        if self.name is not None:
            text = f"from {self.module} import {self.name}"
        return f"{self.place}: {text}"


@attrs.frozen
class Sources:
    """The files of one top-level package, or of a plugin that is a single module."""

    package: str
    folder: Path
    files: tuple[Path, ...]

    @classmethod
    def of(cls, package: str) -> "Sources | None":
        """Where an importable package lies, without importing it; None where there is none."""
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            return None
        file = Path(spec.origin)
        if not spec.submodule_search_locations:
            return cls(package, file.parent, (file,))
        return cls(package, file.parent, tuple(sorted(file.parent.rglob("*.py"))))

    @property
    def is_package(self) -> bool:
        """Whether it is a folder of its own."""
        return self.folder.name == self.package

    def imports(self) -> Iterator[Import]:
        """Every absolute import in these files, in whichever block it stands."""
        for file in self.files:
            within = file.relative_to(self.folder.parent if self.is_package else self.folder)
            by_test = "tests" in within.parts
            for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield from _imports(node, f"{within}:{node.lineno}", by_test)


def _imports(node: ast.Import | ast.ImportFrom, place: str, by_test: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(place, alias.name, None, by_test) for alias in node.names)
    elif node.level == 0:
        module = node.module or ""
        yield from (Import(place, module, alias.name, by_test) for alias in node.names)


def is_public(one: Import) -> bool:
    """Whether an import of the core's takes a name that the core keeps for plugins."""
    modules = (*PUBLIC, FOR_TESTS) if one.by_test else PUBLIC
    if one.name is None or one.module not in modules:
        return False
    return f"{one.module}.{one.name}" in modules or one.name in _names(one.module)


def _names(module: str) -> Iterable[str]:
    """The public names of a module of the core."""
    found = importlib.import_module(module)
    return getattr(found, "__all__", None) or [
        name
        for name, thing in vars(found).items()
        if not name.startswith("_") and not isinstance(thing, ModuleType)
    ]


def set_off(modules: Iterable[str], sources: Sources) -> list[str]:
    """What the package's own code does to the world when these modules are imported.

    Looked at in a fresh interpreter; an import that fails there is told as well.
    """
    task = {"path": sys.path, "modules": [*modules], "files": [*map(str, sources.files)]}
    ran = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, "-P", "-B", str(WATCH), json.dumps(task)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_IMPORT,
    )
    if ran.returncode:
        return [f"the import fails: {ran.stderr.strip().rpartition(chr(10))[2]}"]
    done: list[str] = json.loads(ran.stdout)
    return done
