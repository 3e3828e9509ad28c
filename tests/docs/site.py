"""The pages that are made while the site is built: a hook of MkDocs, named in `mkdocs.yml`.

They follow from what every commit touches (docstrings, claims of tests, the plugins' READMEs), so
they are not committed: nobody has to write them anew, and none can be out of date.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from tests.docs.blocks import ROOT
from tests.docs.interface import page
from tests.docs.reference import installed, offers, table
from tests.features import IDS, claims, settled

from crosstie.testing import promise

PRODUCTS = {
    "F": "Framework360",
    "T": "Thulium",
    "Z": "ZEROSIX",
    "N": "Connectif",
    "V": "The vtiger connector",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages; called by MkDocs."""
    for path, make in PAGES.items():
        files.append(File.generated(config, f"reference/{path}", content=make()))
    return files


def features() -> str:
    """Which rows of the feature list are claimed, and by which tests."""
    claimed: dict[str, list[str]] = {}
    for path, name in claims(ROOT):
        claimed.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    reasons = {name: why for _, name, why in settled(ROOT)}
    parts = ["# Coverage of the feature list", _counted(claimed, reasons)]
    for letter, names in groupby(IDS, key=lambda name: name[0]):
        listed = list(names)
        rows = [(one, _tests(claimed[one])) for one in listed if one in claimed]
        left = [one for one in listed if one not in claimed and one not in reasons]
        parts += [f"## {letter}: {PRODUCTS[letter]}", f"{len(rows)} of {len(listed)} are claimed."]
        parts += [table(("row", "claimed by"), rows)] if rows else []
        told = [(one, reasons[one]) for one in listed if one in reasons]
        parts += [table(("row", "why no test claims it"), told)] if told else []
        parts += [f"No test claims {', '.join(left)}."] if left else []
    return "\n\n".join(parts) + "\n"


def _counted(claimed: Mapping[str, list[str]], reasons: Mapping[str, object]) -> str:
    return (
        f"{len(claimed)} of {len(IDS)} rows are claimed by tests, {len(reasons)} are settled in "
        "pages.\n"
        "A test claims the rows that it proves with `@pytest.mark.feature`; `make features` lists "
        "the others.\nRows that are met only in a screen or inside the shop come with those."
    )


def _tests(paths: list[str]) -> str:
    return "<br>".join(f"`{path}`" for path in dict.fromkeys(paths))


def kinds_of_members() -> dict[str, list[str]]:
    """The kinds of systems that our own plugins bring, by the plugin's folder."""
    found: dict[str, list[str]] = {}
    for kind, connector in sorted(installed().kinds.items()):
        member = connector.__module__.partition(".")[0].removeprefix("crosstie_")
        if (ROOT / "plugins" / member).is_dir():
            found.setdefault(member, []).append(kind)
    return found


def _member(member: str, kinds: Sequence[str]) -> Callable[[], str]:
    """A plugin's README, its links turned to where the pages are here, and what it offers."""

    def make() -> str:
        text = (ROOT / "plugins" / member / "README.md").read_text(encoding="utf-8")
        told = text.replace("](../../docs/", "](../").replace("/README.md)", ".md)")
        return "\n".join([told, *map(offers, kinds), ""])

    return make


def _interface(name: str) -> Callable[[], str]:
    return lambda: page(name, name)


PAGES: Mapping[str, Callable[[], str]] = {
    **{f"{member}.md": _member(member, kinds) for member, kinds in kinds_of_members().items()},
    "python.md": _interface("crosstie"),
    "commerce.md": _interface("crosstie.commerce"),
    "sandbox.md": _interface("crosstie.sandbox"),
    "testing.md": _interface("crosstie.testing"),
    "kit.md": lambda: promise.PAGE.read_text(encoding="utf-8"),
    "features.md": features,
}
