"""``crosstie loyalty``: what there is to do about the programme's books."""

from contextlib import closing
from typing import Any

import click

from crosstie_loyalty.verifying import verify


@click.group
def loyalty() -> None:
    """The loyalty programme: prove its books, post what is due."""


@loyalty.command("verify")
@click.argument("system", required=False)
@click.pass_obj
def prove(session: Any, system: str | None) -> int:
    """Prove the ledger of a programme, or of all: sums, lots, reversals, nothing spent twice.

    Every breach is told with its ids; the exit code is 3 then. It is a copy of the state that is
    looked at, so nothing is changed and nobody waits.
    """
    found = 0
    with closing(session.project.scratch()) as state:
        for name in _programmes(session, system):
            breaches = verify(state.store(), name)
            for breach in breaches:
                click.echo(f"{name}: {breach}")
            if not breaches:
                click.echo(f"{name}: the books are right")
            found += len(breaches)
    return 3 if found else 0


@loyalty.command()
@click.argument("system", required=False)
@click.pass_obj
def settle(session: Any, system: str | None) -> None:
    """Post what is due by now: points that expire; and tell those that expire soon.

    Every flow and action on the programme does so by itself; this is for days without any.
    """
    with session.connected(_programmes(session, system)) as lives:
        for name, live in lives.items():
            expired, told = live.points.settle()
            click.echo(f"{name}: {expired} lots of points expired, {told} are told to expire")


def _programmes(session: Any, system: str | None) -> list[str]:
    """The systems that are meant; all of the kind without a name."""
    systems = session.project.config.systems
    names = [name for name, one in systems.items() if one.kind == "loyalty"]
    if system is not None and system not in names:
        raise click.BadParameter(
            f"{system!r} is no loyalty programme; there are: {', '.join(names) or 'none'}",
            param_hint="SYSTEM",
        )
    return names if system is None else [system]
