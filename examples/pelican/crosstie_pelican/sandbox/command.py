"""``crosstie sandbox pelican``: a Pelican account on this machine until it is told to stop."""

import signal
import threading

import click

from crosstie.sandbox import Server
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
    stop = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stop.set())
    tier = Attribute("tier", "choice", choices=("gold", "silver"))
    sandbox = PelicanSandbox(per_minute=per_minute, attributes=[tier])
    for number in range(people):
        sandbox.contacts.sign_up(f"person{number + 1}@example.com")
    try:
        server = Server(sandbox, port=port).start()
    except OSError as error:
        raise click.UsageError(f"port {port} cannot be used: {error.strerror}") from error
    click.echo(f"pelican at {server.url}")
    click.echo(f"client_id {CLIENT_ID}, client_secret {CLIENT_SECRET}")
    click.echo(f"refresh_token {REFRESH_TOKEN}")
    click.echo(f"webhook_secret {WEBHOOK_SECRET}")
    while not stop.wait(1.0):
        pass  # a wait without end is not always woken by a signal
    server.stop()
