"""How a run is told while it goes on, and when it has ended."""

import shutil
import sys
import time
from datetime import datetime

import attrs
import click

from crosstie.automating import PassReport
from crosstie.cli.logs import CLEAR_LINE
from crosstie.cli.printing import clean, counted, local, print_json
from crosstie.options import Progress, RunReport
from crosstie.reporting import has_errors

SECONDS_ON_A_TERMINAL = 0.1
SECONDS_ELSEWHERE = 5.0
BAR = 24
WORDS = {
    "noticed": "events noticed",
    "events": "events dealt with",
    "begun": "journeys begun",
    "steps": "steps done",
    "waiting": "waiting",
    "done": "ended",
    "failed": "failed",
    "uncertain": "uncertain",
    "stopped": "stopped",
    "cancelled": "cancelled",
}
"""What is counted in a pass over the automations."""

COLOURS = {"completed": "green", "stopped": "red", "refused": "red", "interrupted": "yellow"}


def bar(progress: Progress) -> str:
    """A bar of what is done, where it is known how much there is to do; else nothing."""
    if not progress.total:
        return ""
    share = min(1.0, progress.counts.get("read", 0) / progress.total)
    done = int(share * BAR)
    return f"[{'#' * done}{'-' * (BAR - done)}] {share:4.0%} of {progress.total:,}  "


class Telling:
    """Tells people or, with `as_json`, machines.

    People see the progress on stderr: one line that changes on a terminal, elsewhere a line every
    five seconds. Only a terminal's bar needs a total (`wants_total`). Reports go to stdout, those
    of flows that stopped or were refused to stderr.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._live = sys.stderr.isatty()
        self.wants_total = self._live and not as_json
        self._pause = SECONDS_ON_A_TERMINAL if self._live else SECONDS_ELSEWHERE
        self._last = time.monotonic()

    def progress(self, progress: Progress) -> None:
        """Tell how far a run is."""
        if self._as_json:
            print_json({"event": "progress", **attrs.asdict(progress)})
            return
        if time.monotonic() - self._last < self._pause:
            return
        self._last = time.monotonic()
        text = f"{progress.flow}: {bar(progress)}{counted(progress.counts)} …"
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            click.echo(CLEAR_LINE + text[:width], nl=False, err=True)
        else:
            click.echo(text, err=True)

    def report(self, report: RunReport, at: datetime | None = None) -> None:
        """Tell how a run ended; `at` puts the time before it."""
        if self._as_json:
            print_json({"event": "report", **attrs.asdict(report)})
            return
        if self._live:
            click.echo(CLEAR_LINE, nl=False, err=True)
        time_of_day = f"{local(at)}  " if at else ""
        status = click.style(report.status, fg=COLOURS.get(report.status))
        took = f" in {report.seconds:.1f} s" if report.run else ""
        told = f": {counted(report.counts)}" if report.counts else ""
        if report.status == "declined":
            told = ": nothing is sent"
        stopped = report.status in ("stopped", "refused")
        click.echo(f"{time_of_day}{report.flow} {status}{took}{told}", err=stopped)
        for line in (report.error or "").splitlines():
            click.echo(f"  {clean(line)}", err=stopped)
        if report.counts.get("aside") and report.mode != "retry":
            click.echo(f"  see what was set aside: crosstie aside list {report.flow}", err=stopped)
        if has_errors(report.counts) and (report.mode == "window" or report.counts["conflict"]):
            click.echo(f"  see why, for each record: crosstie report {report.run}", err=stopped)

    def automated(self, report: PassReport, at: datetime | None = None) -> None:
        """Tell what came of a pass over the automations; `at` puts the time before it."""
        if self._as_json:
            print_json({"event": "automations", **attrs.asdict(report)})
            return
        time_of_day = f"{local(at)}  " if at else ""
        told = [f"{number:,} {WORDS[name]}" for name, number in report.counts.items() if number]
        if told or not report.errors:
            click.echo(f"{time_of_day}automations: {', '.join(told) or 'nothing was due'}")
        for line in report.errors:
            click.secho(f"{time_of_day}automations: {clean(line)}", fg="red", err=True)
        if report.counts.get("failed") or report.counts.get("uncertain"):
            click.echo("  see why: crosstie journeys list --status failed --status uncertain")

    def waiting(self, seconds: float, at: datetime) -> None:
        """Tell that what a system has stopped goes on in so many seconds."""
        if self._as_json:
            print_json({"event": "waiting", "seconds": seconds})
        else:
            click.echo(f"{local(at)}  waiting {seconds / 60:.0f} min, then going on", err=True)
