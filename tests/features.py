"""Which rows of the feature list no test claims: ``python -m tests.features [FOLDER]``.

A test claims the rows that it proves with ``@pytest.mark.feature("V16", …)``.
The ids stand in `features.txt`; a claimed id that is not among them is an error.
"""

import ast
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
IDS = Path(__file__).with_name("features.txt").read_text(encoding="utf-8").split()


def claims(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every claim in the test modules below a folder, with the module that makes it."""
    for path in sorted(folder.rglob("test_*.py")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.feature":
                for argument in node.args:
                    yield path, str(ast.literal_eval(argument))


def main(folder: Path) -> int:
    """Print the unclaimed rows, one line for each product; 2 when a claim names no row."""
    claimed: set[str] = set()
    wrong = 0
    for path, name in claims(folder):
        claimed.add(name)
        if name not in IDS:
            wrong = 2
            print(f"{path.relative_to(folder)}: there is no row {name!r}", file=sys.stderr)
    unclaimed = [name for name in IDS if name not in claimed]
    print(f"{len(IDS) - len(unclaimed)} of {len(IDS)} rows are claimed; these are not:")
    for _, names in groupby(unclaimed, key=lambda name: name[0]):
        print(*names)
    return wrong


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
