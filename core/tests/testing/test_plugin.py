"""The pytest plugin: its fixtures, and how it tells what fails; in a pytest of their own."""

import inspect
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from crosstie.testing import WebhookConformance, kit

QUIET = ("-p", "no:cacheprovider", "-p", "no:xdist")
CONFIG = """
[systems.kit]
use = "kit-source"

[systems.shelf]
use = "kit-sink"

[flows.first]
read = "kit.records"
write = "shelf.rows"

[flows.second]
read = "kit.records"
write = "shelf.rows"
"""
TIED = f'''
import pytest

from crosstie.testing.counterparts import Counterparts, Script, Shelf

CONFIG = """{CONFIG}"""


@pytest.fixture
def script():
    script = Script()
    script.tell("1", {{"name": "Ann"}})
    return script


@pytest.fixture
def tied(project, script):
    return project(CONFIG, kit=Counterparts({{"records": script}}, Shelf()))
'''


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=text)
    return pytester.runpytest_inprocess(*QUIET, *options)


def test_project_and_run_do_what_the_command_line_does(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        TIED
        + """
def test_all_flows_run(tied, run):
    reports = run(tied)
    assert ["first", "second"] == sorted(reports)
    assert 1 == reports["first"].counts["created"]

def test_one_flow_runs_with_options(tied, run, script):
    script.tell("2", {"name": "Bob"})
    assert {"first"} == set(run(tied, "first", limit=1))
""",
    )
    ran.assert_outcomes(passed=2)


def test_an_hour_on_the_clock_takes_no_time(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        TIED
        + """
from datetime import timedelta

def test_it_waits(tied, clock):
    before = clock.now()
    tied.clock.sleep(3600)
    assert before + timedelta(hours=1) == clock.now()
    assert [3600] == clock.sleeps
""",
    )
    ran.assert_outcomes(passed=1)


def test_what_is_served_stops_with_the_test(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
import urllib.request
from pathlib import Path
from crosstie.sandbox import Reply

class Echo:
    def respond(self, request):
        return Reply(200, request.path.encode())

def test_it_answers(serve):
    server = serve(Echo())
    Path("url").write_text(server.url)
    assert b"/hi" == urllib.request.urlopen(server.url + "/hi").read()
""",
    )
    ran.assert_outcomes(passed=1)
    url = urlsplit((pytester.path / "url").read_text())
    assert url.hostname
    assert url.port
    with socket.socket() as client:
        assert client.connect_ex((url.hostname, url.port)) != 0


def test_no_network_lets_a_test_reach_this_machine_only(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
import socket
import pytest

@pytest.mark.parametrize("connect", ["connect", "connect_ex"])
def test_it_is_refused(no_network, connect):
    with socket.socket() as far, pytest.raises(AssertionError, match="reach 192.0.2.1"):
        getattr(far, connect)(("192.0.2.1", 80))

def test_no_name_is_looked_up(no_network):
    with pytest.raises(AssertionError, match="reach acme.example"):
        socket.create_connection(("acme.example", 80))

def test_it_is_let_through(no_network):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as near:
        near.connect(server.getsockname())

def test_it_is_as_before():
    assert "guarded" not in socket.socket.connect.__name__
""",
    )
    ran.assert_outcomes(passed=5)


PROVING = """
from crosstie.testing.conformance import Promises

class TestIt(Promises):
    def test_nothing_is_lost(self):
        '''What is lost is gone. Usually a cursor is to blame.'''
        {steps}
"""


def test_an_unforeseen_error_is_told_with_its_promise(pytester: pytest.Pytester) -> None:
    ran = run(pytester, PROVING.format(steps="{}['id']"))
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        ["*KeyError: 'id'", "* the promise under test *", "nothing is lost", "*Usually a cursor*"]
    )


def test_a_broken_promise_is_told_without_the_kits_code(pytester: pytest.Pytester) -> None:
    ran = run(pytester, PROVING.format(steps="self.broken('two of three', 'the last page')"))
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        ["promise broken: nothing is lost", "  seen: two of three", "  look for: the last page"]
    )
    ran.stdout.no_fnmatch_line("*def broken*")
    whole = run(
        pytester, PROVING.format(steps="self.broken('two', 'the last page')"), "--full-trace"
    )
    whole.stdout.fnmatch_lines(["*self.broken('two', 'the last page')"])


def test_a_failure_elsewhere_is_left_as_it_is(pytester: pytest.Pytester) -> None:
    ran = run(pytester, "def test_it():\n    assert 1 == 2")
    ran.assert_outcomes(failed=1)
    ran.stdout.no_fnmatch_line("*promise*")


def test_imported_conformance_classes_are_not_collected(pytester: pytest.Pytester) -> None:
    ran = run(pytester, "from crosstie.testing import *\n\ndef test_it():\n    assert Rig")
    ran.assert_outcomes(passed=1)


def test_no_class_of_the_kit_is_taken_for_a_test() -> None:
    assert [] == [name for name in kit.__all__ if name.startswith(("Test", "test"))]


def test_a_class_that_says_too_little_is_told_what_to_write(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        "from crosstie.testing import WebhookConformance\n\n"
        "class TestIt(WebhookConformance):\n    signature = 'x-signature'",
    )
    proofs = [name for name in dir(WebhookConformance) if name.startswith("test_")]
    ran.assert_outcomes(errors=len(proofs))
    ran.stdout.fnmatch_lines(
        [
            "*TestIt does not say enough:",
            "*write `kinds = ...` in it*: `kinds` are the kinds of event that `delivery` tells.",
            "*write `kind = ...` in it*: `kind` is the connector's.",
        ]
    )
    ran.stdout.no_fnmatch_line("*AttributeError*")


def test_a_method_that_is_the_authors_is_told_with_its_parameters(
    pytester: pytest.Pytester,
) -> None:
    ran = run(
        pytester,
        "from crosstie.testing import WebhookConformance\n\n"
        "class TestIt(WebhookConformance):\n"
        "    kind, kinds, signature = 'acme', ('it',), 'x-signature'",
    )
    ran.stdout.fnmatch_lines(
        ["TestIt lacks a method:", "  write `def sandbox(self, clock*A new system without records*"]
    )


def fresh(code: str) -> list[str]:
    """What a new interpreter prints that runs this code."""
    ran = subprocess.run(
        [sys.executable, "-c", inspect.cleandoc(code)], capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


def test_the_core_alone_imports_neither_pytest_nor_the_kit() -> None:
    loaded = fresh("import crosstie, sys; print(*sys.modules)")
    assert [] == [name for name in loaded if name.startswith(("pytest", "crosstie.testing"))]


def test_a_run_of_pytest_that_needs_no_kit_imports_little() -> None:
    before = set(fresh("import crosstie, pytest, sys; print(*sys.modules)"))
    after = set(fresh("import crosstie.testing.plugin, sys; print(*sys.modules)"))
    assert {"crosstie.testing", "crosstie.testing.plugin"} >= after - before


def test_the_kit_needs_nothing_but_the_core_and_pytest() -> None:
    """No plugin, and no library that the core's own wheel does not bring."""
    loaded = fresh(
        """
        import importlib.metadata, pkgutil, re, sys

        def names(distribution, seen):
            if distribution not in seen:
                seen.add(distribution)
                for need in importlib.metadata.requires(distribution) or ():
                    if "extra ==" not in need:
                        try:
                            names(re.split(r"[^\\w.-]", need)[0].lower().replace("_", "-"), seen)
                        except importlib.metadata.PackageNotFoundError:
                            pass  # for another Python
            return seen

        allowed = names("crosstie", set()) | names("pytest", set())
        bringing = importlib.metadata.packages_distributions()

        class OnlyTheseFinder:
            def find_spec(self, name, path=None, target=None):
                brings = {one.lower().replace("_", "-") for one in bringing.get(name, ())}
                if name.startswith("crosstie_") or (brings and not brings & allowed):
                    raise ModuleNotFoundError(f"the kit imports {name}", name=name)

        sys.meta_path.insert(0, OnlyTheseFinder())
        import crosstie.testing
        for name in crosstie.testing.__all__:
            getattr(crosstie.testing, name)
        for module in pkgutil.walk_packages(crosstie.testing.__path__, "crosstie.testing."):
            __import__(module.name)
        print(*sys.modules)
        """
    )
    assert "crosstie.testing.webhook" in loaded
    assert [] == [name for name in loaded if name.startswith("crosstie_")]
