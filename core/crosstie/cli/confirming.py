"""Asking whether what was chosen shall be sent."""

import sys

import click

from crosstie.choosing import Agree, Choice
from crosstie.cli.signals import interruptible
from crosstie.config import FlowConfig
from crosstie.options import RunOptions
from crosstie.reporting import selected

EVERYTHING = "no dates were chosen: all that is new"


def agreeing(options: RunOptions, *, yes: bool, background: bool) -> Agree:
    """Asks on a terminal before anything goes into a table that limits what is sent at once.

    With `yes`, or where nobody can be asked, the command itself says that it shall be sent.
    """
    asks = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    mode = "in the background" if background else "with progress"

    def agree(flow: FlowConfig, choice: Choice) -> bool:
        if not (asks and choice.limited):
            return True
        there = f"{flow.source}.{flow.stream} to {flow.sink}.{flow.table}"
        click.echo(f"{click.style(flow.name, bold=True)}: {there}, {mode}", err=True)
        click.echo(f"  {selected(choice.text(options)) or EVERYTHING}", err=True)
        with interruptible():
            return click.confirm("Send them?", err=True)

    return agree
