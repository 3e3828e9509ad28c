"""What all conformance classes share: the promise under test, no network, and mostly a bench."""

import inspect
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from crosstie.sandbox import Sandbox, Server
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.promise import Promise
from crosstie.testing.rig import Bench, Rig


class Promises:
    """Tests that each prove one promise: the sentence is the name, the docstring explains it."""

    _promise: Promise

    @pytest.fixture(autouse=True)
    def promise(self, request: pytest.FixtureRequest, no_network: None) -> Promise:
        """The promise that the running test proves."""
        if lacking := list(_lacking(type(self))):
            pytest.fail(f"{type(self).__name__} does not say enough:\n" + "\n".join(lacking), False)
        self._promise = Promise.of(request.function, type(self))
        return self._promise

    def broken(self, seen: str, cause: str) -> NoReturn:
        """Fail: what was `seen`, and what in the connector usually is the `cause`."""
        __tracebackhide__ = True
        raise self._promise.broken(seen, cause)


class Conformance(Promises, Rig):
    """Mix a rig with one of the subclasses to get its tests."""

    @pytest.fixture
    def clock(self) -> SimulatedClock:
        """The kit's own, also where the author's tests have another one of that name."""
        return SimulatedClock()

    @pytest.fixture
    def bench(
        self, tmp_path: Path, clock: SimulatedClock, serve: Callable[[Sandbox], Server]
    ) -> Bench:
        """The system under test, new and empty, on the simulated clock."""
        server = serve(self.sandbox(clock))
        server.log = []
        return Bench(self, tmp_path, clock, server)


def _lacking(case: type) -> Iterator[str]:
    """What the kit's classes declare and nobody has given, each with what to write."""
    for kit in case.__mro__:
        if not kit.__module__.startswith("crosstie.testing."):
            continue
        for name in inspect.get_annotations(kit):
            if not name.startswith("_") and not hasattr(case, name):
                told = re.search(rf"`{name}`[^.]*\.", kit.__doc__ or "")
                meaning = " ".join(told[0].split()) if told else f"see {kit.__name__}."
                yield f"  write `{name} = ...` in it, or in the class that several share: {meaning}"


def unwritten(case: type, error: BaseException) -> str | None:
    """What to write where a method of the kit's said that it is the author's; else None."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    method = getattr(case, frame.f_code.co_name, None)
    if not isinstance(error, NotImplementedError) or method is None:
        return None
    written = f"{frame.f_code.co_name}{inspect.signature(method)}"
    meaning = " ".join((inspect.getdoc(method) or "").split())
    return f"{case.__name__} lacks a method:\n  write `def {written}`: {meaning}"
