"""`crosstie journeys`: who is on the way through an automation, and how far."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import attrs
import click

from crosstie.canonical import canonical
from crosstie.cli.arguments import complete_automations, json_option
from crosstie.cli.printing import clean, local, print_json, print_table, shown
from crosstie.cli.session import Session, pass_session
from crosstie.errors import ConfigError
from crosstie.happening import context_of
from crosstie.packing import unpacked
from crosstie.project import Project
from crosstie.state import Journey, State
from crosstie.steps import compile_steps

STATUSES = ("waiting", "done", "failed", "uncertain", "stopped", "cancelled")


@click.group
def journeys() -> None:
    """See and settle the journeys of automations."""


@journeys.command("list")
@click.argument("automation", required=False, shell_complete=complete_automations)
@click.option("--status", multiple=True, type=click.Choice(STATUSES), help="Only these.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many."
)
@json_option
@pass_session
def list_(
    session: Session,
    automation: str | None,
    status: tuple[str, ...],
    limit: int,
    *,
    as_json: bool,
) -> None:
    """List journeys, the newest first."""
    with closing(session.project.state()) as state:
        found = state.journeys(automation, statuses=status or None, limit=limit)
    if as_json:
        for journey in found:
            print_json(attrs.asdict(journey))
    elif not found:
        click.echo("there are no such journeys" if automation or status else "nobody is on the way")
    else:
        print_table((one.id, one.automation, one.who, *_where(one)) for one in found)


@journeys.command
@click.argument("journey", metavar="ID")
@json_option
@pass_session
def show(session: Session, journey: str, *, as_json: bool) -> None:
    """Show one journey: what began it, its steps, what they came to, and what is wrong."""
    with closing(session.project.state()) as state:
        found = _found(state, journey)
        event = state.event(found.event)
        definition = state.definition(found.definition) or "[]"
    known = {} if event is None else context_of(event)
    saved = unpacked(found.saved)
    if as_json:
        print_json({**attrs.asdict(found), "saved": saved, "steps": json.loads(definition)})
        return
    began = "" if event is None else f"{event.system}.{event.kind} {event.key}"
    print_table(
        [
            ("journey", found.id),
            ("automation", found.automation),
            ("who", found.who),
            ("began", f"{local(found.started)} {began}"),
            ("is", " ".join(_where(found))),
            *((name, shown(value)) for name, value in saved.items()),
        ]
    )
    for place, step in enumerate(compile_steps(json.loads(definition))):
        mark = "next" if place == found.place else ""
        click.echo(f"  {step.label:<16}{step.kind} {clean(step.what)}  {mark}".rstrip())
    if "data" in known:
        click.echo(f"  {clean(canonical(known['data']))}")


@journeys.command
@click.argument("journey", metavar="ID")
@pass_session
def cancel(session: Session, journey: str) -> None:
    """End a journey: none of its further steps is done."""
    with _changing(session.project, journey, ("waiting", "failed", "uncertain")) as (state, found):
        _keep(session.project, state, found, status="cancelled", due=None)
    click.echo(f"{found.id} is cancelled")


@journeys.command
@click.argument("journey", metavar="ID")
@pass_session
def retry(session: Session, journey: str) -> None:
    """Let a journey that failed, or waits because of an error, try its present step again now.

    What an uncertain step did has to be settled first: crosstie do … --settle, as its error says.
    """
    with _changing(session.project, journey, ("waiting", "failed", "uncertain")) as (state, found):
        now = session.project.clock.now()
        if found.status == "waiting" and not found.attempts:
            raise ConfigError([f"{found.id} waits, and nothing is wrong with its present step"])
        _keep(session.project, state, found, status="waiting", due=now, error=None, attempts=0)
    click.echo(f"{found.id} goes on with the next pass: crosstie run {found.automation}")


@contextmanager
def _changing(
    project: Project, id_: str, statuses: tuple[str, ...]
) -> Iterator[tuple[State, Journey]]:
    """The journey in a transaction, so that nobody else moves it meanwhile."""
    with closing(project.state()) as state, state.transaction(None):
        found = _found(state, id_)
        if found.status not in statuses:
            raise ConfigError([f"{found.id} is {found.status}: there is nothing to do about it"])
        yield state, found


def _keep(project: Project, state: State, journey: Journey, **changes: Any) -> None:
    state.keep_journey(attrs.evolve(journey, updated=project.clock.now(), **changes))


def _found(state: State, id_: str) -> Journey:
    """The journey with this id, or with an id that begins like this and no other."""
    found = state.journeys(prefix=id_, limit=2) if id_ else []
    if not found:
        raise ConfigError([f"there is no journey {id_!r}: crosstie journeys list"])
    if len(found) > 1:
        raise ConfigError([f"several journeys begin with {id_!r}: write more of the id"])
    return found[0]


def _where(journey: Journey) -> tuple[str, ...]:
    """How a journey is, in words."""
    due = f"until {local(journey.due)}" if journey.due else ""
    return journey.status, due, journey.error or ""
