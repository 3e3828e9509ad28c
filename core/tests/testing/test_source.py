"""The kit's promises about reading: a good connector keeps all, each broken one breaks its own."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from crosstie import Clock, Secret
from crosstie.testing import Rig, SourceConformance
from crosstie.testing.source.paging import PagingPromises
from crosstie.testing.source.records import RecordPromises
from crosstie.testing.source.resuming import ResumingPromises
from crosstie.testing.source.times import TimePromises
from crosstie.testing.source.values import ValuePromises
from tests.testing.bazaar import broken_places as places
from tests.testing.bazaar import broken_values as values
from tests.testing.bazaar.connector import AllWares, Bazaar, Offer
from tests.testing.bazaar.sandbox import TOKEN, BazaarSandbox

PARIS = ZoneInfo("Europe/Paris")


def offering(stream: type) -> type[Bazaar]:
    """A connector with this stream."""
    return type("Bazaar", (Bazaar,), {"stream": stream})


class AtTheBazaar(Rig):
    kind = "bazaar"
    plugin = Offer(Bazaar)
    local: ClassVar[ZoneInfo | None] = None

    def sandbox(self, clock: Clock) -> BazaarSandbox:
        return BazaarSandbox(clock, self.local)

    def settings(self, url: str) -> Mapping[str, Any]:
        local = {"time_zone": self.local.key} if self.local else {}
        return {"url": url, "token": Secret(TOKEN), **local}


class Laid(AtTheBazaar):
    stream = "wares"

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        return str(sandbox.put(f"stall {number % 2}", at, text))

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> None:
        sandbox.change(key, at, title=text)

    def remove(self, sandbox: Any, key: str, at: datetime) -> None:
        sandbox.change(key, at, removed=True)


class TestWares(Laid, SourceConformance):
    """In UTC, with deletions in the feed."""


class TestWaresInLocalTime(Laid, ResumingPromises, PagingPromises, TimePromises, ValuePromises):
    local = PARIS


class TestWaresThatVanish(Laid, RecordPromises):
    def sandbox(self, clock: Clock) -> BazaarSandbox:
        return BazaarSandbox(clock, tombstones=False)


class TestWaresWithoutAFeed(Laid, ResumingPromises, RecordPromises):
    plugin = Offer(offering(AllWares))

    def sandbox(self, clock: Clock) -> BazaarSandbox:
        return BazaarSandbox(clock, tombstones=False)


RESUMED = "resuming_after_any_checkpoint_misses_nothing"
TEXTS = "texts_survive"
SHORT = "a_spoiled_answer_makes_no_read_short"
SECRET = "no_secret_shows"
PAGES = "no_page_size_loses_a_record"
UTC_BUGS = (
    (places.AsksForLater, RESUMED, "later than (>) instead of from (>=)"),
    (places.ResumesBehindTheLastTime, RESUMED, "later than (>) instead of from (>=)"),
    (places.ChecksInEarly, RESUMED, "yielded before its records"),
    (
        places.EndsAtTheLastRecord,
        "what_happens_in_the_second_of_the_last_record_is_seen",
        "later than (>) instead of from (>=)",
    ),
    (places.SkipsTheNext, PAGES, "where the next one begins"),
    (places.TakesAFullPageForTheLast, PAGES, "how the last page is recognised"),
    (places.PagesByOffset, "a_list_that_moves_while_it_is_paged_over_loses_none", "by offset"),
    (places.PagesByOffset, "a_deletion_while_paging_loses_no_other", "by offset"),
    (places.ReadsAllFirst, "reading_is_lazy_and_stops_when_closed", "before the first yield"),
    (
        places.EndsWhenItEnds,
        "a_record_changed_while_it_is_paged_over_is_not_lost",
        "begin where this one began",
    ),
    (
        places.TrustsItsOwnClock,
        "a_system_whose_clock_is_wrong_loses_nothing",
        "time of our own machine in the cursor",
    ),
    (places.GoesBackABit, "a_quiet_system_stays_quiet", "goes back a little with each read"),
    (places.RemembersAll, "a_quiet_system_stays_quiet", "a list in the cursor"),
    (
        places.CountsItsPlace,
        "a_cursor_is_text_that_a_new_connection_understands",
        "write the place as text",
    ),
    (
        places.RemembersInTheConnection,
        "a_cursor_is_text_that_a_new_connection_understands",
        "only the connection understands",
    ),
    (
        places.SaysNothingOfNothing,
        "an_empty_system_is_read_and_resumed",
        "a Checkpoint has to end every read",
    ),
    (
        places.NeverLooksAtSince,
        "resuming_tells_what_changed_and_not_everything",
        "`whole = True`",
    ),
    (
        places.SaysItIsWhole,
        "a_stream_without_a_feed_tells_everything_each_time",
        "`whole` on a stream that reads only what changed",
    ),
    (
        places.IncludesTheEnd,
        "a_window_has_its_beginning_and_not_its_end",
        "from is included and until is not",
    ),
    (places.AsksForTooMany, "single_records_are_reread_as_they_are", "ask in portions"),
    (places.RevivesTheDead, "single_records_are_reread_as_they_are", "gone has to be left out"),
    (places.ListsAPage, "all_keys_are_listed", "the pages of the list of keys"),
    (places.TellsTheDead, "deletions_are_carried", "told, re-read or listed as if"),
    (places.SwallowsErrors, f"{SHORT}[500]", "an error that is caught"),
    (places.TakesAPageForNothing, f"{SHORT}[HTML instead of data]", "taken for an empty list"),
    (places.LooksAtNothing, f"{SHORT}[empty body]", "before its status, type and shape"),
    (places.CallsARefusalAFailure, "a_refusal_is_told_as_one", "UnauthorisedError for 401"),
    (values.AsksByItself, "a_429_is_waited_for", "a client of the connector's own"),
    (values.TellsFloats, "money_stays_decimal", "float() on a text"),
    (values.MakesDecimalsOfFloats, "money_stays_decimal", "was a float before"),
    (values.ForgetsTheZone, "times_keep_their_zone", "without a zone"),
    (values.TakesUtcForParis, "times_keep_their_zone", "-1 h"),
    (values.KeysAreNumbers, "keys_are_text_unique_and_not_empty", "a key that is no text"),
    (values.KeysOfTwoStalls, "keys_are_text_unique_and_not_empty", "within one shop"),
    (values.CountsItsReads, "reading_twice_tells_the_same", "from the record alone"),
    (values.CountsItsReads, "what_did_not_change_is_not_written_again", "the present time"),
    (
        places.EndsWhereItGetsSlow,
        "a_slow_answer_is_read_and_an_endless_one_given_up",
        "a time-out that is caught",
    ),
    (
        values.TellsAClassOfItsOwn,
        "data_is_of_the_vocabulary_or_a_mapping",
        "a class of crosstie.commerce",
    ),
    (
        values.CachesDicts,
        "what_was_told_does_not_change_what_is_told_next",
        "cached or shared",
    ),
    (values.Strips, TEXTS, "(strip)"),
    (values.Unescapes, TEXTS, "it is unescaped"),
    (values.ReadsLatin1, TEXTS, "UTF-8 is read as Latin-1"),
    (values.MakesNumbers, TEXTS, "turned into one"),
    (values.MakesNothing, TEXTS, "taken for nothing"),
    (values.Composes, TEXTS, "(NFC)"),
    (values.CutsOff, TEXTS, "cut off after 255 characters"),
    (values.LeavesOutWhatItCannotRead, TEXTS, "left out in silence"),
    (values.NamesItsKeyInErrors, SECRET, "a secret shows in an error"),
    (values.LogsItsKey, SECRET, "a secret shows in the log"),
    (values.KeepsItsKey, SECRET, "a secret shows in the file"),
    (values.ShowsItsKey, SECRET, "a secret shows in the repr"),
    (values.OffersAnotherName, "streams_have_the_names_that_are_offered", "streams_offered"),
)
LOCAL_BUGS = (
    (places.ThinksInOneHour, "the_repeated_hour_loses_nothing", "goes back by an hour"),
    (places.KnowsOnlySummer, "the_skipped_hour_loses_nothing", "calculate in UTC"),
    (values.KnowsNoSummer, "times_keep_their_zone", "+1 h"),
)


def broken(bug: type, local: ZoneInfo | None) -> type[Laid]:
    """The tests of a connector with this bug."""
    connector = bug if issubclass(bug, Bazaar) else offering(bug)
    return type("Case", (Laid, SourceConformance), {"plugin": Offer(connector), "local": local})


@pytest.mark.parametrize(
    ("bug", "promise", "cause", "local"),
    [*((*case, None) for case in UTC_BUGS), *((*case, PARIS) for case in LOCAL_BUGS)],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_each_bug_breaks_its_promise_and_is_named(
    judge: Callable[..., dict[str, str]],
    bug: type,
    promise: str,
    cause: str,
    local: ZoneInfo | None,
) -> None:
    name = promise.partition("[")[0]
    failures = judge(broken(bug, local), promise)
    assert [name] == list(failures)
    assert f"promise broken: {name.replace('_', ' ')}" in failures[name]
    assert cause in failures[name]


def test_every_promise_is_broken_by_somebody() -> None:
    broken = {f"test_{promise.partition('[')[0]}" for _, promise, _ in (*UTC_BUGS, *LOCAL_BUGS)}
    promised = {name for name in dir(SourceConformance) if name.startswith("test_")}
    assert broken == promised
