"""``crosstie demo``."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from crosstie import ConfigError
from crosstie_demo.cart import OUTBOX
from crosstie_demo.playing import Played, played
from crosstie_demo.stage import Stage
from crosstie_demo.story import CUSTOMERS, KEY, MARK, ORDERS, play

READING = 1.5
CONFIG = "crosstie.toml"
OURS = ("crosstie.db", "crosstie.db-shm", "crosstie.db-wal", "crosstie.key", "crm.json")


@click.command
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="demo",
    show_default=True,
    help="Where the demo's config and state are left to be looked at.",
)
@click.option("--keep-serving", is_flag=True, help="Let both systems go on until Ctrl-C.")
def demo(folder: Path, keep_serving: bool) -> int:
    """Tie a played shop to a played CRM, and watch.

    The real commands run, each shown before it does, in about half a minute.
    """
    prepare(folder)
    environ = {name: text for name, text in os.environ.items() if name != "CROSSTIE_CONFIG"}
    ends = signal.signal(signal.SIGTERM, signal.default_int_handler)
    size = ("--customers", str(CUSTOMERS), "--orders", str(ORDERS))
    told = False
    try:
        with (
            played("prestashop", *size, environ=environ) as shop,
            played("vtiger", "--version", "8.0.0", environ=environ) as crm,
        ):
            environ |= {"SHOP_KEY": KEY, "CRM_KEY": crm.key}
            stage = Stage(folder, environ, READING if sys.stdout.isatty() else 0)
            begin(stage, shop, crm)
            play(stage, shop, crm)
            told = True
            end(stage, shop, crm, keep_serving=keep_serving)
            while keep_serving:
                time.sleep(1)  # a wait without end is not always woken by a signal
    except KeyboardInterrupt:
        if not told:
            raise
        click.echo("\nended")
    finally:
        signal.signal(signal.SIGTERM, ends)
    return 0


def prepare(folder: Path) -> None:
    """Make the folder, and take away what an earlier demo left; refuses a folder of the user's."""
    config = folder / CONFIG
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not config.exists():
            return
        if not config.read_text("utf-8").startswith(MARK):
            raise ConfigError([f"{config}: is not the demo's: choose another --folder"])
        kept = (folder / OUTBOX).glob("*.eml")
        for path in (*kept, *(folder / name for name in OURS), config):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError([f"{folder}: cannot be written: {error.strerror}"]) from error


def begin(stage: Stage, shop: Played, crm: Played) -> None:
    """Say what is played, and where."""
    click.secho(
        f"A shop with {CUSTOMERS} customers and {ORDERS} orders, and an empty CRM.", bold=True
    )
    for system in (shop, crm):
        click.secho(f"$ {system.command} &", fg="cyan")
        click.echo(f"  {system.url}")
    click.secho(f"$ cd {stage.folder}", fg="cyan")
    for line in _keys(stage.environ):
        click.secho(f"$ {line}", fg="cyan")


def end(stage: Stage, shop: Played, crm: Played, *, keep_serving: bool) -> None:
    """Say what is left to look at, and how."""
    folder = stage.folder
    click.echo(f"""
What is left in {folder}{os.sep}
  crosstie.toml   the config
  crosstie.db     the state, for any SQLite tool: links, runs, outcomes, what is set aside
  crosstie.key    the project's secret, that coupon codes are made with
  outbox          the mail
  crm.json        what the CRM held in the end

Go on from here:
  cd {folder}""")
    for line in [*_path(), *_keys(stage.environ)]:
        click.echo(f"  {line}")
    click.echo("  crosstie explain shop.orders 5      (its history, also when the shop is gone)")
    click.echo("  crosstie history")
    if keep_serving:
        click.echo(f"\nShop and CRM go on at {shop.url} and {crm.url} until Ctrl-C.")
        return
    click.echo("\nShop and CRM have ended and forget. To play with them as they were:")
    click.echo(f"  crosstie demo --folder {folder} --keep-serving")
    click.echo("Or each from its beginning, at the addresses in the config:")
    for system in (shop, crm):
        click.echo(f"  {system.command} --port {system.port}")


def _keys(environ: Mapping[str, str]) -> list[str]:
    return [f"export {name}={environ[name]}" for name in ("SHOP_KEY", "CRM_KEY")]


def _path() -> list[str]:
    """How the shell finds the program, if it does not yet."""
    if shutil.which("crosstie"):
        return []
    return [f'export PATH="{Path(sys.executable).parent}:$PATH"']
