"""`crosstie plan`."""

import json
from decimal import Decimal
from pathlib import Path

import attrs
import click

from crosstie import planning
from crosstie.cli.arguments import flows_argument, json_option, run_options, selection_options
from crosstie.cli.printing import clean, counted, print_json, shown
from crosstie.cli.session import Session, pass_session
from crosstie.cli.signals import ending_cleanly
from crosstie.errors import ConfigError
from crosstie.options import RunReport
from crosstie.project import Project
from crosstie.rehearsing import rehearse
from crosstie.sinks import Planned

SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "aside": ("!", "red"),
}
WOULD = {"stopped": "stop", "refused": "be refused"}


@click.command
@flows_argument
@selection_options
@click.option(
    "--event",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What an automation is told of an event, as JSON.",
)
@json_option
@pass_session
def plan(
    session: Session,
    /,
    names: tuple[str, ...],
    *,
    event: Path | None,
    as_json: bool,
    **selection: object,
) -> int:
    """Show what a run would do, and do nothing.

    Prints each row that would be created, each field that would change, and each record that
    would be set aside, with the reason.
    For an automation it prints what each step would do about the event in a JSON file, such as
    {"customer": {"email": "ada@example.com"}}. What only a step that is done can tell is shown as
    a gap, <coupon.code>.
    """
    automations = session.project.config.automations
    if event is not None or any(name in automations for name in names):
        if event is None or len(names) != 1:
            raise click.UsageError("An automation is planned by itself, with --event FILE.")
        return _rehearse(session.project, names[0], event, as_json=as_json)
    options = run_options(**selection)  # type: ignore[arg-type]  # click has converted them
    tell = print_planned_json if as_json else print_planned
    with ending_cleanly(session.stop):
        reports = planning.plan(session.project, names, options, tell=tell)
    for report in reports:
        if as_json:
            print_json({"event": "report", **attrs.asdict(report)})
        else:
            print_summary(report)
    return max((report.exit_code for report in reports), default=0)


def _rehearse(project: Project, name: str, file: Path, *, as_json: bool) -> int:
    """Print what an automation would do about an event; 1 where a step would fail."""
    try:
        given = json.loads(file.read_bytes(), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError([f"{file}: not JSON: {error}"]) from error
    if not isinstance(given, dict):
        raise ConfigError([f"{file}: expected a JSON object"])
    code = 0
    for step in rehearse(project, name, given):
        code = 1 if step.error else code
        if as_json:
            print_json({"event": "planned step", **attrs.asdict(step)})
            continue
        click.secho(f"{step.label:<3} {clean(step.what)}".strip(), bold=True)
        for line in step.text.splitlines():
            click.echo(f"    {clean(project.redact(line))}".rstrip())
        if step.error:
            click.secho(f"    ! {clean(project.redact(step.error))}", fg="red")
    return code


def print_planned_json(planned: Planned) -> None:
    """One row, for machines."""
    changes = {field: {"from": a, "to": b} for field, (a, b) in planned.changes.items()}
    print_json({"event": "planned", **attrs.asdict(planned, recurse=False), "changes": changes})


def print_planned(planned: Planned) -> None:
    """One row, as a diff."""
    sign, colour = SIGNS[planned.op]
    what = " ".join(filter(None, [planned.id, f"({planned.key})" if planned.key else ""]))
    why = f"  {clean(planned.why)}" if planned.why else ""
    click.secho(f"{sign} {planned.table} {clean(what)}{why}", fg=colour)
    for field, (before, after) in planned.changes.items():
        if planned.op == "update" and before is not None:
            click.secho(f"    - {field}: {shown(before)}", fg="red")
        if planned.op != "create" or after not in (None, ""):
            click.secho(f"    + {field}: {shown(after)}", fg="green")


def print_summary(report: RunReport) -> None:
    """What a run of one flow would come to."""
    would = WOULD.get(report.status, "end")
    stopped = report.status in WOULD
    told = f": {counted(report.counts)}" if report.counts else ""
    click.secho(f"{report.flow} would {would}{told}", bold=True, err=stopped)
    for line in (report.error or "").splitlines():
        click.echo(f"  {clean(line)}", err=stopped)
