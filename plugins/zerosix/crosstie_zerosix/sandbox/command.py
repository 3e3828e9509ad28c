"""``crosstie sandbox zerosix``: a point of sale on this machine until it is told to stop."""

import click

from crosstie.sandbox import Server, play
from crosstie_zerosix.sandbox.server import KEY, ZerosixSandbox


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--key", default=KEY, show_default=True, help="The API key.")
@click.option(
    "--member",
    "mobiles",
    multiple=True,
    help="Mobile of somebody who got a card at a till; may be given several times.",
)
def zerosix(*, port: int, key: str, mobiles: tuple[str, ...]) -> None:
    """Serve a ZEROSIX to try things on, until interrupted; it forgets all then."""
    sandbox = ZerosixSandbox(key=key)
    for mobile in dict.fromkeys(mobiles):
        sandbox.enroll(mobile)

    def begin(server: Server) -> None:
        click.echo(f"zerosix at {server.url} with key {key}")

    play(sandbox, begin, port=port)
