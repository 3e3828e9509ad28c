"""``crosstie sandbox pelican``: a Pelican account on this machine until it is told to stop."""

import click

from crosstie.sandbox import Server, play
from crosstie_pelican.sandbox.attributes import Attribute
from crosstie_pelican.sandbox.server import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    WEBHOOK_SECRET,
    PelicanSandbox,
)


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option(
    "--per-minute", type=click.IntRange(1), default=60, show_default=True, help="The rate limit."
)
@click.option(
    "--people", type=click.IntRange(0), default=0, help="How many contacts have signed up already."
)
def pelican(*, port: int, per_minute: int, people: int) -> None:
    """Serve a Pelican account to try things on, until interrupted; it forgets everything then."""
    tier = Attribute("tier", "choice", choices=("gold", "silver"))
    sandbox = PelicanSandbox(per_minute=per_minute, attributes=[tier])
    for number in range(people):
        sandbox.contacts.sign_up(f"person{number + 1}@example.com")
    play(sandbox, _tell, port=port)


def _tell(server: Server) -> None:
    click.echo(f"pelican at {server.url}")
    click.echo(f"client_id {CLIENT_ID}, client_secret {CLIENT_SECRET}")
    click.echo(f"refresh_token {REFRESH_TOKEN}")
    click.echo(f"webhook_secret {WEBHOOK_SECRET}")
