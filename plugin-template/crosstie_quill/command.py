"""``crosstie sandbox quill``: Quill on this machine, until it is stopped."""

import signal
import threading

import click
from crosstie.sandbox import Server

from crosstie_quill.sandbox import TOKEN, QuillSandbox


@click.command("quill")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--subscribers", type=click.IntRange(0), default=0, help="So many at first.")
@click.option("--token", default=TOKEN, show_default=True, help="The token that opens it.")
def sandbox_quill(*, port: int, subscribers: int, token: str) -> None:
    """Serve Quill to try things on, until interrupted; it forgets everything then."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sandbox = QuillSandbox(token=token)
    sandbox.fill(subscribers)
    try:
        server = Server(sandbox, port=port).start()
    except OSError as error:
        raise click.UsageError(f"port {port} cannot be used: {error.strerror}") from error
    click.echo(f"Quill at {server.url} with the token {token}")
    while not stop.wait(1.0):
        pass  # a wait without end is not always woken by a signal
    server.stop()
