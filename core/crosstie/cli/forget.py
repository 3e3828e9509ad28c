"""`crosstie forget`."""

from contextlib import closing

import click

from crosstie.cli.session import Session, pass_session

UNTOUCHED = """\
Not touched: the systems themselves (erase the person there), links (they hold keys only),
backups of the state file, logs, and files that a flow wrote."""


@click.command
@click.argument("email")
@pass_session
def forget(session: Session, email: str) -> None:
    """Erase a person from the state.

    Set-aside records, outcomes and what was remembered of the rows written are erased.
    """
    if "@" not in email.strip("@"):
        raise click.BadParameter(f"{email!r} is no e-mail address", param_hint="EMAIL")
    with closing(session.project.state()) as state:
        erased = state.forget(email)
    for table, number in erased.items():
        click.echo(f"{table}: {number} erased")
    click.echo(UNTOUCHED)
