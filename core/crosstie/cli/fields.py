"""`crosstie fields`."""

import click

from crosstie.cli.arguments import complete_places, json_option
from crosstie.cli.printing import print_json, print_table
from crosstie.cli.session import Session, pass_session
from crosstie.discovering import discover


@click.command
@click.argument("place", metavar="SYSTEM.TABLE", shell_complete=complete_places)
@json_option
@pass_session
def fields(session: Session, place: str, as_json: bool) -> None:
    """List the fields of a table or stream: fields crm.people.

    The system itself is asked, so that fields which were added there are told too.
    """
    for found in discover(session.project, place):
        if as_json:
            for name, text in found.fields.items():
                print_json({"of": found.kind, "name": name, "text": text})
            continue
        click.secho(f"{place}, a {found.kind}", bold=True)
        print_table(found.fields.items(), indent="  ")
