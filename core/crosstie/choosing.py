"""What a run selects: a range of dates, filters, and the limits that the table sets to both.

Dates are days of the source's time zone (this machine's, where it does not tell one), the last one
included; times are exact, the end excluded.
A range longer than the table allows is refused, or sent in pieces that it allows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import attrs

from crosstie.abilities import Limited, Limits, Speaks, Zoned
from crosstie.canonical import canonical
from crosstie.config import FlowConfig
from crosstie.connectors import Live, Table
from crosstie.errors import ConfigError, FlowError
from crosstie.options import Moment, RunOptions
from crosstie.pools import Pools
from crosstie.state import RunRow

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
YEARS = range(1900, 9000)
"""Years whose dates can be reckoned with in any zone, and years later."""

Window = tuple[datetime, datetime]


@attrs.frozen
class Choice:
    """What one run reads: everything or changes without `windows`, else these, one after another.

    `limited` tells that the table sets limits, so that somebody has to choose; days are days of
    the `zone`, None for this machine's.
    """

    windows: tuple[Window, ...]
    filters: Mapping[str, tuple[str, ...]]
    limited: bool
    zone: tzinfo | None

    def text(self, options: RunOptions) -> str:
        """The selection of a run over dates, the same each time it is asked for; else empty."""
        if not self.windows:
            return ""
        since, until = (
            moment.astimezone(self.zone).isoformat()
            for moment in (self.windows[0][0], self.windows[-1][1])
        )
        filters = {name: sorted(set(values)) for name, values in self.filters.items()}
        asked = {"since": since, "until": until if options.until else None, "filters": filters}
        return canonical(asked if options.limit is None else {**asked, "limit": options.limit})


EVERYTHING = Choice((), {}, limited=False, zone=UTC)
Agree = Callable[[FlowConfig, Choice], bool]
"""Whether what is about to be sent shall be sent."""

Unfinished = Callable[[str], RunRow | None]


def filters_of(flow: FlowConfig, options: RunOptions) -> Mapping[str, tuple[str, ...]]:
    """The filters of a run: the flow's own, or instead of one of them what was asked for."""
    return {**flow.filters, **options.filters}


def choose(
    pools: Pools,
    flow: FlowConfig,
    table: Table,
    options: RunOptions,
    unfinished: Unfinished = lambda _: None,
) -> Choice:
    """What a run with these options reads; raises `ConfigError` with all that is refused.

    `unfinished` tells the unfinished run of a selection: what it could choose when it began, it
    still can.
    """
    filters = filters_of(flow, options)
    limits = table.limits if isinstance(table, Limited) and options.retry is None else None
    ranged = options.since is not None or options.until is not None
    if limits is None and not ranged:
        return attrs.evolve(EVERYTHING, filters=filters)
    now = pools.project.clock.now()
    zone, languages = pools.reader(flow.source).call(_asked(limits)).result()
    window, mistakes = _range(options, zone, now) if ranged else (None, [])
    windows = _pieces(window, limits, zone) if window else ()
    choice = Choice(windows, filters, limits is not None, zone)
    if limits is not None:
        if not mistakes:
            begun = unfinished(choice.text(options))
            today = (begun.started if begun else now).astimezone(zone).date()
            chosen = window if options.since is not None else None
            mistakes = _beyond(limits, flow, chosen, today, zone)
        mistakes += _unchosen(limits, flow, filters, languages)
    if mistakes:
        raise ConfigError([f"{flow.name}: {mistake}" for mistake in mistakes])
    return choice


def check_once(flow: FlowConfig, done: datetime | None) -> None:
    """Raise `FlowError` where everything was written (`done`), and that was to be once only."""
    if flow.once_only and done is not None:
        raise FlowError(
            f"{flow.name} was written in full on {done:%Y-%m-%d %H:%M} UTC, and"
            " once_only = true lets it run no second time: take that out of the config to"
            " run it again, nothing will be there twice"
        )


Asked = Callable[[Live], tuple[tzinfo | None, Sequence[str]]]


def _asked(limits: Limits | None) -> Asked:
    def ask(live: Live) -> tuple[tzinfo | None, Sequence[str]]:
        zone = live.time_zone() if isinstance(live, Zoned) else None
        wants = limits is not None and limits.one_language
        return zone, live.languages() if wants and isinstance(live, Speaks) else ()

    return ask


def _range(
    options: RunOptions, zone: tzinfo | None, now: datetime
) -> tuple[Window | None, list[str]]:
    """From when until when, or what is wrong with that."""
    since, until = options.since, options.until
    wrong = [day for day in (since, until) if day is not None and day.year not in YEARS]
    if wrong:
        return None, [f"{day} is in no year from {YEARS[0]} to {YEARS[-1]}" for day in wrong]
    begin = BEGINNING if since is None else _beginning(since, zone)
    end = now
    if until is not None:
        last = isinstance(until, datetime)
        end = _beginning(until if last else until + timedelta(days=1), zone)
    if begin < end:
        return (begin, end), []
    told = [_told(moment or default, zone) for moment, default in ((until, end), (since, begin))]
    return None, ["the range ends ({}) before it begins ({})".format(*told)]


def _beginning(moment: Moment, zone: tzinfo | None) -> datetime:
    """A time as it is, and of a day its first moment, in the source's zone.

    In UTC, because Python compares two times of one zone by their clocks alone.
    """
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.combine(moment, time(), zone).astimezone(UTC)


def _told(moment: Moment, zone: tzinfo | None) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
    return str(moment)


def _days(window: Window, zone: tzinfo | None) -> tuple[date, date]:
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
    limits: Limits,
    flow: FlowConfig,
    window: Window | None,
    today: date,
    zone: tzinfo | None,
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


def _pieces(window: Window, limits: Limits | None, zone: tzinfo | None) -> tuple[Window, ...]:
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
