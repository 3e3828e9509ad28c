import tomllib
from typing import Any

import pytest

from crosstie.vault import Vault


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


def test_a_stream_is_written_into_the_table_that_the_sink_names_for_it(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8")
    offered = 'tuple[str, ...] | None] = ("people", "loose")\n'
    assert offered in text
    more = f'{offered}    usual_tables: ClassVar[Mapping[str, str]] = {{"parcels": "loose"}}\n'
    plugin.write_text(text.replace(offered, more), "utf-8")
    there = desk.folder / "new"

    desk.call("init", "--folder", str(there), "--from", "drawer", "--to", "drawer")

    flows = tomllib.loads((there / "crosstie.toml").read_text("utf-8"))["flows"]
    told = {name: (flow["read"], flow["write"]) for name, flow in flows.items()}
    assert told == {
        "people": ("drawer.people", "drawer-2.people"),
        "loose": ("drawer.parcels", "drawer-2.loose"),
    }


TOLD = ("--from", "drawer", "--to", "drawer")
FOLDERS = ("--set", "drawer.folder=shop", "--set", "drawer-2.folder=crm")


def test_what_systems_tell_of_themselves_stands_in_the_config(desk: Any) -> None:
    desk.file.unlink()
    told = ("--set", "drawer.mood=telling", "--secret", "drawer.token=TOKEN")

    assert desk.call("init", *TOLD, *FOLDERS, *told, TOKEN="opensesame").exit_code == 0

    text = desk.file.read_text("utf-8")
    assert "# for ***,\n# and �[2Jfor people\n[systems.drawer]" in text
    assert "# slower is safer\npause = 0\n# or quicker\n# timeout" in text
    table = (
        '[systems.drawer.labels]\n# "loose" ends\n"a.b" = "say \\"x\\"\\u007f"\n# more\n# c = ""'
    )
    assert table in text
    assert '# only some\n# filters = { status = ["in"] }' in text
    labels = tomllib.loads(text)["systems"]["drawer"]["labels"]
    assert labels == {"a.b": 'say "x"\x7f'}
    desk.people(1)
    assert desk.call("run", TOKEN="opensesame").exit_code == 0


def test_what_the_options_say_wins_over_what_a_system_tells(desk: Any) -> None:
    desk.file.unlink()
    given = ("--set", "drawer.mood=telling", "--set", 'drawer.labels={"c": "mine"}')

    assert desk.call("init", *TOLD, *FOLDERS, *given).exit_code == 0

    system = tomllib.loads(desk.file.read_text("utf-8"))["systems"]["drawer"]
    assert (system["labels"], system["pause"]) == ({"c": "mine"}, 0)


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        (("drawer.mood=down",), "https://drawer.example/?key=***: nobody there"),
        (("drawer.mood=telling", "drawer.pause=1"), "*** does not open it"),
    ],
)
def test_a_system_that_cannot_be_looked_at_is_told_and_the_config_written(
    desk: Any, mood: tuple[str, ...], why: str
) -> None:
    desk.file.unlink()
    told = (*(part for one in mood for part in ("--set", one)), "--secret", "drawer.token=TOKEN")

    result = desk.call("init", *TOLD, *FOLDERS, *told, TOKEN="opensesame")

    assert (result.exit_code, result.stderr) == (1, f"drawer: {why}\n")
    text = desk.file.read_text("utf-8")
    assert f"# It could not be looked at: {why}" in text
    assert ('"loose" ends' in text) == (len(mood) == 2)
    assert ["people"] == list(tomllib.loads(text)["flows"])
    assert "opensesame" not in text


def test_every_mistake_in_the_options_is_told_at_once_and_nothing_written(desk: Any) -> None:
    there = desk.folder / "new"
    wrong = ("dresser.folder=x", "drawer.flder=x", "drawer.mood=wel", "drawer.pause=-1")
    sets = [part for one in (*wrong, "drawer.token=abc") for part in ("--set", one)]

    result = desk.call("init", "--folder", str(there), *TOLD, *sets, "--secret", "drawer.token=NO")

    assert (result.exit_code, there.exists()) == (2, False)
    assert result.stderr.splitlines() == [
        "--set dresser.folder: there will be no system 'dresser'; did you mean 'drawer'?",
        "--set drawer.flder: unknown setting; did you mean 'folder'?",
        "drawer: mood: expected one of 'well', 'down', 'locked', 'hanging', 'buggy', 'quiet',"
        " 'telling', found the text \"wel\"",
        "drawer: pause cannot be less than nothing, not -1",
        "drawer: token: a secret does not stand in the config: put it into an environment variable"
        ' and write { env = "NAME" }, or into a file and write { file = "path" }',
        "drawer: token: the environment variable 'NO' is not set",
    ]


def test_an_option_that_names_no_setting_is_wrong_usage(desk: Any) -> None:
    desk.file.unlink()
    for wrong in ("drawer", "drawer=1", "drawer.folder", "drawer.folder="):
        result = desk.call("init", *TOLD, "--set", wrong)
        assert (result.exit_code, "expected SYSTEM.SETTING=…" in result.stderr) == (2, True)


def test_a_secret_may_be_in_a_file(desk: Any) -> None:
    desk.file.unlink()
    (desk.folder / "token").write_text("opensesame\n", "utf-8")

    result = desk.call("init", *TOLD, *FOLDERS, "--secret", "drawer.token=./token")

    assert result.exit_code == 0
    assert 'token = { file = "./token" }' in desk.file.read_text("utf-8")


def test_what_the_options_leave_out_is_left_to_be_filled_in(desk: Any) -> None:
    desk.file.unlink()

    result = desk.call("init", *TOLD, "--set", "drawer.folder=shop")

    assert (result.exit_code, "fill it in, then: crosstie check" in result.stdout) == (0, True)
    text = desk.file.read_text("utf-8")
    assert '\nfolder = "shop"\n' in text
    assert '\n# folder = ""      # a path, as text\n' in text


def test_a_system_has_the_name_that_its_connector_says_is_usual(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8")
    named = text.replace('= "drawer"\n', '= "drawer"\n    usual_name: ClassVar[str] = "chest"\n', 1)
    plugin.write_text(named, "utf-8")
    desk.file.unlink()

    desk.call("init", "--from", "drawer", "--to", "drawer")

    written = desk.file.read_text("utf-8")
    assert "[systems.chest]" in written
    assert "[systems.chest-2]" in written
    assert 'read  = "chest.people"\nwrite = "chest-2.people"' in written


def test_one_system_alone_is_looked_at_too(desk: Any) -> None:
    desk.file.unlink()
    given = ("--set", "drawer.folder=shop", "--set", "drawer.mood=telling")

    assert desk.call("init", "--from", "drawer", *given).exit_code == 0

    text = desk.file.read_text("utf-8")
    assert "# slower is safer" in text
    assert ["systems"] == list(tomllib.loads(text))


def test_what_is_no_text_is_refused(desk: Any) -> None:
    desk.file.unlink()

    result = desk.call("init", "--from", "drawer", "--set", "drawer.folder=\udcff")

    assert (result.exit_code, result.stderr) == (2, "drawer: folder: this is not UTF-8 text\n")
    assert not desk.file.exists()


def test_the_key_of_the_project_is_made_and_kept_out_of_git(desk: Any) -> None:
    desk.file.unlink()

    result = desk.call("init")

    key = desk.folder / "crosstie.key"
    told = "keep it secret and keep a copy; coupon codes and kept tokens depend on it"
    assert f"{key}: {told}" in result.stdout.splitlines()
    assert 0o600 == key.stat().st_mode & 0o777
    assert "crosstie.db*\ncrosstie.key\n" == (desk.folder / ".gitignore").read_text("utf-8")
    made = key.read_bytes()
    assert 32 == len(Vault.beside(desk.folder / "crosstie.db").derive("a code"))
    assert made == key.read_bytes()


def test_a_key_and_a_list_for_git_that_are_there_are_left_alone(desk: Any) -> None:
    there = desk.folder / "new"
    there.mkdir()
    for name in ("crosstie.key", ".gitignore"):
        (there / name).write_text("mine", "utf-8")

    result = desk.call("init", "--folder", str(there))

    assert (0, False) == (result.exit_code, "crosstie.key" in result.stdout)
    assert {"mine"} == {(there / name).read_text() for name in ("crosstie.key", ".gitignore")}


def test_a_system_for_every_config_stands_in_it_as_its_connector_says(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    post = """
@attrs.frozen
class Post(Drawer):
    kind: ClassVar[str] = "post"
    usual_name: ClassVar[str] = "drawer"
    in_first_config = (Advice("Take it away to post", "folder", "outbox"),)


@hookimpl
def register_sinks() -> Sequence[Any]:
    return [Drawer, Post]
"""
    before, found, _ = plugin.read_text("utf-8").partition("\n@hookimpl\ndef register_sinks")
    after = "\n@hookimpl\ndef register_actions() -> Sequence[Any]:\n    return [Leave]\n"
    assert found
    plugin.write_text(f"{before}{post}{after}", "utf-8")
    there = desk.folder / "new"

    desk.call("init", "--folder", str(there / "a"), "--from", "drawer", "--to", "drawer")
    desk.call("init", "--folder", str(there / "b"), "--from", "post")
    desk.call("init", "--folder", str(there / "c"))

    text = (there / "a" / "crosstie.toml").read_text("utf-8")
    posted = '[systems.drawer-3]\nuse = "post"\n# Take it away to post\nfolder = "outbox"\n'
    assert posted in text
    alone = (there / "b" / "crosstie.toml").read_text("utf-8")
    assert (1, False) == (alone.count('use = "post"'), 'folder = "outbox"' in alone)
    assert {} == tomllib.loads((there / "c" / "crosstie.toml").read_text("utf-8"))


def test_no_flow_runs_by_the_clock_where_somebody_has_to_choose_dates(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8")
    offered = 'tuple[str, ...] | None] = ("people", "loose")\n'
    assert offered in text
    plugin.write_text(
        text.replace(offered, f'{offered}    tables_limited = ("people",)\n'), "utf-8"
    )
    desk.file.unlink()

    desk.call("init", "--from", "drawer", "--to", "drawer")

    flows = tomllib.loads(desk.file.read_text("utf-8"))["flows"]
    assert {"people": {"read": "drawer.people", "write": "drawer-2.people"}} == flows
