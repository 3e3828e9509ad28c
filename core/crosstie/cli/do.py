"""`crosstie do`."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from crosstie.acting import act, connected, preview, settle
from crosstie.canonical import canonical
from crosstie.cli.arguments import complete_actions, from_text
from crosstie.cli.printing import clean, flattened, print_table
from crosstie.cli.session import Session, pass_session
from crosstie.cli.signals import ending_cleanly
from crosstie.pools import Pools
from crosstie.preparing import action_of, prepare
from crosstie.project import Project
from crosstie.settings import settings_of
from crosstie.state import new_id


@click.command
@click.argument("action", metavar="SYSTEM.ACTION", shell_complete=complete_actions)
@click.argument("given", metavar="[NAME=VALUE]...", nargs=-1)
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Parameters from a file that holds one JSON object; those given beside it win.",
)
@click.option("--once", help="A text of your own that tells this deed from others; else a new one.")
@click.option(
    "--settle",
    "verdict",
    type=click.Choice(["done", "again"]),
    help="Where nobody knew, after a look at the system: it was done, or do it again.",
)
@click.option("--preview", "shown", is_flag=True, help="Show what it would do, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for machines.")
@pass_session
def do(
    session: Session,
    /,
    *,
    action: str,
    given: tuple[str, ...],
    file: Path | None,
    once: str | None,
    verdict: str | None,
    shown: bool,
    as_json: bool,
) -> None:
    """Do one deed on a system, such as shop.create_coupon percent=10.

    With the same --once it is done only once; asked for again, it tells what came of it then.
    Lists and tables are written as JSON: tags='["new"]'.
    """
    project = session.project
    if verdict is not None and (once is None or given or file):
        raise click.UsageError("--settle goes with --once alone: the parameters are known.")
    parameters = {**_from(file), **_typed(project, action, given)}
    if shown:
        if verdict is not None or as_json:
            raise click.UsageError("--preview goes with neither --settle nor --json.")
        with closing(project.scratch()) as state, closing(Pools(project, state)) as pools:
            text = session.redact(preview(pools, action, parameters))
        click.echo("\n".join(map(clean, text.split("\n"))))
        return
    if once is None:
        prepare(project, action, parameters)
        once = new_id(project.clock.now())
        click.echo(f"{action}, once {once}", err=True)
    with (
        ending_cleanly(session.stop),
        closing(project.state()) as state,
        closing(connected(project, state)) as pools,
    ):
        if verdict is None:
            result = act(pools, state, action, parameters, once)
        else:
            result = settle(pools, state, action, once, done=verdict == "done")
    if as_json:
        told = {"action": action, "once": once, "result": result}
        click.echo(session.redact(canonical(told)))
        return
    click.echo(f"{action} {click.style('done', fg='green')}")
    fields = [(f"{name}:", session.redact(value)) for name, value in flattened(result)]
    if fields:
        print_table(fields, indent="  ")


def _from(file: Path | None) -> Mapping[str, Any]:
    """The parameters that stand in a file."""
    if file is None:
        return {}
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise click.UsageError(f"{file} holds no JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.UsageError(f"{file} does not hold a JSON object.")
    return found


def _typed(project: Project, action: str, given: Sequence[str]) -> dict[str, Any]:
    """``NAME=VALUE``s, each value read as its parameter's type is written."""
    types = {one.name: one.type for one in settings_of(action_of(project, action))}
    found: dict[str, Any] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not (name and equals):
            raise click.UsageError(f"{one!r} is no NAME=VALUE.")
        if name in found:
            raise click.UsageError(f"{name} is given twice.")
        found[name] = from_text(types.get(name), text)
    return found
