"""The README names code that is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PLACES = re.findall(r"`([\w/]+\.py): ([\w.]+)`", README)


@pytest.mark.parametrize(("file", "name"), PLACES)
def test_what_the_readme_points_to_is_there(file: str, name: str) -> None:
    scope: list[ast.stmt] = ast.parse((ROOT / "crosstie_pelican" / file).read_text("utf-8")).body
    for part in name.split("."):
        found = next((one for one in scope if part in names(one)), None)
        assert found is not None, f"{file} has no {name}"
        scope = getattr(found, "body", [])


def names(statement: ast.stmt) -> set[str]:
    """What a statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else []
    if isinstance(statement, ast.Assign):
        targets = [one for one in statement.targets if isinstance(one, ast.Name)]
    return {one.id for one in targets if isinstance(one, ast.Name)}


def test_every_module_of_the_connector_is_pointed_to() -> None:
    modules = {path.name for path in (ROOT / "crosstie_pelican").glob("[a-z]*.py")}
    assert modules - {"plugin.py"} == {file for file, _ in PLACES if "/" not in file}
