"""The whole way, from the command line, in the dry mode and to a service that is played."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crosstie.cli import command_line

CONFIG = """
[systems.mail]
use = "smtp"
sender = "Shop <shop@example.com>"
outbox = "outbox"
templates = "templates"

[systems.hook]
use = "webhook"
outbox = "outbox"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crosstie.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.txt").write_text("Hello {{ name }}, {{ amount }}", "utf-8")
    return tmp_path


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command_line(), ["-c", str(folder / "crosstie.toml"), *arguments])


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "outbox").glob("*"))


def test_a_mail_is_sent_once(folder: Path) -> None:
    asked = ("do", "mail.send", "to=ada@example.com", "subject=Hi", "body=Hello", "--once", "x")
    first, again = call(folder, *asked), call(folder, *asked)

    assert (0, 0, first.stdout) == (first.exit_code, again.exit_code, again.stdout)
    assert [True] == ["To: ada@example.com" in one.read_text("utf-8") for one in kept(folder)]


def test_values_of_a_template_are_json(folder: Path) -> None:
    values = json.dumps({"name": "Ada", "amount": "10.00"})
    asked = ("to=ada@example.com", "subject=Hi", "template=hello", f"values={values}")
    shown = call(folder, "do", "mail.send", *asked, "--preview")

    assert (0, []) == (shown.exit_code, kept(folder))
    assert shown.stdout.endswith("--- text/plain ---\nHello Ada, 10.00\n")


def test_a_missing_variable_is_told_with_its_line_and_nothing_is_kept(folder: Path) -> None:
    asked = ("to=ada@example.com", "subject=Hi", "template=hello", 'values={"name": "Ada"}')
    for more in (("--preview",), ("--once", "x")):
        result = call(folder, "do", "mail.send", *asked, *more)
        told = "hello.txt, line 1: 'amount' is undefined"
        assert (1, True) == (result.exit_code, told in result.stderr)
    assert [] == kept(folder)


def test_what_could_act_on_a_terminal_is_shown_as_text(folder: Path) -> None:
    asked = ("to=ada@example.com", "subject=Hi", "body=\x1b[2Jgone", "--preview")
    assert "\\x1b[2Jgone" in call(folder, "do", "mail.send", *asked).stdout


def test_an_event_is_kept(folder: Path) -> None:
    result = call(folder, "do", "hook.post", "event=coupon.created", 'data={"code": "A1"}')
    assert (0, 1) == (result.exit_code, len(kept(folder)))
