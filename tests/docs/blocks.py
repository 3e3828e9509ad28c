"""The blocks of a page, as its author fenced them.

A comment in front of a block says why it is not run::

    <!-- not run: needs a shop of one's own -->
"""

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/**/*.md",
    "core/README.md",
    "plugins/*/README.md",
    "examples/*/README.md",
    "plugin-template/README.md",
)
FENCE = re.compile(r"(?P<indent> *)(?P<ticks>```+)(?P<language>[\w-]*) *(?P<attributes>.*)")
TITLE = re.compile(r'title="([^"]+)"')
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")


def pages() -> list[Path]:
    """Every page whose blocks are run."""
    return sorted({path for pattern in PAGES for path in ROOT.glob(pattern)})


def name_of(page: Path) -> str:
    """The page's path in the repository; of one that is elsewhere, the path."""
    return (page.relative_to(ROOT) if page.is_relative_to(ROOT) else page).as_posix()


@attrs.frozen
class Block:
    """One fenced block. `line` is its first line's number, `not_run` the reason why it is not."""

    line: int
    language: str
    title: str | None
    text: str
    not_run: str | None


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in its order."""
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    reason = None
    for number, line in lines:
        fence = FENCE.fullmatch(line)
        if fence is None:
            said = NOT_RUN.fullmatch(line.strip())
            if said or line.strip():
                reason = said and said[1]
            continue
        end = fence["indent"] + fence["ticks"]
        inside = []
        for _, text in lines:
            if text == end:
                break
            inside.append(text.removeprefix(fence["indent"]))
        else:
            raise AssertionError(f"{name_of(page)}:{number}: this block does not end")
        title = TITLE.search(fence["attributes"])
        yield Block(
            number + 1,
            fence["language"],
            title and title[1],
            "".join(f"{text}\n" for text in inside),
            reason,
        )
        reason = None


@attrs.frozen
class Command:
    """One command of a console block, with the lines that stand under it."""

    line: int
    text: str
    output: tuple[str, ...]


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block: ``$ `` begins one, ``> `` goes on with it."""
    number, text, output = 0, "", list[str]()
    for at, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            if text:
                yield Command(number, text, tuple(output))
            number, text, output = at, line[2:], []
        elif line.startswith("> ") and not output:
            text += "\n" + line[2:]
        else:
            assert text, f"line {at}: a console block begins with a command"
            output.append(line)
    if text:
        yield Command(number, text, tuple(output))
