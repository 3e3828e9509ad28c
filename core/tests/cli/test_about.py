import json
from typing import Any


def test_each_plugin_is_listed_with_what_it_offers(desk: Any) -> None:
    lines = desk.call("plugins").stdout.splitlines()

    start = next(n for n, line in enumerate(lines) if line.startswith("crosstie_plugins.py ("))
    assert lines[start + 1 : start + 5] == [
        "  reads: drawer",
        "  writes: drawer",
        "  actions: drawer.leave",
        "  adds commands, see crosstie --help",
    ]


def test_a_broken_plugin_is_listed_with_the_reason_beside_the_usable_ones(desk: Any) -> None:
    (desk.folder / "crosstie_plugins.py").write_text("1 / 0")

    result = desk.call("plugins")

    assert result.exit_code == 0
    assert "ZeroDivisionError: division by zero (crosstie_plugins.py, line 1)" in result.stdout
    assert "crosstie-files" in result.stdout


def test_a_kind_is_described(desk: Any) -> None:
    assert "A drawer of JSON files." in desk.call("describe", "drawer").stdout
    unknown = desk.call("describe", "drawr")
    assert (unknown.exit_code, "did you mean 'drawer'?" in unknown.stderr) == (2, True)


def test_the_schema_knows_the_plugin_beside_the_config(desk: Any) -> None:
    schema = json.loads(desk.call("schema").stdout)

    assert schema["$defs"]["system-drawer"]["properties"]["use"] == {"const": "drawer"}
