from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import click
import pytest
from click.shell_completion import BashComplete

from crosstie.cli import command_line
from crosstie.cli.arguments import (
    Duration,
    Moment,
    as_arguments,
    run_options,
    selection_options,
)
from crosstie.options import RunOptions

Finished = Callable[..., tuple[int, str, str]]


def test_a_date_is_a_day_of_the_source() -> None:
    day = Moment().convert("2026-07-01", None, None)

    assert (type(day), day) == (date, date(2026, 7, 1))


@pytest.mark.parametrize(
    ("text", "hours"),
    [("2026-01-31T10:00+01:00", 1), ("2026-01-31 10:00:00-05:00", -5), ("2026-01-31T10:00Z", 0)],
)
def test_a_time_carries_its_zone(text: str, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))

    assert Moment().convert(text, None, None) == datetime(2026, 1, 31, 10, tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-01-31T10:00", "has no time zone"),
        ("yesterday", "neither a date"),
        ("31.01.2026", "neither a date"),
        ("2026-02-30", "neither a date"),
    ],
)
def test_a_time_without_a_zone_and_what_is_no_time_are_refused(text: str, why: str) -> None:
    with pytest.raises(click.BadParameter, match=why):
        Moment().convert(text, None, None)


def test_a_duration_is_written_as_in_the_config() -> None:
    lengths = [Duration().convert(text, None, None) for text in ("30s", "10m", "2h", "1d")]

    assert lengths == [timedelta(seconds=n) for n in (30, 600, 7200, 86400)]
    for text in ("10", "-1s", "1w", "1 m", "1.5h"):
        with pytest.raises(click.BadParameter, match="is no duration"):
            Duration().convert(text, None, None)


@pytest.mark.parametrize(
    ("words", "incomplete", "offered"),
    [
        (["run"], "", {"people"}),
        (["run"], "x", set()),
        (["history"], "p", {"people"}),
        (["aside", "show"], "", {"people"}),
        (["explain"], "", {"shop.people"}),
        (["describe"], "dr", {"drawer"}),
        (["init", "--to"], "dr", {"drawer"}),
        ([], "kn", {"knock"}),
        (["sandbox"], "kn", {"knock"}),
        (["completion"], "", {"bash", "zsh", "fish"}),
    ],
)
def test_a_shell_completes_commands_flows_streams_and_kinds(
    offered_by: Callable[..., set[str]], words: list[str], incomplete: str, offered: set[str]
) -> None:
    assert offered_by(words, incomplete) == offered


def test_what_cannot_be_read_completes_to_nothing(
    desk: Any, offered_by: Callable[..., set[str]]
) -> None:
    desk.file.write_bytes(b"not toml \xff")
    (desk.folder / "crosstie_plugins.py").write_text("nothing that runs")

    assert offered_by(["run"], "") == set()
    assert offered_by(["describe"], "dr") == set()


@pytest.fixture
def offered_by(desk: Any) -> Callable[..., set[str]]:
    """What is offered for the last of these words."""

    def complete(words: list[str], incomplete: str) -> set[str]:
        shell = BashComplete(command_line(), {}, "crosstie", "_CROSSTIE_COMPLETE")
        found = shell.get_completions(["-c", str(desk.file), *words], incomplete)
        return {item.value for item in found}

    return complete


def test_the_installed_program_answers_a_shell(desk: Any, finished: Finished) -> None:
    environ = {
        "_CROSSTIE_COMPLETE": "bash_complete",
        "COMP_WORDS": f"crosstie -c {desk.file} run ",
        "COMP_CWORD": "4",
    }

    assert finished(environ=environ) == (0, "plain,people\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_calls_the_program(desk: Any, shell: str) -> None:
    result = desk.call("completion", shell)

    assert result.exit_code == 0
    assert f"_CROSSTIE_COMPLETE={shell}_complete" in result.stdout


@pytest.mark.parametrize(
    "options",
    [
        RunOptions(),
        RunOptions(since=date(2026, 1, 31), filters={"status": ("-paid", "in transit")}, limit=3),
        RunOptions(until=datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=1)))),
        RunOptions(full=True, allow_deletions=True),
        RunOptions(reconcile=True),
    ],
)
def test_what_was_asked_for_can_be_asked_for_again(options: RunOptions) -> None:
    understood: list[RunOptions] = []

    @click.command
    @selection_options
    def ask(**given: Any) -> None:
        understood.append(run_options(**given))

    ask.main(as_arguments(options), standalone_mode=False)

    assert understood == [options]
