"""Promises about clocks: those of the system, which are set forward and back, and go wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from crosstie.records import Record
from crosstie.testing.source.origin import Origin, SourceCase
from crosstie.testing.source.told import Told

YEAR = 2026
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=20)
WRONG = timedelta(seconds=90)
BACK = (
    "the local time goes back by an hour and looks older than the cursor: is the system asked in "
    "local time? Begin an hour earlier there, or ask in UTC"
)
OWN_CLOCK = (
    "the present time of our own machine in the cursor or as an upper bound: take the system's "
    "own time, from its records or the Date of its answers"
)


class TimePromises(SourceCase):
    """Whatever the clocks show, what changed is told."""

    def test_the_repeated_hour_loses_nothing(self, origin_of: Callable[..., Origin]) -> None:
        """One night in autumn, the hour from two to three comes twice, and so do its local times.

        A change in the second of these hours bears an older time than one at the end of the first.
        Reads are made, and end, before, within and after both; what is added in between is told.
        Usually broken by a cursor of the greatest local time, which hides what happens within an
        hour after it. `zone` is the zone of the sandbox's local times.
        """
        self._read_through(origin_of, back=True, cause=BACK)

    def test_the_skipped_hour_loses_nothing(self, origin_of: Callable[..., Origin]) -> None:
        """One night in spring, there is no hour from two to three.

        Usually broken by an overlap that is subtracted from a local time, and by a local time that
        does not exist and is refused, or moved, by the system.
        """
        cause = "a local time that does not exist: calculate in UTC, and turn the result into local"
        self._read_through(origin_of, back=False, cause=cause)

    def _read_through(self, origin_of: Callable[..., Origin], *, back: bool, cause: str) -> None:
        moment = _set_about(ZoneInfo(self.zone), back=back)
        if moment is None:
            pytest.skip(f"the clocks of {self.zone} are not set about in {YEAR}")
        origin = origin_of(moment - HOUR - STEP)
        known, told = list[Record](), Told(())
        while origin.now < moment + 2 * HOUR:
            _ = origin.add(), origin.add()
            told = origin.read(told.end)
            known += told.records
            origin.wait(seconds=STEP.total_seconds())
            if missed := origin.missed(known, origin.read(told.end).records):
                self.broken(
                    f"the clocks of {self.zone} are set about at {moment:%Y-%m-%d %H:%MZ}; "
                    f"{origin.shown(missed)} were not told up to {origin.now:%H:%MZ}",
                    cause,
                )
        if missed := origin.missed(origin.read().records):
            self.broken(f"a full read afterwards did not tell {origin.shown(missed)}", cause)

    @pytest.mark.parametrize("ahead", [WRONG, -WRONG], ids=["ahead", "behind"])
    def test_a_system_whose_clock_is_wrong_loses_nothing(
        self, origin_of: Callable[..., Origin], ahead: timedelta
    ) -> None:
        """The clocks of two machines never agree; here the system's is a minute and a half off.

        Usually broken by our own time in the cursor: what happens within the next minute and a half
        in a system that is behind has a time before it. And by our own time as an upper bound,
        which hides what a system that is ahead has just written.
        """
        origin = origin_of(ahead=ahead)
        known, told = list[Record](), Told(())
        for _ in range(6):
            origin.add()
            told = origin.read(told.end)
            known += told.records
            origin.wait(seconds=20)
        origin.wait(minutes=10)
        told = origin.read(told.end)
        if missed := origin.missed(known, told.records):
            place = "ahead" if ahead > timedelta(0) else "behind"
            self.broken(
                f"the system's clock is {abs(ahead).total_seconds():g} s {place}; read every 20 s, "
                f"{origin.shown(missed)} were never told",
                OWN_CLOCK,
            )


def _set_about(zone: ZoneInfo, *, back: bool) -> datetime | None:
    """When the zone's clocks are set back (or forward) in the year of the tests."""
    start = datetime(YEAR, 1, 1, tzinfo=UTC)
    hours = [(start + HOUR * number).astimezone(zone) for number in range(365 * 24)]
    for before, after in pairwise(hours):
        shown = after.replace(tzinfo=None) - before.replace(tzinfo=None)
        if (shown < HOUR) if back else (shown > HOUR):
            return after.astimezone(UTC)
    return None
