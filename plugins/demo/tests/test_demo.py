import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner

from crosstie import ConfigError
from crosstie_demo.cart import OUTBOX
from crosstie_demo.command import CONFIG, OURS, demo, prepare
from crosstie_demo.playing import played
from crosstie_demo.stage import Stage, StoryError
from crosstie_demo.story import KEY, MARK

PROGRAM = [sys.executable, "-m", "crosstie.cli"]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A stage in an empty folder."""
    return Stage(tmp_path, {}, 0)


@pytest.fixture
def playing(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """The demo, played in a folder of its own, whose systems go on until it is stopped."""
    asked = [*PROGRAM, "demo", "--folder", str(tmp_path / "demo"), "--keep-serving"]
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as there:
        return there.connect_ex((parts.hostname, parts.port)) == 0


def _coupons(shop: str) -> list[dict[str, Any]]:
    asked = {"display": "full", "output_format": "JSON"}
    answer = httpx.get(f"{shop}/api/cart_rules", params=asked, auth=(KEY, ""))
    return list(answer.json()["cart_rules"])


@pytest.mark.feature("F06", "F11", "F22", "F23")
def test_the_demo_plays_to_its_end_and_leaves_something_to_look_at(
    playing: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert playing.stdout is not None
    told = []
    for line in playing.stdout:
        told.append(line)
        if "until Ctrl-C" in line:
            break
    text = "".join(told)
    assert "404 orders in the shop" in text, text
    commands = [line.split()[2] for line in told if line.startswith("$ crosstie ")]
    assert set(commands) == {
        *("sandbox", "check", "plan", "run", "aside", "explain", "history"),
    }
    urls = [word for word in told[-1].split() if word.startswith("http://")]
    assert [_answers(url) for url in urls] == [True, True]
    [mail] = [path.read_text() for path in (tmp_path / "demo" / OUTBOX).iterdir()]
    [code] = re.findall(r"BACK-[A-Z0-9-]+", mail)
    assert "To: ada@example.com" in mail
    used = [(one["code"], one["quantity"]) for one in _coupons(urls[0]) if one["code"] == code]
    assert [(code, "0")] == used
    playing.send_signal(signal.SIGINT)
    assert playing.wait(15) == 0
    assert [_answers(url) for url in urls] == [False, False]
    left = {path.name for path in (tmp_path / "demo").iterdir()}
    assert {"crosstie.toml", "crosstie.db", "crosstie.key", "crm.json"} <= left
    assert "\x1b" not in text


@pytest.mark.full
def test_without_further_ado_it_ends_by_itself(tmp_path: Path) -> None:
    result = CliRunner().invoke(demo, ["--folder", str(tmp_path)], standalone_mode=False)

    assert (result.return_value, "404 orders in the shop" in result.stdout) == (0, True)


def test_a_sandbox_that_does_not_get_ready_shows_what_it_printed() -> None:
    with (
        pytest.raises(StoryError, match=r"did not get ready. It printed:[^$]*no-such-option"),
        played("vtiger", "--no-such-option", environ={}),
    ):
        raise AssertionError


def test_a_step_that_goes_otherwise_than_told_shows_what_was_printed(stage: Stage) -> None:
    with pytest.raises(StoryError) as error:
        stage.crosstie("check")

    assert error.value.exit_code == 1
    assert "`crosstie check` ended with 2, the story says 0." in str(error.value)
    assert "there is no such file" in str(error.value)


def test_a_step_must_print_what_the_story_says(stage: Stage) -> None:
    with pytest.raises(StoryError, match=r"It should have printed: \^crosstie 99"):
        stage.crosstie("--version", expect=[r"^crosstie \d", "^crosstie 99"])


def test_of_many_lines_the_first_and_last_are_shown(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.show("\n".join("abcdefgh"), head=2, tail=1)

    assert capsys.readouterr().out == "  a\n  b\n     … 5 more lines …\n  h\n"


def test_a_folder_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    config = tmp_path / "crosstie.toml"
    config.write_text("[systems.mine]")

    with pytest.raises(ConfigError, match="is not the demo's"):
        prepare(tmp_path)

    assert config.read_text() == "[systems.mine]"


def test_what_an_earlier_demo_left_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text(MARK)
    (tmp_path / OUTBOX).mkdir()
    for name in (*OURS, f"{OUTBOX}/1.eml", "notes.txt"):
        (tmp_path / name).write_text("")

    prepare(tmp_path)

    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert {"notes.txt", OUTBOX} == left


def test_where_no_demo_was_nothing_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "crosstie.key").write_text("mine")

    prepare(tmp_path)

    assert "mine" == (tmp_path / "crosstie.key").read_text()
