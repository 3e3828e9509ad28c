"""Writing rows once: the remembered link, else the one row that matches, else a new one.

Every write is preceded by an intent in the state. After an answer that may or may not have been
carried out: look, wait, look again, and only then try again (`crosstie.sending`).
"""

from collections.abc import Sequence
from datetime import timedelta

import attrs

from crosstie.abilities import Batches
from crosstie.candidates import Candidate, Mapper, adopt
from crosstie.errors import FlowError, RecordError
from crosstie.folding import fold
from crosstie.records import Ref
from crosstie.recovery import recover
from crosstie.references import Place, embedded_record, resolve, wanted
from crosstie.sending import Sending
from crosstie.state import Intent, new_id

POLL = 0.2
PATIENCE = timedelta(minutes=2)


@attrs.frozen
class Upsert:
    """The upserts of one run into one sink; rows of a call that share a natural key are folded."""

    sending: Sending

    def upsert(self, mapper: Mapper, candidates: Sequence[Candidate]) -> None:
        """Write the candidates; each gets an outcome: created, updated, unchanged, conflict or
        aside.

        Raises `FlowError` when the sink cannot be written and `InterruptedRunError` when asked to
        stop; what was written by then is recorded.
        """
        self._remember(mapper, candidates)
        fold(self.sending.state, candidates)
        self._resolve(mapper, candidates)
        groups = grouped(candidates)
        since = self.sending.clock.now()
        while groups:
            now_these = groups[: self._at_once(mapper, groups)]
            taken = self._write_free(mapper, now_these)
            groups = [*taken, *groups[len(now_these) :]]
            if len(taken) < len(now_these):
                since = self.sending.clock.now()
            elif self.sending.clock.now() - since > PATIENCE:
                raise FlowError(
                    f"{self.sending.flow}: another run keeps writing {mapper.sink}."
                    f"{mapper.table.name} {groups[0][0].natural!r}: try again when it has ended"
                )

    def _remember(self, mapper: Mapper, candidates: Sequence[Candidate]) -> None:
        keys = [candidate.key.key for candidate in candidates]
        place = (mapper.source, mapper.stream, mapper.sink, mapper.table.name)
        links = self.sending.state.links(*place, keys)
        for candidate in candidates:
            link = links.get(candidate.key.key)
            if link and not (candidate.again and mapper.only_creates):
                candidate.id = link.id

    def _resolve(self, mapper: Mapper, candidates: Sequence[Candidate]) -> None:
        ids: dict[Place, dict[str, str]] = {}
        reasons: dict[Place, dict[str, str]] = {}
        telling_first = sorted(candidates, key=lambda candidate: candidate.told_by is not None)
        for place, refs in wanted(telling_first).items():
            links = self.sending.state.links(mapper.source, place[0], mapper.sink, place[1], refs)
            ids[place] = {key: link.id for key, link in links.items()}
            missing = [r for key, r in refs.items() if key not in links and r.embedded is not None]
            if missing:
                made, reasons[place] = self._embedded(mapper, place, missing)
                ids[place] |= made
        for candidate in candidates:
            resolve(candidate, ids, reasons)

    def _embedded(
        self, mapper: Mapper, place: Place, refs: Sequence[Ref]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Write what rows point to and carry with them; returns ids, and reasons, by key.

        A row that is there already is linked and left as it is: it may know more than we do here.
        """
        stream, table = place
        inner = Mapper(self.sending.sink.table(table), mapper.source, stream, mapper.sink)
        reasons: dict[str, str] = {}
        made: list[Candidate] = []
        for ref in refs:
            try:
                made.append(inner.candidate(embedded_record(ref)))
            except RecordError as error:
                reasons[ref.key] = str(error)
        for candidate in made:
            candidate.only_create = True
        self.upsert(inner, made)
        reasons |= {c.key.key: str(c.error) for c in made if c.error is not None}
        return {c.key.key: c.id for c in made if c.id is not None and c.error is None}, reasons

    def _look(self, mapper: Mapper, groups: Sequence[list[Candidate]]) -> None:
        """Look up, by natural key, the rows of candidates that no link is remembered for."""
        unknown = [group for group in groups if any(c.id is None for c in group)]
        if not unknown or not (mapper.looks or mapper.flow is None):
            return  # of rows that others point to, the id is what is wanted
        keys = [group[0].row_key for group in unknown]
        for group, ids in zip(
            unknown, self.sending.sink.find(mapper.table.name, keys), strict=True
        ):
            adopt(group, ids)

    def _leave(self, candidates: Sequence[Candidate]) -> None:
        """Link rows that were found and that others tell, or that are only to be created."""
        left = (c for c in candidates if c.only_create or c.told_by is not None)
        found = [c for c in left if c.id is not None and not c.outcome]
        for candidate in found:
            candidate.outcome = "unchanged"
        self.sending.record(found)

    def _write_free(
        self, mapper: Mapper, groups: Sequence[list[Candidate]]
    ) -> list[list[Candidate]]:
        """Write the groups whose natural key nobody else is writing; returns the others.

        They are looked up only now that nobody else can create them in between.
        """
        sending = self.sending
        intents = {group[0].natural: self._intent(group[0]) for group in groups}
        with sending.state.transaction(sending.lease):
            in_the_way = sending.state.intend(list(intents.values()))
        taken = {intent.natural for intent in in_the_way}
        mine = {natural: i.id for natural, i in intents.items() if natural not in taken}
        free = [group for group in groups if group[0].natural not in taken]
        try:
            self._look(mapper, free)
            self._leave([candidate for group in free for candidate in group])
            sending.send(mapper, grouped([candidate for group in free for candidate in group]))
        finally:
            self._close(groups, mine)
        dead = [i for i in in_the_way if not sending.state.is_alive(i.flow, i.token)]
        recover(dead, sending)
        if len(dead) < len(in_the_way):
            sending.clock.sleep(POLL)
            sending.check_stop()
        return [group for group in groups if group[0].natural in taken]

    def _at_once(self, mapper: Mapper, groups: Sequence[list[Candidate]]) -> int:
        """How many groups to write with one commit of intents.

        Of a table that only creates, no more than are sent at once: a row that a run left open and
        that is there counts as its own.
        """
        if not mapper.only_creates:
            return len(groups)
        batch = mapper.table.batch if isinstance(mapper.table, Batches) else 1
        return 2 * self.sending.sink.workers * batch

    def _intent(self, candidate: Candidate) -> Intent:
        now = self.sending.clock.now()
        return Intent(
            id=new_id(now),
            flow=self.sending.lease.name,
            token=self.sending.lease.token,
            link=candidate.key,
            natural=candidate.natural,
            row_key=candidate.row_key,
            at=now,
        )

    def _close(self, groups: Sequence[list[Candidate]], mine: dict[str, str]) -> None:
        """Close our intents, but for rows that were sent and whose outcome is not known."""
        known = [
            mine[group[0].natural]
            for group in groups
            if group[0].natural in mine and all(c.outcome or not c.tries for c in group)
        ]
        with self.sending.state.transaction(self.sending.lease):
            self.sending.state.close_intents(known)


def grouped(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates without an outcome, those with one natural key together, in order."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.outcome is None:
            groups.setdefault(candidate.natural, []).append(candidate)
    for group in groups.values():
        group.sort(key=lambda candidate: candidate.told_by is not None)  # the one that tells first
    return list(groups.values())
