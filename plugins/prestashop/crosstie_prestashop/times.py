"""The shop's clock: local times without a zone, in a zone whose clock may be set back.

In autumn the shop's clock shows one hour twice, and a change made in the second of them looks older
than one made at the end of the first. Whoever reads what changed since a moment therefore starts
from the least time that the shop's clock showed since then.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FORMAT = "%Y-%m-%d %H:%M:%S"
LAST = "9999-12-31 23:59:59"
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


def earliest(moment: datetime, zone: ZoneInfo) -> str:
    """The least local time that the shop shows at this moment or later."""
    local = moment.astimezone(zone)
    return _text(local.replace(tzinfo=None) - _set_back(local))


def span(begin: datetime, end: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """The first and the last local time that may mean a moment from `begin` on and before `end`.

    Where the clock is set within a day of them they lie apart by as much more: for times that it
    shows twice, and for those that it leaves out and that an import wrote nevertheless.
    """
    first = begin.astimezone(UTC) + min(_offsets(begin, zone))
    last = end.astimezone(UTC) + max(_offsets(end, zone)) - INSTANT
    return _text(first), _text(last)


def at(unix: int) -> datetime:
    """Unix seconds as a moment."""
    return datetime.fromtimestamp(unix, UTC)


def local_text(unix: int, zone: ZoneInfo) -> str:
    """The shop's local time at these Unix seconds."""
    return _text(at(unix).astimezone(zone))


def next_second(text: str) -> str:
    """The local time one second later."""
    return _text(datetime.strptime(text, FORMAT) + SECOND)  # noqa: DTZ007 (it has no zone)


def is_set_about(unix: int, zone: ZoneInfo) -> bool:
    """Whether the shop's clock is set forward or back within two days of this moment."""
    days = (at(unix + day * 86400).astimezone(zone).utcoffset() for day in (-2, -1, 0, 1, 2))
    return len(set(days)) > 1


def _set_back(local: datetime) -> timedelta:
    """By how much the clock is set back, when it shows this time twice; else nothing."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return max((first or timedelta()) - (second or timedelta()), timedelta())


def _offsets(moment: datetime, zone: ZoneInfo) -> list[timedelta]:
    """How far local times are from UTC the day before this moment, at it and the day after."""
    about = [moment.astimezone(UTC) + timedelta(days=day) for day in (-1, 0, 1)]
    return [one.astimezone(zone).utcoffset() or timedelta() for one in about]


def _text(local: datetime) -> str:
    return local.strftime(FORMAT)
