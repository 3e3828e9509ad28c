"""The house is built as `docs/architecture.md` draws it, and keeps its rules."""

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import attrs
import pytest

import crosstie

ROOT = Path(__file__).parent.parent
CORE = ROOT / "core" / "crosstie"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GROUPS = ("plugins/*", "examples/*", "plugin-template")
PLUGINS = sorted(path.parent for group in GROUPS for path in ROOT.glob(f"{group}/pyproject.toml"))
FOR_PLUGINS = ("crosstie", "crosstie.commerce", "crosstie.sandbox")
LONGEST_MODULE = 300
LONGEST_FUNCTION = 60
REASON = re.compile(r"# long: \w+")
SAYS_NOTHING = re.compile(
    r"utils?|helpers?|common|base|(manag|handl)ers?|(service|item|payload)s?|entit(y|ies)"
)


@attrs.frozen
class Import:
    """One import: ``from module import name``, or ``import module`` where name is None."""

    module: str
    name: str | None
    line: int


def sources(folder: Path) -> list[Path]:
    """The product's modules below a folder, without its tests."""
    found = sorted(folder.rglob("*.py"))
    return [path for path in found if "tests" not in path.relative_to(ROOT).parts]


def imports(path: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            for alias in node.names:
                yield Import(node.module or "", alias.name, node.lineno)


def third_party(path: Path) -> set[str]:
    """The libraries that a module imports, neither Python's own nor ours."""
    names = {one.module.partition(".")[0] for one in imports(path)}
    return {name for name in names - sys.stdlib_module_names if not name.startswith("crosstie")}


def part(path: Path) -> str:
    """The module, or the package, of the core that a file belongs to."""
    return path.relative_to(CORE).parts[0].removesuffix(".py")


def parts_used(path: Path) -> set[str]:
    """The parts of the core that a file imports."""
    used = set()
    for one in imports(path):
        first, _, rest = one.module.partition(".")
        if first != "crosstie":
            continue
        below = rest.partition(".")[0] or one.name or "__init__"
        exists = (CORE / f"{below}.py").exists() or (CORE / below).is_dir()
        used.add(below if exists else "__init__")
    return used - {part(path)}


def package(plugin: Path) -> str:
    """The importable name of a plugin."""
    (marker,) = plugin.glob("*/py.typed")
    return marker.parent.name


def layers() -> list[list[str]]:
    """The drawn layers, from the top."""
    drawn = re.search(r"```layers\n(.*?)```", PAGE, re.DOTALL)
    assert drawn, "docs/architecture.md has no block of layers"
    return [
        [name.strip() for name in line.rpartition(":")[2].split(",")]
        for line in drawn[1].splitlines()
    ]


def table() -> dict[str, str]:
    """The documented libraries, each with the part of the core that knows it."""
    return dict(re.findall(r"^\| ([\w-]+) \| (\w+) \| \w", PAGE, re.MULTILINE))


def dependencies(folder: Path) -> set[str]:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    needs = [*project["dependencies"], *(need for extra in extras for need in extra)]
    return {re.split(r"[^\w-]", need, maxsplit=1)[0] for need in needs}


def test_every_module_of_the_core_is_drawn_once() -> None:
    drawn = [name for layer in layers() for name in layer]
    present = {part(path) for path in sources(CORE)}
    assert sorted(drawn) == sorted(present)


@pytest.mark.parametrize("path", sources(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_the_core_imports_only_downwards(path: Path) -> None:
    depth = {name: number for number, layer in enumerate(layers()) for name in layer}
    own = depth.get(part(path), -1)  # one that is not drawn fails above
    upwards = {used for used in parts_used(path) if depth.get(used, len(depth)) <= own}
    assert upwards == set()


def test_each_library_is_known_in_one_place() -> None:
    knowing: dict[str, set[str]] = {}
    for path in sources(CORE):
        for library in third_party(path):
            knowing.setdefault(library.replace("_", "-"), set()).add(part(path))
    del knowing["attrs"]
    places = {name: place for name, place in table().items() if name != "attrs"}
    imported = {name: {place} for name, place in places.items() if place != "nowhere"}
    assert knowing == imported


def test_each_dependency_of_the_core_has_its_reason() -> None:
    assert dependencies(ROOT / "core") == set(table())


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_imports_only_the_cores_public_names(plugin: Path) -> None:
    own = package(plugin)
    wrong = []
    for path in sources(plugin):
        for one in imports(path):
            top = one.module.partition(".")[0]
            if not top.startswith("crosstie") or top == own:
                continue
            public = one.module in FOR_PLUGINS and one.name is not None
            if not public or (one.module == "crosstie" and one.name not in crosstie.__all__):
                wrong.append(f"{path.relative_to(ROOT)}:{one.line}: {one.module} {one.name or ''}")
    assert wrong == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_imports_the_libraries_that_it_declares(plugin: Path) -> None:
    used = {library.replace("_", "-") for path in sources(plugin) for library in third_party(path)}
    declared = {name for name in dependencies(plugin) if not name.startswith("crosstie")}
    assert used == declared


def test_the_core_knows_no_system() -> None:
    names = re.compile("prestashop|vtiger|connectif|thulium|zerosix|allegro", re.IGNORECASE)
    naming = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources(CORE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if names.search(line)
    ]
    assert naming == []


def test_no_module_is_longer_than_two_ideas() -> None:
    long = []
    for path in [source for folder in (CORE, *PLUGINS) for source in sources(folder)]:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        if len(lines) > LONGEST_MODULE and not REASON.search("\n".join(lines[:20])):
            long.append(f"{path.relative_to(ROOT)}: {len(lines)} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                end = node.end_lineno or node.lineno
                body = lines[node.lineno - 1 : end]
                if len(body) > LONGEST_FUNCTION and not REASON.search("\n".join(body)):
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    long.append(f"{place}: {node.name} has {len(body)} lines")
    assert long == []


def test_every_module_is_named_after_an_idea() -> None:
    ours = [ROOT / "core", ROOT / "tests", ROOT / "benchmarks", *PLUGINS]
    paths = {path for folder in ours for path in folder.rglob("*.py")}
    named = {*(path.stem for path in paths), *(path.parent.name for path in paths)}
    assert {name for name in named if SAYS_NOTHING.fullmatch(name)} == set()


def test_the_public_surface_is_exactly_all() -> None:
    public = {
        name
        for name, thing in vars(crosstie).items()
        if not name.startswith("_") and not isinstance(thing, ModuleType)
    }
    assert public == set(crosstie.__all__)
    assert crosstie.__all__ == sorted(crosstie.__all__)


def documented_values() -> set[str]:
    """Module-level names of the core that are followed by a text about them."""
    found = set()
    for path in sources(CORE):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, after in pairwise(body):
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if isinstance(node, ast.Assign) and told:
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("name", crosstie.__all__)
def test_everything_public_is_documented(name: str) -> None:
    thing = getattr(crosstie, name)
    if not inspect.isclass(thing) and not inspect.isfunction(thing):
        assert name in documented_values()
        return
    assert (thing.__doc__ or "").strip()
    for member, function in vars(thing).items() if inspect.isclass(thing) else ():
        if inspect.isfunction(function) and not member.startswith("_"):
            assert inspect.getdoc(getattr(thing, member)), f"{name}.{member}"


def test_the_template_is_linted_as_we_are_and_stands_alone() -> None:
    ours, its = (
        tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
        for folder in (ROOT, ROOT / "plugin-template")
    )
    for name in ("select", "ignore", "mccabe"):
        assert ours["ruff"]["lint"][name] == its["ruff"]["lint"][name]
    assert ours["ruff"]["line-length"] == its["ruff"]["line-length"]
    assert its["mypy"]["strict"] is True
    assert "uv" not in its


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
