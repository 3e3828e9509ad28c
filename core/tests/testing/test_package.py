"""The kit's promises about packages: a good one keeps all, and each broken one breaks its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from crosstie.testing import PackageConformance
from tests.testing.conftest import Judge

PLUGIN = '''"""What the plugin offers."""

from collections.abc import Sequence

from crosstie import Action, Connector, hookimpl
from crosstie_acme.connector import Acme, Ring


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """Acme."""
    return [Acme]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    """Ringing."""
    return [Ring]
'''
CONNECTOR = '''"""The connector."""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from crosstie import Env, Live, Row, Secret, setting
from crosstie.sandbox import Reply


@attrs.frozen
class Nothing:
    """A connected system without records."""

    def streams(self) -> Mapping[str, Any]:
        """None."""
        return {}

    def tables(self) -> Mapping[str, Any]:
        """None."""
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen
class Acme:
    """The rocket shop."""

    kind: ClassVar[str] = "acme"
    streams_offered: ClassVar[tuple[str, ...] | None] = ("rockets",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    url: str = setting("Address of the shop, with https://")
    access_key: Secret = setting("From Settings > API")

    def connect(self, env: Env) -> Live:
        """Open it."""
        return Nothing()


@attrs.frozen
class Ring:
    """Ring the bell of the shop."""

    name: ClassVar[str] = "ring"
    on: ClassVar[str] = "acme"

    times: int = setting("How often")

    def run(self, system: Any, once: str) -> Row:
        """Ring."""
        return {"status": Reply(200).status}
'''
METADATA = "Metadata-Version: 2.1\nName: crosstie-acme\nVersion: 1.2\n"
REQUIRES = ("attrs>=25.3", "crosstie>=0.1,<9", "crosstie[testing]>=0.1; extra == 'test'")


BROKEN = {
    "a private import": (
        "from crosstie import Env, Live, Row, Secret, setting",
        "from crosstie import Env, Live, Row, setting\nfrom crosstie.settings import Secret",
        "it_imports_only_public_names",
        "crosstie_acme/connector.py:9: from crosstie.settings import Secret",
    ),
    "an import of another plugin": (
        "from crosstie.sandbox import Reply",
        "from crosstie.sandbox import Reply\nfrom crosstie_files import Files",
        "it_imports_no_other_plugin",
        "crosstie_acme/connector.py:10: from crosstie_files import Files",
    ),
    "a library that is not declared": (
        "import attrs\n",
        "import attrs\nimport pluggy\n",
        "it_imports_only_declared_libraries",
        "crosstie_acme/connector.py:7: import pluggy",
    ),
    "a thread started on import": (
        "@attrs.frozen\nclass Nothing",
        "import threading\nthreading.Thread(target=print).start()\n\n\n"
        "@attrs.frozen\nclass Nothing",
        "importing_it_starts_nothing",
        "connector.py:13 starts a thread",
    ),
    "a port opened on import": (
        "@attrs.frozen\nclass Nothing",
        "import socket\nsocket.create_server(('127.0.0.1', 0)).close()\n\n\n"
        "@attrs.frozen\nclass Nothing",
        "importing_it_starts_nothing",
        "connector.py:13 opens the port",
    ),
    "a file written on import": (
        "@attrs.frozen\nclass Nothing",
        "from pathlib import Path\nPath('acme.log').write_text('')\n\n\n"
        "@attrs.frozen\nclass Nothing",
        "importing_it_starts_nothing",
        "connector.py:13 writes the file acme.log",
    ),
    "a float as setting": (
        "url: str",
        "url: float",
        "every_setting_can_be_written_in_a_config",
        "Acme.url has the type <class 'float'>",
    ),
    "a list of numbers as parameter": (
        "times: int",
        "times: list[int]",
        "every_setting_can_be_written_in_a_config",
        "Ring.times has the type list[int]",
    ),
    "a setting that repeats its name": (
        'setting("Address of the shop, with https://")',
        'setting("The URL")',
        "every_setting_is_documented",
        "Acme.url is documented as 'The URL'",
    ),
    "a parameter without documentation": (
        'times: int = setting("How often")',
        "times: int = attrs.field()",
        "every_setting_is_documented",
        "Ring.times is documented as ''",
    ),
    "a secret as plain text": (
        "access_key: Secret",
        "access_key: str",
        "a_secret_is_declared_as_one",
        "Acme.access_key is a plain str",
    ),
    "a header with the secret in it": (
        "    def connect(",
        "    _header: str = attrs.field(init=False)\n\n"
        "    def __attrs_post_init__(self) -> None:\n"
        "        object.__setattr__(self, '_header', f'Key {self.access_key.reveal()}')\n\n"
        "    def connect(",
        "a_connector_shows_no_secret",
        "_header='Key <the secret>'",
    ),
    "a stream offered twice": (
        '("rockets",)',
        '("rockets", "rockets")',
        "what_is_offered_has_names",
        "Acme.streams_offered is ('rockets', 'rockets')",
    ),
    "a source without streams": (
        '("rockets",)',
        "()",
        "what_is_offered_has_names",
        "Acme.streams_offered is ()",
    ),
    "a connector without docstring": (
        '    """The rocket shop."""\n\n',
        "",
        "what_is_offered_is_documented",
        "the docstring of Acme begins with ''",
    ),
    "an action that repeats its name": (
        '"""Ring the bell of the shop."""',
        '"""Ring."""',
        "what_is_offered_is_documented",
        "the docstring of Ring begins with 'Ring.'",
    ),
    "a default that JSON cannot say": (
        'setting("Address of the shop, with https://")',
        'setting("Address of the shop, with https://", default=Nothing())',
        "describe_and_the_schema_can_tell_it",
        "Nothing is not JSON serializable",
    ),
    "no annotations": (
        "def connect(self, env: Env) -> Live:",
        "def connect(self, env):",
        "mypy_finds_no_mistake",
        "connector.py:39: error: Function is missing a type annotation",
    ),
}
"""What is replaced by what, the promise that this breaks, and what is seen."""


class Package:
    """``crosstie-acme`` in a place of its own, to be changed and then installed."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.folder = site / "crosstie_acme"
        self.files: dict[str, str] = {
            "__init__.py": "",
            "py.typed": "",
            "plugin.py": PLUGIN,
            "connector.py": CONNECTOR,
        }
        self.requires: tuple[str, ...] = REQUIRES
        self.point = "crosstie_acme.plugin"

    def replace(self, old: str, new: str) -> None:
        """Change the connector's text."""
        assert old in self.files["connector.py"]
        self.files["connector.py"] = self.files["connector.py"].replace(old, new)

    def install(self) -> None:
        self.folder.mkdir(parents=True)
        for name, text in self.files.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        info = self.site / "crosstie_acme-1.2.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {need}\n" for need in self.requires)
        (info / "METADATA").write_text(METADATA + needs, encoding="utf-8")
        if self.point:
            (info / "entry_points.txt").write_text(f"[crosstie]\nacme = {self.point}\n")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Package(tmp_path / "site")


class Case(PackageConformance):
    package = "crosstie_acme"


def test_a_good_package_keeps_every_promise(judge: Judge, package: Package) -> None:
    package.install()
    assert {} == judge(Case)


@pytest.mark.parametrize("bug", BROKEN)
def test_a_broken_connector_breaks_the_promise_meant_for_it(
    judge: Judge, package: Package, bug: str
) -> None:
    old, new, promise, seen = BROKEN[bug]
    package.replace(old, new)
    package.install()
    failed = judge(Case, promise)
    assert [promise] == list(failed)
    assert seen in failed[promise]


def test_a_package_without_entry_point_is_not_found(judge: Judge, package: Package) -> None:
    package.point = ""
    package.install()
    failed = judge(Case, "the_plugin_is_found_by_its_entry_point")
    assert "leads into crosstie_acme" in failed["the_plugin_is_found_by_its_entry_point"]


def test_a_plugin_that_the_core_refuses_is_told_with_its_reason(
    judge: Judge, package: Package
) -> None:
    package.files["plugin.py"] = PLUGIN.replace("register_sources", "register_source")
    package.install()
    failed = judge(Case, "the_plugin_is_found_by_its_entry_point")
    told = failed["the_plugin_is_found_by_its_entry_point"]
    assert "unknown hook 'register_source'; did you mean 'register_sources'?" in told


@pytest.mark.parametrize(
    ("need", "seen"),
    [
        ("crosstie", "are: none"),
        ("crosstie>=0.1", "are: >="),
        ("crosstie<9; python_version >= '3.11'", "are: <"),
        ("crosstie>=0.1,<9; extra == 'all'", "are: none"),
    ],
)
def test_a_core_without_bounds_is_found(
    judge: Judge, package: Package, need: str, seen: str
) -> None:
    package.requires = ("attrs", need)
    package.install()
    failed = judge(Case, "it_requires_this_core_within_bounds")
    assert seen in failed["it_requires_this_core_within_bounds"]


def test_a_plugin_without_offers_is_found(judge: Judge, package: Package) -> None:
    package.point = "crosstie_acme"
    package.install()
    failed = judge(Case, "it_offers_something")
    assert "no hook returns anything" in failed["it_offers_something"]


def test_types_that_are_not_published_are_found(judge: Judge, package: Package) -> None:
    del package.files["py.typed"]
    package.install()
    failed = judge(Case, "its_types_are_published")
    assert "there is no " in failed["its_types_are_published"]


def test_tests_inside_a_package_may_import_the_kit(judge: Judge, package: Package) -> None:
    package.files["tests/test_acme.py"] = "from crosstie.testing import Rig\n"
    package.install()
    assert {} == judge(Case, "it_imports_only_public_names")


def test_a_setting_that_only_sounds_like_a_secret_can_be_named(
    judge: Judge, package: Package
) -> None:
    class Sorting(Case):
        plain = ("sort_key",)

    package.replace("access_key: Secret", "sort_key: str")
    package.install()
    assert {} == judge(Sorting, "a_secret_is_declared_as_one")


def test_a_connector_that_refuses_made_up_values_is_given_others(
    judge: Judge, package: Package
) -> None:
    class Choosing(Case):
        examples: ClassVar[Mapping[str, str]] = {"url": "rocket://1"}

    package.replace(
        "    access_key: Secret",
        "    @url.validator\n"
        "    def _check(self, _: Any, url: str) -> None:\n"
        '        if not url.startswith("rocket:"):\n'
        '            raise ValueError(f"no rocket: {url}")\n\n'
        "    access_key: Secret",
    )
    package.install()
    failed = judge(Case, "a_connector_shows_no_secret")
    assert (
        "Acme refuses the values that the kit makes up: no rocket:"
        in (failed["a_connector_shows_no_secret"])
    )
    assert {} == judge(Choosing, "a_connector_shows_no_secret")
