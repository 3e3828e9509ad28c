"""Secrets outlive the run, sealed: by a key that is not where they are."""

import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from crosstie import Secret, StateError
from crosstie.lending import LentEnv
from crosstie.project import Project, open_project

Lend = Callable[..., LentEnv]
KEEP = """
import sys
from pathlib import Path
from crosstie import Secret
from crosstie.lending import LentEnv
from crosstie.project import open_project
project = open_project(Path(sys.argv[1]), {"SHOP_KEY": "configured-key"})
with project.state() as state:
    sys.stdin.readline()
    LentEnv(project.config.systems["shop"], project, state).memory.set_secret(
        sys.argv[2], Secret("kept by " + sys.argv[2])
    )
"""


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "crosstie.key"


def folder_content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def test_a_secret_is_there_for_others_and_later(lend: Lend) -> None:
    lend().memory.set_secret("token", Secret("s3cr3t-ż-💚"))
    lend().memory.set_secret("token", Secret("s3cr3t-2"))
    assert Secret("s3cr3t-2") == lend().memory.get_secret("token")
    assert None is lend().memory.get_secret("other")
    assert None is lend("crm").memory.get_secret("token")


def test_a_secret_and_a_text_of_one_name_are_two(env: LentEnv) -> None:
    env.memory.set("token", "text")
    env.memory.set_secret("token", Secret("s3cr3t"))
    assert ("text", Secret("s3cr3t")) == (env.memory.get("token"), env.memory.get_secret("token"))


def test_no_file_holds_the_secret_and_only_its_owner_reads_the_key(
    env: LentEnv, tmp_path: Path, key: Path
) -> None:
    env.memory.set_secret("token", Secret("s3cr3t-to-grep-for"))
    assert b"s3cr3t-to-grep-for" not in folder_content(tmp_path)
    assert 0o600 == key.stat().st_mode & 0o777
    held = key.read_bytes().strip()
    state = (tmp_path / "crosstie.db").read_bytes() + (tmp_path / "crosstie.db-wal").read_bytes()
    assert held not in state
    assert ["crosstie.key"] == [path.name for path in tmp_path.glob("*.key*")]


def test_what_is_kept_is_taken_out_of_texts(env: LentEnv, project: Project) -> None:
    env.memory.set_secret("token", Secret("s3cr3t"))
    assert "a ***" == project.redact("a s3cr3t")


def test_what_an_earlier_process_kept_is_taken_out_once_it_is_read(
    env: LentEnv, config: Path
) -> None:
    env.memory.set_secret("token", Secret("s3cr3t"))
    later = open_project(config, {"SHOP_KEY": "configured-key"})
    with later.state() as state:
        LentEnv(later.config.systems["shop"], later, state).memory.get_secret("token")
    assert "a ***" == later.redact("a s3cr3t")


@pytest.mark.parametrize("key_text", [None, b"", b"not a key", b"A" * 43 + b"=\n"])
def test_a_secret_whose_key_is_lost_counts_as_not_kept_and_is_told(
    env: LentEnv, key: Path, key_text: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    env.memory.set_secret("token", Secret("s3cr3t"))
    key.unlink() if key_text is None else key.write_bytes(key_text)
    with caplog.at_level(logging.WARNING):
        assert None is env.memory.get_secret("token")
    assert "crosstie.key is lost or another" in caplog.text
    assert "shop signs in as if for the first time" in caplog.text


def test_after_a_lost_key_a_new_one_is_made(env: LentEnv, key: Path) -> None:
    env.memory.set_secret("token", Secret("s3cr3t"))
    key.unlink()
    env.memory.set_secret("token", Secret("another"))
    assert Secret("another") == env.memory.get_secret("token")


@pytest.mark.parametrize("key_text", [b"", b"not a key"])
def test_nothing_is_sealed_with_a_damaged_key(env: LentEnv, key: Path, key_text: bytes) -> None:
    key.write_bytes(key_text)
    with pytest.raises(StateError, match=r"crosstie\.key: this is no key for secrets: put back"):
        env.memory.set_secret("token", Secret("s3cr3t"))
    assert key_text == key.read_bytes()


def test_a_key_that_cannot_be_read_is_an_error_and_not_a_lost_one(env: LentEnv, key: Path) -> None:
    env.memory.set_secret("token", Secret("s3cr3t"))
    key.unlink()
    key.mkdir()
    with pytest.raises(StateError, match="check the rights of the file"):
        env.memory.get_secret("token")
    with pytest.raises(StateError, match="check the rights of the file"):
        env.memory.set_secret("token", Secret("s3cr3t"))


def test_two_processes_that_keep_their_first_secrets_at_once_make_one_key(
    config: Path, env: LentEnv
) -> None:
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", KEEP, str(config), name], stdin=subprocess.PIPE
                )
            )
            for name in ("a", "b", "c")
        ]
        for process in running:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.close()
        assert [0, 0, 0] == [process.wait() for process in running]
    kept = [env.memory.get_secret(name) for name in ("a", "b", "c")]
    assert [Secret("kept by a"), Secret("kept by b"), Secret("kept by c")] == kept


def test_a_dry_run_reads_and_keeps_the_secrets_of_all(lend: Lend) -> None:
    lend().memory.set_secret("token", Secret("first"))
    dry = lend(dry=True)
    lend().memory.set_secret("token", Secret("second"))
    assert Secret("second") == dry.memory.get_secret("token")
    dry.memory.set_secret("token", Secret("third"))
    assert Secret("third") == lend().memory.get_secret("token")


def test_a_dry_run_keeps_no_texts(lend: Lend) -> None:
    dry = lend(dry=True)
    dry.memory.set("zone", "Europe/Paris")
    dry.memory.set_secret("token", Secret("s3cr3t"))
    assert "Europe/Paris" == dry.memory.get("zone")
    assert None is lend().memory.get("zone")


def test_a_dry_run_without_secrets_leaves_no_trace(lend: Lend, tmp_path: Path) -> None:
    dry: Any = lend(dry=True)
    dry.memory.get("zone")
    assert [] == list(tmp_path.glob("crosstie.db*"))


def test_the_password_of_basic_auth_is_taken_out_in_the_form_in_which_it_is_sent(
    env: LentEnv, project: Project
) -> None:
    env.http("http://127.0.0.1:1", auth=("ada", "configured-key"))
    assert "Basic ***" == project.redact("Basic YWRhOmNvbmZpZ3VyZWQta2V5")
