"""Abandoned carts: told once for each rest that was over before an order was seen."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie import Record
from crosstie.commerce import Cart
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.state import Lease, scratch_state
from crosstie.testing import SimulatedClock
from crosstie.watching import watches_of

from .conftest import LINES, Bench
from .kiosk import Kiosk
from .mortal import KilledError, Mortal

ABANDONED = "shop.cart_abandoned"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """A shop that was looked at, with an automation two hours after a cart was left."""
    bench.automation("two-hours", ABANDONED, after="2h")
    bench.run()
    return bench


def test_a_cart_that_rests_is_abandoned_once(shop: Bench) -> None:
    touched = shop.clock.now()
    shop.cart("7")
    for minutes in (1, 110, 8, 1, 60, 600):
        shop.run(minutes * MINUTE)

    (event,) = shop.events()
    assert ("cart_abandoned", "7", touched + timedelta(hours=2)) == (
        event.kind,
        event.key,
        event.at,
    )
    assert {"after": 7200} == shop.more(event)
    assert (["two-hours 7"], ["c1@example.com"]) == (
        shop.kiosk.said,
        [journey.who for journey in shop.journeys()],
    )


def test_a_cart_that_is_touched_again_rests_anew(shop: Bench) -> None:
    shop.cart("7")
    shop.run("90m")
    shop.cart("7")
    shop.run("90m")
    assert [] == shop.told()
    shop.run("30m")
    assert 1 == len(shop.told())
    shop.cart("7")
    shop.run("119m")
    assert 1 == len(shop.told())
    shop.run("1m")
    assert 2 == len(shop.told())


def test_each_automation_has_its_own_rest(shop: Bench) -> None:
    shop.automation("a-day", ABANDONED, after="1d")
    shop.automation("too", ABANDONED, after="2h")
    shop.cart("7")
    shop.cart("8", person="2")
    shop.run("1h")
    shop.run("1h")
    assert ["too 7", "too 8", "two-hours 7", "two-hours 8"] == sorted(shop.kiosk.said)
    shop.cart("8", person="2")
    shop.run("22h")
    assert 6 + 1 == len(shop.kiosk.said)
    assert "a-day 7" in shop.kiosk.said
    shop.run("2h")

    assert 8 == len(shop.kiosk.said)
    assert "a-day 8" in shop.kiosk.said


def test_after_a_long_pause_every_rest_that_is_over_is_told_in_order(shop: Bench) -> None:
    shop.automation("a-day", ABANDONED, after="1d")
    shop.cart("7")
    shop.run("3d")

    assert [7200, 86400] == [shop.more(event)["after"] for event in shop.events()]


@pytest.mark.parametrize("earlier", ["3h", "0s", "1m"])
def test_no_cart_is_abandoned_of_which_an_order_was_seen(shop: Bench, earlier: str) -> None:
    shop.cart("7")
    shop.cart("8")
    if earlier != "0s":
        shop.run("1m")
    shop.order("1", cart="7")
    if earlier == "1m":
        shop.run("1m")
    shop.run("3h")
    shop.cart("7")
    shop.run("3h")

    assert [("cart_abandoned", "8")] == shop.told()


def test_a_cart_that_is_ordered_before_it_was_read_is_not_abandoned(shop: Bench) -> None:
    shop.order("1", cart="7")
    shop.run("1m")
    shop.cart("7")
    shop.run("3h")

    assert [] == shop.told()


def test_an_order_after_the_abandonment_ends_what_it_began(shop: Bench) -> None:
    shop.automation(
        "two-hours",
        ABANDONED,
        {"wait": "1h"},
        {"do": "shop.say", "with": {"text": "{{ customer.email }}"}},
        after="2h",
        stop="shop.order_placed",
        stop_when="{{ stop.order.cart.key == key }}",
    )
    shop.cart("7")
    shop.cart("8")
    shop.run("2h")
    shop.order("1", cart="7")
    shop.run("30m")
    shop.run("30m")

    assert ["done", "stopped"] == sorted(shop.statuses())
    assert ["c1@example.com"] == shop.kiosk.said
    (stopped,) = [one for one in shop.journeys() if one.status == "stopped"]
    assert "shop.order_placed 1" == stopped.error


@pytest.mark.parametrize("cart", [{"person": None}, {"lines": ()}, {"touched": None}])
def test_an_anonymous_or_empty_cart_is_nobodys_until_it_is_somebodys(
    shop: Bench, cart: dict[str, Any]
) -> None:
    shop.cart("7", **cart) if "touched" not in cart else shop.kiosk.tell(
        "carts", Record("7", Cart(customer=None))
    )
    shop.run("3h")
    assert [] == shop.told()
    shop.cart("7")
    shop.run("2h")
    assert [("cart_abandoned", "7")] == shop.told()


def test_a_cart_that_becomes_somebodys_in_the_same_second_is_watched(shop: Bench) -> None:
    second = shop.clock.now()
    shop.cart("7", second, person=None)
    shop.run()
    shop.cart("7", second)
    shop.run("1m")
    shop.run("2h")

    assert ["c1@example.com"] == [journey.who for journey in shop.journeys()]


def test_a_cart_that_is_emptied_or_deleted_is_not_abandoned(shop: Bench) -> None:
    for key in ("7", "8"):
        shop.cart(key)
    shop.run("1h")
    shop.cart("7", lines=())
    shop.kiosk.tell("carts", Record("8", None, deleted=True))
    shop.run("1h")
    shop.run("3h")

    assert [] == shop.told()


def test_carts_of_the_first_look_are_left_alone_until_somebody_touches_them(bench: Bench) -> None:
    bench.automation("two-hours", ABANDONED, after="2h")
    bench.cart("7")
    bench.cart("8")
    bench.run()
    bench.kiosk.tell("carts", *bench.kiosk.log["carts"])
    bench.run("5h")
    bench.run("5h")
    assert [] == bench.told()
    bench.cart("7")
    bench.run("2h")
    assert [("cart_abandoned", "7")] == bench.told()


def test_from_the_beginning_carts_that_were_left_before_are_told_too(bench: Bench) -> None:
    bench.automation("old", ABANDONED, after="2h", from_="beginning")
    bench.automation("new", ABANDONED, after="2h")
    start = bench.clock.now()
    for key, hours in (("7", 50), ("8", 1), ("9", 50)):
        bench.cart(key, start - timedelta(hours=hours))
    bench.order("1", cart="9")
    bench.run()
    assert [("cart_abandoned", "7")] == bench.told()
    bench.run("1h")
    bench.cart("8")
    bench.run("2h")

    assert ["7", "8", "8"] == [key for _, key in bench.told()]
    assert ["new 8", "old 7", "old 8", "old 8"] == sorted(bench.kiosk.said)


@pytest.mark.parametrize("minutes", [-180, -60, -1, 1, 60, 180])
def test_a_wrong_clock_of_the_shop_lets_carts_rest_as_long(shop: Bench, minutes: int) -> None:
    wrong = minutes * MINUTE
    for _ in range(4):
        shop.cart("7", shop.clock.now() + wrong)
        shop.run("1m")
    for _ in range(59):
        shop.run("2m")
    assert [] == shop.told()
    shop.run("3m")
    assert [("cart_abandoned", "7")] == shop.told()


def test_carts_that_were_left_while_the_program_was_off_have_rested_since_then(shop: Bench) -> None:
    shop.cart("7", shop.clock.now() + timedelta(hours=10))
    shop.run("13h")

    assert [("cart_abandoned", "7")] == shop.told()


def test_a_rest_of_less_than_a_second_counts(bench: Bench) -> None:
    bench.automation("soon", ABANDONED, after="300ms")
    bench.run()
    bench.cart("7")
    bench.run("1s")
    bench.run("1s")

    assert [{"after": 1}] == [bench.more(event) for event in bench.events()]


def test_carts_are_not_told_late_when_an_automation_comes_back(shop: Bench) -> None:
    shop.cart("7")
    shop.run("1m")
    text = shop.automations.pop("two-hours")
    shop.cart("8")
    shop.run("1m")
    shop.automations["two-hours"] = text
    shop.run("30d")
    shop.run("1d")
    assert [] == shop.told()
    shop.cart("7")
    shop.run("2h")
    assert [("cart_abandoned", "7")] == shop.told()


def test_before_all_orders_are_read_no_cart_is_abandoned(shop: Bench) -> None:
    shop.cart("7")
    for number in range(4):
        shop.order(str(number), cart="7" if number == 3 else None)
    project = shop.project()

    def stop(record: Record) -> None:
        if record.key == "2":
            project.stop.set()

    shop.kiosk.reading = stop
    shop.run("3h")
    project.stop.clear()
    shop.kiosk.reading = lambda _: None
    shop.run()

    assert [] == shop.told()


# Random histories of carts and orders:

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("touch"), st.sampled_from("123"), st.sampled_from(["full", "empty"])),
        st.tuples(st.just("order"), st.sampled_from("123")),
        st.tuples(st.just("wait"), st.integers(1, 90)),
        st.tuples(st.just("look")),
        st.tuples(st.just("tell again")),
    ),
    max_size=25,
)
RESTS = (timedelta(minutes=60), timedelta(minutes=100))


class Story:
    """A shop, what was seen of it at the looks, and which rests must be told."""

    def __init__(self, bench: Bench, clock: SimulatedClock) -> None:
        self.bench, self.clock = bench, clock
        bench.kiosks["shop"] = Kiosk()
        self.carts: dict[str, tuple[datetime, bool]] = {}
        self.ordered: set[str] = set()
        self.quiet: dict[str, datetime] = {}
        self.expected: set[tuple[str, str]] = set()
        self.looked = False

    def step(self, step: tuple[Any, ...], poll: Callable[[], object]) -> None:
        match step:
            case ("touch", key, content):
                self.carts[key] = (self.clock.now(), content == "full")
                self.bench.cart(key, lines=LINES if content == "full" else ())
            case ("order", key):
                self.ordered.add(key)
                self.bench.order(key, cart=key)
            case ("wait", minutes):
                self.clock.move(self.clock.now() + minutes * MINUTE)
            case ("tell again",):
                newest = {record.key: record for record in self.bench.kiosk.log["carts"]}
                self.bench.kiosk.tell("carts", *newest.values())
            case _:
                poll()
                self.see()

    def see(self) -> None:
        if not self.looked:
            self.quiet = {key: touched for key, (touched, _) in self.carts.items()}
        self.looked = True
        for key, (touched, full) in self.carts.items():
            if full and key not in self.ordered and self.quiet.get(key) != touched:
                for rest in RESTS:
                    if touched + rest <= self.clock.now():
                        told = f"{touched.isoformat()} {int(rest.total_seconds())}"
                        self.expected.add((key, told))


@pytest.fixture
def project(bench: Bench) -> Project:
    for number, rest in enumerate(RESTS):
        bench.automation(f"a{number}", ABANDONED, after=f"{rest // MINUTE}m")
    return bench.project()


@given(steps=STEPS, killed=st.lists(st.integers(0, 12), max_size=6))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_exactly_the_rests_that_were_over_without_an_order_are_told_also_when_killed(
    bench: Bench,
    clock: SimulatedClock,
    project: Project,
    steps: list[tuple[Any, ...]],
    killed: list[int],
) -> None:
    story, deaths = Story(bench, clock), list(killed)
    with scratch_state(Path("nowhere.db"), clock) as state:

        def poll() -> None:
            """Look until a look comes to its end."""
            (watch,) = watches_of(project.config)
            while True:
                mortal: Any = Mortal(state, deaths.pop() if deaths else None)
                lease = state.acquire("watches", f"test:{len(deaths)}:0", 0)
                assert isinstance(lease, Lease)
                try:
                    with closing(Pools(project, mortal)) as pools:
                        watch.poll(pools, mortal, lease)
                except KilledError:
                    continue
                state.release(lease)
                return

        for step in [*steps, ("look",)]:
            story.step(step, poll)
        told = state.query("SELECT key, version FROM events")
        new = [(event.key, event.version) for event in state.new_events(1_000)]

    assert sorted(story.expected) == sorted(told) == sorted(new)


def test_the_customer_of_a_cart_is_known_by_name(shop: Bench) -> None:
    shop.automation(
        "two-hours",
        ABANDONED,
        {"do": "shop.say", "with": {"text": "{{ customer.email }} {{ cart.lines | length }}"}},
        after="2h",
    )
    shop.cart("7")
    shop.run("2h")

    assert ["c1@example.com 1"] == shop.kiosk.said
