"""What is installed from a wheel is what stands here."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from crosstie.skeleton import template_files

ROOT = Path(__file__).parents[1]
CORE, TEMPLATE = ROOT / "core", ROOT / "plugin-template"
GROUPS = ("core", "plugins/*", "examples/*", "plugin-template")
MEMBERS = sorted(path.parent for group in GROUPS for path in ROOT.glob(f"{group}/pyproject.toml"))


def built(member: Path, folder: Path, target: str = "wheel") -> Path:
    """The wheel, or the sdist, made of a member."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=member, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


def content(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, without what describes it."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name) for name in names}


def present(member: Path) -> dict[str, bytes]:
    """The files of a member's package, and with the core's the template."""
    (package,) = (path.parent for path in member.glob("*/py.typed"))
    paths = {path.relative_to(member).as_posix(): path for path in package.rglob("*")}
    if member == CORE:
        for path in template_files(TEMPLATE):
            paths[f"crosstie/plugin_template/{path.as_posix()}"] = TEMPLATE / path
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_wheel_has_every_file_of_its_package(member: Path, tmp_path: Path) -> None:
    assert present(member) == content(built(member, tmp_path))


def test_a_wheel_made_from_the_sdist_is_the_same(tmp_path: Path) -> None:
    with tarfile.open(built(CORE, tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()

    assert present(CORE) == content(built(unpacked, tmp_path / "wheel"))
