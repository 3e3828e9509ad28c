"""Write the generated parts of the pages anew: ``python -m tests.docs.generate [--check]``.

Parts stand between ``<!--cog … cog-->`` and ``<!--end-->`` in the pages themselves, so that they
are read and reviewed with the text around them. What every commit would change (the Python
interface, the coverage of features) is not committed, but made while the site is built; see
`tests.docs.site`.
"""

import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT, pages

BEGIN = "<!--cog"
MARKS = f"{BEGIN} cog--> <!--end-->"
PROLOGUE = "from tests.docs import commands, reference; from tests.docs.generate import show"


def show(text: str) -> None:
    """Put a text into a page, with the empty lines that Markdown wants around it."""
    print(f"\n{text}\n")


def generated() -> list[Path]:
    """The pages that have generated parts."""
    return [page for page in pages() if BEGIN in page.read_text(encoding="utf-8")]


def main(*, check: bool) -> int:
    """Write them; or only say which are not what the code gives now, and return another code."""
    how = ["--check", "--diff"] if check else ["-r"]
    command = [sys.executable, "-m", "cogapp", "-I", str(ROOT), f"--markers={MARKS}"]
    options = ["-P", "-p", PROLOGUE, "--verbosity=1", *how]
    return subprocess.run(
        [*command, *options, *map(str, generated())], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
