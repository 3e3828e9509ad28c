"""Promises about single records: re-read, listed, deleted, compared."""

import pytest

from crosstie.abilities import Gets, ListsKeys, Snapshots
from crosstie.options import RunReport
from crosstie.records import Selection
from crosstie.testing.source.origin import Origin, SourceCase
from crosstie.testing.source.told import listed

FLOW = "kit"


class RecordPromises(SourceCase):
    """What is asked for by key, and what is gone."""

    def test_single_records_are_reread_as_they_are(self, origin: Origin) -> None:
        """A record that was set aside is re-read before it is tried again, so that old data never
        overwrites new; keys that a full read missed are looked at once more before they are gone.

        All that are there come as a read tells them, however many are asked for; one that is gone
        is left out, and none that was not asked for comes.
        Usually broken by a list of ids that is longer than a page (or an address) may be, by a
        "not found" that is raised, and by fields that only the list has.
        """
        keys = origin.fill()
        gone = self._removed(origin)
        with origin.stream() as stream:
            if not isinstance(stream, Gets):
                pytest.skip("the stream cannot re-read single records")
            told = origin.told(stream, Selection()).latest
            got = {record.key: record for record in stream.get([*keys, *gone], frozenset())}
            one = list(stream.get(keys[:1], frozenset()))
        if lost := [key for key in keys if key not in got]:
            self.broken(
                f"{len(keys)} records were asked for, and {listed(lost)} did not come",
                "more keys than a page: ask in portions",
            )
        if ghosts := [key for key in gone if key in got and not got[key].deleted]:
            self.broken(
                f"{listed(ghosts)} was deleted, and get() tells {got[ghosts[0]]}",
                "a record that is gone has to be left out: is it made of an empty answer, or of "
                "what is remembered?",
            )
        if strangers := {record.key for record in one} - set(keys[:1]):
            self.broken(
                f"get([{keys[0]!r}]) told {listed(sorted(strangers))} too",
                "a filter that the system ignores in silence: compare what comes with what was "
                "asked for",
            )
        for key in keys:
            if got[key] != told[key]:
                self.broken(
                    f"{key} is {got[key]} when asked for, and {told[key]} when read",
                    "two ways of making a record: use one function for both",
                )

    def _removed(self, origin: Origin) -> list[str]:
        """A key of a record that is gone, where the system deletes records."""
        key = origin.add()
        if self.remove(origin.bench.sandbox, key, origin.now) is NotImplemented:
            return []
        del origin.held[key]
        return [key]

    def test_all_keys_are_listed(self, origin: Origin) -> None:
        """The list of keys tells what is gone at the source, and how far a full read is.

        It has exactly the keys that a full read tells.
        Usually broken by a list that ends after its first page, and by keys that are written in
        another way there.
        """
        origin.fill()
        self._removed(origin)
        with origin.stream() as stream:
            if not isinstance(stream, ListsKeys):
                pytest.skip("the stream cannot list its keys")
            told = origin.told(stream, Selection()).latest
            keys = list(stream.keys())
        there = {key for key, record in told.items() if not record.deleted}
        if set(keys) != there:
            self.broken(
                f"listed and not read: {listed(sorted(set(keys) - there)) or 'none'}; "
                f"read and not listed: {listed(sorted(there - set(keys))) or 'none'}",
                "the pages of the list of keys, and how a key is written",
            )

    def test_deletions_are_carried(self, origin: Origin) -> None:
        """A record that is deleted at the source can be deleted, or marked, in the sink.

        Where the feed tells deletions, or the stream is `whole`, the next run knows; elsewhere
        the next reconciling run finds the record missing.
        Usually broken by a deleted record that is told as an ordinary one, because the system only
        marks it, and by `get` or `keys` that still know it.
        """
        keys = origin.fill()
        origin.bench.flow(FLOW, f"system.{self.stream}", "shelf.rows", on_delete="delete")
        self._run(origin)
        shelf = origin.bench.shelf.rows
        if lost := [key for key in keys if key not in shelf]:
            self.broken(f"{listed(lost)} never came to the sink", "keys, or records that are lost")
        origin.wait(hours=1)
        origin.remove(keys[1])
        self._run(origin)
        with origin.stream() as stream:
            whole = isinstance(stream, Snapshots) and stream.whole
        if keys[1] in shelf and not whole:
            self._run(origin, reconcile=True)
        if keys[1] in shelf:
            self.broken(
                f"{keys[1]} was deleted at the source, and after "
                f"{'the next run' if whole else 'a reconciling run'} its row is still there",
                "a deleted record that is told, re-read or listed as if it were there: set "
                "`deleted` on it, or leave it out",
            )
        if lost := [key for key in origin.held if key not in shelf]:
            self.broken(
                f"{keys[1]} was deleted at the source, and {listed(lost)} went with it",
                "a read that tells less than there is, without an error",
            )

    def test_a_stream_without_a_feed_tells_everything_each_time(self, origin: Origin) -> None:
        """Where a stream says ``whole = True``, what it does not tell is gone, and is deleted.

        So every read tells every record, also one that goes on from an earlier checkpoint.
        Usually broken by `whole` on a stream that has a change feed after all, and by an error
        within a page that is passed over: all the rest would be deleted.
        """
        origin.fill()
        origin.wait(days=1)
        with origin.stream() as stream:
            if not (isinstance(stream, Snapshots) and stream.whole):
                pytest.skip("the stream has a change feed")
            end = origin.told(stream, Selection()).end
        origin.add()
        if missed := origin.missed(origin.read(end).records):
            self.broken(
                f"the stream says that it is whole, and from {end!r} it did not tell "
                f"{origin.shown(missed)}",
                "`whole` on a stream that reads only what changed: leave one of the two out",
            )

    def test_what_did_not_change_is_not_written_again(self, origin: Origin) -> None:
        """A second run, where nothing changed, writes nothing; one change is one write.

        That holds for a stream without a change feed too, whose every read tells all there is.
        Usually broken by data that differs from read to read.
        """
        keys = origin.fill()
        origin.bench.flow(FLOW, f"system.{self.stream}", "shelf.rows")
        self._run(origin)
        before = origin.bench.shelf.writes
        origin.wait(hours=1)
        self._run(origin, full=True)
        if again := origin.bench.shelf.writes - before:
            self.broken(
                f"nothing had changed, and {again} rows were written again",
                "the present time, or an order that varies, in the data",
            )
        origin.change(keys[0])
        self._run(origin)
        if (written := origin.bench.shelf.writes - before) != 1:
            self.broken(
                f"one record had changed, and {written} rows were written",
                "data that differs from read to read, or a change that is not told",
            )

    def _run(self, origin: Origin, **options: bool) -> RunReport:
        report = origin.bench.run(FLOW, **options)[FLOW]
        if report.exit_code:
            self.broken(
                f"the run ended {report.status}: {report.error or dict(report.counts)}",
                "what the error says; nothing had failed at the source",
            )
        return report
