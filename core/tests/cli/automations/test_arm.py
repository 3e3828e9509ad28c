"""A state does nothing for another place or other systems until `crosstie arm` says so."""

import shutil
import sqlite3
from contextlib import closing
from typing import Any

import pytest

ADA = "ada@example.com"


@pytest.fixture
def copied(stand: Any) -> Any:
    """A copy of a state in which Ada is on the way, as a staging server gets it."""
    stand.people(ADA)
    stand.call("run")
    original, copy = stand.folder / "crosstie.db", stand.folder / "copy.db"
    with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    for file in stand.folder.glob("crosstie.db*"):
        file.unlink()
    copy.rename(original)
    return stand


@pytest.fixture
def moved(stand: Any) -> Any:
    """A config that points at another booth."""
    stand.people(ADA)
    stand.call("run")
    (stand.folder / "staging").mkdir()
    shutil.copy(stand.folder / "booth" / "people.txt", stand.folder / "staging")
    stand.config(folder="staging")
    return stand


REFUSED = [
    ("run",),
    ("run", "welcome"),
    ("do", "booth.leave", "text=hello"),
]
ALLOWED = [("journeys", "list"), ("aside", "list"), ("history",)]


@pytest.mark.parametrize("arguments", REFUSED)
def test_a_copied_state_does_nothing(copied: Any, arguments: tuple[str, ...]) -> None:
    copied.people("bob@example.com")

    result = copied.call(*arguments)

    assert (3, True) == (result.exit_code, "crosstie.db is not armed: place of" in result.stderr)
    assert "if it is meant, run `crosstie arm`" in result.stderr
    assert [f"one {ADA}"] == copied.notes()
    assert 1 == len(copied.journeys())


@pytest.mark.parametrize("arguments", REFUSED)
def test_a_state_of_another_system_does_nothing(moved: Any, arguments: tuple[str, ...]) -> None:
    result = moved.call(*arguments)

    assert 3 == result.exit_code
    assert "system booth was booth " in result.stderr
    assert "/staging now" in result.stderr
    assert not (moved.folder / "staging" / "notes.txt").exists()


@pytest.mark.parametrize("arguments", ALLOWED)
def test_it_may_be_looked_at(copied: Any, arguments: tuple[str, ...]) -> None:
    assert 0 == copied.call(*arguments).exit_code


def test_a_check_says_so(copied: Any) -> None:
    result = copied.call("check")

    assert (3, True) == (result.exit_code, "is not armed" in result.stdout + result.stderr)


def test_it_may_be_planned_with(copied: Any) -> None:
    (copied.folder / "event.json").write_text('{"customer": {"email": "x@example.com"}}')

    result = copied.call("plan", "welcome", "--event", str(copied.folder / "event.json"))

    assert (0, True) == (result.exit_code, "one x@example.com" in result.stdout)


def test_armed_it_goes_on(copied: Any) -> None:
    copied.people("bob@example.com")

    first, again = copied.call("arm"), copied.call("arm")

    assert (0, True) == (first.exit_code, first.stdout.startswith("place of the state is "))
    assert "armed" == first.stdout.splitlines()[-1]
    assert (0, "it was armed already\n") == (again.exit_code, again.stdout)
    assert 0 == copied.call("run").exit_code
    assert [f"one {ADA}", "one bob@example.com"] == copied.notes()


def test_armed_for_another_system_it_goes_on_there(moved: Any) -> None:
    told = moved.call("arm").stdout

    assert "system booth is booth " in told
    assert 0 == moved.call("do", "booth.leave", "text=hello").exit_code
    assert "hello\n" == (moved.folder / "staging" / "notes.txt").read_text()


def test_a_state_that_was_moved_to_another_folder_has_to_be_armed(
    stand: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "moved"
    stand.folder.rename(elsewhere)
    there = type(stand)(elsewhere)

    assert 3 == there.call("run").exit_code
    assert 0 == there.call("arm").exit_code
    assert 0 == there.call("run").exit_code


def test_a_new_system_is_bound_without_asking(stand: Any) -> None:
    (stand.folder / "second").mkdir()
    stand.config(more='\n[systems.second]\nuse = "booth"\nfolder = "second"\n')

    assert 0 == stand.call("do", "second.leave", "text=hello").exit_code
    stand.config(more='\n[systems.second]\nuse = "booth"\nfolder = "third"\n')
    assert 3 == stand.call("do", "second.leave", "text=hello").exit_code


def test_an_action_may_be_previewed_without_being_armed(moved: Any) -> None:
    result = moved.call("do", "booth.leave", "text=hello", "--preview")

    assert (0, "A note:\nhello\n") == (result.exit_code, result.stdout)
