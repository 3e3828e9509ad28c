import tomllib
from typing import Any


def test_the_first_config_names_what_is_installed(desk: Any) -> None:
    desk.file.unlink()

    result = desk.call("init")

    assert (result.exit_code, "crosstie check" in result.stdout) == (0, True)
    text = desk.file.read_text("utf-8")
    assert "drawer" in text
    assert tomllib.loads(text) == {}


def test_the_first_config_for_two_kinds_lacks_only_what_nobody_can_know(desk: Any) -> None:
    there = desk.folder / "new" / "folder"

    assert (
        desk.call("init", "--folder", str(there), "--from", "drawer", "--to", "drawer").exit_code
        == 0
    )

    (there / "crosstie_plugins.py").write_bytes((desk.folder / "crosstie_plugins.py").read_bytes())
    text = (there / "crosstie.toml").read_text("utf-8")
    assert "# Where the files are" in text
    desk.file.write_text(text, "utf-8")
    refused = desk.call("check")
    assert refused.exit_code == 2
    assert refused.stderr.count("folder: missing: expected a path, as text") == 2
    filled = text.replace('# folder = ""', 'folder = "shop"', 1)
    filled = filled.replace('# folder = ""', 'folder = "crm"')
    desk.file.write_text(filled, "utf-8")
    assert desk.call("check").exit_code == 0
    desk.people(1)
    assert desk.call("run").exit_code == 0
    assert len(desk.rows()) == 1


def test_a_secret_is_taken_from_the_environment(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8").replace(
        'token: Secret | None = setting("What must not be seen", default=None)',
        'token: Secret = setting("What must not be seen")',
    )
    plugin.write_text(text, "utf-8")
    desk.file.unlink()

    assert desk.call("init", "--from", "drawer").exit_code == 0

    written = desk.file.read_text("utf-8")
    assert '# What must not be seen\ntoken = { env = "DRAWER_TOKEN" }' in written


def test_nothing_is_overwritten(desk: Any) -> None:
    before = desk.file.read_bytes()

    result = desk.call("init")

    assert (result.exit_code, "overwrites nothing" in result.stderr) == (2, True)
    assert desk.file.read_bytes() == before


def test_an_unknown_kind_is_refused_with_the_nearest_name(desk: Any) -> None:
    result = desk.call("init", "--folder", str(desk.folder / "new"), "--from", "drawr")

    assert (result.exit_code, "did you mean 'drawer'?" in result.stderr) == (2, True)
    assert not (desk.folder / "new").exists()


def test_a_folder_that_cannot_be_written_is_told(desk: Any) -> None:
    result = desk.call("init", "--folder", "/proc/nowhere")

    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)


def test_where_any_name_is_a_table_flows_are_offered_to_be_chosen_from(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8").replace('| None] = ("people", "loose")', "| None] = None")
    plugin.write_text(text, "utf-8")
    there = desk.folder / "new"

    desk.call("init", "--folder", str(there), "--from", "drawer", "--to", "drawer")
    chosen = text.replace("| None] = None", '| None] = None\n    tables_known = ("parcels",)')
    plugin.write_text(chosen, "utf-8")
    desk.call("init", "--folder", str(there / "b"), "--from", "drawer", "--to", "drawer")

    assert (there / "crosstie.toml").read_text("utf-8").count("\n# [flows.") == 2
    assert "\n[flows.parcels]\n" in (there / "b" / "crosstie.toml").read_text("utf-8")
    assert "flows.people" not in (there / "b" / "crosstie.toml").read_text("utf-8")
