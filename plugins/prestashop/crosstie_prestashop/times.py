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


def earliest(moment: datetime, zone: ZoneInfo) -> str:
    """The least local time that the shop shows at this moment or later."""
    local = moment.astimezone(zone)
    return _text(local.replace(tzinfo=None) - _set_back(local))


def latest(moment: datetime, zone: ZoneInfo) -> str:
    """The greatest local time that the shop may have shown at this moment or earlier."""
    local = moment.astimezone(zone)
    return _text(local.replace(tzinfo=None) + _set_back(local))


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


def _text(local: datetime) -> str:
    return local.strftime(FORMAT)
