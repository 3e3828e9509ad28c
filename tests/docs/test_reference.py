"""What the pages say is there is there, and what is there is on a page."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from tests.docs.blocks import NOT_RUN, ROOT, blocks, name_of, pages
from tests.docs.commands import all_commands
from tests.docs.generate import main
from tests.docs.interface import undocumented
from tests.docs.reference import state_tables

from crosstie.testing import kit

PUBLIC = ("crosstie", "crosstie.commerce", "crosstie.sandbox", "crosstie.testing")
CALLED = re.compile(r"`crosstie ([a-z]+)(?: ([a-z]+))?[^`]*`")
LINKED = re.compile(r"\]\((?!https?://)([^)#]*)")
OTHERS = {"sandbox pelican", "sandbox quill", "region"}
"""Commands of the packages that show how a connector is made, and of one that a page makes."""


def test_generated_parts_are_what_the_code_gives_now(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(check=True)
    told = capfd.readouterr().out
    assert code == 0, f"write them anew with `python -m tests.docs.generate`:\n{told}"


@pytest.mark.parametrize("module", PUBLIC)
def test_nothing_public_is_undocumented(module: str) -> None:
    assert [] == undocumented(import_module(module))


def test_every_command_and_option_has_help() -> None:
    silent = []
    for name, context in all_commands():
        if not (context.command.help or "").strip():
            silent.append(name)
        for param in context.command.params:
            if isinstance(param, click.Option) and not (param.help or "").strip():
                silent.append(f"{name} {param.opts[0]}")
    assert [] == silent


def said(page: Path) -> Iterator[tuple[str, str]]:
    """The commands of ours that a page names or runs: their first two words."""
    text = page.read_text(encoding="utf-8")
    yield from CALLED.findall(text)
    for block in blocks(page):
        if block.language == "console":
            yield from re.findall(r"\bcrosstie ([a-z]+)(?: ([a-z]+))?", block.text)


def test_every_command_that_a_page_names_exists() -> None:
    known = {name.removeprefix("crosstie ") for name, _ in all_commands()}
    groups = {name.partition(" ")[0] for name in known if " " in name}
    unknown = set()
    for page in pages():
        for first, second in said(page):
            name = f"{first} {second}" if first in groups and second else first
            if name not in known | OTHERS:
                unknown.add(f"{name_of(page)}: crosstie {name}")
    assert set() == unknown


def test_every_table_of_the_state_is_described() -> None:
    text = (ROOT / "docs" / "reference" / "state.md").read_text(encoding="utf-8")
    assert state_tables() == sorted(re.findall(r"^## (\w+)$", text, re.MULTILINE))


def test_every_class_of_the_conformance_kit_is_told() -> None:
    text = (ROOT / "docs" / "guides" / "test-a-connector.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| \w+ing: ", text, re.MULTILINE)
    offered = [name for name in kit.__all__ if name.endswith("Conformance")]
    assert sorted(offered) == sorted(told)


def test_pages_outside_the_site_link_to_what_is_there() -> None:
    broken = []
    for page in pages():
        if page.is_relative_to(ROOT / "docs"):
            continue  # the site is built strictly
        for path in LINKED.findall(page.read_text(encoding="utf-8")):
            if path and not (page.parent / path).exists():
                broken.append(f"{name_of(page)}: {path}")
    assert [] == broken


def test_every_block_that_is_not_run_says_why() -> None:
    """The list is here to be read: it grows only with a reason."""
    found = [name_of(page) for page in pages() for block in blocks(page) if block.not_run]
    reasons = [
        reason
        for page in pages()
        for reason in NOT_RUN.findall(page.read_text(encoding="utf-8"))
        if len(reason.split()) >= 3
    ]
    assert len(found) == len(reasons)
    assert {
        "README.md": 2,
        "core/README.md": 1,
        "docs/guides/schedule.md": 1,
        "plugins/demo/README.md": 1,
    } == {name: found.count(name) for name in sorted(found)}
