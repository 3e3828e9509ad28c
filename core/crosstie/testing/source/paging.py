"""Promises about pages: their size does not matter, and the list may move while it is read."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from crosstie.errors import CrosstieError
from crosstie.records import Checkpoint, Record, Selection
from crosstie.testing.source.origin import Origin, SourceCase, reading
from crosstie.testing.source.told import Told, listed

MOVING = (
    "the records not told followed the first page: is a list that moves while it is read asked "
    "for by offset or page number? Ask for what comes after the last time and id"
)
CHANGED = (
    "a record that changes while it is read has to come in the same read or in the next: does the "
    "next one begin where this one began, or only where it ended?"
)
A_MOMENT = 0.03


class PagingPromises(SourceCase):
    """Pages are the connector's own business: nothing is lost between them."""

    def test_no_page_size_loses_a_record(self, origin: Origin) -> None:
        """Users set the page size, and systems have limits of their own.

        With pages of 1, 2, one less than there are, as many as there are, and one more, the same
        records are told, in a full read and in one of changes.
        Usually broken by taking a page that is exactly full for the last one (or the other way
        round), by a first or last record that two pages share, and by counting pages from 0.
        """
        if self.page is None:
            self._read_around_the_page_size(origin)
            return
        known, since = list[Record](), None
        for _ in range(2):
            for _ in range(2):
                origin.wait(minutes=10)
                _ = origin.add(), origin.add()
            size = len(origin.held)
            for page in (1, 2, size - 1, size, size + 1):
                told = origin.read(since, page=page)
                self._all_told(origin, told, known, page)
            known, since = told.records, told.end

    def _read_around_the_page_size(self, origin: Origin) -> None:
        while len(origin.held) <= self.page_size:
            origin.add()
            if len(origin.held) >= self.page_size - 1:
                self._all_told(origin, origin.read(), [], self.page_size)

    def _all_told(self, origin: Origin, told: Told, known: list[Record], page: int) -> None:
        if missed := origin.missed(known, told.records):
            self.broken(
                f"of {len(origin.held)} records, read in pages of {page}, "
                f"{origin.shown(missed)} were not told",
                "how the last page is recognised, and where the next one begins",
            )

    def test_reading_is_lazy_and_stops_when_closed(self, origin: Origin) -> None:
        """A shop of any size is read in flat memory, and a run that is stopped asks no further.

        The first record costs fewer requests than all of them, and after the iterator is closed
        no request is sent.
        Usually broken by a list that is filled before its first record is yielded, and by a
        thread that goes on reading.
        """
        origin.add()
        page = 1 if self.page else self.page_size
        _, few = origin.read(page=page), self._cost(origin, page)
        while len(origin.held) < max(self.count, 2 * page + 1):
            origin.add()
        everything = self._cost(origin, page)
        if everything == few:
            pytest.skip("all records are told by one and the same request")
        with origin.stream(page) as stream:
            before = origin.requests
            with closing(reading(stream, Selection())) as things:
                next(thing for thing in things if not isinstance(thing, Checkpoint))
                first = origin.requests - before
            closed = origin.requests
            time.sleep(A_MOMENT)
            later = origin.requests - closed
        if first >= everything:
            self.broken(
                f"the first of {len(origin.held)} records cost {first} requests, all of them "
                f"{everything}",
                "a list of all records, or of all pages, that is made before the first yield",
            )
        if later:
            self.broken(
                f"{later} requests came after the iterator was closed",
                "a thread that reads ahead and is not told to stop: use crosstie.ahead",
            )

    def _cost(self, origin: Origin, page: int) -> int:
        """How many requests a complete read takes."""
        before = origin.requests
        origin.read(page=page)
        return origin.requests - before

    def test_a_record_changed_while_it_is_paged_over_is_not_lost(self, origin: Origin) -> None:
        """A full read takes minutes, and the shop stays open.

        A record that is changed before its page was read, and one that is changed afterwards, are
        told as they are in the end, by this read or by the one that goes on from its end.
        Usually broken by a cursor of the moment at which the read ended instead of the one at
        which it began.
        """

        def change(told: list[Record]) -> None:
            origin.wait(hours=1)
            origin.change(told[0].key)
            origin.change(list(origin.held)[-1])
            origin.wait(hours=1)

        self._disturbed_anywhere(origin, change, CHANGED)

    def test_a_list_that_moves_while_it_is_paged_over_loses_none(self, origin: Origin) -> None:
        """Records are changed and deleted while they are read, and the others move up.

        A record that is changed moves to the end of a list by time of change, and one that is
        deleted leaves a gap: every other record is one place nearer than it was.
        Usually broken by pages that are asked for by offset or by number: the first record of the
        next page is then the last one of this page, and nobody has told it.
        """

        def move(told: list[Record]) -> None:
            origin.wait(hours=1)
            origin.change(told[0].key)

        self._disturbed_anywhere(origin, move, MOVING)

    def test_a_deletion_while_paging_loses_no_other(self, origin: Origin) -> None:
        """The same as for a record that moves: one that is deleted makes the others move up.

        Usually broken by pages that are asked for by offset or by number.
        """

        def delete(told: list[Record]) -> None:
            origin.wait(hours=1)
            origin.remove(told[0].key)

        self._disturbed_anywhere(origin, delete, MOVING)

    def _disturbed_anywhere(
        self, origin: Origin, deed: Callable[[list[Record]], object], cause: str
    ) -> None:
        """Read all, and then what changed, each time with this happening after the first page."""
        known, since = list[Record](), None
        for _ in range(2):
            origin.fill()
            origin.wait(days=1)  # longer ago than any overlap would hide
            told = self._disturbed(origin, since, deed)
            rest = origin.read(told.end)
            known += [*told.records, *rest.records]
            if missed := origin.missed(known):
                kind = "a read of changes" if since else "a full read"
                self.broken(
                    f"in {kind}, with something happening after its first page, "
                    f"{origin.shown(missed)} were not told, neither by the read after it",
                    cause,
                )
            since = rest.end

    def _disturbed(
        self, origin: Origin, since: str | None, deed: Callable[[list[Record]], object]
    ) -> Told:
        done = False

        def meanwhile(told: list[Record]) -> None:
            nonlocal done
            own = [record for record in told if record.key in origin.held]
            if not done and len(own) == origin.portion:
                done = True
                deed(own)

        with origin.stream() as stream:
            return origin.told(stream, Selection(since=since), meanwhile)

    def test_a_window_has_its_beginning_and_not_its_end(self, origin: Origin) -> None:
        """``--since`` and ``--until`` select records; months side by side are all of the year.

        A record of the window's first moment is in it, one of its last moment is in the next.
        A stream that cannot select by time raises a `ConfigError` for a window, or tells all.
        Usually broken by an end that is included, by seconds that are cut off, and by a window
        that is sent in UTC to a system that thinks in local time.
        """
        start = origin.now.replace(minute=0, second=0)
        end, second = start + timedelta(hours=1), timedelta(seconds=1)
        origin.wait(hours=2)
        before = origin.add(at=start - second)
        within = [origin.add(at=at) for at in (start, start + 30 * second, end - second)]
        after = origin.add(at=end)
        with origin.stream() as stream:
            try:
                told = origin.told(stream, Selection(window=(start, end))).keys
            except CrosstieError as error:
                pytest.skip(f"the stream has no window: {error}")
        if set(origin.held) <= set(told):
            pytest.skip("the stream has no window: it tells all")
        if wrong := {before, after, *within} & (set(within) ^ set(told)):
            self.broken(
                f"of the window from {start} until {end}, these were left out or told wrongly: "
                f"{origin.shown(sorted(wrong))}; told was {listed(told)}",
                "from is included and until is not; both are aware times",
            )
