"""`crosstie report`."""

import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

import click

from crosstie.cli.arguments import complete_flows
from crosstie.cli.printing import counted, local, print_table, shown
from crosstie.cli.session import Session, pass_session
from crosstie.errors import ConfigError
from crosstie.reporting import PastRun, find_run, lines, selected, write_csv
from crosstie.running import named

HEADER = ("Record", "Outcome", "Id", "Time", "Message")
PORTION = 500


@click.command
@click.argument("run")
@click.argument("flow", required=False, shell_complete=complete_flows)
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, for spreadsheets.")
@click.option("--all", "everything", is_flag=True, help="Every record that it dealt with.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the CSV into this file, in place of one that is there.",
)
@pass_session
def report(
    session: Session,
    /,
    run: str,
    flow: str | None,
    *,
    as_csv: bool,
    everything: bool,
    output: Path | None,
) -> None:
    """Tell which records of a run had an error: report last purchases.

    RUN is an id from crosstie history, the beginning of one, or last: the last run there was, or
    the last one of the FLOW.
    Told are the records that were set aside and those that were there already, each with the
    reason, in the other side's words.

    The CSV is in UTF-8 and begins with a byte order mark, without which spreadsheets take accents
    for other letters. A cell that a spreadsheet might run has an apostrophe before it.
    """
    with closing(session.project.state()) as state:
        if flow is not None and not state.runs(flow, 1):
            named(session.project, [flow])
        found = find_run(state, run, flow)
        rows = lines(state, found, everything=everything, redact=session.redact)
        if output is not None:
            with _replaced(output) as file:
                _write(file, rows)
            click.echo(f"{output} is written")
        elif as_csv:
            with click.open_file("-", "wb") as file:
                _write(file, rows)
        else:
            _print(found, rows)
    if not everything and not found.has_errors:
        told = f"no record of run {found.short} had an error; --all tells what became of all"
        click.echo(told, err=as_csv)


def _print(run: PastRun, rows: Iterator[tuple[str, ...]]) -> None:
    """For people: as a table, bit by bit, as there may be many."""
    what = ": ".join(filter(None, [selected(run.row.selection), counted(run.row.counts)]))
    click.secho(f"{run.row.flow} {run.status}, {what}", bold=True)
    header: Sequence[Sequence[str]] = [HEADER]
    while portion := list(islice(rows, PORTION)):
        print_table([*header, *map(_told, portion)])
        header = []


def _told(row: Sequence[str]) -> tuple[str, ...]:
    stream, key, outcome, message, sink_id, at = row
    time = local(datetime.fromisoformat(at))
    return f"{stream} {key}", outcome, shown(sink_id), time, message


def _write(file: IO[bytes], rows: Iterable[Sequence[str]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        write_csv(text, rows)
    finally:
        text.detach()


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of the one at this path when all of it is written."""
    try:
        number, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        new = Path(made)
        try:
            with os.fdopen(number, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except BaseException:
            new.unlink()
            raise
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error
