"""A promise, and how its breaking is told: which one, what was seen, why, and where to read."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

PAGE = Path(__file__).with_name("promises.md")


class BrokenPromiseError(AssertionError):
    """A connector does not do what the core relies on."""


@attrs.frozen
class Promise:
    """One test of the kit: its sentence is the test's name, its explanation the docstring."""

    name: str
    explanation: str

    @classmethod
    def of(cls, test: Callable[..., Any]) -> "Promise":
        """The promise that a test function proves."""
        return cls(test.__name__.removeprefix("test_"), inspect.getdoc(test) or "")

    @property
    def sentence(self) -> str:
        """The promise in words."""
        return self.name.replace("_", " ")

    @property
    def page(self) -> str:
        """Where it is explained, in the installed version of the kit."""
        return f"{PAGE.as_uri()}#{anchor(self.sentence)}"

    @property
    def told(self) -> str:
        """The promise with its explanation, for a failure that the kit did not foresee."""
        return f"{self.sentence}\n\n{self.explanation}\n\nread: {self.page}"

    def broken(self, seen: str, cause: str) -> BrokenPromiseError:
        """The error that tells it; `cause` is the usual one, `seen` what happened here."""
        return BrokenPromiseError(
            f"promise broken: {self.sentence}\n"
            f"  seen: {seen}\n"
            f"  look for: {cause}\n"
            f"  read: {self.page}"
        )


def anchor(sentence: str) -> str:
    """The anchor of a heading, as GitHub and MkDocs both make it."""
    return re.sub(r"[^\w-]", "", sentence.lower().replace(" ", "-"))
