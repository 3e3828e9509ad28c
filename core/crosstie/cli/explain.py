"""`crosstie explain`."""

from collections.abc import Sequence

import click

from crosstie import explaining
from crosstie.cli.arguments import complete_streams, json_option
from crosstie.cli.printing import clean, flattened, local, print_json, print_table
from crosstie.cli.session import Session, pass_session
from crosstie.explaining import Explanation, Mapped
from crosstie.state import Aside, Outcome

INDENT = "  "


@click.command
@click.argument("stream", shell_complete=complete_streams)
@click.argument("key")
@json_option
@pass_session
def explain(session: Session, stream: str, key: str, as_json: bool) -> None:
    """Tell all about one record: explain shop.orders 1042.

    What is read now, what each flow makes of it, which rows it is tied to, and what became of it
    in each run.
    """
    explanation = explaining.explain(session.project, stream, key)
    if as_json:
        print_json(explanation)
        return
    click.secho(f"{explanation.stream} {clean(explanation.key)}", bold=True)
    print_read(explanation)
    for mapped in explanation.mapped:
        print_mapped(mapped)
    print_links(explanation)
    print_outcomes(explanation.outcomes)


def print_read(explanation: Explanation) -> None:
    """What the source says now."""
    if explanation.unread is not None:
        click.echo(f"not read now: {clean(explanation.unread)}")
        return
    version = f" (version {clean(explanation.version)})" if explanation.version else ""
    click.echo(f"read now{version}:")
    _print_fields(explanation.record)


def print_mapped(mapped: Mapped) -> None:
    """What one flow makes of it."""
    click.echo(f"mapped now by {mapped.flow} for {mapped.table}:")
    if mapped.error is not None:
        click.echo(f"{INDENT}{clean(mapped.error)}")
    else:
        _print_fields(mapped.row)
        click.echo(f"{INDENT}{mapped.standing}")
    if mapped.aside is not None:
        print_aside(mapped.aside)


def print_aside(aside: Aside) -> None:
    """That it is set aside, and why."""
    click.echo(
        f"{INDENT}set aside since {local(aside.first_at)} (tries: {aside.attempts}, "
        f"next after {local(aside.next_at)}): {aside.kind}: {clean(aside.reason)}"
    )


def print_links(explanation: Explanation) -> None:
    """The rows that it is tied to."""
    click.echo("tied to:" if explanation.links else "tied to no row")
    for link in explanation.links:
        also = "".join(f", {name} {id}" for name, id in sorted(link.also.items()))  # noqa: A001
        click.echo(f"{INDENT}{link.table} {clean(link.id + also)}")


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """What became of it, run by run."""
    if not outcomes:
        click.echo("no run has met it")
        return
    click.echo("what became of it, the newest first:")
    rows = []
    for outcome in outcomes:
        row = f"{outcome.table} {outcome.sink_id or ''}".strip()
        why = "" if outcome.sink_id else outcome.detail or ""
        run = f"run {outcome.run}"
        rows.append((local(outcome.at), run, outcome.flow, f"into {row}", outcome.outcome, why))
    print_table(rows, indent=INDENT)


def _print_fields(data: object) -> None:
    print_table(((f"{name}:", value) for name, value in flattened(data)), indent=INDENT)
