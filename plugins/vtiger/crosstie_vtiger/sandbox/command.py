"""``crosstie sandbox vtiger``: a vtiger on this machine until it is told to stop."""

import re

import click

from crosstie.sandbox import Server, play
from crosstie_vtiger.sandbox.control import Control
from crosstie_vtiger.sandbox.server import REAL_SPEED, VtigerSandbox
from crosstie_vtiger.sandbox.versions import VERSIONS

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")


def _seconds(_: click.Context, __: click.Parameter, text: str) -> float:
    """Read a length of time such as ``50ms`` or ``1.5s``."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a length of time such as 50ms or 1.5s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option(
    "--version",
    type=click.Choice(list(VERSIONS)),
    default="8.4.0",
    show_default=True,
    help="Which vtiger to play; 8.4.0 is one whose inventory works, 8.4.0-stock refuses orders.",
)
@click.option("--username", default="admin", show_default=True, help="Who may log in.")
@click.option(
    "--access-key", default="sandboxAccessKey", show_default=True, help="That user's access key."
)
@click.option(
    "--latency", callback=_seconds, default="0s", help="Work on each request, such as 50ms."
)
@click.option("--real-speed", is_flag=True, help="Be as slow as a real one, by operation.")
@click.option("--control", is_flag=True, help="Open /_sandbox/ for looking in and disturbing.")
def vtiger(
    *,
    port: int,
    version: str,
    username: str,
    access_key: str,
    latency: float,
    real_speed: bool,
    control: bool,
) -> None:
    """Serve a vtiger CRM to try things on, until interrupted; it forgets everything then."""
    sandbox = VtigerSandbox(
        version=version,
        username=username,
        access_key=access_key,
        latency=latency,
        speed=REAL_SPEED if real_speed else None,
    )
    back_door = Control(sandbox)

    def begin(server: Server) -> None:
        back_door.server = server
        click.echo(f"vtiger {version} at {server.url} for {username} with key {access_key}")

    play(back_door if control else sandbox, begin, port=port)
