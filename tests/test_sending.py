"""Past purchases of a whole shop in Connectif: complete, once, and told where they were already."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from tests.dying import run_and_die

from crosstie.options import RunOptions, RunReport
from crosstie.project import Project, open_project
from crosstie.running import run
from crosstie.sandbox import Reply, Server, serve
from crosstie.testing import SimulatedClock
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop

CONFIG = """
[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}
language = "en"

[systems.marketing]
use = "connectif"
url = "{marketing}"
key_id = "{key_id}"
key_secret = {{ env = "MARKETING_SECRET" }}
no_image = "https://shop.example/none.jpg"
settle = "1s"

[flows.purchases]
read = "shop.orders"
write = "marketing.purchases"
again = true
windows = true
{more}
"""
ENVIRONMENT = {"SHOP_KEY": DEFAULT_KEY, "MARKETING_SECRET": KEY_SECRET}
TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATES = {"status": tuple(map(str, range(1, 12)))}


@attrs.define
class Sending:
    """A shop, a store in Connectif, and the config that sends purchases from one to the other."""

    folder: Path
    shop: Shop
    clock: SimulatedClock
    shop_server: Server
    store_server: Server

    @property
    def store(self) -> ConnectifSandbox:
        sandbox = self.store_server.sandbox
        assert isinstance(sandbox, ConnectifSandbox)
        return sandbox

    def project(self, more: str = "") -> Project:
        config = self.folder / "crosstie.toml"
        config.write_text(
            CONFIG.format(
                shop=self.shop_server.url,
                marketing=self.store_server.url,
                key_id=KEY_ID,
                more=more,
            )
        )
        return open_project(config, ENVIRONMENT, clock=self.clock)

    def send(self, project: Project | None = None, **options: Any) -> RunReport:
        (report,) = run(project or self.project(), (), RunOptions(**options))
        return report


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Callable[..., Sending]]:
    """Tie a shop to an empty store that allows 100 requests a minute."""
    with ExitStack() as stack:

        def tie(shop: Shop, per_minute: int = 100) -> Sending:
            clock = SimulatedClock(TODAY)
            store = ConnectifSandbox(clock, per_minute=per_minute)
            shop_server = stack.enter_context(serve(PrestaShopSandbox(shop)))
            return Sending(tmp_path, shop, clock, shop_server, stack.enter_context(serve(store)))

        yield tie


def orders_of(shop: Shop) -> Mapping[str, Mapping[str, Any]]:
    return {str(key): shop["orders"][key] for key in shop["orders"]}


def check_all_is_there(sending: Sending, numbers: set[str]) -> None:
    """Each order is there once, with the shop's total, lines and time."""
    purchases = sending.store.told("purchases")
    orders, zone = orders_of(sending.shop), ZoneInfo("Europe/Paris")
    assert numbers == set(purchases)
    for number, purchase in purchases.items():
        order = orders[number]
        assert Decimal(order["total_paid_tax_incl"]) == purchase["totalPrice"], number
        created = datetime.fromisoformat(order["date_add"]).replace(tzinfo=zone).astimezone(UTC)
        assert created == datetime.fromisoformat(purchase["purchaseDate"]), number
        rows = order["associations"]["order_rows"]
        assert [
            (row["product_id"], int(row["product_quantity"]), Decimal(row["unit_price_tax_incl"]))
            for row in rows
        ] == [
            (line["productId"], line["quantity"], line["unitPrice"])
            for line in purchase["products"]
        ], number


def send_and_die(sending: Sending, place: int, *, done: bool, **options: Any) -> bool:
    project = sending.project()
    servers = sending.shop_server, sending.store_server
    return run_and_die(
        project,
        servers,
        sending.clock,
        lambda opened: sending.send(opened, **options),
        place,
        done=done,
    )


@pytest.mark.feature("N01", "N02", "N03", "N12")
@pytest.mark.parametrize(
    ("until", "number"),
    [
        (date(2025, 5, 17), 150),
        pytest.param(date(2026, 11, 21), 5005, marks=pytest.mark.full),
    ],
)
def test_a_whole_shop_is_sent_once_although_it_is_killed_on_the_way(
    sending: Callable[..., Sending], real_shop: Shop, until: date, number: int
) -> None:
    orders = orders_of(real_shop)
    numbers = {n for n, order in orders.items() if order["date_add"][:10] <= str(until)}
    assert number == len(numbers)
    tied = sending(real_shop)
    dice = Random(5)
    chosen: dict[str, Any] = {"since": date(2024, 12, 1), "until": until, "filters": STATES}
    for killed in range(3):
        place = dice.randrange(number // 4, number // 2)
        assert send_and_die(tied, place, done=killed % 2 == 0, **chosen)
    report = tied.send(**chosen)
    assert ("completed", 0) == (report.status, report.exit_code)
    assert len(numbers) == report.counts["created"] == report.counts["read"]
    check_all_is_there(tied, numbers)
    assert [] == tied.store.store.events
    before = tied.store.told("purchases")
    second = tied.send(**chosen)
    assert {"conflict": len(numbers), "created": 0, "aside": 0} == {
        name: second.counts[name] for name in ("conflict", "created", "aside")
    }
    assert ("completed", 1) == (second.status, second.exit_code)
    assert before == tied.store.told("purchases")
    assert [] == tied.store.store.events
    with tied.project().state() as state:
        first_run, second_run = reversed(state.runs())
        told = [one.detail for one in state.outcomes_of(second_run.id, ["conflict"])]
        assert [] == list(state.outcomes_of(first_run.id, ["conflict", "aside"]))
    assert {
        f'{{"status":409,"title":"Conflict","detail":"Purchase {number} already exists."}}'
        for number in numbers
    } == set(told)


@pytest.fixture
def small(sending: Callable[..., Sending], made_up: Callable[..., Shop]) -> Sending:
    """A small made-up shop, and a store without a limit that is felt."""
    return sending(made_up(12, 40, seed=3), per_minute=100_000)


def refused(small: Sending, text: str, **options: Any) -> None:
    """The run is refused with this text, and nothing was asked of the store."""
    before = sum(small.store_server.requests.values())
    project = small.project()
    report = small.send(project, **options)
    assert ("refused", 2) == (report.status, report.exit_code)
    assert text in (report.error or "")
    assert before == sum(small.store_server.requests.values())
    with project.state() as state:
        assert [] == state.runs()


@pytest.mark.feature("N05")
def test_a_shop_in_several_languages_is_refused_until_one_is_chosen(small: Sending) -> None:
    config = small.project().config.path
    config.write_text(config.read_text().replace('language = "en"\n', "").replace("windows =", "#"))
    project = open_project(config, ENVIRONMENT, clock=small.clock)
    report = small.send(project, since=date(2026, 1, 1), filters=STATES)
    assert ("refused", 2) == (report.status, report.exit_code)
    assert "several languages (en, fr)" in (report.error or "")
    assert 'language = "en" in [systems.shop]' in (report.error or "")
    assert {} == small.store.told("purchases")


@pytest.mark.feature("N06")
@pytest.mark.parametrize(
    ("since", "until", "fits"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 29), date(2025, 3, 1), False),
        (date(2023, 3, 1), date(2024, 3, 1), True),
        (date(2025, 1, 1), date(2026, 1, 2), False),
    ],
)
def test_a_range_is_at_most_one_calendar_year(
    small: Sending, since: date, until: date, fits: bool
) -> None:
    config = small.project().config.path
    config.write_text(config.read_text().replace("windows = true", ""))
    project = open_project(config, ENVIRONMENT, clock=small.clock)
    report = small.send(project, since=since, until=until, filters=STATES)
    assert ("completed" if fits else "refused") == report.status
    if not fits:
        assert f"{since} to {until} is longer than one year" in (report.error or "")


@pytest.mark.feature("N07")
@pytest.mark.parametrize(
    ("since", "fits"), [(date(2021, 11, 22), True), (date(2021, 11, 21), False)]
)
def test_a_range_begins_at_most_five_years_ago(small: Sending, since: date, fits: bool) -> None:
    report = small.send(since=since, until=date(2022, 1, 1), filters=STATES)
    assert ("completed" if fits else "refused") == report.status
    if not fits:
        assert "2021-11-21 is more than 5 years ago: begin on 2021-11-22" in (report.error or "")
    allowed = small.send(
        small.project("older = true"), since=since, until=date(2022, 1, 1), filters=STATES
    )
    assert "completed" == allowed.status


@pytest.mark.feature("N13")
def test_at_least_one_state_has_to_be_chosen(small: Sending) -> None:
    refused(small, "choose at least one status: --status NAME", since=date(2026, 1, 1))


def test_a_range_that_ends_before_it_begins_is_refused(small: Sending) -> None:
    chosen = {"since": date(2026, 6, 30), "until": date(2026, 6, 1), "filters": STATES}
    refused(small, "the range ends (2026-06-01) before it begins (2026-06-30)", **chosen)


def test_a_range_without_orders_is_sent_and_empty(small: Sending) -> None:
    report = small.send(since=date(2022, 1, 1), until=date(2022, 1, 2), filters=STATES)
    assert ("completed", 0, 0) == (report.status, report.exit_code, report.counts["read"])


def test_days_are_the_shops_also_when_its_clock_is_changed(small: Sending) -> None:
    autumn = [
        "2025-10-25 23:59:59", "2025-10-26 00:00:00", "2025-10-26 02:30:00", "2025-10-26 23:59:59",
        "2025-10-27 00:00:00",
    ]  # fmt: skip
    assert "Europe/Paris" == small.shop.zone.key
    keys = sorted(small.shop["orders"])[: len(autumn)]
    for key, moment in zip(keys, autumn, strict=True):
        small.shop["orders"].change(key, date_add=moment, current_state="2")
    day = date(2025, 10, 26)
    report = small.send(since=day, until=day, filters={"status": ("2",)})
    assert 3 == report.counts["read"]
    told = {*small.store.told("purchases"), *asides(small)}
    assert {str(key) for key in keys[1:4]} == told


def asides(sending: Sending) -> list[str]:
    with sending.project().state() as state:
        return [entry.key for entry in state.asides()]


def test_a_sending_that_may_not_go_on_for_an_hour_goes_on_afterwards(small: Sending) -> None:
    chosen: dict[str, Any] = {"since": date(2024, 1, 1), "filters": STATES}
    rest = Reply(429, b"", {"Retry-After": "3600"})
    small.store_server.fail(
        "answer", matches=lambda request: request.method == "POST", skip=5, reply=rest
    )
    stopped = small.send(**chosen)
    assert "stopped" == stopped.status
    assert 5 <= stopped.counts["created"] <= 6  # two writers
    assert "may not be asked for another 3600 s" in (stopped.error or "")
    small.clock.sleep(3601)
    report = small.send(**chosen)
    assert (stopped.run, "completed", 0) == (report.run, report.status, report.counts["conflict"])
    assert report.counts["created"] == len(small.store.told("purchases"))
    assert [] == small.store.store.events
