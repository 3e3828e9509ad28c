"""Runs conformance classes on connectors that are broken on purpose, and tells what fails."""

import sys
from collections.abc import Callable
from contextlib import closing
from types import ModuleType

import pytest

from crosstie.plugins import load_plugins
from crosstie.sandbox import Reply, Request, serve
from crosstie.testing import Surroundings

Judge = Callable[..., dict[str, str]]


class Silence:
    """A system that says nothing."""

    def respond(self, request: Request) -> Reply:
        return Reply(204)


@pytest.fixture(scope="session")
def imported() -> None:
    """All that a run imports late.

    Pytester forgets what is imported while it runs, and a library that is imported a second time
    (here the one below httpx) raises errors that the first one does not know.
    """
    load_plugins()
    with serve(Silence()) as server, closing(Surroundings()) as env:
        env.http(server.url).get("/")


@pytest.fixture
def judge(imported: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Run the tests of a conformance class (only some, by `names`) in a pytest of their own.

    Returns the failed tests' names without ``test_``, each with the whole text of its failure.
    """

    def run(case: type, *names: str) -> dict[str, str]:
        module = ModuleType("kit_case")
        vars(module)["Case"] = case
        monkeypatch.setitem(sys.modules, "kit_case", module)
        pytester.makepyfile(
            test_it="from kit_case import Case\n\n\nclass TestIt(Case):\n    pass\n"
        )
        some = [f"test_it.py::TestIt::test_{name}" for name in names] or ["test_it.py"]
        ran = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:xdist", *some)
        passed, skipped, failed = ran.listoutcomes()
        assert passed or skipped or failed, "no test was run"
        return {
            report.nodeid.rpartition("::")[2].partition("[")[0].removeprefix("test_"): str(
                report.longrepr
            )
            for report in failed
        }

    return run
