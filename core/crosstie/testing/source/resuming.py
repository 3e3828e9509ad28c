"""Promises about checkpoints: wherever reading goes on, nothing is missed."""

from datetime import timedelta

import pytest

from crosstie.abilities import Snapshots
from crosstie.records import Record, Selection
from crosstie.testing.source.origin import Origin, SourceCase
from crosstie.testing.source.told import Told, listed

TIES = (
    "the records not told share the change time of the last one before the checkpoint: is the feed "
    "asked for later than (>) instead of from (>=), or by time and id?"
)
EARLY = "the records not told come right after the checkpoint: is it yielded before its records?"
PLACE = "a cursor that does not hold the whole place, or that is not read back as it was written"
QUIET_READS = 4


class ResumingPromises(SourceCase):
    """A run may be killed anywhere and go on, and the next one reads only what changed."""

    def test_resuming_after_any_checkpoint_misses_nothing(self, origin: Origin) -> None:
        """A run that is killed goes on from the last checkpoint; nobody looks at what is before.

        So everything before a checkpoint has been yielded, and everything else comes after it,
        also when several records, more than fit on a page, were changed in the same second.
        Tried for all there is and for what changed since an earlier read.
        Usually broken by asking for what is later than the last time seen, which skips the rest of
        that second, and by a checkpoint that is yielded before its records.
        """
        origin.fill()
        known = self._resume_anywhere(origin, None, [])
        origin.wait(hours=1)
        origin.fill()
        self._resume_anywhere(origin, known.end, known.records)

    def _resume_anywhere(self, origin: Origin, since: str | None, known: list[Record]) -> Told:
        told = origin.read(since)
        if missed := origin.missed(known, told.records):
            self.broken(
                f"already without a stop, {origin.shown(missed)} were not told",
                TIES if self._tied(origin, missed, told.records) else PLACE,
            )
        with origin.stream() as stream:
            for cursor, before, after in told.places():
                rest = origin.told(stream, Selection(since=cursor))
                if missed := origin.missed(known, before, rest.records):
                    self.broken(
                        f"after the checkpoint {cursor!r} ({len(before)} records had been told), "
                        f"{origin.shown(missed)} were not told",
                        self._why(origin, missed, before, after),
                    )
        return told

    def _why(
        self, origin: Origin, missed: list[str], before: list[Record], after: list[Record]
    ) -> str:
        if self._tied(origin, missed, before[-1:]):
            return TIES
        return EARLY if {record.key for record in after}.intersection(missed) else PLACE

    def _tied(self, origin: Origin, missed: list[str], told: list[Record]) -> bool:
        """Whether one that was missed was changed in the same second as one of these."""
        times = {origin.held[record.key].at for record in told if record.key in origin.held}
        return any(origin.held[key].at in times for key in missed)

    def test_what_happens_in_the_second_of_the_last_record_is_seen(self, origin: Origin) -> None:
        """Time stamps are in whole seconds, and a read may end in the middle of one.

        What is added or changed later in the same second as the last record that was told has a
        time that is not later than the cursor, and perhaps a smaller id.
        Usually broken by a cursor of the greatest time seen that is asked for with >, or with an
        id beside it: the next read has to begin with that second, or before it.
        """
        earlier, _ = origin.add(), origin.add()
        told = origin.read()
        added = origin.add()
        self._is_seen(origin, told, added, "added")
        told = origin.read(told.end)
        origin.change(earlier)
        self._is_seen(origin, told, earlier, "changed")

    def _is_seen(self, origin: Origin, told: Told, key: str, deed: str) -> None:
        rest = origin.read(told.end)
        if key not in rest.keys or key in origin.missed(rest.records):
            self.broken(
                f"{key} was {deed} after the read in the second of the last record told, and the "
                f"next read from {told.end!r} told {listed(rest.keys) or 'nothing'}",
                TIES,
            )

    def test_an_empty_system_is_read_and_resumed(self, origin: Origin) -> None:
        """Every system is empty once, and the first record after that must not be overlooked.

        Usually broken by a last page that is empty: no checkpoint is told then, or one without a
        time in it.
        """
        end = origin.read().end
        origin.wait(minutes=10)
        origin.fill()
        if missed := origin.missed(origin.read(end).records):
            self.broken(
                f"the system was empty at {end!r}; then {origin.shown(missed)} were put there, "
                "and not told",
                "the cursor of a read that found nothing",
            )

    def test_a_quiet_system_stays_quiet(self, origin: Origin) -> None:
        """Reading on where nothing happened costs little, for years: flows run every few minutes.

        A record may come twice, but neither the records nor the cursor may grow from read to read.
        Usually broken by an overlap that is subtracted from the cursor of the last read instead of
        from the moment at which it began, so that each read begins earlier, and by a list of
        records seen that is never emptied.
        """
        for power in range(12, -1, -1):
            origin.add(at=origin.now - timedelta(seconds=2**power))
        told, counts, lengths = origin.read(), list[int](), list[int]()
        for _ in range(QUIET_READS):
            origin.wait(hours=1)
            told = origin.read(told.end)
            counts.append(len(told.records))
            lengths.append(len(told.end or ""))
        if counts[-1] > counts[0]:
            self.broken(
                f"nothing happened, and one read after the other told {counts} records",
                "a cursor that goes back a little with each read",
            )
        if sorted(set(lengths)) == lengths:
            self.broken(
                f"nothing happened, and the cursor became longer with each read: {lengths}",
                "a list in the cursor to which each read adds",
            )

    def test_resuming_tells_what_changed_and_not_everything(self, origin: Origin) -> None:
        """A shop of a hundred thousand orders is read in full once, not every half hour.

        A system without a change feed is another matter: its stream says ``whole = True``, and the
        core compares each read with the last one, so that vanished records are noticed too.
        Usually broken by a parameter that the system ignores in silence, and by a stream that
        never looks at `Selection.since`.
        """
        with origin.stream() as stream:
            if isinstance(stream, Snapshots) and stream.whole:
                pytest.skip("every read tells all there is")
        old = origin.fill()
        origin.wait(days=7)
        told = origin.read(origin.read().end)
        origin.wait(days=1)
        added = origin.add()
        rest = origin.read(told.end)
        if added not in rest.keys:
            self.broken(f"{added} was added after {told.end!r}, and not told", PLACE)
        if set(old) <= set(rest.keys):
            self.broken(
                f"one record is new, and all {len(old)} that were read a week after their last "
                f"change came again after {told.end!r}",
                "Selection.since, which the stream or the system ignores; a stream without a "
                "change feed has to say `whole = True` (see crosstie.Snapshots)",
            )

    def test_a_cursor_is_text_that_a_new_connection_understands(self, origin: Origin) -> None:
        """The core keeps the cursor in the state, and another process reads on with it, next year.

        Usually broken by a cursor that is a number or a time, and by one that only points into
        what the connection remembers, such as a server-side scroll or a temporary file.
        """
        origin.fill()
        with origin.stream() as stream:
            told = origin.told(stream, Selection())
        for cursor, before, _ in told.places():
            if type(cursor) is not str or not cursor:
                self.broken(
                    f"the cursor {cursor!r} is a {type(cursor).__name__}",
                    "write the place as text, and read it back where `since` is used",
                )
            if missed := origin.missed(before, origin.read(cursor).records):
                self.broken(
                    f"a new connection that went on from {cursor!r} did not tell "
                    f"{origin.shown(missed)}",
                    "a cursor that only the connection understands that wrote it",
                )
