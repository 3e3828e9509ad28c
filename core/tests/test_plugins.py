"""Plugins are found, checked, and refused by name: the distributions here are real ones."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crosstie import PluginError
from crosstie.plugins import HOOKS, Plugins, load_plugins

CONNECTOR = '''
from typing import ClassVar

import attrs

from crosstie import Secret, hookimpl, setting


@attrs.frozen
class Connector:
    """One."""

    kind: ClassVar[str] = "{kind}"
    streams_offered: ClassVar[tuple[str, ...]] = ("things",)
    tables_offered: ClassVar[tuple[str, ...]] = ("things",)
    {setting}

    def connect(self, env): ...
'''
SOURCE = """
@hookimpl
def register_sources():
    return [Connector]
"""
SINK = SOURCE.replace("sources", "sinks")


def connector(kind: str, setting: str = "") -> str:
    return CONNECTOR.format(kind=kind, setting=setting)


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution with one plugin module into a place of its own on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    modules: list[str] = []

    def install(name: str, code: str, *, requires: str = "", point: str | None = None) -> None:
        module = f"{name.replace('-', '_')}_plugin"
        modules.append(module)
        (site / f"{module}.py").write_text(code)
        info = site / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n"
        (info / "METADATA").write_text(
            metadata + (f"Requires-Dist: {requires}\n" if requires else "")
        )
        (info / "entry_points.txt").write_text(f"[crosstie]\n{point or name} = {module}\n")

    yield install
    for module in modules:
        sys.modules.pop(module, None)


def failure(plugins: Plugins, name: str) -> str:
    return next(str(error) for error in plugins.failures if name in str(error))


def test_an_installed_plugin_is_found_by_its_entry_point(install: Install) -> None:
    install("zinc", connector("zinc") + SOURCE, requires="crosstie>=0.1,<9")
    plugins = load_plugins()
    assert plugins.sources["zinc"].kind == "zinc"
    assert "zinc" not in plugins.sinks
    assert plugins.origins["zinc"] == "zinc 1.2"
    assert plugins.connector("zinc") is plugins.sources["zinc"]


def test_one_connector_may_be_source_and_sink(install: Install) -> None:
    install("zinc", connector("zinc") + SOURCE + SINK)
    plugins = load_plugins()
    assert plugins.sources["zinc"] is plugins.sinks["zinc"]


def test_the_file_beside_the_config_is_a_plugin(acme: Plugins) -> None:
    assert acme.sources["acme"].__name__ == "Acme"
    assert acme.actions["acme.create_coupon"].__name__ == "CreateCoupon"
    assert acme.mappings["shout"].__name__ == "shout"
    assert acme.origins["crosstie_plugins.py"].endswith("acme/crosstie_plugins.py")


def test_a_folder_without_the_file_is_no_mistake(tmp_path: Path) -> None:
    assert "crosstie_plugins.py" not in load_plugins(tmp_path).origins


def test_an_unknown_kind_is_told_with_the_nearest_name(install: Install) -> None:
    install("zinc", connector("zinc") + SOURCE)
    with pytest.raises(PluginError, match=r"no plugin offers 'zink'; did you mean 'zinc'\?"):
        load_plugins().connector("zink")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nil", "ModuleNotFoundError: No module named 'nil' (zinc_plugin.py, line 1)"),
        ("x = 1\nraise OSError('no licence')", "OSError: no licence (zinc_plugin.py, line 2)"),
        ("def x(:", "SyntaxError: invalid syntax (zinc_plugin.py, line 1)"),
    ],
)  # fmt: skip
def test_a_plugin_that_fails_on_import_does_not_stop_the_others(
    install: Install, code: str, reason: str
) -> None:
    install("zinc", code)
    install("iron", connector("iron") + SOURCE)
    plugins = load_plugins()
    assert "iron" in plugins.sources
    assert failure(plugins, "zinc") == f"plugin 'zinc' (zinc 1.2) cannot be used: {reason}"


def test_the_reason_is_told_to_who_asks_for_what_the_plugin_may_offer(install: Install) -> None:
    install("zinc", "import nil")
    with pytest.raises(PluginError, match=r"plugin 'zinc' .* cannot be used: ModuleNotFoundError"):
        load_plugins().connector("zinc")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "from crosstie import hookimpl\n@hookimpl\ndef register_source(): return []",
            "unknown hook 'register_source'; did you mean 'register_sources'?",
        ),
        (
            "def register_sinkz(): return []",
            "unknown hook 'register_sinkz'; did you mean 'register_sinks'?",
        ),
        (
            "from crosstie import hookimpl\n@hookimpl\ndef sinks(): return []",
            "unknown hook 'sinks'; there is 'register_actions', 'register_apps',"
            " 'register_commands', 'register_mappings', 'register_schema', 'register_sinks',"
            " 'register_sources'",
        ),
        (
            "def register_sources(): return []",
            "register_sources is not marked with @hookimpl, so it would not be called",
        ),
    ],
)
def test_a_misspelt_hook_is_an_error_that_names_plugin_and_hook(
    install: Install, code: str, reason: str
) -> None:
    install("zinc", code)
    assert failure(load_plugins(), "zinc") == f"plugin 'zinc' (zinc 1.2) cannot be used: {reason}"


def test_a_hook_with_other_parameters_is_refused(install: Install) -> None:
    install("zinc", "from crosstie import hookimpl\n@hookimpl\ndef register_sources(x): return []")
    assert "'zinc'" in failure(load_plugins(), "zinc")
    assert "{'x'}" in failure(load_plugins(), "zinc")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ('url: float = setting("A")', "setting 'url' of Connector has the type <class 'float'>"),
        (
            'use: str = setting("A")',
            "setting 'use' of Connector: the name `use` is the config's own",
        ),
        ("url: str = attrs.field()", "setting 'url' of Connector has no documentation"),
        ('workers: str = setting("A")', "setting 'workers' of Connector must be of type int"),
        ('timeout: int = setting("A")', "setting 'timeout' of Connector must be of type timedelta"),
    ],
)
def test_a_connector_whose_settings_no_config_could_hold_is_refused(
    install: Install, setting: str, reason: str
) -> None:
    install("zinc", connector("zinc", setting) + SOURCE)
    expected = f"plugin 'zinc' (zinc 1.2) cannot be used: {reason}"
    assert failure(load_plugins(), "zinc").startswith(expected)


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ("[1]", "connector 1 is not an attrs class"),
        ("[attrs.make_class('X', [])]", "connector X has no `kind`"),
        ("[attrs.make_class('X', [], (Connector,), {'kind': 'A B'})]", "the kind 'A B' is"),
        (
            "[attrs.make_class('X', [], (Connector,), {'streams_offered': 'things'})]",
            "`streams_offered` of X is one text, not a tuple of them",
        ),
        ("1", "TypeError: 'int' object is not iterable"),
    ],
)
def test_what_is_no_connector_is_refused(install: Install, returned: str, reason: str) -> None:
    install("zinc", connector("zinc") + f"@hookimpl\ndef register_sources(): return {returned}")
    plugins = load_plugins()
    assert f"cannot be used: {reason}" in failure(plugins, "zinc")
    assert plugins.manager.get_plugin("zinc") is None


@pytest.mark.parametrize(
    ("hook", "returned", "reason"),
    [
        ("register_actions", "[Connector]", "is not an attrs class with `on` and `name`"),
        ("register_mappings", "{'a': 1}", "mapping 'a' is not a function"),
    ],
)
def test_what_is_no_action_or_mapping_is_refused(
    install: Install, hook: str, returned: str, reason: str
) -> None:
    install("zinc", connector("zinc") + f"@hookimpl\ndef {hook}(): return {returned}")
    assert reason in failure(load_plugins(), "zinc")


ACTION = """
from decimal import Decimal
from typing import ClassVar

import attrs

from crosstie import Secret, hookimpl, setting


@attrs.frozen
class Send:
    name: ClassVar[str] = "send"
    on: ClassVar[str] = "zinc"
    {parameter}

    def run(self, system, once): ...


@hookimpl
def register_actions():
    return [{returned}]
"""


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ('price: float = setting("A")', "parameter 'price' of Send has the type <class 'float'>"),
        ("text: str = attrs.field()", "parameter 'text' of Send has no documentation"),
        ("text: str", "parameter 'text' of Send has no documentation"),
        ('key: Secret = setting("A")', "parameter 'key' of Send is a secret: deeds are written"),
    ],
)
def test_an_action_whose_parameters_nobody_could_give_is_refused(
    install: Install, parameter: str, reason: str
) -> None:
    install("zinc", ACTION.format(parameter=parameter, returned="Send"))
    assert reason in failure(load_plugins(), "zinc")


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ("attrs.make_class('X', [], (Send,), {'name': 'A B'})", "the action's name 'A B' is not"),
        ("attrs.make_class('X', [], (Send,), {'run': None})", "action X has no `run`"),
    ],
)
def test_an_action_that_nobody_could_call_is_refused(
    install: Install, returned: str, reason: str
) -> None:
    install("zinc", ACTION.format(parameter="", returned=returned))
    assert reason in failure(load_plugins(), "zinc")


def test_a_name_that_two_plugins_offer_is_nobodys_and_both_are_named(install: Install) -> None:
    install("zinc", connector("metal") + SOURCE)
    install("iron", connector("metal") + SINK)
    plugins = load_plugins()
    assert "metal" not in {**plugins.sources, **plugins.sinks}
    assert failure(plugins, "metal") == (
        "kind 'metal' is offered by plugin 'iron' (iron 1.2) and by plugin 'zinc' (zinc 1.2):"
        " remove one of them"
    )


def test_two_plugins_of_one_name_are_both_named(install: Install) -> None:
    install("zinc", connector("zinc") + SOURCE, point="metal")
    install("iron", connector("iron") + SOURCE, point="metal")
    plugins = load_plugins()
    assert "iron" in plugins.sources
    assert failure(plugins, "zinc 1.2") == (
        "plugin 'metal' (zinc 1.2) cannot be used: its name is taken by iron 1.2"
    )


@pytest.mark.parametrize("requires", ["crosstie>=9", "crosstie<0.1", "Crosstie ==7.*"])
def test_a_plugin_for_another_core_is_refused_before_it_is_imported(
    install: Install, requires: str
) -> None:
    install("zinc", "raise AssertionError", requires=requires)
    text = failure(load_plugins(), "zinc")
    assert text.startswith("plugin 'zinc' (zinc 1.2) cannot be used: it requires ")
    assert "and this is crosstie 0.1.0" in text


@pytest.mark.parametrize("requires", ["crosstie-x>=9", "crosstie>=9; extra == 'web'", "crosstie"])
def test_other_requirements_are_not_the_cores_business(install: Install, requires: str) -> None:
    install("zinc", connector("zinc") + SOURCE, requires=requires)
    assert "zinc" in load_plugins().sources


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero (crosstie_plugins.py, line 1)"),
        ("def register_sauces(): ...", "did you mean 'register_sources'?"),
    ],
)
def test_a_mistake_in_the_file_beside_the_config_is_raised_at_once(
    tmp_path: Path, code: str, reason: str
) -> None:
    (tmp_path / "crosstie_plugins.py").write_text(code)
    with pytest.raises(PluginError) as caught:
        load_plugins(tmp_path)
    assert str(caught.value).startswith(f"plugin 'crosstie_plugins.py' ({tmp_path}/")
    assert str(caught.value).endswith(reason)


def test_a_name_that_the_file_takes_from_a_plugin_is_raised_at_once(
    install: Install, tmp_path: Path
) -> None:
    install("zinc", connector("zinc") + SOURCE)
    (tmp_path / "crosstie_plugins.py").write_text(connector("zinc") + SOURCE)
    with pytest.raises(
        PluginError, match=r"'zinc' \(zinc 1.2\) and by plugin 'crosstie_plugins.py'"
    ):
        load_plugins(tmp_path)


def test_two_loads_share_nothing(install: Install, acme: Plugins, tmp_path: Path) -> None:
    assert "acme" in acme.sources
    assert "acme" not in load_plugins(tmp_path).sources


def test_the_hooks_are_the_documented_ones() -> None:
    assert sorted(HOOKS) == [
        "register_actions",
        "register_apps",
        "register_commands",
        "register_mappings",
        "register_schema",
        "register_sinks",
        "register_sources",
    ]
