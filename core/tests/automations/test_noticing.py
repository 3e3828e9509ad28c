"""What is noticed by looking at a shop: each kind of event, and no event too many."""

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie import Record, RecordError, Ref, UnavailableError
from crosstie.commerce import CreditSlip, Customer, Order, Product
from crosstie.watching import watches_of

from .conftest import Bench
from .kiosk import Kiosk

KINDS = ("customer_registered", "customer_updated", "order_placed", "order_status_changed")


def watching(bench: Bench, *kinds: str, **settings: Any) -> None:
    """Let there be an automation for each of these kinds."""
    for kind in kinds:
        bench.automation(kind.replace("_", "-"), f"shop.{kind}", **settings)


def test_the_first_look_at_an_old_shop_raises_nothing(bench: Bench) -> None:
    watching(bench, *KINDS, "product_created", "order_refunded")
    bench.kiosk.portion = 500
    for number in range(2_000):
        bench.customer(str(number))
    bench.order("1")
    bench.kiosk.tell("products", Record("1", Product(code="p")))
    bench.kiosk.tell("credit_slips", Record("1", CreditSlip(key="1")))

    bench.run()

    assert ([], [], 0) == (bench.events(), bench.journeys(), len(bench.kiosk.done))


def test_a_first_look_that_was_broken_off_raises_nothing_when_it_goes_on(bench: Bench) -> None:
    watching(bench, "customer_registered")
    bench.kiosk.portion = 500
    for number in range(2_000):
        bench.customer(str(number))

    def fail(record: Record) -> None:
        if record.key == "1200":
            bench.kiosk.reading = lambda _: None
            raise ConnectionResetError

    bench.kiosk.reading = fail
    with pytest.raises(ConnectionResetError):
        bench.run()
    bench.customer("new")
    bench.run()
    bench.customer("newer")
    bench.run()

    assert [("customer_registered", "newer")] == bench.told()
    starts = [selection.since for _, selection in bench.kiosk.selections]
    assert [None, "1000", "2001"] == starts


def test_a_second_system_has_a_first_look_of_its_own(bench: Bench) -> None:
    watching(bench, "customer_registered")
    bench.customer("1")
    bench.run()
    bench.kiosks["other"] = Kiosk()
    bench.systems += '[systems.other]\nuse = "kiosk"\n'
    bench.automation("others", "other.customer_registered")
    bench.kiosks["other"].tell("customers", Record("7", Customer(email="x@example.com")))
    bench.customer("2")

    bench.run()
    bench.kiosks["other"].tell("customers", Record("8", Customer(email="y@example.com")))
    bench.run()

    events = [(event.system, event.key) for event in bench.events()]
    assert [("shop", "2"), ("other", "8")] == events


def test_from_the_beginning_what_was_there_is_an_event_for_those_who_want_it(bench: Bench) -> None:
    bench.automation("all", "shop.customer_registered", from_="beginning")
    bench.automation("new", "shop.customer_registered")
    bench.customer("1")

    bench.run()
    bench.customer("2")
    bench.run()

    assert [("customer_registered", "1"), ("customer_registered", "2")] == bench.told()
    assert ["all", "all", "new"] == sorted(one.automation for one in bench.journeys())


def test_a_customer_registers_once_and_is_updated_with_each_change(bench: Bench) -> None:
    watching(bench, *KINDS)
    bench.run()
    bench.customer("1", version="1")
    bench.run()
    bench.customer("1", version="1")
    bench.run()
    for version in ("2", "1", "2"):
        bench.customer("1", version=version)
        bench.run()

    assert ["customer_registered", *["customer_updated"] * 3] == [kind for kind, _ in bench.told()]


def test_without_versions_the_content_tells_what_changed(bench: Bench) -> None:
    watching(bench, "customer_updated")
    start = bench.clock.now()
    for lastname in ("Byron", "King", "King", "Byron", "King"):
        person = Customer(email="ada@example.com", lastname=lastname, created=start)
        bench.kiosk.tell("customers", Record("1", person))
        bench.run()

    assert 3 == len(bench.told())


def test_what_is_missed_between_two_looks_is_one_change(bench: Bench) -> None:
    watching(bench, *KINDS)
    bench.run()
    bench.order("1", "new")
    bench.run()
    for state in ("paid", "sent", "paid", "sent"):
        bench.order("1", state)
    bench.customer("1", version="1")
    bench.customer("1", version="2")
    bench.run()

    *_, placed, registered, changed = bench.events()
    assert ["order_placed", "customer_registered", "order_status_changed"] == [
        event.kind for event in (placed, registered, changed)
    ]
    more = bench.more(changed)
    assert ("new", "sent") == (more["old"].key, more["new"].key)


def test_a_guest_registers_with_their_account(bench: Bench) -> None:
    watching(bench, "customer_registered")
    bench.run()
    bench.customer("1", "Ada@example.com", guest=True)
    bench.run()
    assert [] == bench.told()
    registered = bench.clock.now() + timedelta(days=3)
    bench.customer("1", "Ada@example.com", version="2", guest=False, updated=registered)
    bench.run()

    (event,) = bench.events()
    assert ("1", registered) == (event.key, event.at)
    assert ["ada@example.com"] == [journey.who for journey in bench.journeys()]


def test_an_account_beside_an_older_guest_is_the_same_person(bench: Bench) -> None:
    watching(bench, "customer_registered", entry="customer")
    bench.run()
    bench.customer("1", "Ada@example.com", guest=True)
    bench.customer("2", "ada@EXAMPLE.com", guest=False)
    bench.customer("3", " ada@example.com ", guest=None)
    bench.run()

    assert ["2", "3"] == [key for _, key in bench.told()]
    assert ["ada@example.com"] == [journey.who for journey in bench.journeys()]


def test_a_change_of_state_tells_old_and_new_with_their_flags(bench: Bench) -> None:
    bench.automation(
        "paid",
        "shop.order_status_changed",
        {"do": "shop.say", "with": {"text": "{{ order.number }} {{ old.key }} {{ new.key }}"}},
        when="{{ new.paid and not old.paid }}",
    )
    bench.run()
    for state in ("new", "checked", "paid", "sent", "paid"):
        bench.order("1", state)
        bench.run()

    assert ["1 checked paid", "1 sent paid"] == bench.kiosk.said


def test_a_state_that_comes_back_is_another_change(bench: Bench) -> None:
    watching(bench, "order_status_changed")
    bench.run()
    for state in ("new", "paid", "new", "paid", "paid"):
        bench.order("1", state)
        bench.run()

    assert 3 == len(bench.told())


def test_an_order_that_gets_its_first_state_later_changes_then(bench: Bench) -> None:
    watching(bench, "order_status_changed", "order_placed")
    bench.run()
    for state in (None, None, "new", None, "new"):
        bench.order("1", state)
        bench.run()

    assert [("order_placed", "1"), ("order_status_changed", "1")] == bench.told()
    assert None is bench.more(bench.events()[1])["old"]


def test_each_credit_slip_and_each_product_is_an_event_once(bench: Bench) -> None:
    watching(bench, "order_refunded", "product_created")
    bench.run()
    slip = CreditSlip(key="5", amount=Decimal("9.90"), customer=Ref("customers", "17"))
    for version in ("1", "2"):
        bench.kiosk.tell("credit_slips", Record("5", slip, version))
        bench.kiosk.tell("products", Record("3", Product(code="p", name=version), version))
        bench.run()

    assert [("product_created", "3"), ("order_refunded", "5")] == sorted(bench.told(), reverse=True)
    assert ["shop customers 17"] == [one.who for one in bench.journeys("order-refunded")]


def test_a_person_is_the_same_whatever_tells_of_them(bench: Bench) -> None:
    watching(bench, "customer_registered", "order_placed")
    bench.run()
    bench.customer("17", " ")
    unknown = Order(number="1", customer=Ref("customers", "17"), created=bench.clock.now())
    bench.kiosk.tell("orders", Record("1", unknown))
    bench.customer("1", "C1@example.com")
    bench.order("2", person="1")
    bench.run()

    who = sorted(journey.who for journey in bench.journeys())
    assert [*["c1@example.com"] * 2, *["shop customers 17"] * 2] == who


def test_what_is_deleted_or_broken_raises_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    watching(bench, "customer_registered", "order_placed")
    bench.run()
    caplog.set_level(logging.WARNING)
    bench.kiosk.tell("customers", Record("1", None, deleted=True))
    bench.kiosk.tell("customers", Record("2", {"line": "?"}, error=RecordError("no e-mail in it")))
    bench.kiosk.tell("customers", Record("3", Customer(email="\ud83c@example.com")))
    bench.customer("4", lastname="x" * 1_000_001)
    bench.customer("5")
    bench.run()

    assert [("customer_registered", "5")] == bench.told()
    assert [
        "shop.customers 2 raises no event: no e-mail in it",
        "shop.customers 3 raises no event: it holds half a character, which no text can be made of",
        "shop.customers 4 raises no event: more than 1000000 characters or elements",
    ] == [record.getMessage() for record in caplog.records]


def test_a_stream_of_other_records_is_refused_in_a_sentence(bench: Bench) -> None:
    watching(bench, "customer_registered")
    bench.kiosk.tell("customers", Record("1", {"email": "ada@example.com"}))

    report = bench.run()

    assert (3, 1) == (report.exit_code, len(report.errors))
    assert "1 is a dict, and no crosstie.commerce.Customer" in report.errors[0]


def test_a_stream_that_tells_all_each_time_is_compared(bench: Bench) -> None:
    bench.kiosk.whole = True
    watching(bench, *KINDS)
    bench.customer("1")
    bench.run()
    bench.customer("2")
    bench.order("1", "new")
    bench.run()
    bench.order("1", "paid")
    bench.run()
    bench.run()

    assert [
        ("customer_registered", "2"),
        ("order_placed", "1"),
        ("order_status_changed", "1"),
    ] == bench.told()
    assert {None} == {selection.since for _, selection in bench.kiosk.selections}


def test_a_new_kind_on_a_watched_stream_is_noticed_from_now_on(bench: Bench) -> None:
    watching(bench, "customer_updated")
    bench.customer("1")
    bench.run()
    bench.customer("2")
    bench.run()
    watching(bench, "customer_registered")
    bench.run()
    bench.customer("3")
    bench.run()

    assert [("customer_registered", "3")] == bench.told()


def test_what_happened_while_nobody_wanted_to_know_is_no_event(bench: Bench) -> None:
    watching(bench, "customer_registered", "order_placed")
    bench.run()
    without = bench.automations.pop("customer-registered")
    bench.customer("1")
    bench.order("1")
    bench.run()
    orders = bench.automations.pop("order-placed")
    bench.run()
    bench.order("2")
    bench.run()
    bench.automations |= {"customer-registered": without, "order-placed": orders}
    bench.run()
    bench.customer("2")
    bench.order("3")
    bench.run()

    assert [("order_placed", "1"), ("customer_registered", "2"), ("order_placed", "3")] == (
        bench.told()
    )


def test_what_happened_while_the_program_was_off_is_noticed_afterwards(bench: Bench) -> None:
    watching(bench, "customer_registered")
    bench.run()
    bench.customer("1")
    bench.run("30d")

    assert [("customer_registered", "1")] == bench.told()


def test_a_system_that_is_down_does_not_keep_the_others_from_being_looked_at(bench: Bench) -> None:
    bench.kiosks["other"] = Kiosk(unreachable=UnavailableError("nobody there"))
    bench.systems += '[systems.other]\nuse = "kiosk"\n'
    bench.automation("others", "other.customer_registered")
    watching(bench, "customer_registered")
    bench.run()
    bench.customer("1")
    report = bench.run()

    assert [("customer_registered", "1")] == bench.told()
    assert (3, ("other: nobody there",)) == (report.exit_code, report.errors)


def test_the_costly_details_that_templates_look_at_are_asked_for(bench: Bench) -> None:
    bench.automation(
        "orders",
        "shop.order_placed",
        {"do": "shop.say", "with": {"text": "{{ order.payments | length }}"}},
        when="{{ data.discounts }}",
    )
    bench.run()

    uses = bench.kiosk.selections[0][1].uses
    assert {"payments", "discounts"} <= uses


def test_systems_are_looked_at_as_often_as_the_most_eager_automation_wants(bench: Bench) -> None:
    watching(bench, "customer_registered", every="5m")
    watching(bench, "order_placed", every="20s", stop="shop.product_created")
    (watch,) = watches_of(bench.project().config)

    assert (timedelta(seconds=20), ["customers", "products", "orders"]) == (
        watch.every,
        watch.streams,
    )


def test_times_are_kept_as_they_are(bench: Bench) -> None:
    watching(bench, "customer_registered")
    bench.run()
    bench.clock.move(datetime(2026, 12, 24, 18, tzinfo=UTC))
    bench.customer("1")
    bench.run("5m")

    (event,) = bench.events()
    assert (datetime(2026, 12, 24, 18, tzinfo=UTC), bench.clock.now()) == (event.at, event.received)
