"""The page of promises, made from the docstrings of the kit's tests::

    python -m crosstie.testing.promises > promises.md

A failing test of the kit links to the promise's heading there.
"""

import inspect
import re
from collections.abc import Iterator

from crosstie.testing import kit
from crosstie.testing.conformance import Promises
from crosstie.testing.promise import Promise

ORDER = {
    "SourceConformance": "Reading",
    "TableConformance": "Writing",
    "ActionConformance": "Acting",
    "WebhookConformance": "Receiving",
    "PackageConformance": "Packaging",
    "StateConformance": "Keeping state",
}
ABOUT = """\
# What a connector promises

Each promise is one test of `crosstie.testing`, and the core relies on it.
The heading is the promise, and the text says why it matters and what usually breaks it.
"""


def cases() -> list[type[Promises]]:
    """The conformance classes that `crosstie.testing` offers, in the order of the page."""
    offered = [getattr(kit, name) for name in kit.__all__]
    found = [one for one in offered if inspect.isclass(one) and issubclass(one, Promises)]
    return sorted(found, key=lambda case: list(ORDER).index(case.__name__))


def promises(case: type[Promises]) -> list[Promise]:
    """The promises that a conformance class proves, in the order in which they are written."""
    names = {name: None for one in case.__mro__ for name in vars(one) if name.startswith("test_")}
    return [Promise.of(getattr(case, name), case) for name in names]


def page() -> str:
    """The page as Markdown, with one sentence per line."""
    return "\n".join([ABOUT.strip(), *(line for case in cases() for line in _section(case)), ""])


def sentences(text: str) -> list[str]:
    """The sentences of a text that is wrapped anyhow."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z0-9`(\"])", " ".join(text.split()))


def _section(case: type[Promises]) -> Iterator[str]:
    yield from ("", f"## {ORDER[case.__name__]}", "", f"Proven by `{case.__name__}`.")
    yield from _paragraphs(inspect.getdoc(case) or "")
    for promise in promises(case):
        mark = f'<a id="{promise.anchor}"></a>'
        yield from ("", mark, "", f"### {promise.sentence.capitalize()}")
        yield from _paragraphs(promise.explanation)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ""
        yield from sentences(paragraph.replace("``", "`"))


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 (the page)
