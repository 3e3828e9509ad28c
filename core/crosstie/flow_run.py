"""One run of one flow: recover, retry what was set aside, read, write, reconcile."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import attrs

from crosstie.candidates import Mapper
from crosstie.canonical import canonical
from crosstie.choosing import EVERYTHING, Agree, Choice, Window, check_once, choose, filters_of
from crosstie.config import FlowConfig
from crosstie.errors import ConfigError, CrosstieError, FlowError, LeaseError, UnavailableError
from crosstie.options import COUNTS, Progress, RunOptions, RunReport
from crosstie.pages import PageWork
from crosstie.pools import Pools
from crosstie.reading import Source
from crosstie.records import Record, Selection
from crosstie.recovery import recover
from crosstie.sending import InterruptedRunError, Sending
from crosstie.settings import settle_of
from crosstie.sinks import Sink, chunks
from crosstie.state import Lease, RunRow, State, new_id
from crosstie.upsert import Upsert
from crosstie.vanished import Vanished

REREAD = 100


@attrs.define
class FlowRun:
    """Runs a flow once, under a lease that the caller holds."""

    pools: Pools
    state: State
    flow: FlowConfig
    options: RunOptions
    lease: Lease
    sink: Sink
    tell: Callable[[Progress], None]
    agree: Agree = lambda _flow, _choice: True
    counts: Counter[str] = attrs.field(factory=Counter)
    work: PageWork = attrs.field(init=False)
    sending: Sending = attrs.field(init=False)
    choice: Choice = EVERYTHING
    mode: str = "changes"
    total: int | None = None
    snapshot: bool = False
    passing: bool = False
    resumed: datetime | None = None

    def execute(self) -> RunReport:
        """Run; every `CrosstieError` ends up in the report, nothing else is caught."""
        self.mode = self._mode()
        began = time.monotonic()
        self.counts.update(dict.fromkeys(COUNTS, 0))
        failure: CrosstieError | None = None
        try:
            table = self.sink.table(self.flow.table)
            self.choice = choose(self.pools, self.flow, table, self.options, self._unfinished)
        except ConfigError as error:
            return self._report("", "refused", str(error), began)
        except CrosstieError as error:
            failure = error
        if failure is None and not self.agree(self.flow, self.choice):
            return self._report("", "declined", None, began)
        began = time.monotonic()
        run = self._begin()
        status, told = "interrupted", None
        try:
            if failure is not None:
                raise failure
            if self.mode != "retry":
                check_once(self.flow, self.state.times(self.flow.name).reconciled)
            self._prepare(run)
            self._all()
            status = "completed"
        except InterruptedRunError:
            told = "asked to stop; the next run goes on from here"
        except CrosstieError as error:
            status, told = "stopped", str(error)
            self.passing = isinstance(error, UnavailableError)
        finally:
            told = told and self.pools.project.redact(told)
            with suppress(LeaseError), self.state.transaction(self.lease):  # else it is another's
                self.state.finish_run(run, status, self.counts, told)
                if status == "completed" or self.options.limit is not None:
                    self.state.end_pass(run)
        return self._report(run, status, told, began)

    def _report(self, run: str, status: str, error: str | None, began: float) -> RunReport:
        return RunReport(
            run=run,
            flow=self.flow.name,
            mode=self.mode,
            status=status,
            counts=dict(self.counts) if run else {},
            error=error and self.pools.project.redact(error),
            seconds=time.monotonic() - began,
            passing=self.passing,
        )

    def _begin(self) -> str:
        """Note that a run begins, or that an unfinished sending of the same selection goes on."""
        state, now, token = self.state, self.pools.project.clock.now(), self.lease.token
        asked = self.choice.text(self.options)
        unfinished = self._unfinished(asked)
        if unfinished is not None and self.options.limit is None:
            run, self.resumed = unfinished.id, unfinished.started
            state.resume_run(run, token)
            self.counts.update(unfinished.counts)
        else:
            run = new_id(now)
            state.start_run(run, self.flow.name, self.mode, asked, token)
        if self.mode != "retry":
            state.set_times(self.flow.name, started=now)
        return run

    def _unfinished(self, selection: str) -> RunRow | None:
        return self.state.unfinished_run(self.flow.name, selection) if selection else None

    def _mode(self) -> str:
        options = self.options
        if options.retry is not None:
            return "retry"
        if options.since or options.until:
            return "window"
        if options.full or options.reconcile:
            return "reconcile" if options.reconcile else "full"
        if self._cursor("") is None or self._cursor("full ") is not None:
            return "full"
        return "reconcile" if self._is_reconcile_due() else "changes"

    def _is_reconcile_due(self) -> bool:
        if self.flow.reconcile is None:
            return False
        last = self.state.times(self.flow.name).reconciled
        return last is None or self.pools.project.clock.now() - last >= self.flow.reconcile

    def _prepare(self, run: str) -> None:
        project, flow = self.pools.project, self.flow
        source = project.config.systems[flow.source].identity
        sink = project.config.systems[flow.sink]
        table = self.sink.table(flow.table)
        mapper = Mapper(table, source, flow.stream, sink.identity, flow)
        mapper.check_match()
        self.work = PageWork(
            run=run,
            flow=flow,
            state=self.state,
            lease=self.lease,
            mapper=mapper,
            now=project.clock.now,
            counts=self.counts,
            sending=bool(self.choice.windows),
            resumed=self.resumed,
            again=self.flow.again and bool(self.choice.windows),
        )
        self.sending = Sending(
            state=self.state,
            lease=self.lease,
            flow=flow.name,
            sink=self.sink,
            clock=project.clock,
            settle=settle_of(sink.connector),
            stopping=project.stop.is_set,
            commit=self.work.commit,
            land=self.work.land,
        )

    def _all(self) -> None:
        recover(self.state.open_intents(self.lease.name), self.sending)
        self.snapshot = self._source.is_snapshot()
        self.work.reconciling = self._whole and not self.snapshot
        self._retry()
        if self.choice.windows:
            self._send()
        elif self.mode != "retry":
            self._read()

    @property
    def _source(self) -> Source:
        return Source(self.pools.reader(self.flow.source), self.flow.stream)

    @property
    def _whole(self) -> bool:
        """Whether this run reads everything, and so finds what vanished."""
        return self.mode in {"full", "reconcile"} or (self.snapshot and self.mode == "changes")

    def _retry(self) -> None:
        """Deal again with set-aside records, re-read, so that old data never overwrites new."""
        keys = self._to_retry()
        for some in chunks(keys, REREAD):
            records = self._source.reread(some, self.work.mapper.uses)
            if records is None:
                if self.options.retry is None:
                    return  # it meets them again in a full pass
                raise FlowError(
                    f"{self.flow.source}.{self.flow.stream} cannot re-read single records: "
                    f"crosstie run {self.flow.name} --full reads them all"
                )
            self._page(records)
            missing = set(some) - {record.key for record in records}
            with self.state.transaction(self.lease):
                self.state.settle_asides(self.flow.name, missing)
                for key in sorted(missing):
                    self.work.note(key, "gone", None, "gone at the source before it was settled")

    def _to_retry(self) -> Sequence[str]:
        asked, name, mapper = self.options.retry, self.flow.name, self.work.mapper
        if asked is None:
            now = self.pools.project.clock.now()
            return self.state.due_asides(name, now, mapper.source, mapper.sink)
        return [entry.key for entry in self.state.asides(name, asked)]

    def _read(self) -> None:
        whole = self._whole
        since = None if self.snapshot else self._cursor("full " if whole else "")
        selection = self._selection(since)
        if whole and selection.since is None:
            self.state.end_pass(self.flow.name)
            if self.options.count and self.options.limit is None and not self.choice.filters:
                self.total = self._source.size()
        began, cursor = self.pools.project.clock.now(), None
        limit = self.options.limit
        with self._source.pages(selection, limit) as pages:
            for page in pages:
                self._page(page.records, page.cursor, whole=whole)
                cursor = page.cursor or cursor
        if whole and (limit is None or self.counts["read"] < limit):
            if not self.choice.filters and not self.work.unread:
                missed = self._truly_missed()
                if not self.options.allow_deletions:
                    self._vanished().ask(missed)
                self._vanished().settle(missed)
            with self.state.transaction(self.lease):
                # Without a cursor the next run of a snapshot's flow is a whole pass again.
                self._set_cursor("", None if self.snapshot else cursor or selection.since)
                self._set_cursor("full ", None)
                self.state.set_times(self.flow.name, reconciled=began)
                self.state.end_pass(self.flow.name)

    def _send(self) -> None:
        """Send what a range of dates holds, without what an interrupted run has dealt with."""
        selections = [self._selection(window=window) for window in self.choice.windows]
        limit = self.options.limit
        if self.options.count and limit is None:
            self.total = self._source.count(selections)
        for selection in selections:
            left = None if limit is None else max(0, limit - self.counts["read"])
            with self._source.pages(selection, left) as pages:
                for page in pages:
                    self._page(self.work.left(page.records))

    def _selection(self, since: str | None = None, window: Window | None = None) -> Selection:
        uses = self.work.mapper.uses
        return Selection(since=since, window=window, filters=self.choice.filters, uses=uses)

    def _page(
        self, records: list[Record], cursor: str | None = None, *, whole: bool = False
    ) -> None:
        """Work on one page; its cursor moves in the transaction that closes it."""

        def finish() -> None:
            if whole:
                self.state.see(self.flow.name, (record.key for record in records))
            if cursor is not None and not self.work.sending and not self.snapshot:
                self._set_cursor("full " if whole else "", cursor)

        self.sending.check_stop()
        self._vanished().settle([record.key for record in records if record.deleted])
        self.work.work(Upsert(self.sending), records, finish)
        self.tell(Progress(flow=self.flow.name, counts=dict(self.counts), total=self.total))

    def _truly_missed(self) -> list[str]:
        """Missed keys that a second look does not find either; what it finds is written."""
        missed = self._vanished().missed()
        listed = self._source.listed(missed) if len(missed) > REREAD else None
        gone = [] if listed is None else sorted(set(missed) - listed)
        for some in chunks(missed if listed is None else sorted(listed), REREAD):
            found = self._source.reread(some, self.work.mapper.uses) or []
            if found:
                self._page(found)
            gone += sorted(set(some) - {record.key for record in found})
        return gone

    def _vanished(self) -> Vanished:
        return Vanished(self.flow, self.work.mapper, self.work, self.sending)

    def _cursor(self, purpose: str) -> str | None:
        return self.state.cursor(self.flow.name, self.flow.stream, purpose + self._filtered)

    def _set_cursor(self, purpose: str, cursor: str | None) -> None:
        self.state.set_cursor(self.flow.name, self.flow.stream, purpose + self._filtered, cursor)

    @property
    def _filtered(self) -> str:
        return canonical(filters) if (filters := filters_of(self.flow, self.options)) else ""
