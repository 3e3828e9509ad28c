"""What a run selects: a range of dates, filters, and the limits that the table sets to both.

Dates are days of the source's time zone, the last one included; times are exact, the end excluded.
A range longer than the table allows is refused, or sent in pieces that it allows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import attrs

from crosstie.abilities import Limited, Limits, Speaks, Zoned
from crosstie.canonical import canonical
from crosstie.config import FlowConfig
from crosstie.connectors import Live, Table
from crosstie.errors import ConfigError
from crosstie.options import Moment, RunOptions
from crosstie.pools import Pools

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Window = tuple[datetime, datetime]


@attrs.frozen
class Choice:
    """What one run reads: everything or changes without `windows`, else these, one after another.

    `limited` tells that the table sets limits, so that somebody has to choose; days are days of
    the `zone`.
    """

    windows: tuple[Window, ...]
    filters: Mapping[str, tuple[str, ...]]
    limited: bool
    zone: tzinfo

    def text(self, options: RunOptions) -> str:
        """The selection of a run over dates, the same each time it is asked for; else empty."""
        if not self.windows:
            return ""
        until = self.windows[-1][1].isoformat() if options.until else None
        asked = {"since": self.windows[0][0].isoformat(), "until": until, "filters": self.filters}
        return canonical(asked if options.limit is None else {**asked, "limit": options.limit})


EVERYTHING = Choice((), {}, limited=False, zone=UTC)


def choose(pools: Pools, flow: FlowConfig, table: Table, options: RunOptions) -> Choice:
    """What a run with these options reads; raises `ConfigError` with all that is refused."""
    filters = {**flow.filters, **options.filters}
    limits = table.limits if isinstance(table, Limited) else None
    ranged = options.since is not None or options.until is not None
    if limits is None and not ranged:
        return Choice((), filters, limited=False, zone=UTC)
    now = pools.project.clock.now()
    zone, languages = pools.reader(flow.source).call(_asked(limits, now)).result()
    window = _window(options, zone, now) if ranged else None
    mistakes = [] if window is None or window[0] < window[1] else [_backwards(window, zone)]
    if limits is not None and options.retry is None and not mistakes:
        mistakes = [
            *_beyond(limits, flow, window, now.astimezone(zone).date(), zone),
            *_unchosen(limits, flow, filters, languages),
        ]
    if mistakes:
        raise ConfigError([f"{flow.name}: {mistake}" for mistake in mistakes])
    windows = _pieces(window, limits, zone) if window else ()
    return Choice(windows, filters, limits is not None, zone)


Asked = Callable[[Live], tuple[tzinfo, Sequence[str]]]


def _asked(limits: Limits | None, now: datetime) -> Asked:
    def ask(live: Live) -> tuple[tzinfo, Sequence[str]]:
        zone = live.time_zone() if isinstance(live, Zoned) else now.astimezone().tzinfo or UTC
        wants = limits is not None and limits.one_language and isinstance(live, Speaks)
        return zone, live.languages() if wants and isinstance(live, Speaks) else ()

    return ask


def _window(options: RunOptions, zone: tzinfo, now: datetime) -> Window:
    since = BEGINNING if options.since is None else _beginning(options.since, zone)
    until = options.until
    if until is not None and not isinstance(until, datetime):
        until = _beginning(until + timedelta(days=1), zone)
    return since, until or now


def _beginning(moment: Moment, zone: tzinfo) -> datetime:
    """A time as it is, and of a day its first moment, in the source's zone.

    In UTC, because Python compares two times of one zone by their clocks alone.
    """
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.combine(moment, time(), zone).astimezone(UTC)


def _backwards(window: Window, zone: tzinfo) -> str:
    since, until = (moment.astimezone(zone) for moment in window)
    return f"the range ends ({until:%Y-%m-%d %H:%M}) before it begins ({since:%Y-%m-%d %H:%M})"


def _days(window: Window, zone: tzinfo) -> tuple[date, date]:
    """The first and the last day of a window, both in it."""
    last = window[1] - timedelta(microseconds=1)
    return window[0].astimezone(zone).date(), last.astimezone(zone).date()


def anniversary(day: date, years: int) -> date:
    """The same day so many years later, or earlier; of 29 February the 28th, where it is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _beyond(
    limits: Limits, flow: FlowConfig, window: Window | None, today: date, zone: tzinfo
) -> list[str]:
    if window is None:
        if flow.windows and flow.older:
            return []
        return ["choose the dates: --since 2026-01-01 --until 2026-06-30"]
    first, last = _days(window, zone)
    mistakes = []
    if not flow.windows and last > anniversary(first, limits.years):
        mistakes.append(
            f"{first} to {last} is longer than {_years(limits.years)}: choose a shorter range, or"
            f" let it be sent in parts with windows = true in [flows.{flow.name}]"
        )
    oldest = anniversary(today, -limits.back)
    if not flow.older and first < oldest:
        mistakes.append(
            f"{first} is more than {_years(limits.back)} ago: begin on {oldest} or later, or allow"
            f" it with older = true in [flows.{flow.name}]"
        )
    return mistakes


def _years(number: int) -> str:
    return "one year" if number == 1 else f"{number} years"


def _unchosen(
    limits: Limits,
    flow: FlowConfig,
    filters: Mapping[str, tuple[str, ...]],
    languages: Sequence[str],
) -> list[str]:
    place = f"{flow.source}.{flow.stream}"
    mistakes = [
        f"choose at least one {name}: --{name} NAME, or filters = {{ {name} = [...] }} in"
        f" [flows.{flow.name}]"
        for name in limits.filters
        if not filters.get(name)
    ]
    if len(languages) > 1:
        mistakes.append(
            f"{place} may be told in several languages ({', '.join(languages)}), and"
            f" {flow.sink}.{flow.table} takes one: choose it with"
            f' language = "{languages[0]}" in [systems.{flow.source}]'
        )
    return mistakes


def _pieces(window: Window, limits: Limits | None, zone: tzinfo) -> tuple[Window, ...]:
    """The window in parts that the limits allow, each ending where the next one begins."""
    if limits is None:
        return (window,)
    pieces: list[Window] = []
    since, until = window
    while True:
        first, last = _days((since, until), zone)
        if last <= anniversary(first, limits.years):
            return (*pieces, (since, until))
        middle = _beginning(anniversary(first, limits.years), zone)
        pieces.append((since, middle))
        since = middle
