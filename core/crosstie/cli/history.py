"""`crosstie history`."""

from contextlib import closing

import attrs
import click

from crosstie.cli.arguments import complete_flows, json_option
from crosstie.cli.printing import counted, local, print_json, print_table
from crosstie.cli.session import Session, pass_session
from crosstie.running import named


@click.command
@click.argument("flow", required=False, shell_complete=complete_flows)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many."
)
@json_option
@pass_session
def history(session: Session, flow: str | None, limit: int, as_json: bool) -> None:
    """List the runs, the newest first."""
    with closing(session.project.state()) as state:
        runs = state.runs(flow, limit)
    if flow is not None and not runs:
        named(session.project, [flow])  # a flow that was taken out of the config has its history
    if as_json:
        for run in runs:
            print_json(attrs.asdict(run))
    elif not runs:
        click.echo("nothing has run yet")
    else:
        print_table(
            (
                *(local(run.started), run.flow, run.mode, run.status),
                counted(run.counts) + (f": {run.error}" if run.error else ""),
            )
            for run in runs
        )
