"""Sending rows to a sink's workers, and making sense of every answer."""

from collections.abc import Callable, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, wait

import attrs

from crosstie.abilities import Batches, Lanes
from crosstie.breaker import Breaker
from crosstie.candidates import Candidate, Mapper, adopt
from crosstie.canonical import digest
from crosstie.clock import Clock
from crosstie.connectors import Table
from crosstie.errors import (
    AmbiguousError,
    ConflictError,
    FlowError,
    GoneError,
    RecordError,
    UncertainError,
)
from crosstie.records import Write, Written
from crosstie.sinks import Answers, Sink, chunks
from crosstie.state import Intent, Lease, Link, State

TRIES = 3


class InterruptedRunError(Exception):
    """The program was asked to stop; caught by the run, never shown."""


@attrs.define
class Sending:
    """The writes of one run into one sink.

    `settle` is how many seconds a write whose answer was lost may still land.
    `commit` is called, inside the transaction that records them, with candidates that are done;
    `land` with intents of which only a look tells that they were carried out, and the row's id: it
    says whether the row is to be linked.
    """

    state: State
    lease: Lease
    flow: str
    sink: Sink
    clock: Clock
    settle: float
    stopping: Callable[[], bool]
    commit: Callable[[Sequence[Candidate]], None]
    land: Callable[[Intent, str], bool]
    breakers: dict[str, Breaker] = attrs.field(factory=dict)

    def check_stop(self) -> None:
        """Raise `InterruptedRunError` when the program was asked to stop."""
        if self.stopping():
            raise InterruptedRunError

    def send(self, mapper: Mapper, groups: Sequence[Sequence[Candidate]]) -> None:
        """Write groups of rows in parallel, the rows of a group one after the other.

        The first row of a lane is written before the others. Where rows are not looked for, the
        second row of a group is sent too, for what the other side says of it.
        """
        before: dict[int, Candidate] = {}
        for wave in waves(mapper.table, groups):
            rows = []
            for number, row in wave:
                same = number in before and mapper.looks
                if same and _same_as_before(before[number], row):
                    self.record([row])
                else:
                    rows.append(row)
                before[number] = row
            self._wave(mapper, rows)

    def _wave(self, mapper: Mapper, candidates: Sequence[Candidate]) -> None:
        """Write rows that have different natural keys, until the outcome of each is known."""
        open_ones = self._dispatch(mapper, candidates)
        for _ in range(TRIES - 1):
            if not open_ones:
                return
            self._look_again(mapper, open_ones)
            open_ones = self._dispatch(mapper, [row for row in open_ones if not row.outcome])
        if mapper.only_creates and open_ones:
            self._look_again(mapper, open_ones)
        for candidate in open_ones:
            candidate.outcome = candidate.outcome or "aside"

    def _look_again(self, mapper: Mapper, candidates: Sequence[Candidate]) -> None:
        """Before a write is tried again: look, wait until it cannot land any more, look again."""
        missing = self._find(mapper, [c for c in candidates if c.id is None])
        waited_for = missing if mapper.only_creates else candidates
        if any(isinstance(c.error, UncertainError) for c in waited_for):
            self.clock.sleep(self.settle)
            self.check_stop()
            self._find(mapper, missing)
        if mapper.only_creates:
            landed = [row for row in candidates if row.id is not None]
            for row in landed:
                row.outcome, row.error = "created", None
            self.record(landed)

    def _find(self, mapper: Mapper, candidates: Sequence[Candidate]) -> list[Candidate]:
        if not candidates:
            return []
        found = self.sink.find(mapper.table.name, [c.row_key for c in candidates])
        for candidate, ids in zip(candidates, found, strict=True):
            adopt([candidate], ids)
        return [row for row in candidates if row.id is None and not row.outcome]

    def _dispatch(self, mapper: Mapper, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Send each row once; returns those whose outcome is open."""
        table = mapper.table
        waiting = list(chunks(candidates, table.batch if isinstance(table, Batches) else 1))
        waiting.reverse()
        running: dict[Answers, Sequence[Candidate]] = {}
        failure: Exception | None = None
        while (waiting and failure is None and not self.stopping()) or running:
            while self._may_send(waiting, running, failure):
                if rows := self._let_through(table.name, waiting.pop()):
                    running[self._begin(mapper, rows)] = rows
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for answers in done:
                sent = running.pop(answers)
                failure = self._understand(mapper, answers, sent) or failure
                self.record([row for row in sent if row.outcome])
        if failure is not None:
            raise failure
        if waiting:
            self.check_stop()
        return [candidate for candidate in candidates if candidate.outcome is None]

    def _may_send(self, waiting: Sized, running: Sized, failure: Exception | None) -> bool:
        room = len(running) < 2 * self.sink.workers
        return bool(len(waiting) and room and failure is None and not self.stopping())

    def _let_through(self, table: str, rows: Sequence[Candidate]) -> list[Candidate]:
        verdict = self._breaker(table).verdict(self.clock.now())
        if verdict is None:
            return list(rows)
        for row in rows:
            row.fail(verdict)
        return []

    def _begin(self, mapper: Mapper, rows: Sequence[Candidate]) -> Answers:
        for row in rows:
            row.tries += 1
        writes = [
            Write(
                id=row.id,
                row=row.resolved or {},
                key=row.key.key,
                once=digest("\x1f".join([*row.key, row.hash])),
            )
            for row in rows
        ]
        return self.sink.write(mapper.table.name, mapper.match, writes)

    def _understand(
        self, mapper: Mapper, answers: Answers, rows: Sequence[Candidate]
    ) -> Exception | None:
        """Set each row's outcome or error; returns what stops the flow, if anything does."""
        error = answers.exception()
        if isinstance(error, RecordError):
            results: Sequence[Written | RecordError] = [error] * len(rows)
        elif error is not None:
            if isinstance(error, FlowError):
                for row in rows:
                    row.tries -= 1
            return error if isinstance(error, Exception) else RuntimeError(repr(error))
        else:
            results = answers.result()
        if len(results) != len(rows):
            return RuntimeError(
                f"{mapper.sink}.{mapper.table.name}: write answered {len(results)} times "
                f"for {len(rows)} rows"
            )
        for row, result in zip(rows, results, strict=True):
            self._settle(mapper, row, result)
        return None

    def _settle(self, mapper: Mapper, row: Candidate, result: Written | RecordError) -> None:
        breaker = self._breaker(mapper.table.name)
        if isinstance(result, Written):
            breaker.heard(None, self.clock.now())
            row.outcome = "updated" if row.id else "created"
            row.error = None
            doubled = row.tries > 1 and row.id is None and self._doubled(mapper, row)
            row.id, row.also, row.moved = result.id, result.also, result.moved
            if doubled:
                row.fail(AmbiguousError(doubled))
        elif isinstance(result, GoneError) and row.id is not None and row.tries < TRIES:
            row.id, row.error = None, result
        elif isinstance(result, UncertainError):
            row.error = result
        elif isinstance(result, ConflictError) and isinstance(row.error, UncertainError):
            breaker.heard(None, self.clock.now())  # an earlier try has landed: looked for once more
        elif isinstance(result, ConflictError):
            breaker.heard(None, self.clock.now())
            row.outcome, row.error = "conflict", result
        else:
            breaker.heard(result, self.clock.now())
            row.fail(result)

    def _doubled(self, mapper: Mapper, row: Candidate) -> str:
        """After a create was tried again: why it cannot stay as it is, if both tries landed."""
        ids = self.sink.find(mapper.table.name, [row.row_key])[0]
        if len(ids) < 2:
            return ""
        return (
            f"{mapper.sink}.{mapper.table.name}: a write whose answer was lost landed late, "
            f"so there are {len(ids)} rows: {', '.join(sorted(ids))}; delete one, then retry"
        )

    def _breaker(self, table: str) -> Breaker:
        return self.breakers.setdefault(table, Breaker())

    def record(self, rows: Sequence[Candidate]) -> None:
        """Remember the links of rows that are done, and tell `commit`; of conflicts too."""
        done = [row for row in rows if row.id is not None and row.outcome != "aside"]
        conflicts = [row for row in rows if row.outcome == "conflict"]
        if not done and not conflicts:
            return
        with self.state.transaction(self.lease):
            for row in done:
                if row.moved:
                    self.state.move_links(row.key.sink, row.moved)
            self.state.add_links((row.key, _link(row)) for row in done)
            for row in done:
                if row.rank and row.told_by is None:
                    self.state.part(self.flow, row.key, _link(row))
                if row.told_by is not None and row.hands_over:
                    self.state.drop_fingerprints(self.flow, [row.told_by])
            self.commit([*done, *conflicts])


def _link(row: Candidate) -> Link:
    return Link(row.id or "", row.also, row.rank, digest(row.natural) if row.rank else "")


def waves(table: Table, groups: Sequence[Sequence[Candidate]]) -> list[list[tuple[int, Candidate]]]:
    """The rows, each with its group's number: no wave has two of one group, and the first row
    of a lane is in an earlier wave than the others."""
    made: list[list[tuple[int, Candidate]]] = []
    first: dict[str, int] = {}
    for number, group in enumerate(groups):
        place = 0
        for row in group:
            lane = table.lane(row.row) if isinstance(table, Lanes) else None
            if lane in first:
                place = max(place, first[lane] + 1)
            elif lane is not None:
                first[lane] = place
            while place >= len(made):
                made.append([])
            made[place].append((number, row))
            place += 1
    return made


def _same_as_before(before: Candidate, candidate: Candidate) -> bool:
    """Whether the row just written for the same natural key will do for this one too."""
    if candidate.id is None and before.outcome != "aside":
        candidate.id = before.id
    if before.outcome == "aside" or before.id is None or candidate.id != before.id:
        return False
    if candidate.told_by is not None:
        candidate.outcome = "unchanged"
        return True
    if candidate.resolved != before.resolved and not candidate.only_create:
        return False
    candidate.outcome = "unchanged"
    return True
