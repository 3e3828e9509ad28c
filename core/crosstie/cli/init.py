"""`crosstie init`."""

from pathlib import Path

import click

from crosstie.cli.arguments import complete_kinds
from crosstie.cli.first_config import first_config
from crosstie.cli.session import CONFIG, Session, pass_session
from crosstie.errors import ConfigError


@click.command
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it; made if it is not there.",
)
@click.option("--from", "source", shell_complete=complete_kinds, help="The kind that is read.")
@click.option("--to", "sink", shell_complete=complete_kinds, help="The kind that is written.")
@pass_session
def init(session: Session, folder: Path | None, source: str | None, sink: str | None) -> None:
    """Write a first config, with comments, to be filled in.

    With --from and --to it names every setting that these kinds need.
    """
    path = session.path if folder is None else folder / CONFIG
    text = first_config(session.plugins, source, sink)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError([f"{path}: is there already, and init overwrites nothing"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error
    click.echo(f"{path}: written; fill it in, then: crosstie check")
