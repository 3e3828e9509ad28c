"""Times in whole seconds, as Pelican tells them."""

from datetime import UTC, datetime, tzinfo

from crosstie_pelican.sandbox.refusals import wrong


def whole(moment: datetime) -> datetime:
    """The second that a moment lies in, in UTC."""
    return moment.astimezone(UTC).replace(microsecond=0)


def in_utc(moment: datetime) -> str:
    """As most of Pelican tells a time: with ``Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def in_zone(moment: datetime, zone: tzinfo) -> str:
    """As lists of contacts tell it: with the offset of the account's zone."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def moment_of(text: object, field: str) -> datetime:
    """A time as it was sent; one without a zone is refused."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise wrong("invalid_value", f"{text!r} is no time", field) from None
    if moment.tzinfo is None:
        raise wrong("invalid_value", f"the time {text!r} has no zone", field)
    return whole(moment)
