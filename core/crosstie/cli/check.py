"""`crosstie check`."""

import click

from crosstie import checking
from crosstie.cli.printing import clean
from crosstie.cli.session import Session, pass_session

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command
@pass_session
def check(session: Session) -> int:
    """Look whether everything is as flows and automations need it.

    Reads the config, the plugins and the state, then asks each system. Changes nothing.
    """
    code = 0
    for name, finding in checking.check(session.project):
        level = click.style(finding.level.ljust(7), fg=COLOURS[finding.level])
        text = clean(session.redact(finding.text))
        click.echo(f"{level}  {name}: {text}")
        if finding.level == "problem":
            code = max(code, checking.exit_code(name))
    return code
