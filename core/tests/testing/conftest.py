"""Runs conformance classes on connectors that are broken on purpose, and tells what fails."""

import sys
from collections.abc import Callable
from types import ModuleType

import pytest

Judge = Callable[..., dict[str, str]]


@pytest.fixture
def judge(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Judge:
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
