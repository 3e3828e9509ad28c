"""`crosstie arm`."""

from contextlib import closing

import click

from crosstie.cli.printing import clean
from crosstie.cli.session import Session, pass_session
from crosstie.interlock import arm as bind


@click.command
@pass_session
def arm(session: Session) -> None:
    """Let this state send and create, although it was copied or its systems have moved.

    A state is bound to the file in which it was made and to the addresses of its systems. A copy
    of it, or a config that points at another shop, may read and plan, and does nothing else until
    this command was run.
    """
    with closing(session.project.state()) as state:
        told = bind(session.project, state)
    for line in told:
        click.echo(clean(line))
    click.echo("armed" if told else "it was armed already")
