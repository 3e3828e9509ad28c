"""`crosstie run`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import attrs
import click

from crosstie import persisting, running
from crosstie.automating import AUTOMATIONS, automate
from crosstie.choosing import Agree
from crosstie.cli.arguments import (
    Duration,
    as_arguments,
    flows_argument,
    json_option,
    run_options,
    selection_options,
)
from crosstie.cli.background import begin
from crosstie.cli.confirming import agreeing
from crosstie.cli.printing import print_json
from crosstie.cli.session import Session, pass_session
from crosstie.cli.signals import ending_cleanly
from crosstie.cli.telling import Telling
from crosstie.options import RunOptions, RunReport
from crosstie.project import Project

LONGEST_IN_SECONDS = 1_000_000
"""Above that, a `Duration` is written in days."""


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
@click.option(
    "--persist",
    is_flag=True,
    help="When a system is down or asks for rest, wait and go on until it is done.",
)
@click.option(
    "--background",
    is_flag=True,
    help="Go on in a process of its own that outlives the terminal; it persists.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether to send what was chosen.")
@json_option
@pass_session
def run(
    session: Session,
    /,
    names: tuple[str, ...],
    *,
    wait: timedelta,
    persist: bool,
    background: bool,
    yes: bool,
    as_json: bool,
    **selection: object,
) -> int:
    """Run flows: what has changed is read, mapped and written. Then automations, one pass.

    All flows run, or those that are named, in the order in which they refer to each other.
    Automations are all dealt with together, where one is named or nothing is chosen: systems are
    looked at, events begin journeys, and every step that is due is done.
    Ctrl-C ends it cleanly; the next run goes on from there, as does the same sending of a range of
    dates when it is asked for again.

    On a terminal it asks before it sends into a table that limits what is sent at once.
    With --background what is refused is told first; then crosstie history tells how it goes on,
    and a log beside the state what it has to tell.
    """
    options = run_options(**selection)  # type: ignore[arg-type]  # click has converted them
    if options.limit is not None and (persist or background):
        raise click.UsageError(
            "--limit ends before all is done, --persist and --background do not: drop one"
        )
    project = session.project
    automations = project.config.automations
    flows = [name for name in names if name not in automations]
    automates = len(flows) < len(names) or (not names and options == RunOptions())
    agree = agreeing(options, yes=yes, background=background)
    if background:
        if len(flows) < len(names):
            raise click.UsageError("--background is for flows: `crosstie serve` runs automations")
        return _in_background(session, flows, options, agree, wait, as_json=as_json)
    telling = Telling(as_json=as_json)
    at = project.clock.now if persist else lambda: None
    patience = wait.total_seconds()
    codes: dict[str, int] = {}
    with ending_cleanly(session.stop):
        if flows or not names:
            options = attrs.evolve(options, count=telling.wants_total)
            for report in _reports(
                project, flows, options, telling, agree, patience=patience, persist=persist
            ):
                telling.report(report, at())
                codes[report.flow] = report.exit_code
        if automates and automations and not session.stop.is_set():
            passed = automate(project, patience=patience)
            telling.automated(passed, at())
            codes[AUTOMATIONS] = passed.exit_code
    return 3 if session.stop.is_set() else max(codes.values(), default=0)


def _reports(
    project: Project,
    flows: Sequence[str],
    options: RunOptions,
    telling: Telling,
    agree: Agree,
    *,
    patience: float,
    persist: bool,
) -> Iterator[RunReport]:
    tell = telling.progress
    if not persist:
        return running.run(project, flows, options, tell=tell, agree=agree, patience=patience)

    def waiting(seconds: float) -> None:
        telling.waiting(seconds, project.clock.now())

    return persisting.persist(
        project, flows, options, tell=tell, agree=agree, waiting=waiting, patience=patience
    )


def _in_background(
    session: Session,
    names: Sequence[str],
    options: RunOptions,
    agree: Agree,
    wait: timedelta,
    *,
    as_json: bool,
) -> int:
    """Tell what is refused, ask, and let another process do it."""
    project = session.project
    chosen = running.chosen(project, names, options)
    if not chosen:
        raise click.UsageError("There is no flow to run in the background.")
    if not all(agree(flow, choice) for flow, choice in chosen):
        click.echo("nothing is sent")
        return 0
    verbose = click.get_current_context().find_root().params["verbose"]
    seconds, days = int(wait.total_seconds()), wait.days + 1
    arguments = [
        *("-c", str(project.config.path.absolute()), *["-v"] * verbose, "run", "--persist"),
        *(f"--wait={seconds}s" if seconds < LONGEST_IN_SECONDS else f"--wait={days}d",),
        *(*as_arguments(options), *["--json"] * as_json, "--", *(flow.name for flow, _ in chosen)),
    ]
    begun = begin(project, [flow for flow, _ in chosen], arguments, waits=wait > timedelta(0))
    if as_json:
        print_json({"event": "background", "process": begun.process, "log": str(begun.log)})
        return 0
    what = ", ".join(flow.name for flow, _ in chosen)
    click.echo(f"in the background, as process {begun.process}: {what}")
    click.echo(
        f"  see how it goes on: crosstie history {names[0] if len(names) == 1 else ''}".rstrip()
    )
    click.echo(f"  what it tells: {begun.log}")
    click.echo(f"  end it: kill {begun.process} (asked for again, it goes on)")
    return 0
