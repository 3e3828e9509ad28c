"""Somebody begins on a terminal: `crosstie init` asks, looks at both systems, and its config works.

What is typed and what is seen goes through a real terminal (a pty) of a process of its own.
"""

import os
import pty
import select
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

from crosstie_prestashop.sandbox import DEFAULT_KEY
from tests.conftest import Tie

ACCESS_KEY = "sandboxAccessKey"
PROGRAM = str(Path(sys.executable).with_name("crosstie"))
IN_CONTROL = """\
import os, sys
os.open(os.ttyname(0), os.O_RDWR)  # so that Ctrl-C on this terminal reaches the process
os.execv(sys.argv[1], sys.argv[1:])
"""
PATIENCE = 30.0
KINDS = ("--from", "prestashop", "--to", "vtiger")


@attrs.define
class Terminal:
    """A process on a terminal; `seen` is all that the terminal has shown."""

    process: subprocess.Popen[bytes]
    screen: int
    seen: str = ""
    _read: int = 0

    def shows(self, text: str) -> None:
        """Wait until this is shown, after what was waited for before."""
        until = time.monotonic() + PATIENCE
        while (found := self.seen.find(text, self._read)) < 0:
            assert time.monotonic() < until, f"{text!r} is not shown:\n{self.seen}"
            self._look()
        self._read = found + len(text)

    def answer(self, prompt: str, text: str) -> None:
        """Wait for a prompt and type an answer."""
        self.shows(f"{prompt}:")
        os.write(self.screen, f"{text}\n".encode())

    def press_ctrl_c(self) -> None:
        os.write(self.screen, b"\x03")

    def ends(self) -> int:
        """Wait for the end; returns the exit code."""
        while self._look():
            pass
        return self.process.wait(PATIENCE)

    def _look(self) -> bool:
        """Take in what is shown next; false when nothing more will be."""
        if not select.select([self.screen], [], [], PATIENCE)[0]:
            raise AssertionError(f"nothing more is shown:\n{self.seen}")
        with suppress(OSError):  # Linux tells the end of a terminal as an input error
            if some := os.read(self.screen, 4096):
                self.seen += some.decode(errors="replace").replace("\r\n", "\n")
                return True
        return False


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Start `crosstie` on a terminal, in a folder where there is nothing yet."""
    started: list[Terminal] = []

    def start(*arguments: str, **environ: str) -> Terminal:
        screen, inner = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", IN_CONTROL, PROGRAM, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "200", **environ},
            start_new_session=True,
        )
        os.close(inner)
        started.append(Terminal(process, screen))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGKILL)
        one.process.wait()
        os.close(one.screen)


@pytest.fixture
def systems(tie: Callable[..., Tie], made_up: Callable[..., Any]) -> Tie:
    """A shop of twelve customers and nine orders, and an empty CRM."""
    return tie(made_up(12, 9), version="8.0.0")


def crosstie(folder: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line without a terminal."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def options(systems: Tie) -> tuple[str, ...]:
    """Everything that `init` would ask for."""
    return (
        *("--set", f"shop.url={systems.shop_server.url}", "--secret", "shop.key=SHOP_KEY"),
        *("--set", f"crm.url={systems.crm_server.url}", "--set", "crm.username=admin"),
        *("--secret", "crm.access_key=CRM_KEY"),
    )


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_asked_for_makes_a_config_that_works(
    terminal: Callable[..., Terminal], systems: Tie, tmp_path: Path
) -> None:
    begun = terminal("init", *KINDS)
    begun.answer("url", "shop.example")
    begun.shows("url must be the shop's address")
    begun.answer("url", systems.shop_server.url)
    begun.answer("key", "$NO_SUCH_VARIABLE")
    begun.shows("'NO_SUCH_VARIABLE' is not set")
    begun.answer("key", "   ")
    begun.answer("key", DEFAULT_KEY)
    begun.answer("url", systems.crm_server.url)
    begun.answer("username", "admin")
    begun.answer("access_key", ACCESS_KEY)
    assert 0 == begun.ends()

    secrets = tmp_path / "secrets"
    assert {".gitignore", "crm-access_key", "shop-key"} == {one.name for one in secrets.iterdir()}
    assert "*\n" == (secrets / ".gitignore").read_text("utf-8")
    assert [0o700, 0o600, 0o600] == [
        mode(one) for one in (secrets, secrets / "shop-key", secrets / "crm-access_key")
    ]
    config = (tmp_path / "crosstie.toml").read_text("utf-8")
    for secret in (DEFAULT_KEY, ACCESS_KEY):
        assert secret not in begun.seen
        assert secret not in config

    checked = crosstie(tmp_path, "check")
    assert (0, False) == (checked.returncode, "problem" in checked.stdout), checked.stdout
    ran = crosstie(tmp_path, "run")
    assert (0, 4) == (ran.returncode, ran.stdout.count(" completed in ")), ran.stdout + ran.stderr
    assert 9 == systems.crm.count("SalesOrder")


def test_a_key_that_is_refused_is_asked_for_again(
    terminal: Callable[..., Terminal], systems: Tie, tmp_path: Path
) -> None:
    begun = terminal("init", *KINDS, *options(systems)[:8], SHOP_KEY=DEFAULT_KEY)
    begun.answer("access_key", "notThisOne")
    begun.shows("crm: ")
    begun.shows("Answer again? [Y/n]")
    begun.answer("", "")
    begun.answer(f"url [{systems.crm_server.url}]", "")
    begun.answer("username [admin]", "")
    begun.answer("access_key [unchanged]", "$CRM_KEI")
    begun.answer("access_key [unchanged]", ACCESS_KEY)
    assert 0 == begun.ends()

    assert f"{ACCESS_KEY}\n" == (tmp_path / "secrets" / "crm-access_key").read_text("utf-8")
    assert "notThisOne" not in begun.seen


def test_a_secret_that_was_kept_before_is_not_overwritten(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "shop-key").write_text("an older one", "utf-8")
    begun = terminal("init", *KINDS)
    begun.shows("secrets/shop-key: is there already, and init overwrites nothing: remove it")
    assert 2 == begun.ends()
    assert "an older one" == (tmp_path / "secrets" / "shop-key").read_text("utf-8")


def test_ctrl_c_leaves_nothing_behind(
    terminal: Callable[..., Terminal], systems: Tie, tmp_path: Path
) -> None:
    asked = terminal("init", *KINDS, "--folder", "new/folder")
    asked.answer("url", systems.shop_server.url)
    asked.shows("key:")
    asked.press_ctrl_c()
    assert 130 == asked.ends()

    systems.crm_server.latency = 5.0
    keys = {"SHOP_KEY": DEFAULT_KEY, "CRM_KEY": ACCESS_KEY}
    looking = terminal("init", *KINDS, "--folder", "new/folder", *options(systems)[:-2], **keys)
    looking.answer("access_key", ACCESS_KEY)
    looking.shows("looking at")
    looking.press_ctrl_c()
    assert 130 == looking.ends()
    assert [] == list(tmp_path.iterdir())


def test_options_say_all_that_would_be_asked(systems: Tie, tmp_path: Path) -> None:
    keys = {"SHOP_KEY": DEFAULT_KEY, "CRM_KEY": ACCESS_KEY}
    made = crosstie(tmp_path, "init", *KINDS, *options(systems), **keys)
    assert (0, "crosstie.toml: written; next: crosstie check") == (
        made.returncode,
        made.stdout.splitlines()[-1],
    )
    assert {".gitignore", "crosstie.key", "crosstie.toml"} == {
        one.name for one in tmp_path.iterdir()
    }

    text = (tmp_path / "crosstie.toml").read_text("utf-8")
    config = tomllib.loads(text)
    assert ["customers", "currencies", "products", "orders"] == list(config["flows"])
    assert {"env": "SHOP_KEY"} == config["systems"]["shop"]["key"]
    assert "--None--" == config["systems"]["crm"]["defaults"]["SalesOrder.bill_street"]
    for told in ("PrestaShop 8.2.1", "12 customers", "EUR (the default)", "4 Shipped (paid,"):
        assert told in text
    assert '# filters = { status = ["paid"] }' in text
    assert 0 == crosstie(tmp_path, "check", **keys).returncode

    again = crosstie(tmp_path, "init", *KINDS, *options(systems), **keys)
    assert (2, True) == (again.returncode, "overwrites nothing" in again.stderr)
    assert text == (tmp_path / "crosstie.toml").read_text("utf-8")


def test_a_system_that_cannot_be_reached_is_told_and_the_rest_is_written(
    systems: Tie, tmp_path: Path
) -> None:
    keys = {"SHOP_KEY": DEFAULT_KEY, "CRM_KEY": "notThisOne"}
    made = crosstie(tmp_path, "init", *KINDS, *options(systems), **keys)
    assert (1, True) == (made.returncode, made.stderr.startswith("crm: "))

    text = (tmp_path / "crosstie.toml").read_text("utf-8")
    assert "# PrestaShop 8.2.1" in text
    assert "# It could not be looked at: " in text
    assert "notThisOne" not in text + made.stdout + made.stderr
    assert {"customers", "products", "orders", "currencies"} == set(tomllib.loads(text)["flows"])
    keys["CRM_KEY"] = ACCESS_KEY
    assert 0 == crosstie(tmp_path, "check", **keys).returncode


def test_a_shop_with_one_currency_needs_no_flow_for_it(systems: Tie, tmp_path: Path) -> None:
    currencies = systems.shop["currencies"]
    for key in list(currencies):
        currencies.change(key, active=currencies.value(key, "iso_code") == "EUR")
    keys = {"SHOP_KEY": DEFAULT_KEY, "CRM_KEY": ACCESS_KEY}
    crosstie(tmp_path, "init", *KINDS, *options(systems), **keys)
    text = (tmp_path / "crosstie.toml").read_text("utf-8")
    assert ["customers", "products", "orders"] == list(tomllib.loads(text)["flows"])
    assert "# [flows.currencies]" in text


def test_the_automation_in_the_comment_is_valid_and_mails_are_kept(
    systems: Tie, tmp_path: Path
) -> None:
    keys = {"SHOP_KEY": DEFAULT_KEY, "CRM_KEY": ACCESS_KEY}
    crosstie(tmp_path, "init", *KINDS, *options(systems), **keys)
    config = tmp_path / "crosstie.toml"
    head, automation = config.read_text("utf-8").split("# [automations.", 1)
    assert "automations" not in tomllib.loads(head)
    whole = "\n".join(line.removeprefix("# ") for line in f"[automations.{automation}".split("\n"))
    config.write_text(head + whole, "utf-8")

    assert {"outbox": "outbox", "sender": "The shop <shop@shop.example>", "use": "smtp"} == (
        tomllib.loads(head)["systems"]["mail"]
    )
    checked = crosstie(tmp_path, "check", **keys)
    assert (0, True) == (checked.returncode, "none is sent" in checked.stdout), checked.stdout

    assert 0 == crosstie(tmp_path, "run", "come-back", **keys).returncode
    event = tmp_path / "event.json"
    event.write_text(
        '{"cart": {}, "customer": {"email": "ada@example.com", "newsletter": true}}', "utf-8"
    )
    planned = crosstie(tmp_path, "plan", "come-back", "--event", str(event), **keys)
    assert (0, True) == (planned.returncode, "To: ada@example.com" in planned.stdout), (
        planned.stdout + planned.stderr
    )
