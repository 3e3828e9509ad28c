"""What events begin and end: each once, as often as an automation lets people in."""

from contextlib import closing
from datetime import timedelta

import pytest

from crosstie import Record, Ref, RejectedError, UncertainError
from crosstie.automating import automate
from crosstie.commerce import Customer, Order
from crosstie.dispatching import UNDECIDED, Dispatch
from crosstie.happening import told
from crosstie.state import EventRow, Lease, new_id

from .conftest import Bench
from .mortal import Mortal, run_and_die

REGISTERED = "shop.customer_registered"


def orders(bench: Bench, *keys: str, person: str = "1") -> None:
    """Orders of a person are placed and noticed."""
    for key in keys:
        bench.order(key, person=person)
    bench.run()


def mail(bench: Bench, text: str) -> list[str]:
    return [one for one in bench.kiosk.said if one.startswith(text)]


def test_an_event_begins_every_automation_that_waits_for_it(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.automation(name, REGISTERED)
    bench.automation("c", "shop.order_placed")
    bench.run()
    bench.customer("1")
    report = bench.run()

    assert ["a 1", "b 1"] == sorted(bench.kiosk.said)
    assert {"noticed": 1, "events": 1, "begun": 2, "steps": 2, "done": 2} == report.counts


def test_only_events_for_which_when_is_true_begin_anything(bench: Bench) -> None:
    bench.automation("a", REGISTERED, when="{{ customer.newsletter and customer.language }}")
    bench.run()
    for key, newsletter, language in (
        ("0", True, "en"),
        ("1", False, "en"),
        ("2", None, "en"),
        ("3", True, ""),
    ):
        bench.customer(key, newsletter=newsletter, language=language)
    bench.run()

    assert ["a 0"] == bench.kiosk.said


def test_by_default_each_event_may_enter(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed")
    bench.run()
    orders(bench, "1", "2")
    orders(bench, "3")

    assert 3 == len(bench.kiosk.said)


def test_a_customer_enters_once_also_much_later_and_after_pruning(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed", entry="customer")
    bench.automation("b", "shop.order_placed", entry="customer")
    bench.run()
    orders(bench, "1", "2")
    bench.clock.move(bench.clock.now() + timedelta(days=400))
    bench.run()
    assert [] == bench.journeys()
    orders(bench, "3")
    orders(bench, "4", person="2")

    assert ["a 1", "a 4", "b 1", "b 4"] == sorted(bench.kiosk.said)


def test_a_customer_enters_again_after_so_long(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed", entry="7d")
    bench.run()
    orders(bench, "1")
    bench.run("6d")
    orders(bench, "2")
    bench.run("1d")
    orders(bench, "3", "4")
    orders(bench, "5", person="2")

    assert ["a 1", "a 3", "a 5"] == sorted(bench.kiosk.said)


def test_per_says_whose_limit_it_is(bench: Bench) -> None:
    bench.automation(
        "a", "shop.order_placed", entry="customer", per="{{ order.payment_method | upper }}"
    )
    bench.run()
    bench.order("1", person="1", payment_method="card")
    bench.order("2", person="2", payment_method="CARD ")
    bench.order("3", person="1", payment_method="cash")
    bench.order("4", person="1", payment_method=None)
    bench.order("5", person="1", payment_method=None)
    bench.run()

    assert ["a 1", "a 3", "a 4"] == sorted(bench.kiosk.said)


def test_a_stop_event_ends_the_journeys_of_its_person_whoever_the_limit_is_for(
    bench: Bench,
) -> None:
    bench.automation(
        "a",
        REGISTERED,
        {"wait": "1d"},
        {"do": "shop.say", "with": {"text": "{{ customer.email }}"}},
        per="{{ customer.language }}",
        stop="shop.order_placed",
    )
    bench.run()
    bench.customer("1", language="en")
    bench.customer("2", language="it")
    bench.run()
    orders(bench, "7", person="1")
    bench.run("1d")

    assert (["stopped", "done"], ["c2@example.com"]) == (bench.statuses(), bench.kiosk.said)
    assert "shop.order_placed 7" == bench.journeys()[0].error


def test_a_stop_event_ends_what_failed_or_is_uncertain_too(bench: Bench) -> None:
    step = {"do": "shop.say", "with": {"text": "{{ key }}"}, "save": "said"}
    bench.automation("a", REGISTERED, step, stop="shop.order_placed")
    bench.run()
    for key, error in (("1", RejectedError("no")), ("2", UncertainError("lost"))):
        bench.kiosk.mishaps = [error]
        bench.customer(key)
        bench.run()
    assert ["failed", "uncertain"] == bench.statuses()
    orders(bench, "1", person="1")
    orders(bench, "2", person="2")

    assert ["stopped", "stopped"] == bench.statuses()


def test_an_event_may_end_one_journey_and_begin_the_next(bench: Bench) -> None:
    last = ({"wait": "1h"}, {"do": "shop.say", "with": {"text": "{{ key }}"}})
    bench.automation("a", "shop.order_placed", *last, stop="shop.order_placed")
    bench.run()
    orders(bench, "1")
    orders(bench, "2", "3")
    bench.run("1h")

    assert (["stopped", "stopped", "done"], ["3"]) == (bench.statuses(), bench.kiosk.said)


def test_stop_when_chooses_which_journeys_end(bench: Bench) -> None:
    bench.automation(
        "a",
        "shop.order_placed",
        {"wait": "1h"},
        stop="shop.order_status_changed",
        stop_when="{{ stop.key == key and new.key == 'cancelled' }}",
    )
    bench.run()
    orders(bench, "1", "2")
    bench.order("1", "paid")
    bench.order("2", "cancelled")
    bench.run()

    assert ["waiting", "stopped"] == bench.statuses()


def test_where_stop_when_cannot_be_decided_people_decide(bench: Bench) -> None:
    bench.automation(
        "a",
        REGISTERED,
        {"wait": "1h"},
        {"do": "shop.say", "with": {"text": "{{ key }}"}},
        stop="shop.order_placed",
        stop_when="{{ order.total > 10 }}",
    )
    bench.run()
    bench.customer("1")
    bench.run()
    orders(bench, "1")
    (journey,) = bench.journeys()
    assert ("failed", None) == (journey.status, journey.due)
    assert "stop_when = '{{ order.total > 10 }}':" in str(journey.error)
    bench.retry(journey)
    bench.run()

    assert ["1"] == bench.kiosk.said


def test_events_of_the_first_look_end_nothing(bench: Bench) -> None:
    bench.automation("old", "shop.order_placed", from_="beginning")
    bench.automation("a", REGISTERED, {"wait": "1d"}, stop="shop.order_placed")
    bench.order("1", person="1")
    with closing(bench.state()) as state:
        state.add_events([registered(bench, "1")])
    bench.run()

    assert ["waiting"] == bench.statuses("a")
    assert ["old 1"] == bench.kiosk.said


def registered(bench: Bench, key: str) -> EventRow:
    """A customer's registration as it comes in by HTTP."""
    now = bench.clock.now()
    person = Customer(email=f"c{key}@example.com")
    return EventRow(
        id=new_id(now),
        system="shop",
        kind="customer_registered",
        key=key,
        version="1",
        at=None,
        received=now,
        data=told(person, {}),
    )


def test_a_when_that_cannot_be_decided_is_a_failed_journey(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed", when="{{ order.total > 10 }}")
    bench.run()
    orders(bench, "1")

    (journey,) = bench.journeys()
    assert ("failed", UNDECIDED, []) == (journey.status, journey.place, bench.kiosk.said)
    assert str(journey.error).startswith("when = '{{ order.total > 10 }}': ")


@pytest.mark.parametrize(
    ("mended", "status", "said"),
    [
        ("{{ not order.total }}", "done", ["a 1"]),
        ("{{ order.total }}", "stopped", []),
        ("{{ order.total > 5 }}", "failed", []),
    ],
)
def test_it_is_decided_anew_when_it_is_tried_again(
    bench: Bench, mended: str, status: str, said: list[str]
) -> None:
    bench.automation("a", "shop.order_placed", when="{{ order.total > 10 }}")
    bench.run()
    orders(bench, "1")
    bench.automation("a", "shop.order_placed", when=mended)
    bench.retry(bench.journeys()[0])
    bench.run()

    assert ([status], said) == (bench.statuses(), bench.kiosk.said)


def test_it_does_not_go_on_undecided_when_its_automation_is_gone(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed", when="{{ order.total > 10 }}")
    bench.run()
    orders(bench, "1")
    bench.automations.clear()
    bench.retry(bench.journeys()[0])
    bench.run()

    (journey,) = bench.journeys()
    assert ("failed", []) == (journey.status, bench.kiosk.said)
    assert "its automation is gone" in str(journey.error)


@pytest.mark.feature("F10")
def test_an_automation_may_begin_another_one_as_a_funnel_does(bench: Bench) -> None:
    bench.automation(
        "first",
        REGISTERED,
        {"do": "shop.give", "with": {"text": "10 percent"}, "save": "coupon"},
        {"wait": "1d"},
        {"emit": "goal", "with": {"email": "{{ customer.email }}", "code": "{{ coupon.code }}"}},
        {"do": "shop.say", "with": {"text": "first is over"}},
    )
    bench.automation(
        "second",
        "crosstie.goal",
        {"do": "shop.say", "with": {"text": "{{ data.email }} {{ data.code }}"}},
        {"emit": "second_goal"},
    )
    bench.automation("third", "crosstie.second_goal", entry="customer")
    bench.run()
    bench.customer("1")
    bench.run()
    bench.run("1d")

    assert ["10 percent", "c1@example.com C-10 percent", "first is over"] == [
        text for text in sorted(bench.kiosk.said) if not text.startswith("third")
    ]
    assert 1 == len(mail(bench, "third"))
    assert ["c1@example.com"] == list({journey.who for journey in bench.journeys()})


def test_a_step_emits_its_event_once_also_when_it_is_killed(bench: Bench) -> None:
    bench.automation("first", REGISTERED, {"emit": "goal"}, {"emit": "goal"}, {"wait": "1s"})
    bench.automation("second", "crosstie.goal")
    bench.run()
    bench.customer("1")
    for last in range(12):
        with closing(bench.state()) as state:
            run_and_die(bench.project(), Mortal(state, last))
    bench.run()

    assert 2 == len(mail(bench, "second"))
    assert 2 == sum(event.kind == "goal" for event in bench.events())


def test_each_event_is_dealt_with_once_whenever_the_program_dies(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed", entry="customer")
    bench.automation("b", "shop.order_placed", {"wait": "1h"}, stop="shop.order_placed")
    bench.run()
    for number in range(6):
        bench.order(str(number), person=str(number % 3))
    deaths = 0
    for last in range(40):
        with closing(bench.state()) as state:
            mortal = Mortal(state, last % 5)
            run_and_die(bench.project(), mortal)
            deaths += mortal.commits > last % 5
    bench.run()

    assert (["a 0", "a 1", "a 2"], 6) == (sorted(bench.kiosk.said), len(bench.told()))
    assert ["stopped"] * 3 + ["waiting"] * 3 == bench.statuses("b")
    assert deaths > 10


def test_a_burst_is_dealt_with_once_and_completely(bench: Bench) -> None:
    bench.automation("a", REGISTERED)
    bench.run()
    with closing(bench.state()) as state:
        state.add_events([registered(bench, str(number)) for number in range(1_000)])
    report = bench.run()

    assert (1_000, 1_000, 1_000) == tuple(
        report.counts[name] for name in ("events", "begun", "done")
    )
    assert sorted(f"a {number}" for number in range(1_000)) == sorted(bench.kiosk.said)


def test_events_are_left_for_later_when_the_program_is_to_stop(bench: Bench) -> None:
    bench.automation("a", REGISTERED)
    bench.run()
    with closing(bench.state()) as state:
        state.add_events([registered(bench, "1")])
        lease = state.acquire("automations", "test:1:1", 60)
        assert isinstance(lease, Lease)
        project = bench.project()
        project.stop.set()
        assert (0, 0) == Dispatch(project, state, lease).some()
        project.stop.clear()
        assert (1, 1) == Dispatch(project, state, lease).some()
        assert (0, 0) == Dispatch(project, state, lease).some()
        state.release(lease)


def test_an_order_without_a_known_customer_is_somebodys(bench: Bench) -> None:
    bench.automation("a", "shop.order_placed", entry="customer")
    bench.run()
    for key, customer in (("1", Ref("customers", "9")), ("2", Ref("customers", "9")), ("3", None)):
        order = Order(number=key, customer=customer, created=bench.clock.now())
        bench.kiosk.tell("orders", Record(key, order, key))
    automate(bench.project())

    assert ["shop customers 9", "shop order_placed 3"] == [one.who for one in bench.journeys()]
