"""Which rows of the feature list nobody has dealt with: ``python -m tests.features [FOLDER]``.

A test claims the rows that it proves with ``@pytest.mark.feature("V16", …)``.
A page settles those that no test can prove with a line such as ``- **V02, V95**: the reason``.
The ids stand in `features.txt`; any other id is an error.
"""

import ast
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
SETTLED = re.compile(r"^- \*\*([A-Z]\d\d(?:, [A-Z]\d\d)*)\*\*: (\S.*)$", re.MULTILINE)
IDS = Path(__file__).with_name("features.txt").read_text(encoding="utf-8").split()


def claims(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every claim in the test modules below a folder, with the module that makes it."""
    for path in _files(folder, "test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.feature":
                for argument in node.args:
                    yield path, str(ast.literal_eval(argument))


def settled(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Every row that a page below a folder settles, with that page and the reason."""
    for path in _files(folder, "*.md"):
        for found in SETTLED.finditer(path.read_text(encoding="utf-8")):
            for name in found[1].split(", "):
                yield path, name, found[2]


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    for path in sorted(folder.rglob(pattern)):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def main(folder: Path) -> int:
    """Print the unclaimed rows, one line for each product; 2 when something names no row."""
    told = [(path, name) for path, name, _ in settled(folder)]
    claimed, by_pages = {name for _, name in claims(folder)}, {name for _, name in told}
    wrong = 0
    for path, name in [*claims(folder), *told]:
        if name not in IDS:
            wrong = 2
            print(f"{path.relative_to(folder)}: there is no row {name!r}", file=sys.stderr)
    for path, name in told:
        if name in claimed:
            wrong = 2
            print(f"{path.relative_to(folder)}: a test claims {name}", file=sys.stderr)
    unclaimed = [name for name in IDS if name not in claimed | by_pages]
    print(
        f"{len(claimed.intersection(IDS))} of {len(IDS)} rows are claimed by tests,"
        f" {len(by_pages.intersection(IDS))} settled in pages; these are neither:"
    )
    for _, names in groupby(unclaimed, key=lambda name: name[0]):
        print(*names)
    return wrong


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
