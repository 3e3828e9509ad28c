"""Journeys go on step by step, each step once, whatever happens in between."""

import itertools
import logging
import threading
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from crosstie import (
    PluginError,
    RejectedError,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)
from crosstie.acting import connected, settle
from crosstie.automating import automate
from crosstie.journeying import LONGEST_PAUSE
from crosstie.packing import unpacked
from crosstie.state import Deed, Journey
from crosstie.testing import SimulatedClock

from .conftest import Bench
from .kiosk import Kiosk
from .mortal import Mortal, run_and_die

REGISTERED = "shop.customer_registered"


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"do": "shop.say", "with": {"text": text}, **more}


def give(text: str, **more: Any) -> dict[str, Any]:
    return {"do": "shop.give", "with": {"text": text}, **more}


def begin(bench: Bench, *steps: dict[str, Any], **settings: Any) -> None:
    """Let a customer register who begins a journey with these steps."""
    bench.automation("a", REGISTERED, *steps, **settings)
    bench.run()
    bench.customer("1")
    bench.run()


def journey(bench: Bench) -> Journey:
    """The only journey."""
    (found,) = bench.journeys("a")
    return found


def deeds(bench: Bench, *statuses: str) -> list[Deed]:
    with closing(bench.state()) as state:
        return state.deeds(statuses)


def test_steps_are_done_in_their_order(bench: Bench) -> None:
    begin(bench, say("one"), say("two"), say("three"))

    assert (["one", "two", "three"], "done") == (bench.kiosk.said, journey(bench).status)


def test_the_same_deed_is_told_by_its_journey_and_step(bench: Bench) -> None:
    begin(bench, say("one"), say("two", when="{{ true }}", otherwise=[say("three")]))

    id_ = journey(bench).id
    assert [f"journey {id_} step 1", f"journey {id_} step 2"] == [o for *_, o in bench.kiosk.done]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["start", "english", "end"]),
        ("it", ["start", "other", "italian", "end"]),
        ("fr", ["start", "other", "neither", "none", "end"]),
    ],
)
def test_conditions_choose_between_steps_also_nested(
    bench: Bench, language: str, said: list[str]
) -> None:
    inner = say(
        "italian",
        when="{{ customer.language == 'it' }}",
        otherwise=[say("neither"), say("none", when="{{ not customer.firstname }}")],
    )
    bench.automation(
        "a",
        REGISTERED,
        say("start"),
        say(
            "english",
            when="{{ customer.language == 'en' }}",
            otherwise=[say("other"), inner],
        ),
        say("never", when="{{ false }}"),
        say("end"),
    )
    bench.run()
    bench.customer("1", language=language)
    bench.run()

    assert said == bench.kiosk.said


@pytest.mark.feature("F22")
def test_what_a_step_saved_is_known_to_all_later_steps(bench: Bench) -> None:
    begin(
        bench,
        give("welcome", save="coupon"),
        {"wait": "1d"},
        say("{{ coupon.code }} number {{ coupon.number + 1 }}", save="mail"),
        say("{{ mail.code }}", when="{{ coupon.code == 'C-welcome' }}"),
    )
    bench.run("1d")

    assert ["welcome", "C-welcome number 2", "C-C-welcome number 2"] == bench.kiosk.said
    assert {"coupon", "mail"} == set(unpacked(journey(bench).saved))


def test_a_wait_is_as_long_as_it_says(bench: Bench) -> None:
    begin(bench, {"wait": "90m"}, say("one"), {"wait": "1d"}, say("two"))
    start = bench.clock.now()
    assert start + timedelta(minutes=90) == journey(bench).due
    bench.run("89m")
    assert [] == bench.kiosk.said
    bench.run("1m")
    assert ["one"] == bench.kiosk.said
    bench.run("23h")
    bench.run("1h")

    assert ["one", "two"] == bench.kiosk.said


@pytest.mark.parametrize(
    ("until", "pause"),
    [
        ("{{ customer.created | plus('2h') }}", timedelta(hours=2)),
        ("{{ customer.created }}", timedelta(0)),
        ("{{ event.at | plus('-5d') }}", timedelta(0)),
    ],
)
def test_a_wait_until_a_time_ends_then_and_at_once_where_it_is_over(
    bench: Bench, until: str, pause: timedelta
) -> None:
    begin(bench, {"wait_until": until}, say("one"))
    assert (["one"] if not pause else []) == bench.kiosk.said
    bench.run(pause)

    assert ["one"] == bench.kiosk.said


@pytest.mark.parametrize(
    ("until", "why"),
    [
        ("{{ customer.birthday }}", "expected a time, found None"),
        ("{{ customer.email }}", "expected a time, found 'c1@example.com'"),
        ("{{ customer.email | plus('1d') }}", "neither a time with a zone nor a date"),
    ],
)
def test_a_wait_until_something_else_fails_with_a_sentence(
    bench: Bench, until: str, why: str
) -> None:
    begin(bench, {"wait_until": until}, say("one"))

    told = journey(bench)
    assert ("failed", []) == (told.status, bench.kiosk.said)
    assert str(told.error).startswith(f"step 1: wait_until = {until!r}: ")
    assert why in str(told.error)


def test_a_wrong_template_is_told_with_the_steps_label(bench: Bench) -> None:
    wrong = say("{{ customer.lastname.first }}")
    begin(bench, say("one"), say("two", when="{{ false }}", otherwise=[wrong]))

    told = journey(bench)
    assert ("failed", ["one"]) == (told.status, bench.kiosk.said)
    expected = "step 2.otherwise.1: text: 'first' is looked up on something that is None"
    assert expected == told.error


def test_wrong_parameters_are_told_before_anything_is_done(bench: Bench) -> None:
    begin(bench, say("{{ customer.email * 10 }}"))

    assert ("failed", []) == (journey(bench).status, bench.kiosk.said)
    assert "step 1: shop.say: text: at most 100 letters, not 140" == journey(bench).error
    assert [] == deeds(bench, "open", "trying", "uncertain", "failed", "done")


def test_a_system_that_is_down_is_tried_again_with_longer_and_longer_pauses(bench: Bench) -> None:
    bench.kiosk.mishaps = [UnavailableError("down")] * 9
    begin(bench, say("one"), say("two"))
    pauses = []
    for _ in range(9):
        due = journey(bench).due
        assert due is not None
        pauses.append((due - bench.clock.now()) // timedelta(minutes=1))
        assert ("waiting", "step 1, shop.say: down") == (
            journey(bench).status,
            journey(bench).error,
        )
        bench.run(due - bench.clock.now())

    assert [1, 2, 4, 8, 16, 32, 60, 60, 60] == pauses
    assert (["one", "two"], "done", None, 0) == (
        *(bench.kiosk.said, journey(bench).status),
        *(journey(bench).error, journey(bench).attempts),
    )
    assert timedelta(hours=1) == LONGEST_PAUSE


def test_of_many_journeys_a_few_find_out_that_a_system_is_down(bench: Bench) -> None:
    bench.automation("a", REGISTERED, say("one"))
    bench.automation("b", REGISTERED, {"do": "other.say", "with": {"text": "two"}})
    bench.systems += '[systems.other]\nuse = "kiosk"\n'
    bench.kiosks["other"] = Kiosk()
    bench.run()
    asked: list[str] = []
    bench.kiosk.doing = asked.append
    bench.kiosk.mishaps = [UnavailableError("down")] * 100
    for number in range(100):
        bench.customer(str(number))
    bench.run()
    assert len(asked) <= 16
    assert 100 == len(bench.kiosks["other"].said)
    assert ["waiting"] * 100 == bench.statuses("a")
    bench.kiosk.mishaps.clear()
    bench.run("1m")

    assert ["done"] * 100 == bench.statuses("a")
    assert 100 == len(bench.kiosk.said)


def test_what_is_refused_fails_and_can_be_tried_again_by_hand(bench: Bench) -> None:
    bench.kiosk.mishaps = [RejectedError("no such mailbox")]
    begin(bench, say("one"), say("two"))
    assert 1 == len(bench.journeys())
    told = journey(bench)
    assert ("failed", "step 1, shop.say: no such mailbox", None) == (
        *(told.status, told.error),
        told.due,
    )
    bench.run("1d")
    assert [] == bench.kiosk.said
    bench.retry(told)
    bench.run()

    assert (["one", "two"], "done") == (bench.kiosk.said, journey(bench).status)


def test_a_report_tells_what_failed_and_what_is_uncertain(bench: Bench) -> None:
    bench.automation("a", REGISTERED, give("one", save="x"))
    bench.run()
    bench.kiosk.mishaps = [RejectedError("no")]
    bench.customer("1")
    report = bench.run()

    assert (1, 1) == (report.exit_code, report.counts["failed"])


def test_an_uncertain_step_whose_result_nobody_needs_does_not_hold_up_the_journey(
    bench: Bench,
) -> None:
    bench.kiosk.mishaps = [UncertainError("the answer was lost")]
    begin(bench, say("one"), say("two"), {"wait": "1d"}, say("three"))

    told = journey(bench)
    assert (["two"], "waiting", 0) == (bench.kiosk.said, told.status, told.attempts)
    assert "step 1, shop.say: shop.say: the answer was lost; look into shop" in str(told.error)
    (deed,) = deeds(bench, "uncertain")
    assert (f"journey {told.id} step 1", "say") == (deed.once, deed.action)
    bench.run("1d")
    assert (["two", "three"], "done") == (bench.kiosk.said, journey(bench).status)
    assert "the answer was lost" in str(journey(bench).error)


@pytest.mark.parametrize(("done", "said"), [(True, ["two -"]), (False, ["one", "two C-one"])])
def test_an_uncertain_step_whose_result_is_needed_waits_until_people_have_looked(
    bench: Bench, done: bool, said: list[str]
) -> None:
    bench.kiosk.mishaps = [UncertainError("the answer was lost")]
    begin(bench, say("one", save="first"), say("two {{ first.code | default('-') }}"))
    told = journey(bench)
    assert ("uncertain", None, []) == (told.status, told.due, bench.kiosk.said)
    bench.retry(told)
    bench.run()
    assert ("uncertain", []) == (journey(bench).status, bench.kiosk.said)
    project = bench.project()
    with closing(project.state()) as state, closing(connected(project, state)) as pools:
        settle(pools, state, "shop.say", f"journey {told.id} step 1", done=done)
    bench.retry(journey(bench))
    bench.run()

    assert (said, "done") == (bench.kiosk.said, journey(bench).status)


def test_a_deed_that_can_be_found_again_is_never_uncertain(bench: Bench) -> None:
    lost = UncertainError("the answer was lost")
    bench.kiosk.mishaps, bench.kiosk.after_it = [lost], [lost]
    begin(bench, give("one", save="coupon"), say("{{ coupon.code }}"))

    assert (["one", "C-one"], "done", None) == (
        *(bench.kiosk.said, journey(bench).status),
        journey(bench).error,
    )


@attrs.define
class Interrupted:
    """A clock on which the first wait is ended by somebody who stops the program."""

    clock: SimulatedClock
    stop: threading.Event

    def now(self) -> datetime:
        return self.clock.now()

    def sleep(self, seconds: float) -> bool:
        self.stop.set()
        return False


def test_a_stop_while_a_deed_is_looked_for_leaves_the_journey_where_it_was(bench: Bench) -> None:
    bench.automation("a", REGISTERED, give("one", save="coupon"), say("{{ coupon.code }}"))
    bench.run()
    bench.customer("1")
    project = bench.project()
    bench.kiosk.mishaps = [UncertainError("the answer was lost")]
    automate(attrs.evolve(project, clock=Interrupted(bench.clock, project.stop)))
    assert ("waiting", []) == (journey(bench).status, bench.kiosk.said)
    project.stop.clear()
    bench.run()

    assert (["one", "C-one"], "done") == (bench.kiosk.said, journey(bench).status)


def test_a_changed_automation_does_not_disturb_who_is_on_the_way(bench: Bench) -> None:
    begin(bench, say("one"), {"wait": "1d"}, say("two"), say("three"))
    bench.automation("a", REGISTERED, say("other"))
    bench.customer("2")
    bench.run()
    bench.run("1d")

    assert ["one", "other", "two", "three"] == bench.kiosk.said


def test_a_removed_automation_lets_those_on_the_way_come_to_their_end(bench: Bench) -> None:
    begin(bench, say("one"), {"wait": "1d"}, say("two"))
    bench.automations.clear()
    bench.run("1d")

    assert (["one", "two"], "done") == (bench.kiosk.said, journey(bench).status)


def test_a_removed_system_fails_the_journey_with_a_sentence(bench: Bench) -> None:
    bench.systems += '[systems.other]\nuse = "kiosk"\n'
    begin(bench, {"wait": "1d"}, {"do": "other.say", "with": {"text": "one"}})
    bench.systems = bench.systems.partition("[systems.other]")[0]
    bench.automations.clear()
    bench.run("1d")

    assert "failed" == journey(bench).status
    assert "step 2: there is no action 'other.say'" in str(journey(bench).error)


@pytest.mark.parametrize("status", ["cancelled", "stopped"])
def test_who_is_ended_while_a_step_is_done_goes_no_further(bench: Bench, status: str) -> None:
    def end(text: str) -> None:
        with closing(bench.state()) as state:
            (found,) = state.journeys("a")
            state.keep_journey(attrs.evolve(found, status=status, due=None))

    bench.kiosk.doing = end
    begin(bench, say("one"), say("two"), {"emit": "goal"})

    assert (["one"], status) == (bench.kiosk.said, journey(bench).status)
    assert [] == bench.events("goal")


def test_who_is_forgotten_while_a_step_is_done_goes_no_further(bench: Bench) -> None:
    def forget(text: str) -> None:
        with closing(bench.state()) as state:
            state.forget("c1@example.com")

    bench.kiosk.doing = forget
    begin(bench, say("one"), say("two"))

    assert (["one"], []) == (bench.kiosk.said, bench.journeys())


def test_a_bug_in_a_plugin_fails_its_journey_and_no_other(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    bench.automation("a", REGISTERED, say("{{ key }}"))
    bench.run()
    bench.kiosk.mishaps = [ZeroDivisionError("oh"), None]
    for key in ("1", "2"):
        bench.customer(key)
    report = bench.run()

    assert ["done", "failed"] == sorted(bench.statuses())
    assert (1, 1) == (report.exit_code, len(bench.kiosk.said))
    (failed,) = [one for one in bench.journeys() if one.status == "failed"]
    assert str(failed.error).endswith("see the log: ZeroDivisionError: oh")
    assert "Traceback" in caplog.text
    bench.retry(failed)
    bench.run()
    assert 1 == len(deeds(bench, "uncertain"))


def test_a_plugin_that_cannot_be_used_fails_its_journey_and_no_other(bench: Bench) -> None:
    bench.automation("a", REGISTERED, say("{{ key }}"))
    bench.run()
    bench.kiosk.mishaps = [PluginError("it needs another version"), None]
    for key in ("1", "2"):
        bench.customer(key)
    bench.run()

    assert ["done", "failed"] == sorted(bench.statuses())
    assert ["it needs another version"] == [one.error for one in bench.journeys() if one.error]


def test_a_system_that_refuses_to_let_us_in_is_tried_again(bench: Bench) -> None:
    bench.kiosk.unreachable = UnauthorisedError("the key is wrong")
    bench.automation("a", "crosstie.go", say("one"))
    bench.automation("b", REGISTERED, {"emit": "go"})
    bench.run()
    bench.kiosk.unreachable = None
    bench.run()
    bench.customer("1")
    bench.kiosk.mishaps = [UnauthorisedError("the key is wrong")]
    bench.run()
    assert ["waiting"] == bench.statuses("a")
    bench.run("1m")

    assert ["one"] == bench.kiosk.said


@pytest.mark.parametrize("workers", [1, 3])
def test_journeys_side_by_side_share_the_workers_of_a_system(bench: Bench, workers: int) -> None:
    bench.systems += f"workers = {workers}\n"
    bench.automation("a", REGISTERED, say("one"), say("two"))
    bench.run()
    for number in range(24):
        bench.customer(str(number))
    together, turns = threading.Barrier(workers), itertools.count()

    def meet(text: str) -> None:
        if next(turns) < workers:
            together.wait(30)

    bench.kiosk.doing = meet
    bench.run()

    assert (48, workers) == (len(bench.kiosk.said), bench.kiosk.busiest)
    assert ["done"] * 24 == bench.statuses()


def test_one_journey_that_takes_long_does_not_hold_up_new_events(bench: Bench) -> None:
    bench.automation("slow", REGISTERED, say("slow"), {"emit": "first"})
    bench.automation("quick", "shop.order_placed", {"emit": "second"})
    bench.automation("last", "crosstie.second", {"do": "other.say", "with": {"text": "x"}})
    bench.systems += '[systems.other]\nuse = "kiosk"\n'
    bench.kiosks["other"] = Kiosk()
    bench.run()
    over = threading.Event()
    bench.kiosk.doing = lambda _: over.wait(30)
    bench.kiosks["other"].doing = lambda _: over.set()
    bench.customer("1")
    bench.order("1")
    bench.run()

    assert over.is_set()
    assert ["done"] * 3 == bench.statuses()


def test_a_journey_goes_on_wherever_it_was_killed(bench: Bench) -> None:
    steps = (give("one", save="coupon"), {"wait": "1s"}, say("{{ coupon.code }}"), {"emit": "goal"})
    bench.automation("a", REGISTERED, *steps)
    bench.automation("b", "crosstie.goal", give("last"))
    bench.run()
    bench.customer("1")
    for last in range(60):
        with closing(bench.state()) as state:
            run_and_die(bench.project(), Mortal(state, last % 7))
        bench.clock.sleep(61)
    bench.run()

    assert ["done", "done"] == bench.statuses()
    assert [1, 1] == [bench.kiosk.said.count(text) for text in ("one", "last")]
    assert 1 == bench.kiosk.said.count("C-one") + len(deeds(bench, "uncertain"))
