"""``crosstie sandbox connectif``: a store in Connectif on this machine until it is told to stop."""

import click

from crosstie.sandbox import Server, play
from crosstie_connectif.sandbox.control import Control
from crosstie_connectif.sandbox.server import KEY_ID, KEY_SECRET, PER_MINUTE, ConnectifSandbox


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option(
    "--per-minute",
    type=click.IntRange(1),
    default=PER_MINUTE,
    show_default=True,
    help="The rate limit.",
)
@click.option(
    "--domain",
    "domains",
    multiple=True,
    help="A domain that products may be of, such as https://shop.example; any, unless given.",
)
@click.option("--key-id", default=KEY_ID, show_default=True, help="Id of the API key.")
@click.option("--key-secret", default=KEY_SECRET, show_default=True, help="Its secret.")
@click.option("--control", is_flag=True, help="Open /_sandbox/ for looking in and disturbing.")
def connectif(
    *,
    port: int,
    per_minute: int,
    domains: tuple[str, ...],
    key_id: str,
    key_secret: str,
    control: bool,
) -> None:
    """Serve a store in Connectif to try things on, until interrupted; it forgets all then."""
    sandbox = ConnectifSandbox(
        key_id=key_id, key_secret=key_secret, per_minute=per_minute, domains=domains
    )
    back_door = Control(sandbox)

    def begin(server: Server) -> None:
        back_door.server = server
        click.echo(f"connectif at {server.url}")
        click.echo(f"key_id {key_id}, key_secret {key_secret}")

    play(back_door if control else sandbox, begin, port=port)
