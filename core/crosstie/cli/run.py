"""`crosstie run`."""

from datetime import timedelta

import attrs
import click

from crosstie import running
from crosstie.cli.arguments import (
    Duration,
    flows_argument,
    json_option,
    run_options,
    selection_options,
)
from crosstie.cli.session import Session, pass_session
from crosstie.cli.signals import ending_cleanly
from crosstie.cli.telling import Telling


@click.command
@flows_argument
@selection_options
@click.option(
    "--wait",
    type=Duration(),
    default="0s",
    show_default=True,
    help="How long to wait for another run of the same flow.",
)
@json_option
@pass_session
def run(
    session: Session,
    /,
    flows: tuple[str, ...],
    wait: timedelta,
    as_json: bool,
    **selection: object,
) -> int:
    """Run flows: what has changed is read, mapped and written.

    All flows run, or those that are named, in the order in which they refer to each other.
    Ctrl-C ends it cleanly; the next run goes on from there.
    """
    options = run_options(**selection)  # type: ignore[arg-type]  # click has converted them
    telling = Telling(as_json=as_json)
    options = attrs.evolve(options, count=telling.wants_total)
    code = 0
    with ending_cleanly(session.stop):
        for report in running.run(
            session.project,
            flows,
            options,
            tell=telling.progress,
            patience=wait.total_seconds(),
        ):
            telling.report(report)
            code = max(code, report.exit_code)
    return 3 if session.stop.is_set() else code
