"""`crosstie new`."""

import shlex
from pathlib import Path

import click

from crosstie.cli.session import Session, pass_session
from crosstie.new import new_connector


@click.command
@click.argument("name")
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to make it; otherwise in crosstie-NAME, here.",
)
@pass_session
def new(session: Session, name: str, folder: Path | None) -> None:
    """Begin a connector: a small one that works, to be changed.

    NAME is the kind of system, one word such as acme, which a config then says after `use`.
    """
    folder = folder or Path(f"crosstie-{name}")
    new_connector(name, folder, session.usable_plugins)
    click.echo(f"{folder}: made; it works already, and README.md in it says how to make it yours")
    click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo('  pip install -e ".[test]"')
    click.echo("  pytest")
