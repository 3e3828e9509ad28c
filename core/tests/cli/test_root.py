import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

SECRET = "s3cr3t-of-the-drawer"
TOKEN = 'token = { env = "DRAWER_TOKEN" }'
Finished = Callable[..., tuple[int, str, str]]


def test_the_help_groups_the_commands_by_what_they_are_for(desk: Any) -> None:
    sections = desk.call("--help").stdout.split("\n\n")
    titles = {part.partition(":\n")[0]: part for part in sections if ":\n" in part}

    assert list(titles) == [
        "Options",
        "Begin",
        "Move records",
        "Act",
        "See what happened",
        "Write a connector",
        "From plugins",
    ]
    assert "  plan  " in titles["Move records"]
    assert "  knock  " in titles["From plugins"]
    assert "Exit codes: 0 all is well" in sections[-1]


def test_the_version_is_the_distributions(finished: Finished) -> None:
    assert finished("--version") == (0, f"crosstie {version('crosstie')}\n", "")


def test_an_option_of_the_program_after_the_command_is_told_where_it_belongs(desk: Any) -> None:
    result = desk.call("run", "-v")

    assert (result.exit_code, "-v goes before the command" in result.stderr) == (2, True)


def test_an_unknown_command_says_which_plugins_cannot_be_used(desk: Any) -> None:
    (desk.folder / "crosstie_plugins.py").write_text("import nothing_of_that_name")

    result = desk.call("knok")

    assert result.exit_code == 2
    assert "'knok'" in result.stderr
    assert "nothing_of_that_name" in result.stderr


def test_a_plugins_command_exits_with_the_code_that_it_returns(desk: Any) -> None:
    assert desk.call("knock", "--code", "4").exit_code == 4
    assert desk.call("sandbox", "knock", "--code", "5").exit_code == 5


def test_a_plugin_cannot_replace_a_command(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8").replace(
        "cli.add_command(knock)", 'cli.add_command(knock, "run")'
    )
    plugin.write_text(text, "utf-8")

    result = desk.call("knock")

    assert result.exit_code == 2
    assert "plugin 'crosstie_plugins.py'" in result.stderr
    assert "there is a command 'run' already" in result.stderr
    assert desk.call("run").exit_code == 0


def test_a_plugin_whose_commands_fail_leaves_the_others(desk: Any) -> None:
    plugin = desk.folder / "crosstie_plugins.py"
    text = plugin.read_text("utf-8").replace("cli.add_command(knock)", "cli.no_such_method()")
    plugin.write_text(text, "utf-8")

    assert "  run  " in desk.call("--help").stdout
    assert "no_such_method" in desk.call("knock").stderr


def test_the_config_may_be_named_by_the_environment(desk: Any, finished: Finished) -> None:
    elsewhere = desk.folder / "other.toml"
    desk.file.rename(elsewhere)

    assert finished("check")[0] == 2
    assert finished("-c", str(elsewhere), "check")[0] == 0
    assert desk.call("check").exit_code == 2


def test_a_bug_shows_its_traceback_without_the_secret_in_it(desk: Any, finished: Finished) -> None:
    desk.config(shop=f'{TOKEN}\nmood = "buggy"')
    desk.people(1)

    code, out, err = finished("run", environ={"DRAWER_TOKEN": SECRET})

    assert (code, out) == (70, "")
    assert "Traceback" in err
    assert "KeyError: '***'" in err
    assert "please report it" in err
    assert SECRET not in err


def test_the_log_shows_more_when_asked_and_never_a_secret(desk: Any, finished: Finished) -> None:
    desk.config(shop=TOKEN)
    environ = {"DRAWER_TOKEN": SECRET}

    assert finished("run", environ=environ)[2] == ""
    err = finished("-v", "run", environ=environ)[2]
    assert "INFO crosstie.shop: opened with ***" in err
    assert SECRET not in err


def test_an_error_is_one_sentence_without_traceback_and_secret(
    desk: Any, finished: Finished
) -> None:
    desk.config(shop=f'{TOKEN}\nmood = "down"')

    code, out, err = finished("run", environ={"DRAWER_TOKEN": SECRET})

    assert (code, out) == (3, "")
    assert "https://drawer.example/?key=***: nobody there" in err
    assert "Traceback" not in err


def test_what_a_system_says_cannot_act_on_the_terminal(desk: Any) -> None:
    desk.config(more='[systems.x]\nuse = "drawer\\u001b[31m"')

    result = desk.call("check")

    assert result.exit_code == 2
    assert "\x1b" not in result.stderr


def test_a_reader_that_goes_away_ends_it_without_a_word(desk: Any) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = desk.start("schema", stdout=writing)
    os.close(writing)

    assert process.communicate(timeout=20)[1] == ""
    assert process.returncode == 141
