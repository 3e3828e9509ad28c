"""The template of a connector: where it lies, and which of the files there belong to it.

In the repository it is the member ``plugin-template``; the build hook puts the same files into the
package, as ``plugin_template``. The hook runs this file by itself, where nothing is installed, so
it imports only what Python brings.
"""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

PACKAGED = Path(__file__).with_name("plugin_template")
IN_REPOSITORY = Path(__file__).parents[2] / "plugin-template"
IGNORED = ".gitignore"


def template_folder() -> Path:
    """Where the template lies."""
    return PACKAGED if PACKAGED.is_dir() else IN_REPOSITORY


def template_files(folder: Path) -> list[Path]:
    """The template's files, relative to its folder: all but what its own `.gitignore` names."""
    lines = (folder / IGNORED).read_text(encoding="utf-8").split()
    ignored = [line.rstrip("/") for line in lines]
    return sorted(path.relative_to(folder) for path in _files(folder, ignored))


def _files(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _files(path, ignored)
        else:
            yield path
