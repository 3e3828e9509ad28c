"""The kit's promises about writing: a good table keeps all, each broken one breaks its own."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from crosstie import Clock, Secret
from crosstie.testing import TableConformance
from tests.testing.cellar import broken_rows as rows
from tests.testing.cellar import broken_writes as writes
from tests.testing.cellar import only_created
from tests.testing.cellar.cellar import KEY, Cellar
from tests.testing.cellar.connector import Bottles, CellarConnector, Offer

MADE = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


class InTheCellar(TableConformance):
    kind = "cellar"
    plugin = Offer(CellarConnector)
    table = "bottles"
    refused = MappingProxyType({"label": "A corked one", "note": "dry"})
    refusal = "corked"

    def sandbox(self, clock: Clock) -> Cellar:
        return Cellar()

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key": Secret(KEY)}

    def secrets(self, sandbox: Cellar) -> list[str]:
        return sandbox.tokens

    def data(self, number: int, text: str) -> Mapping[str, Any]:
        price, opened = Decimal("4.35"), date(2021, 2, 3)
        return {
            "label": f"Château {number}",
            "note": text,
            "price": price,
            "made": MADE,
            "opened": opened,
        }

    def rows(self, sandbox: Cellar) -> Mapping[str, Mapping[str, Any]]:
        return sandbox.bottles


class TestBottles(InTheCellar):
    """A good table."""


class TestUniqueBottles(InTheCellar):
    """Where the system itself refuses two alike."""

    alike = False

    def sandbox(self, clock: Clock) -> Cellar:
        return Cellar(unique=True)


class SealedInTheCellar(InTheCellar):
    plugin = Offer(CellarConnector.of(only_created.SealedBottles))
    alike = False

    def sandbox(self, clock: Clock) -> Cellar:
        return Cellar(unique=True)


class TestSealedBottles(SealedInTheCellar):
    """A good table whose rows are never changed."""


TRUE = "a_table_says_truly_what_it_is"
GONE = "a_change_of_a_row_that_is_gone_is_no_success"
PLACE = "every_write_is_answered_in_its_place"
REFUSED = "a_refused_row_hurts_no_other"
SENSE = "an_answer_that_makes_no_sense_is_no_success"
LOST = "a_write_whose_answer_was_lost_is_not_written_twice"
SAME = "the_same_row_twice_is_one_row"
MAPPING = "mapping_changes_nothing_and_repeats_itself"
TEXTS = "texts_survive"
SECRET = "no_secret_shows"
BUGS = (
    (rows.HasAnotherName, "a_table_goes_by_the_name_that_is_offered", "its table's own name"),
    (rows.ForgetsAComma, TRUE, "a comma missing"),
    (rows.ForgetsUses, TRUE, "no uses"),
    (rows.NamesTheSourcesField, "rows_hold_their_natural_key", "always give title"),
    (rows.FindsAllForNothing, "what_is_unknown_is_not_found", "compared with the key"),
    (rows.AsksForOneUrlFull, "what_was_created_is_found", "fit into one URL"),
    (rows.FindsInItsOwnOrder, "what_was_created_is_found", "in the order of the keys"),
    (rows.FindsParts, "each_key_finds_only_its_own_row", "search for parts"),
    (rows.ComparesExactly, "case_and_blanks_do_not_hide_a_row", "without regard to case"),
    (rows.FindsTheFirst, "two_alike_are_two_ids", "only the first"),
    (rows.RemembersByItself, SAME, "`find` look in the field"),
    (rows.StampsRows, SAME, "the same row for the same record every time"),
    (writes.ReplacesRows, "a_change_leaves_other_fields_alone", "(PUT)"),
    (writes.MissesNothing, GONE, "a change of nothing"),
    (writes.MakesAnewByItself, GONE, "GoneError"),
    (writes.SendsNewRowsFirst, PLACE, "sent apart"),
    (writes.CountsIds, PLACE, "an id is text"),
    (writes.LooksAtTheStatusOnly, REFUSED, "only the status of the whole"),
    (writes.FailsAsAWhole, REFUSED, "for its own row only"),
    (writes.KeepsNoReason, REFUSED, "the system's own words"),
    (writes.TakesRefusedForLost, "a_refusal_is_a_rejection", "RejectedError"),
    (writes.TakesTooMany, "more_rows_than_a_batch_are_written", "as `batch` says"),
    (rows.CutsTexts, TEXTS, "cut at a length"),
    (rows.TrimsTexts, TEXTS, "trimmed"),
    (rows.CountsCents, "numbers_and_dates_arrive_exactly", "through float"),
    (rows.MapsToFloat, "rows_hold_only_exact_values", "as Decimal"),
    (rows.ForgetsTheZone, "rows_hold_only_exact_values", "without a zone"),
    (rows.TakesRecordsApart, MAPPING, "change the mapping that it is given"),
    (rows.StampsRows, MAPPING, "the present moment"),
    (rows.ShowsAsTheyCome, "what_is_shown_is_what_stands_there", "None for what is not there"),
    (rows.DeletesOnce, "what_is_deleted_is_gone", "counts as deleted"),
    (writes.SharesABuffer, "rows_written_at_once_do_not_mix", "a buffer"),
    (writes.TakesLockedOutForRefused, "a_system_that_lets_nobody_in_stops_the_flow", "no record"),
    (writes.SwallowsErrors, SENSE, "the status and the body of every answer"),
    (writes.TakesPagesForSuccess, SENSE, "the status and the body of every answer"),
    (writes.ReadsAnswersUnchecked, SENSE, "checked before it is used"),
    (rows.TakesFailedSearchesForEmpty, SENSE, "a failed search taken for an empty one"),
    (writes.TriesAgain, LOST, "send a write again by itself"),
    (writes.TakesLostForRefused, LOST, "anything else than an UncertainError"),
    (writes.TakesLostForDown, LOST, "anything else than an UncertainError"),
    (writes.HurriesOn, "too_many_requests_are_waited_out", "is `Retry-After` read"),
    (writes.KeepsFieldsBack, "a_killed_run_is_carried_on", "complete once `write` answers"),
    (rows.TellsTheToken, SECRET, "what goes into errors"),
    (rows.LogsTheToken, SECRET, "the log"),
)
LEFT = "a_row_that_is_there_already_is_left_as_it_is"
BUGS_OF_SEALED = (
    (only_created.TakesConflictsForRefused, LEFT, "for other reasons"),
    (only_created.TakesConflictsForLost, LEFT, "for other reasons"),
    (only_created.TakesConflictsForDone, LEFT, "for other reasons"),
    (only_created.KeepsConflictsQuiet, LEFT, "what the system says"),
    (only_created.ChangesWhatIsThere, LEFT, "left as it is, and no second one made"),
)


@pytest.mark.parametrize(("table", "promise", "cause"), BUGS)
def test_each_bug_breaks_the_promise_that_is_meant_for_it(
    table: type[Bottles], promise: str, cause: str, judge: Callable[..., dict[str, str]]
) -> None:
    judged(judge, InTheCellar, table, promise, cause)


@pytest.mark.parametrize(("table", "promise", "cause"), BUGS_OF_SEALED)
def test_each_bug_of_a_table_that_only_creates_breaks_its_promise(
    table: type[Bottles], promise: str, cause: str, judge: Callable[..., dict[str, str]]
) -> None:
    judged(judge, SealedInTheCellar, table, promise, cause)


def judged(
    judge: Callable[..., dict[str, str]],
    case: type[InTheCellar],
    table: type[Bottles],
    promise: str,
    cause: str,
) -> None:
    """Assert that a table breaks this promise, and that the failure says so and names the cause."""
    broken = type("Case", (case,), {"plugin": Offer(CellarConnector.of(table))})
    failed = judge(broken, promise)
    assert [promise] == list(failed)
    message = failed[promise]
    assert f"promise broken: {promise.replace('_', ' ')}" in message
    assert cause in " ".join(message.split())
