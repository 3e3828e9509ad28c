"""Whatever happens while a shop is read, and wherever reading stops, nothing is missed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie import Checkpoint, Selection

SOME = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Ordinary days, both changes of the clock in Paris, and the hour before each.
STARTS = (
    datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 23, 50, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 40, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 40, tzinfo=UTC),
)


@attrs.frozen
class Deed:
    """Something that happens in the shop after so many more things were read."""

    after: int
    kind: str
    order: int
    wait: int
    stop: bool


deeds = st.lists(
    st.builds(
        Deed,
        after=st.integers(0, 12),
        kind=st.sampled_from(["change", "change", "insert", "delete", "together", "nothing"]),
        order=st.integers(1, 30),
        wait=st.sampled_from([0, 0, 1, 7, 100, 900, 3600]),
        stop=st.booleans(),
    ),
    max_size=12,
)


@attrs.define
class Story:
    """A reader who is stopped now and then, and a shop in which things happen meanwhile."""

    reach: Any
    name: str
    page: int
    noted: dict[str, Any] = attrs.field(factory=dict)
    cursor: str | None = None
    number: int = 0

    def happen(self, deed: Deed) -> None:
        orders = self.reach.shop[self.name]
        self.reach.clock.sleep(deed.wait)
        self.number += 1
        news = {"date_upd": self.reach.shop.now(), "gift_message": f"news {self.number}"}
        if deed.kind == "insert":
            some = orders[next(iter(orders))]
            orders.insert({**some, **news, "id": None, "date_add": news["date_upd"]})
        elif deed.kind == "delete" and deed.order in orders and len(orders) > 3:
            orders.remove(deed.order)
        elif deed.kind == "together":
            for key in [key for key in orders if key % 2 == deed.order % 2]:
                orders.change(key, **news)
        elif deed.kind == "change" and deed.order in orders:
            orders.change(deed.order, **news)

    def read(self, coming: list[Deed]) -> None:
        """Read on from the last checkpoint that was kept, until the end or until stopped."""
        stream = self.reach.stream(
            self.name, page=self.page, workers=1, overlap=timedelta(seconds=5)
        )
        for count, thing in enumerate(
            stream.read(Selection(since=self.cursor, uses=frozenset({"raw"})))
        ):
            if isinstance(thing, Checkpoint):
                self.cursor = thing.cursor
            else:
                self.noted[thing.key] = thing.raw["gift_message"]
            if coming and count >= coming[0].after:
                deed = coming.pop(0)
                self.happen(deed)
                if deed.stop:
                    return

    def missed(self) -> dict[str, tuple[Any, Any]]:
        """By key what the shop holds and what was read last, where they differ."""
        table = self.reach.shop[self.name]
        held = {str(key): table.value(key, "gift_message") for key in table}
        return {
            key: (held[key], self.noted.get(key))
            for key in held
            if key not in self.noted or held[key] != self.noted[key]
        }


@pytest.fixture
def tell(
    reach_of: Callable[..., Any], made_up: Callable[[int, int], Any], clock: Any
) -> Callable[[datetime, list[Deed], int], Story]:
    """Read a shop to the end while things happen in it, and once more a second later."""

    def whole(start: datetime, happenings: list[Deed], page: int) -> Story:
        clock.move(start)
        story = Story(reach_of(made_up(8, 12)), "carts", page)
        coming = list(happenings)
        while coming:
            story.read(coming)
            if coming:
                story.happen(coming.pop(0))
        story.read([])
        clock.sleep(1)
        story.read([])
        return story

    return whole


@pytest.mark.parametrize("start", STARTS)
@given(happenings=deeds, page=st.integers(1, 9))
@SOME
def test_resuming_anywhere_misses_nothing(
    tell: Callable[..., Story], start: datetime, happenings: list[Deed], page: int
) -> None:
    assert tell(start, happenings, page).missed() == {}


@pytest.mark.full
@pytest.mark.parametrize("start", STARTS)
@given(happenings=deeds, page=st.integers(1, 9))
@settings(SOME, max_examples=1000)
def test_resuming_anywhere_misses_nothing_in_a_thousand_stories(
    tell: Callable[..., Story], start: datetime, happenings: list[Deed], page: int
) -> None:
    assert tell(start, happenings, page).missed() == {}


@pytest.mark.parametrize("page", [3, 50])
def test_every_checkpoint_of_a_full_read_is_a_place_to_go_on_from(reach: Any, page: int) -> None:
    whole = reach.read("orders", page=page)
    before: list[str] = []
    cursors = iter(whole.cursors)
    for thing in reach.stream("orders", page=page).read(Selection()):
        if isinstance(thing, Checkpoint):
            rest = reach.read("orders", page=page, since=next(cursors))
            assert not set(before) & set(rest.keys)
            assert sorted([*before, *rest.keys]) == sorted(whole.keys)
        else:
            before.append(thing.key)


@pytest.mark.parametrize("page", [3, 10, 50])
def test_every_checkpoint_of_an_incremental_read_is_a_place_to_go_on_from(
    reach: Any, page: int
) -> None:
    since = reach.read("orders").cursors[-1]
    reach.clock.sleep(3600)
    for key in range(1, 31):
        reach.shop["orders"].change(key, date_upd=reach.shop.now())
        if key % 10 == 0:
            reach.clock.sleep(1)
    before: set[str] = set()
    stream = reach.stream("orders", page=page, workers=1)
    for thing in stream.read(Selection(since=since)):
        if isinstance(thing, Checkpoint):
            rest = reach.read("orders", page=page, since=thing.cursor)
            assert before | set(rest.keys) == {str(key) for key in range(1, 31)}
        else:
            before.add(thing.key)


def test_a_change_at_the_same_time_on_the_clock_an_hour_later_is_not_taken_for_seen(
    reach: Any,
) -> None:
    reach.clock.move(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    first = reach.shop.now()
    reach.shop["orders"].change(7, note="first", date_upd=first)
    reach.clock.sleep(120)
    cursor = reach.read("orders").cursors[-1]
    reach.clock.move(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert reach.shop.now() == first
    reach.shop["orders"].change(7, note="second", date_upd=first)
    assert reach.read("orders", since=cursor).by_key["7"].data.note == "second"
