"""`crosstie aside`: the records that were set aside."""

import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import closing

import click

from crosstie import running
from crosstie.cli.arguments import complete_flows
from crosstie.cli.printing import clean, flattened, local, print_table
from crosstie.cli.session import Session, pass_session
from crosstie.cli.signals import ending_cleanly
from crosstie.cli.telling import Telling
from crosstie.options import RunOptions
from crosstie.state import Aside, Deed


@click.group
def aside() -> None:
    """See and settle the records that could not be dealt with."""


@aside.command("list")
@click.argument("flow", required=False, shell_complete=complete_flows)
@pass_session
def list_(session: Session, flow: str | None) -> None:
    """List what is set aside, the oldest first, and deeds that may or may not have been done."""
    entries = _entries(session, flow)
    deeds = _uncertain_deeds(session) if flow is None else []
    if not entries and not deeds:
        click.echo("nothing is set aside")
        return
    print_table((e.flow, e.key, local(e.first_at), _tries(e), e.kind, e.reason) for e in entries)
    print_table(
        (f"{d.system}.{d.action}", d.once, local(d.at), "uncertain", d.reason or "") for d in deeds
    )
    for deed in deeds:
        place, once = f"{deed.system}.{deed.action}", shlex.quote(deed.once)
        click.echo(f"  settle it: crosstie do {place} --once {once} --settle done (or: again)")


@aside.command
@click.argument("flow", shell_complete=complete_flows)
@click.argument("key")
@pass_session
def show(session: Session, flow: str, key: str) -> None:
    """Show one set-aside record: why, since when, and what was read."""
    (entry,) = _entries(session, flow, [key])
    print_table(
        [
            ("flow", entry.flow),
            ("key", entry.key),
            ("why", f"{entry.kind}: {entry.reason}"),
            ("since", local(entry.first_at)),
            ("tried", f"{_tries(entry)}, last at {local(entry.last_at)} in run {entry.run}"),
            ("next try", f"not before {local(entry.next_at)}, or: {_retry(entry)}"),
        ]
    )
    click.echo("record, as it was read:")
    print_table(((f"{name}:", value) for name, value in _fields(entry)), indent="  ")


@aside.command
@click.argument("flow", required=False, shell_complete=complete_flows)
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@pass_session
def retry(session: Session, flow: str | None, keys: tuple[str, ...]) -> int:
    """Read set-aside records again and deal with them now."""
    known = session.project.config.flows
    entries = [e for e in _entries(session, flow, keys) if flow is not None or e.flow in known]
    if not entries:
        click.echo("nothing is set aside")
        return 0
    flows = list(dict.fromkeys(entry.flow for entry in entries))
    wanted = tuple(entry.key for entry in entries)
    telling = Telling()
    code = 0
    with ending_cleanly(session.stop):
        for report in running.run(
            session.project, flows, RunOptions(retry=wanted), tell=telling.progress
        ):
            telling.report(report)
            code = max(code, report.exit_code)
    left = [entry for entry in _entries(session, flow) if entry.key in wanted]
    if left:
        click.echo("still set aside:")
        print_table(((e.flow, e.key, e.kind, e.reason) for e in left), indent="  ")
    return max(code, 1 if left else 0)


@aside.command
@click.argument("flow", shell_complete=complete_flows)
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def drop(session: Session, flow: str, keys: tuple[str, ...], yes: bool) -> None:
    """Give up set-aside records.

    They are dealt with again only when they change in their source.
    """
    entries = _entries(session, flow, keys)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Nobody can be asked here: add --yes.")
        print_table((entry.key, entry.kind, entry.reason) for entry in entries)
        click.confirm(f"Give up {len(entries)} of {flow}?", abort=True)
    with closing(session.project.state()) as state:
        state.settle_asides(flow, [entry.key for entry in entries])
    click.echo(f"{len(entries)} given up")


def _entries(session: Session, flow: str | None, keys: Sequence[str] = ()) -> list[Aside]:
    """The open entries; refuses unknown flows, and keys that are not set aside."""
    with closing(session.project.state()) as state:
        entries = state.asides(flow, keys or None)
    if flow is not None and not entries:
        running.named(session.project, [flow])
    missing = set(keys) - {entry.key for entry in entries}
    if missing:
        raise click.UsageError(
            f"{flow}: not set aside: {', '.join(sorted(missing))} (see: crosstie aside list {flow})"
        )
    return entries


def _uncertain_deeds(session: Session) -> list[Deed]:
    with closing(session.project.state()) as state:
        return state.deeds(["uncertain"])


def _fields(entry: Aside) -> list[tuple[str, str]]:
    try:
        return list(flattened(json.loads(entry.record)))
    except ValueError:  # a very long record is kept in part only
        return [("text", clean(entry.record))]


def _tries(entry: Aside) -> str:
    return "tried once" if entry.attempts == 1 else f"tried {entry.attempts} times"


def _retry(entry: Aside) -> str:
    return f"crosstie aside retry {clean(entry.flow)} {clean(entry.key)}"
