"""One page of records through a flow: map, compare, write, and record what became of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from crosstie.candidates import Candidate, Mapper
from crosstie.canonical import canonical
from crosstie.config import FlowConfig
from crosstie.errors import NotLinkedError, RecordError
from crosstie.records import Record
from crosstie.state import Aside, Fingerprint, Intent, Lease, LinkKey, Outcome, State
from crosstie.upsert import Upsert

FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(hours=24)
LONGEST_TEXT = 65_536


@attrs.define
class PageWork:
    """The pages of one run of one flow; `counts` grows with them.

    A `sending` is a run over dates: which records it has dealt with is kept until it has ended,
    together with what is counted, so that it goes on there after it was killed; `resumed` tells
    when one that goes on began. With `again` it also sends what has not changed.
    `unread` tells that some record could not be made out, perhaps not even its key: then nobody
    knows which records have vanished.
    """

    run: str
    flow: FlowConfig
    state: State
    lease: Lease
    mapper: Mapper
    now: Callable[[], datetime]
    counts: Counter[str]
    reconciling: bool = False
    sending: bool = False
    resumed: datetime | None = None
    again: bool = False
    unread: bool = False
    marks: dict[str, Fingerprint] = attrs.field(factory=dict)
    asides: dict[str, Aside] = attrs.field(factory=dict)

    def work(self, upsert: Upsert, records: Sequence[Record], finish: Callable[[], None]) -> None:
        """Bring a page of records into the sink, but for those that are deleted.

        `finish` is called inside the transaction that closes the page (to move the cursor).
        """
        latest = {record.key: record for record in records}
        self.marks = self.state.fingerprints(self.flow.name, latest)
        self.asides = {a.key: a for a in self.state.asides(self.flow.name, latest)}
        failed: list[tuple[Record, RecordError]] = []
        changed: list[Candidate] = []
        same = filtered = 0
        for record in latest.values():
            if record.deleted:
                continue
            try:
                if record.error is not None:
                    self.unread = True
                    raise record.error
                if not self.mapper.wants(record):
                    filtered += 1
                    continue
                candidate = self.mapper.candidate(record)
            except RecordError as error:
                failed.append((record, error))
                continue
            mark = self.marks.get(record.key)
            candidate.again = self.again
            if mark is not None and mark.hash == candidate.hash and not self.again:
                same += 1
            else:
                changed.append(candidate)
        if changed:
            upsert.upsert(self.mapper, changed)
        failed += [
            (latest[c.key.key], c.error) for c in changed if c.error and c.outcome == "aside"
        ]
        self._close(latest, failed, Counter(filtered=filtered, unchanged=same), finish)

    def _close(
        self,
        latest: Mapping[str, Record],
        failed: Sequence[tuple[Record, RecordError]],
        left: Counter[str],
        finish: Callable[[], None],
    ) -> None:
        bad = {record.key for record, _ in failed}
        settled = [key for key in self.asides if key not in bad]
        with self.state.transaction(self.lease):
            self.state.set_aside([self._aside(record, error) for record, error in failed])
            self.state.add_outcomes(
                self._outcome(record.key, "aside", None, f"{error.kind}: {error}")
                for record, error in failed
            )
            if settled:
                self.state.settle_asides(self.flow.name, settled)
            finish()
            self.counts.update(left, aside=len(failed), settled=len(settled))
            if not self.sending:
                self.counts["read"] += len(latest)
            self._met(latest)

    def commit(self, candidates: Sequence[Candidate]) -> None:
        """Record rows that were written or are in conflict; called inside the transaction that
        links them."""
        outcomes, prints = [], []
        for row in candidates:
            mine = self._is_mine(row.key)
            outcome = row.outcome or ""
            if row.told_by is not None:
                outcome = f"{outcome}, one row with {row.told_by}, which tells it"
            detail = row.text[:LONGEST_TEXT]
            if row.outcome == "conflict":
                detail = str(row.error)
            if not mine:
                self.counts["embedded"] += row.outcome in {"created", "updated"}
            else:
                prints.append((row.key.key, Fingerprint(row.hash, row.version)))
                mark = self.marks.get(row.key.key)
                if self.reconciling and mark and mark.version == row.version:
                    outcome = f"drift {outcome}"
                    self.counts["drift"] += 1
                self.counts[row.outcome or ""] += 1
            outcomes.append(
                attrs.evolve(
                    self._outcome(row.key.key, outcome, row.id, detail),
                    stream=row.key.stream,
                    table=row.key.table,
                )
            )
        self.state.add_fingerprints(self.flow.name, prints)
        self.state.add_outcomes(outcomes)
        if self.sending:
            self._met([key for key, _ in prints])

    def land(self, intent: Intent, sink_id: str) -> bool:
        """Record that a row was created by this run before it was interrupted; called inside the
        transaction that links it. False where it was none of this intent's doing: the other side
        has said so, or another record made it.

        A row of a table whose rows are looked for may be older, and is still to be dealt with.
        """
        key = intent.link
        if not self.sending or self.mapper.looks or not self._is_mine(key):
            return True
        if self.state.seen(self.run, [key.key]) or self.state.links_to(
            key.sink, key.table, sink_id
        ):
            return False
        if intent.flow == self.lease.name and self.resumed and intent.at >= self.resumed:
            detail = "written before the run was interrupted"
            self.state.add_outcomes([self._outcome(key.key, "created", sink_id, detail)])
            self.counts["created"] += 1
            self._met([key.key])
        return True

    def _met(self, keys: Iterable[str]) -> None:
        """Keep what is counted and, of a sending, that these are dealt with; called inside the
        transaction that records what became of them.

        A sending meets some of them twice: as they are written, and at the end of their page.
        """
        if self.sending:
            met = set(keys)
            self.counts["read"] += len(met - self.state.seen(self.run, met))
            self.state.see(self.run, met)
        self.state.finish_run(self.run, "running", self.counts, None)

    def left(self, records: Sequence[Record]) -> list[Record]:
        """Those of the records that the sending has not dealt with yet."""
        done = self.state.seen(self.run, (record.key for record in records))
        return [record for record in records if record.key not in done]

    def _is_mine(self, key: LinkKey) -> bool:
        return (key.stream, key.table) == (self.mapper.stream, self.mapper.table.name)

    def note(
        self, key: str, outcome: str, sink_id: str | None, detail: str, *, read: bool = False
    ) -> None:
        """Record and count what became of a record that needs no row, one that was `read` or is
        just known to be gone; called inside a transaction."""
        self.state.add_outcomes([self._outcome(key, outcome, sink_id, detail)])
        self.counts[outcome] += 1
        if read and self.sending:
            self._met([key])

    def _outcome(self, key: str, outcome: str, sink_id: str | None, detail: str | None) -> Outcome:
        return Outcome(
            run=self.run,
            flow=self.flow.name,
            source=self.mapper.source,
            stream=self.mapper.stream,
            key=key,
            outcome=outcome,
            table=self.mapper.table.name,
            sink_id=sink_id,
            detail=detail,
            at=self.now(),
        )

    def _aside(self, record: Record, error: RecordError) -> Aside:
        now = self.now()
        before = self.asides.get(record.key)
        attempts = (before.attempts if before else 0) + 1
        pause = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY)
        return Aside(
            flow=self.flow.name,
            key=record.key,
            kind=error.kind,
            reason=str(error),
            record=_readable(record),
            attempts=attempts,
            first_at=before.first_at if before else now,
            last_at=now,
            next_at=now + pause,
            run=self.run,
            waits_for=error.waits_for if isinstance(error, NotLinkedError) else None,
        )


def _readable(record: Record) -> str:
    try:
        return canonical(record.data)[:LONGEST_TEXT]
    except RecordError:
        return repr(record.data)[:LONGEST_TEXT]
