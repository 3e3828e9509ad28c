"""The kinds of arguments that commands take, and what completes them in a shell."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from crosstie.cli.session import path_of
from crosstie.errors import PluginError
from crosstie.options import RunOptions
from crosstie.plugins import load_plugins

Function = TypeVar("Function", bound=Callable[..., Any])
WRITTEN_AS_JSON = (
    int, bool, object, tuple[str, ...], dict[str, str], dict[str, tuple[str, ...]],
)  # fmt: skip
"""Types of settings and parameters of which a command line gives the value as JSON."""

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime | date]):
    """A day, which is one of the source's time zone, or a time with its zone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | date:
        """The day, or the moment, aware."""
        if isinstance(value, date):  # a datetime is one too
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # not a date alone
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f'{value!r} is neither a date ("2026-01-31") nor a time {self._example}')
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no time zone: write it as {self._example}")
        return moment

    _example = '("2026-01-31T10:00+01:00", or with Z for UTC)'


class Duration(click.ParamType[timedelta]):
    """A duration as in the config: 30s, 10m, 2h, 1d."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The duration."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,6})([smhd])", value)
        if match is None:
            self.fail(f"{value!r} is no duration such as 30s, 10m or 2h")
        return timedelta(**{UNITS[match[2]]: int(match[1])})


def from_text(declared: Any, text: str) -> Any:
    """A value for a setting or parameter of this type, as far as the text is one.

    Where it is no JSON and should be, it stays a text, and is told as the wrong value.
    """
    if declared not in WRITTEN_AS_JSON:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _names_in(ctx: click.Context, table: str) -> dict[str, Any]:
    """The tables under this one in the config, as far as it can be read while completing."""
    try:
        found = tomllib.loads(path_of(ctx).read_text("utf-8")).get(table)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(set(names)) if name.startswith(incomplete)]


def complete_flows(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The flows of the config."""
    return _items(_names_in(ctx, "flows"), incomplete)


def complete_automations(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The automations of the config."""
    return _items(_names_in(ctx, "automations"), incomplete)


def complete_work(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The flows and automations of the config."""
    names = {**_names_in(ctx, "flows"), **_names_in(ctx, "automations")}
    return _items(names, incomplete)


def complete_streams(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The streams that the config's flows read."""
    flows = _names_in(ctx, "flows").values()
    read = [flow.get("read") for flow in flows if isinstance(flow, dict)]
    return _items([place for place in read if isinstance(place, str)], incomplete)


def complete_places(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The streams and tables that the config's flows read and write."""
    flows = [flow for flow in _names_in(ctx, "flows").values() if isinstance(flow, dict)]
    places = [flow.get(end) for flow in flows for end in ("read", "write")]
    return _items([place for place in places if isinstance(place, str)], incomplete)


def complete_kinds(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The kinds of systems that the plugins offer."""
    try:
        return _items(load_plugins(path_of(ctx).parent).kinds, incomplete)
    except PluginError:
        return _items(load_plugins().kinds, incomplete)


def complete_actions(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The actions of the config's systems."""
    try:
        actions = load_plugins(path_of(ctx).parent).actions.values()
    except PluginError:
        return []
    kinds = {
        name: table.get("use")
        for name, table in _names_in(ctx, "systems").items()
        if isinstance(table, dict)
    }
    names = [
        f"{s}.{action.name}" for s, kind in kinds.items() for action in actions if action.on == kind
    ]
    return _items(names, incomplete)


def flows_argument(function: Function) -> Function:
    """``[NAME]...``: the named flows and automations, or all."""
    return click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_work)(
        function
    )


def json_option(function: Function) -> Function:
    """``--json``: for machines."""
    text = "One JSON object per line on stdout, for machines."
    return click.option("--json", "as_json", is_flag=True, help=text)(function)


SELECTION = (
    click.option(
        "--since",
        type=Moment(),
        help="Only what the source dates from then on: a day, or a time with its zone.",
    ),
    click.option(
        "--until",
        type=Moment(),
        help="Only what it dates until then, that day included; else until now.",
    ),
    click.option("--status", multiple=True, help="Only records in this status; may be repeated."),
    click.option("--limit", type=click.IntRange(min=1), help="At most so many records."),
    click.option("--full", is_flag=True, help="Everything, not only what has changed."),
    click.option(
        "--reconcile",
        is_flag=True,
        help="Everything, and find what the source's own list of changes hides.",
    ),
    click.option(
        "--allow-deletions",
        is_flag=True,
        help="Mark or delete rows even when more than 5 % of the records are gone.",
    ),
)


def selection_options(function: Function) -> Function:
    """The options that say what a run reads; `run_options` understands them."""
    for option in reversed(SELECTION):
        function = option(function)
    return function


def as_arguments(options: RunOptions) -> list[str]:
    """Arguments that `selection_options` and `run_options` turn into the same options."""
    values = {
        "--since": [options.since.isoformat()] if options.since else [],
        "--until": [options.until.isoformat()] if options.until else [],
        "--status": options.filters.get("status", ()),
        "--limit": [options.limit] if options.limit else [],
    }
    flags = {
        "--full": options.full,
        "--reconcile": options.reconcile,
        "--allow-deletions": options.allow_deletions,
    }
    given = [f"{name}={value}" for name, some in values.items() for value in some]
    return given + [name for name, is_set in flags.items() if is_set]


def run_options(
    *,
    since: datetime | date | None,
    until: datetime | date | None,
    status: tuple[str, ...],
    limit: int | None,
    full: bool,
    reconcile: bool,
    allow_deletions: bool,
) -> RunOptions:
    """What `selection_options` gave, as `RunOptions`; refuses what contradicts itself."""
    if (since or until) and (full or reconcile):
        raise click.UsageError(
            "--since and --until choose a part, --full and --reconcile read everything: drop one"
        )
    return RunOptions(
        since=since,
        until=until,
        filters={"status": status} if status else {},
        limit=limit,
        full=full,
        reconcile=reconcile,
        allow_deletions=allow_deletions,
    )
