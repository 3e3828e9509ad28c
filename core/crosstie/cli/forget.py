"""`crosstie forget`."""

from contextlib import closing

import click

from crosstie.abilities import Forgets
from crosstie.cli.printing import clean
from crosstie.cli.session import Session, pass_session
from crosstie.connectors import Live
from crosstie.errors import CrosstieError
from crosstie.pools import Pools

UNTOUCHED = """\
Not touched: the systems themselves (erase the person there), links (they hold keys only),
backups of the state file, logs, and files that a flow wrote."""


def _copies(live: Live, email: str) -> int | None:
    """How many copies a system erased; None where it keeps none."""
    return live.forget(email) if isinstance(live, Forgets) else None


@click.command
@click.argument("email")
@pass_session
def forget(session: Session, email: str) -> int:
    """Erase a person from the state, and from outboxes.

    Set-aside records, outcomes, events, journeys and what was remembered of the rows written are
    erased, and messages that an outbox keeps.
    """
    if "@" not in email.strip("@"):
        raise click.BadParameter(f"{email!r} is no e-mail address", param_hint="EMAIL")
    code = 0
    with closing(session.project.state()) as state:
        erased = state.forget(email)
        with closing(Pools(session.project, state)) as pools:
            for name in session.project.config.systems:
                try:
                    copies = pools.writer(name).call(lambda live: _copies(live, email)).result()
                except CrosstieError as error:
                    told = f"{name} could not be asked for copies of its own, ask again: {error}"
                    click.secho(clean(session.redact(told)), fg="red", err=True)
                    code = max(code, error.exit_code)
                    continue
                if copies is not None:
                    erased[f"messages of {name}"] = copies
    for table, number in erased.items():
        click.echo(f"{table}: {number} erased")
    click.echo(UNTOUCHED)
    return code
