"""The promises about writing rows."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from crosstie.errors import ConflictError, CrosstieError, GoneError, RejectedError
from crosstie.records import Row, Written
from crosstie.testing.table.case import TableCase, is_filled
from crosstie.testing.table.ledger import Ledger, mark, shortened, told_of

LARGEST_BATCH = 1000


class Writing(TableCase):
    """A row is written once, wholly, where it belongs, and each one is answered for."""

    def test_the_same_row_twice_is_one_row(self, ledger: Ledger) -> None:
        """A second run writes nothing, and one that has forgotten everything finds its rows.

        Usually `find` looks in another field than `write` fills, or `map` gives another row each
        time (the present moment, an order that varies).
        """
        self.bring(ledger, 1, 2, 3)
        before = ledger.picture()
        counts = ledger.run(full=True).counts
        written = counts["created"] + counts["updated"]
        if written or ledger.picture() != before:
            self.broken(
                f"a second run wrote {written} of 3 rows that had not changed",
                "does `map` give the same row for the same record every time?",
            )
        ledger.forget()
        if amiss := ledger.amiss(ledger.attempt()):
            self.broken(
                f"with a new state file: {amiss}",
                "does `find` look in the field that `write` fills with the natural key?",
            )

    def test_a_change_leaves_other_fields_alone(self, ledger: Ledger) -> None:
        """Only the fields that `write` gets are changed: others are kept by people in the system.

        Usually the update of the API replaces the whole row (PUT instead of PATCH), so that what
        is not sent is emptied; send what is there, or only change fields.
        """
        self.needs_changes(ledger)
        ids = self.bring(ledger, 1, 2)
        before = {one: copy.deepcopy(dict(row)) for one, row in ledger.standing().items()}
        with ledger.opened() as table:
            changed, mapped = self.change(table, 1, 2), table.row(1, mark(1, 1))
            (answer,) = table.write((ids[1], changed))
        after = ledger.standing()
        if not isinstance(answer, Written) or answer.id != ids[1]:
            self.broken(f"the change was answered by {answer!r}", "is the row's id sent back?")
        if mark(1, 2).lower() not in repr(after[ids[1]]).lower():
            self.broken(
                f"the row does not show the change: {shortened(after[ids[1]])}",
                "is the change sent to the row of this id?",
            )
        harmed = [
            f"{name} of {one}: {row[name]!r} became {after.get(one, {}).get(name)!r}"
            for one, row in before.items()
            for name in row
            if (one != ids[1] or name not in changed)
            and _harmed(row[name], after.get(one, {}).get(name), name in mapped)
        ]
        if harmed:
            self.broken(
                f"only {', '.join(changed)} of {ids[1]} was written; {'; '.join(harmed[:3])}",
                "does the API replace the whole row (PUT)? Change only the fields that are given.",
            )

    def test_a_change_of_a_row_that_is_gone_is_no_success(self, ledger: Ledger) -> None:
        """For a `GoneError` the runner looks for the row and creates it anew.

        Usually the system answers a change of nothing with success, or with a 404 that is taken
        for an error of the connection; or it creates a row under another id.
        """
        self.needs_changes(ledger)
        ids = self.bring(ledger, 1, 2)
        self.take_away(ledger, ids[1])
        if self.upserts:
            self._made_anew(ledger)
            return
        before = ledger.picture()
        with ledger.opened() as table:
            try:
                answer, *_ = table.write((ids[1], self.change(table, 1, 2)))
            except CrosstieError as error:
                self.broken(
                    f"row {ids[1]} was deleted, and its change raised {_named(error)}",
                    "return a GoneError for this row; what is raised stops or spoils others too",
                )
        if isinstance(answer, Written):
            self.broken(
                f"row {ids[1]} was deleted, and its change is said to be written",
                "how does the system answer a change of nothing? Return a GoneError then.",
            )
        if ledger.picture() != before:
            self.broken(
                f"row {ids[1]} was deleted, and its change made {shortened(ledger.standing())}",
                "the row must not be created here: return a GoneError, the core looks first",
            )
        if isinstance(answer, GoneError):
            self._made_anew(ledger)

    def _made_anew(self, ledger: Ledger) -> None:
        ledger.tell(1)
        ended = ledger.attempt()
        if wrong := ledger.wrong():
            self.broken(
                f"a deleted row whose record changed: {ended}; {wrong}",
                "does `find` still find rows that are deleted?",
            )

    def test_every_write_is_answered_in_its_place(self, ledger: Ledger) -> None:
        """The id that comes back is remembered for good: the wrong one lets records overwrite
        each other from then on.

        Usually new and changed rows are sent apart and their answers strung together, or the
        system answers in an order of its own.
        """
        ids = self.bring(ledger, 1, 2, 3)
        expected = [(11, 1), (1, 2), (12, 1), (2, 2), (13, 1), (3, 2)]
        if ledger.only_creates:
            expected = [(number, version) for number, version in expected if number not in ids]
        with ledger.opened() as table:
            writes: list[tuple[str | None, Row]] = [
                (ids[number], self.change(table, number, version))
                if number in ids
                else (None, table.row(number, mark(number, version)))
                for number, version in expected
            ]
            answers = table.write(*writes)
        if len(answers) != len(writes):
            self.broken(
                f"{len(writes)} writes got {len(answers)} answers",
                "`write` answers for each row, in their order, the refused ones included",
            )
        rows = ledger.standing()
        for (number, version), answer in zip(expected, answers, strict=True):
            self._in_place(answer, mark(number, version), rows)

    def _in_place(self, answer: Any, text: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        __tracebackhide__ = True
        if not isinstance(answer, Written):
            self.broken(f"a good row was answered by {_named(answer)}", "why is it refused?")
        if type(answer.id) is not str or not answer.id.strip():
            self.broken(
                f"the id of a row is {answer.id!r}, {type(answer.id).__name__}",
                "an id is text: str(…) what the system sends",
            )
        if text.lower() not in repr(rows.get(answer.id)).lower():
            right = [one for one, row in rows.items() if text.lower() in repr(row).lower()]
            self.broken(
                f"the row {text!r} was answered with {answer.id!r}, and stands as {right}",
                "are the answers in the order of the writes, also where new and changed rows are"
                " sent apart, or where the system sorts them?",
            )

    def test_a_refused_row_hurts_no_other(self, ledger: Ledger) -> None:
        """One bad record stops nothing: it is set aside with the system's own reason.

        Usually the answer to a batch says success as a whole and tells of refused rows inside,
        or says failure as a whole although the others are written.
        """
        if self.refused is None:
            pytest.skip("say what the system refuses: `refused` and `refusal`")
        ledger.tell(1, 2)
        ledger.bench.script.tell("refused", self.refused)
        ledger.tell(3, 4)
        ended, asides = ledger.attempt(), ledger.asides()
        if ended.report is None or ended.status != "completed":
            self.broken(f"{ended}", "return a RejectedError for the row, do not stop the flow")
        if not asides:
            self.broken(
                f"the refused row counts as written: {_counted(ended.report.counts)}",
                "is each row's own part of the answer looked at, or only the status of the whole?",
            )
        if [aside.key for aside in asides] != ["refused"] or ledger.wrong():
            self.broken(
                f"five rows, one refused; set aside: {told_of(asides)}; {ledger.wrong()}",
                "is a refusal returned for its own row only, in its own place?",
            )
        if self.refusal.casefold() not in asides[0].reason.casefold():
            self.broken(
                f"the reason kept is {asides[0].reason!r}, without {self.refusal!r}",
                "put the system's own words into the RejectedError",
            )

    def test_a_refusal_is_a_rejection(self, ledger: Ledger) -> None:
        """A `RejectedError` says that the system will not take the row as it is.

        Usually every failure is told in one way, and a refusal then looks like a lost answer, so
        that it is tried again and again.
        """
        if self.refused is None:
            pytest.skip("say what the system refuses: `refused` and `refusal`")
        ledger.bench.script.tell("refused", self.refused)
        ledger.attempt()
        kinds = [aside.kind for aside in ledger.asides()]
        if kinds not in (["rejected"], ["mapping"]):
            self.broken(
                f"what the system refuses is set aside as {kinds}",
                f"return a {RejectedError.__name__} for what the system refuses for good",
            )

    def test_a_row_that_is_there_already_is_left_as_it_is(self, ledger: Ledger) -> None:
        """A table that only creates returns a `ConflictError` for it, with the system's own words:
        the row is reported, not set aside, and after a lost answer it counts as written.

        Usually the system's answer (409) is taken for a refusal like any other, or for success.
        """
        if not ledger.only_creates:
            pytest.skip("rows of this table are changed, and looked for before they are created")
        self.bring(ledger, 1, 2)
        before = ledger.picture()
        with ledger.opened() as table:
            there, new = table.row(1, mark(1, 2)), table.row(3, mark(3, 1))
            answer, other = table.write((None, there), (None, new))
        if not isinstance(answer, ConflictError) or not str(answer).strip():
            self.broken(
                f"a row that is there already was answered by {_named(answer)}",
                "is a conflict told from what the system refuses for other reasons? Return a"
                " ConflictError whose text is what the system says.",
            )
        if not isinstance(other, Written):
            self.broken(
                f"a new row beside one that is there was answered by {_named(other)}",
                "is a conflict returned for its own row only?",
            )
        ledger.told[3] = 1
        if wrong := ledger.wrong():
            self.broken(wrong, "is a row that is there left as it is, and no second one made?")
        ledger.unlink(1)
        ledger.repeat(1)
        if amiss := ledger.amiss(ledger.attempt()):
            self.broken(f"{amiss}; before {before}", "is it left as it is in a run as well?")

    def test_more_rows_than_a_batch_are_written(self, ledger: Ledger) -> None:
        """A flow writes as many rows as there are, in batches of at most `batch`.

        Usually the system takes fewer rows at once than `batch` says.
        """
        with ledger.opened() as table:
            count = min(table.batch, LARGEST_BATCH) + 3
        cause = "does the system take as many rows at once as `batch` says?"
        self.bring(ledger, *range(1, count + 1), cause=cause)


def _harmed(before: Any, after: Any, ours: bool) -> bool:
    """Whether a field lost its value; one that we map must not even change."""
    return (is_filled(before) and not is_filled(after)) or (ours and before != after)


def _named(answer: Any) -> str:
    return f"{type(answer).__name__}: {answer}" if isinstance(answer, Exception) else repr(answer)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
