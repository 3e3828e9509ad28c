import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Finished = Callable[..., tuple[int, str, str]]
COMMANDS = ("check", "plan", "run", "history", "serve")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"top": "this is no TOML"}, "not TOML"),
        ({"top": "stat = 1"}, "unknown setting; did you mean 'state'?"),
        ({"shop": "moood = 'well'"}, "[systems.shop] moood: unknown setting; did you mean 'mood'?"),
        ({"shop": "pause = 5.9"}, "[systems.shop] pause: expected a whole number"),
        (
            {"shop": 'token = { env = "NOT_THERE" }'},
            "[systems.shop] token: the environment variable 'NOT_THERE' is not set",
        ),
        (
            {"more": '[systems.x]\nuse = "drawr"'},
            "no plugin offers 'drawr'; did you mean 'drawer'?",
        ),
        ({"more": '[flows.x]\nread = "shop.peple"\nwrite = "crm.people"'}, "no stream 'peple'"),
    ],
)
def test_a_mistake_in_the_config_is_told_and_nothing_runs(
    desk: Any, parts: dict[str, str], sentence: str, command: str
) -> None:
    desk.config(**parts)

    result = desk.call(command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert str(desk.file) in result.stderr
    assert "Traceback" not in result.stderr


def test_all_mistakes_are_told_at_once(desk: Any) -> None:
    desk.config(top="stat = 1", shop='mood = "odd"', crm="pause = true")

    assert len(desk.call("check").stderr.splitlines()) == 3


def test_a_config_that_is_not_there_is_told_with_what_to_do(desk: Any) -> None:
    desk.file.unlink()

    result = desk.call("run")

    assert (result.exit_code, "`crosstie init` writes one" in result.stderr) == (2, True)


def test_a_plugin_beside_the_config_that_fails_is_told_with_its_line(desk: Any) -> None:
    (desk.folder / "crosstie_plugins.py").write_text("import os\nos.no_such_thing()\n")

    result = desk.call("run")

    assert result.exit_code == 2
    assert f"plugin 'crosstie_plugins.py' ({desk.folder}" in result.stderr
    assert "(crosstie_plugins.py, line 2)" in result.stderr


@pytest.mark.parametrize(
    ("needs", "content", "why"),
    [
        ("crosstie>=9", "", "it requires crosstie>=9"),
        ("crosstie>=0.1", "raise RuntimeError('half installed')", "half installed"),
    ],
)
def test_an_installed_plugin_that_cannot_be_used_is_named_where_it_is_wanted(
    desk: Any, finished: Finished, needs: str, content: str, why: str
) -> None:
    site = desk.folder / "site"
    _install(site, needs, content)
    environ = {"PYTHONPATH": str(site)}
    desk.people(1)

    assert finished("run", environ=environ)[0] == 0
    desk.config(more='[systems.x]\nuse = "widget"')
    code, _, err = finished("run", environ=environ)
    assert code == 2
    assert "no plugin offers 'widget'" in err
    assert "plugin 'widget' (crosstie-widget 1.0) cannot be used" in err
    assert why in err


def _install(site: Path, needs: str, content: str) -> None:
    info = site / "crosstie_widget-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: crosstie-widget\nVersion: 1.0\nRequires-Dist: {needs}\n"
    )
    (info / "entry_points.txt").write_text("[crosstie]\nwidget = crosstie_widget\n")
    (site / "crosstie_widget.py").write_text(content)


@pytest.mark.parametrize(("mood", "why"), [("down", "nobody there"), ("locked", "does not fit")])
@pytest.mark.parametrize("system", ["shop", "crm"])
def test_a_system_that_cannot_be_used_stops_its_flow(
    desk: Any, mood: str, why: str, system: str
) -> None:
    desk.config(**{system: f'mood = "{mood}"'})
    desk.people(1)

    result = desk.call("run")

    assert (result.exit_code, why in result.stderr) == (3, True)
    assert "Traceback" not in result.stderr
    desk.config()
    assert desk.call("run").exit_code == 0
    assert len(desk.rows()) == 1


def test_a_system_that_is_down_stops_its_own_flows_only(desk: Any) -> None:
    desk.config(
        more='[systems.other]\nuse = "drawer"\nfolder = "x"\nmood = "down"\n'
        '[flows.a]\nread = "shop.people"\nwrite = "other.people"\n'
    )
    desk.people(1)

    for command in ("run", "plan"):
        result = desk.call(command)
        assert (result.exit_code, "nobody there" in result.stderr) == (3, True)
    assert len(desk.rows()) == 1


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def _damage(path: Path) -> None:
    path.write_bytes(b"not a database, whatever its name says" * 200)


@pytest.mark.parametrize("command", ["check", "plan", "run", "history", "aside list"])
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(_newer, "they were written by a newer one"), (_damage, "the file is damaged")],
)
def test_a_state_file_that_cannot_be_used_is_told_and_left_alone(
    desk: Any, spoil: Callable[[Path], None], sentence: str, command: str
) -> None:
    desk.call("run")
    state = desk.folder / "crosstie.db"
    spoil(state)
    before = state.read_bytes()

    result = desk.call(*command.split())

    assert (result.exit_code, sentence in result.output) == (3, True)
    assert "Traceback" not in result.output
    assert state.read_bytes() == before


@pytest.mark.parametrize("command", ["check", "run", "history"])
@pytest.mark.parametrize("place", ["/proc/self/crosstie.db", "no/such/folder/crosstie.db"])
def test_a_folder_that_cannot_hold_the_state_is_told(desk: Any, command: str, place: str) -> None:
    desk.config(top=f'state = "{place}"')

    result = desk.call(command)

    assert result.exit_code == 3
    assert "folder" in result.output
    assert "Traceback" not in result.output
