"""``crosstie sandbox quill``: Quill on this machine, until it is stopped."""

import click
from crosstie.sandbox import play

from crosstie_quill.sandbox import TOKEN, QuillSandbox


@click.command("quill")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--subscribers", type=click.IntRange(0), default=0, help="So many at first.")
@click.option("--token", default=TOKEN, show_default=True, help="The token that opens it.")
def sandbox_quill(*, port: int, subscribers: int, token: str) -> None:
    """Serve Quill to try things on, until interrupted; it forgets everything then."""
    sandbox = QuillSandbox(token=token)
    sandbox.fill(subscribers)
    play(
        sandbox,
        lambda server: click.echo(f"Quill at {server.url} with the token {token}"),
        port=port,
    )
