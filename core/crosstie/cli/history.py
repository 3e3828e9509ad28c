"""`crosstie history`."""

from contextlib import closing

import click

from crosstie.cli.arguments import complete_flows, json_option
from crosstie.cli.printing import counted, local, print_json, print_table
from crosstie.cli.session import Session, pass_session
from crosstie.reporting import PastRun, past_runs, selected
from crosstie.running import named

HEADER = ("Started", "Flow", "Mode", "Status", "Report", "Run", "")
KILLED = "its process has ended; asked for again, it goes on from there"


@click.command
@click.argument("flow", required=False, shell_complete=complete_flows)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many."
)
@json_option
@pass_session
def history(session: Session, flow: str | None, limit: int, as_json: bool) -> None:
    """List the runs, the newest first.

    A run is running, waiting (for a system that is down or asks for rest), interrupted,
    completed, completed with errors or stopped. One that was killed is interrupted too: asked for
    again, it goes on.
    Where there is a ! under Report, crosstie report tells which records had an error.
    """
    with closing(session.project.state()) as state:
        runs = past_runs(state, flow, limit)
    if flow is not None and not runs:
        named(session.project, [flow])  # a flow that was taken out of the config has its history
    if as_json:
        for run in runs:
            print_json(run.as_json())
    elif not runs:
        click.echo("nothing has run yet")
    else:
        print_table([HEADER, *map(_told, runs)])


def _told(run: PastRun) -> tuple[str, ...]:
    row = run.row
    killed = KILLED if run.status == "interrupted" and row.error is None else None
    what = [selected(row.selection), counted(row.counts), row.error or killed]
    return (
        *(local(row.started), row.flow, row.mode, run.status, "!" if run.has_errors else ""),
        *(run.short, ": ".join(filter(None, what))),
    )
