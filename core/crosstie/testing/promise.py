"""A promise, and how its breaking is told: which one, what was seen, why, and where to read."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

KIT = "crosstie.testing."
PAGE = Path(__file__).with_name("promises.md")


class BrokenPromiseError(AssertionError):
    """A connector does not do what the core relies on."""


@attrs.frozen
class Promise:
    """One test of the kit: its sentence is the test's name, its explanation the docstring.

    `case` is the kit's conformance class that has the test, empty for a test of the author's own.
    """

    name: str
    explanation: str
    case: str = ""

    @classmethod
    def of(cls, test: Callable[..., Any], case: type) -> "Promise":
        """The promise that a test function proves, in a conformance class or a subclass of one."""
        names = (one.__name__ for one in case.__mro__ if _is_kit(one, test.__name__))
        explanation = inspect.getdoc(test) or ""
        return cls(test.__name__.removeprefix("test_"), explanation, next(names, ""))

    @property
    def sentence(self) -> str:
        """The promise in words."""
        return self.name.replace("_", " ")

    @property
    def anchor(self) -> str:
        """Its mark on the page; several classes may make the same promise."""
        return f"{self.case}-{self.name.replace('_', '-')}".lower()

    @property
    def page(self) -> str:
        """Where it is explained, in the installed version of the kit."""
        return f"{PAGE.as_uri()}#{self.anchor}" if self.case else PAGE.as_uri()

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


def _is_kit(case: type, test: str) -> bool:
    """Whether a class is one that authors subclass to get this test."""
    named = case.__module__.startswith(KIT) and case.__name__.endswith("Conformance")
    return named and hasattr(case, test)
