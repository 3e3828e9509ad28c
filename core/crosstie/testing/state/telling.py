"""The promises about what people look at: set-aside records, runs, outcomes, and forgetting."""

from datetime import timedelta

import attrs

from crosstie.state import FlowTimes, Link, State, new_id
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.state.case import KEY, NOW, StateCase, aside, intent, key_of, outcome

HOUR = timedelta(hours=1)


class Telling(StateCase):
    """Nothing is lost that somebody may ask for, and nothing is kept that must be forgotten."""

    def test_one_entry_is_kept_aside_per_flow_and_key(self, state: State) -> None:
        """A record that fails each night is one thing to look at, with its newest reason.

        Usually entries pile up, or settling one flow's entry closes another's.
        """
        state.set_aside([aside("1"), aside("2")])
        state.set_aside([aside("1", "worse")])
        reasons = {entry.key: entry.reason for entry in state.asides("customers")}
        self.same({"1": "worse", "2": "no"}, reasons, "does the newer entry replace the older?")
        found = state.asides("customers", ["2", "3"])
        self.same([aside("2")], found, "does an entry come back as it was kept?")
        state.settle_asides("orders", ["1"])
        state.settle_asides("customers", ["1"])
        self.same([aside("2")], state.asides(), "is only what was dealt with closed?")

    def test_an_entry_is_due_by_time_or_when_what_it_waits_for_is_linked(
        self, state: State
    ) -> None:
        """An order waits for its customer, and is written as soon as that one is there.

        Usually links of another source or into another table count too.
        """
        later, waits = NOW + HOUR, ("customers", "1", "people")
        state.set_aside([aside("now"), aside("later", next_at=later)])
        state.set_aside([aside("waits", next_at=later, waits_for=waits)])

        def due(minutes: int = 0) -> list[str]:
            now = NOW + timedelta(minutes=minutes)
            return sorted(state.due_asides("customers", now, "shop", "crm"))

        self.same(["now"], due(), "is an entry due when its time has come, and not before?")
        state.add_links([(KEY._replace(source="other"), Link("r1")), (key_of("2"), Link("r2"))])
        state.add_links([(KEY._replace(table="companies"), Link("r3"))])
        self.same(["now"], due(), "is it just this source, stream, key and table?")
        state.add_links([(KEY, Link("r1"))])
        self.same(["now", "waits"], due(), "is it due once that record is linked?")
        self.same(["later", "now", "waits"], due(60), "and when its time has come?")

    def test_runs_are_listed_newest_first_with_their_counts(
        self, state: State, clock: SimulatedClock
    ) -> None:
        """The history shows what ran, how it ended and what it did.

        Usually runs are sorted by their end, which some do not have.
        """
        first = new_id(clock.now())
        state.start_run(first, "customers", "full")
        clock.sleep(1)
        state.start_run(new_id(clock.now()), "orders", "changes")
        state.finish_run(first, "completed", {"read": 3}, None)
        listed = [(run.flow, run.status) for run in state.runs()]
        expected = [("orders", "running"), ("customers", "completed")]
        self.same(expected, listed, "are the newest first?")
        self.same([{"read": 3}], [run.counts for run in state.runs("customers")], "with counts?")
        self.same(1, len(state.runs(limit=1)), "are there at most as many as asked for?")

    def test_outcomes_come_newest_first_and_old_ones_are_pruned(self, state: State) -> None:
        """What became of a record can be told for as long as the config says.

        Usually times are compared as texts of different zones.
        """
        old = outcome("1", at=NOW - timedelta(days=91))
        state.add_outcomes([old, outcome("1", '{"a":1}', NOW - HOUR), outcome("1", '{"a":2}')])
        listed = [one.detail for one in state.outcomes("shop", "customers", "1")]
        self.same(['{"a":2}', '{"a":1}', "{}"], listed, "are the newest first?")
        self.same(1, state.prune(NOW - timedelta(days=90)), "is it told how many were dropped?")
        left = state.outcomes("shop", "customers", "1")
        self.same(
            [outcome("1", '{"a":2}'), outcome("1", '{"a":1}', NOW - HOUR)],
            left,
            "do newer ones stay?",
        )

    def test_a_sending_that_did_not_end_is_found_and_goes_on(
        self, state: State, clock: SimulatedClock
    ) -> None:
        """A run over dates that was killed goes on as the same run, and one that ended does not.

        Usually an older run that ended hides behind a newer one, or the other way about.
        """
        self.same(None, state.unfinished_run("orders", "2026"), "is there none at first?")
        first = new_id(clock.now())
        state.start_run(first, "orders", "window", "2026", 3)
        found = state.unfinished_run("orders", "2026")
        told = found and (found.id, found.selection, found.token, found.status)
        self.same((first, "2026", 3, "running"), told, "is it told with its selection and token?")
        self.same(None, state.unfinished_run("orders", "2025"), "is it just this selection?")
        self.same(None, state.unfinished_run("customers", "2026"), "and just this flow?")
        state.finish_run(first, "stopped", {"read": 2}, "down")
        state.resume_run(first, 4)
        (run,) = state.runs()
        now = (run.id, run.status, run.finished, run.error, run.token, run.counts)
        self.same((first, "running", None, None, 4, {"read": 2}), now, "does it go on?")
        state.finish_run(first, "completed", {"read": 5}, None)
        self.same(None, state.unfinished_run("orders", "2026"), "and is it not taken up again?")

    def test_what_a_sending_has_dealt_with_is_told(self, state: State) -> None:
        """A sending that goes on leaves out what it has dealt with.

        Usually the keys of two passes are mixed up.
        """
        state.see("run 1", ["1", "2"])
        state.see("run 2", ["3"])
        self.same({"1"}, state.seen("run 1", ["1", "3", "4"]), "is it just this pass?")
        state.end_pass("run 1")
        self.same(set(), state.seen("run 1", ["1", "2"]), "is it forgotten at the end?")
        self.same({"3"}, state.seen("run 2", ["3"]), "and the other one not?")

    def test_what_became_of_the_records_of_a_run_is_told_by_key(self, state: State) -> None:
        """A report of a run of any size is read bit by bit.

        Usually what is at the border of two bits is lost or told twice.
        """
        keys = [f"{number:04}" for number in range(1203)]
        state.add_outcomes([outcome(key) for key in reversed(keys)])
        state.add_outcomes([attrs.evolve(outcome("other"), run="another")])
        run = outcome("1").run
        self.same(keys, [one.key for one in state.outcomes_of(run)], "is each told once, in order?")
        self.same(
            [], list(state.outcomes_of(run, ["aside"])), "are just those told that are asked for?"
        )

    def test_times_of_a_flow_are_kept_apart(self, state: State) -> None:
        """When a flow began last, and when it was last compared with its source as a whole.

        Usually noting one of them empties the other.
        """
        self.same(FlowTimes(None, None), state.times("f"), "is never told as None?")
        state.set_times("f", started=NOW)
        state.set_times("f", reconciled=NOW + HOUR)
        self.same(FlowTimes(NOW, NOW + HOUR), state.times("f"), "does the other one stay?")

    def test_forgetting_a_person_erases_all_text_about_them(self, state: State) -> None:
        """Who asks to be forgotten is, and nobody else.

        Usually ``_`` and ``%`` in an e-mail are taken for wildcards.
        """
        state.set_aside([aside("1", record='{"email":"ada_l@example.com"}'), aside("2")])
        state.add_outcomes(
            [outcome("3", '{"email":"ada_l@example.com"}'), outcome("4", "adaxl@example.com")]
        )
        state.intend([intent("ada_l@example.com"), intent("bob@example.com")])
        erased = state.forget("ada_l@example.com")
        counts = [erased.get(table) for table in ("asides", "outcomes", "intents")]
        self.same([1, 1, 1], counts, "is it told what was erased?")
        self.same(["2"], [entry.key for entry in state.asides()], "is only theirs erased?")
        self.same([], state.outcomes("shop", "customers", "3"), "are outcomes erased?")
        kept = state.outcomes("shop", "customers", "4")
        self.same([outcome("4", "adaxl@example.com")], kept, "is only theirs erased?")
        naturals = [one.natural for one in state.open_intents("customers")]
        self.same(["bob@example.com"], naturals, "is only theirs erased?")
