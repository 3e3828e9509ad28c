"""Whole flows: through the runner, on the simulated clock, with tokens that rotate on the way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from crosstie import Ref, Request
from crosstie.commerce import Currency, Customer, Order
from crosstie.options import RunReport
from crosstie.planning import plan
from crosstie.project import Project
from crosstie.sandbox import Server
from crosstie.sinks import Planned
from crosstie.testing import SimulatedClock
from crosstie.testing.counterparts import Counterparts, Script, Shelf
from crosstie_pelican.sandbox import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, PelicanSandbox

EUR = Ref("currencies", "1", Currency(code="EUR"))
SECRETS = {"CLIENT_SECRET": CLIENT_SECRET, "REFRESH_TOKEN": REFRESH_TOKEN}
SYSTEM = """
[systems.{name}]
use = "pelican"
url = "{url}"
client_id = "{client}"
client_secret = {{ env = "CLIENT_SECRET" }}
refresh_token = {{ env = "REFRESH_TOKEN" }}
workers = 1
rate = {rate}
"""
SHOP = """
[systems.shop]
use = "kit-source"

[flows.customers]
read = "shop.customers"
write = "news.contacts"

[flows.orders]
read = "shop.orders"
write = "news.purchases"
"""
BOTH = """
[flows.people]
read = "old.contacts"
write = "news.contacts"
on_delete = "delete"
set = { external_id = "{{ key }}" }
"""

Open = Callable[..., Project]
Run = Callable[..., dict[str, RunReport]]


def system(server: Server, name: str = "news", rate: int = 60) -> str:
    """The config of a Pelican."""
    return SYSTEM.format(name=name, url=server.url, client=CLIENT_ID, rate=rate)


class Shop:
    """A shop with as many customers and orders as a test likes."""

    def __init__(self) -> None:
        self.customers, self.orders = Script("customers"), Script("orders")
        scripts = {"customers": self.customers, "orders": self.orders}
        self.plugin = Counterparts(scripts, Shelf())

    def customer(self, number: int, city: str = "Rome") -> Customer:
        data = Customer(email=f"c{number}@example.com", firstname=city)
        self.customers.tell(str(number), data)
        return data

    def order(self, number: int, customer: int, data: Customer | None = None) -> None:
        order = Order(
            number=str(number),
            customer=Ref("customers", str(customer), data),
            currency=EUR,
            total=Decimal("12.90"),
            created=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        )
        self.orders.tell(str(number), order)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def slow(clock: SimulatedClock, serve: Callable[..., Server]) -> Server:
    """A Pelican on a plan of 60 requests a minute; it notes when what was asked."""
    return noted(serve(PelicanSandbox(clock)), clock)


def noted(server: Server, clock: SimulatedClock) -> Server:
    times: list[tuple[datetime, Request]] = []

    def note(request: Request) -> bool:
        times.append((clock.now(), request))
        return False

    server.fail("answer", matches=note)
    vars(server)["times"] = times
    return server


def asked(server: Server) -> list[tuple[datetime, Request]]:
    """When what was asked, without the requests for tokens, which do not count."""
    times: list[tuple[datetime, Request]] = vars(server)["times"]
    return [(at, request) for at, request in times if request.path != "/oauth/token"]


def refreshed(server: Server) -> int:
    """How often a refresh token was used."""
    times: list[tuple[datetime, Request]] = vars(server)["times"]
    return sum(request.path == "/oauth/token" for _, request in times)


def sandbox(server: Server) -> PelicanSandbox:
    assert isinstance(server.sandbox, PelicanSandbox)
    return server.sandbox


def counts(report: RunReport) -> tuple[str, int, int]:
    assert report.error is None, report.error
    return report.status, report.counts["created"], report.counts["aside"]


def test_orders_come_with_their_contacts_at_the_pace_that_pelican_allows(
    slow: Server, shop: Shop, project: Open, run: Run, clock: SimulatedClock
) -> None:
    people = [shop.customer(number) for number in range(700)]
    for number in range(800):
        shop.order(number, number, people[number] if number < 700 else Customer())
    began = clock.now()
    reports = run(project(system(slow) + SHOP, SECRETS, kit=shop.plugin))
    assert ("completed", 700, 0) == counts(reports["customers"])
    assert ("completed", 800, 0) == counts(reports["orders"])
    assert 800 == len(sandbox(slow).told()) == len(sandbox(slow).purchases())
    taken = clock.now() - began
    times = [at for at, _ in asked(slow)]
    every = timedelta(seconds=60 / 55)
    assert (len(times) - 6) * every - timedelta(seconds=1) <= taken <= timedelta(minutes=3)
    assert all(sum(start <= at < start + timedelta(minutes=1) for at in times) <= 60
               for start in times)  # fmt: skip
    assert 0 == sandbox(slow).refused


def test_a_refresh_token_that_rotates_in_the_middle_of_a_run_is_followed(
    serve: Callable[..., Server], shop: Shop, project: Open, run: Run, clock: SimulatedClock
) -> None:
    server = noted(serve(PelicanSandbox(clock, per_minute=1)), clock)
    for number in range(900):
        shop.customer(number)
    began = clock.now()
    (report, _) = run(project(system(server, rate=1) + SHOP, SECRETS, kit=shop.plugin)).values()
    assert ("completed", 900, 0) == counts(report)
    times = [at for at, _ in asked(server)]
    assert {timedelta(minutes=1)} == {later - at for at, later in pairwise(times)}
    assert timedelta(minutes=len(times) - 1) == clock.now() - began
    assert 2 == refreshed(server)


def test_a_program_that_is_started_again_goes_on_with_the_token_that_it_was_given_last(
    slow: Server, shop: Shop, project: Open, run: Run, *, clock: SimulatedClock, tmp_path: Path
) -> None:
    for number in range(30):
        shop.customer(number)
    down = slow.fail("drop", matches=lambda one: one.path.endswith(":lookup"), times=99)
    config = system(slow) + SHOP
    (report,) = run(project(config, SECRETS, kit=shop.plugin), "customers").values()
    assert "stopped" == report.status
    down.times = 0
    clock.sleep(3600)
    (report,) = run(project(config, SECRETS, kit=shop.plugin), "customers").values()
    assert ("completed", 30, 0) == counts(report)
    assert 2 == refreshed(slow)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert [] == [token for token in sandbox(slow).tokens.given if token.encode() in kept]


def test_a_plan_uses_up_no_token_that_a_run_needs(
    slow: Server, shop: Shop, project: Open, run: Run, clock: SimulatedClock
) -> None:
    shop.customer(1)
    opened = project(system(slow) + SHOP, SECRETS, kit=shop.plugin)
    told: list[Planned] = []
    plan(opened, ["customers"], tell=told.append)
    assert ["create"] == [one.op for one in told]
    assert [] == sandbox(slow).told()
    clock.sleep(3600)
    assert ("completed", 1, 0) == counts(run(opened, "customers")["customers"])


def test_a_plan_tells_what_would_change_in_pelican(
    slow: Server, shop: Shop, project: Open, run: Run
) -> None:
    opened = project(system(slow) + SHOP, SECRETS, kit=shop.plugin)
    shop.order(1, 1, shop.customer(1))
    run(opened)
    shop.customer(1, "Lyon")
    shop.order(1, 2)
    told: list[Planned] = []
    plan(opened, tell=told.append)
    assert [
        ("customers", "update", {"first_name": ("Rome", "Lyon")}),
        ("orders", "aside", {}),
    ] == [(one.flow, one.op, dict(one.changes)) for one in told]


def test_a_new_authorisation_takes_the_place_of_a_revoked_one(
    slow: Server, shop: Shop, project: Open, run: Run, clock: SimulatedClock
) -> None:
    shop.customer(1)
    config = system(slow) + SHOP
    run(project(config, SECRETS, kit=shop.plugin), "customers")
    sandbox(slow).tokens.revoke()
    shop.customer(2)
    (report,) = run(project(config, SECRETS, kit=shop.plugin), "customers").values()
    assert "stopped" == report.status
    assert "Authorise Crosstie there anew" in str(report.error)
    sandbox(slow).tokens.plant("prt_anew", ["contacts:read", "contacts:write"])
    anew = project(config, {**SECRETS, "REFRESH_TOKEN": "prt_anew"}, kit=shop.plugin)
    assert ("completed", 1, 0) == counts(run(anew, "customers")["customers"])


def test_one_pelican_is_moved_to_another_with_all_that_happens_meanwhile(
    slow: Server, serve: Callable[..., Server], project: Open, run: Run, clock: SimulatedClock
) -> None:
    old = PelicanSandbox(clock)
    for number in range(300):
        old.put(f"p{number}", email=f"p{number}@example.com", subscribed=True)
    config = system(serve(old), "old") + system(slow) + BOTH
    assert ("completed", 300, 0) == counts(run(project(config, SECRETS))["people"])
    clock.sleep(1800)
    old.unsubscribe("p1")
    old.contacts.remove("p2")
    old.put("p3", city="Lyon")
    report = run(project(config, SECRETS))["people"]
    assert (2, 1) == (report.counts["updated"], report.counts["deleted"])
    told = {row["external_id"]: row for row in sandbox(slow).told()}
    assert {row["external_id"] for row in old.told()} == set(told)
    assert (False, "Lyon") == (told["p1"]["subscribed"], told["p3"]["city"])


def test_an_order_that_waits_for_its_contact_is_written_when_it_has_come(
    slow: Server, shop: Shop, project: Open, run: Run, clock: SimulatedClock
) -> None:
    shop.order(1, 1)
    opened = project(system(slow) + SHOP, SECRETS, kit=shop.plugin)
    assert ("completed", 0, 1) == counts(run(opened)["orders"])
    shop.customer(1)
    clock.sleep(3600)
    assert ("completed", 1, 0) == counts(run(opened)["orders"])
    (purchase,) = sandbox(slow).purchases()
    assert ("shop:1", "1001") == (purchase["contact_external_id"], purchase["contact_id"])
