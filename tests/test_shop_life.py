"""Six months of a shop's life, followed day by day, are in the CRM what a fresh export gives."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import attrs
import pytest
from tests.dying import FOREVER, run_and_die
from tests.same_content import History, differences
from tests.shop_life import ShopLife

from crosstie.explaining import AS_WRITTEN, SHARED, explain
from crosstie.options import RunReport
from crosstie.project import Project
from crosstie.running import run
from crosstie.sandbox import Request
from crosstie.testing import SimulatedClock
from crosstie_prestashop.sandbox import generate

SIX_MONTHS = 180
WRITES = {"create", "update", "revise", "delete", "convertlead"}
REQUESTS = 30
"""About as many requests does a day's run have, to both systems together."""


@attrs.define
class Following:
    """A shop's life and the CRM that follows it; `again` ties the same shop to another CRM."""

    life: ShopLife
    clock: SimulatedClock
    tied: Any
    again: Callable[[], Any]
    project: Project

    def run(self) -> dict[str, RunReport]:
        """An incremental run of all flows, which reconciles when that is due."""
        return {report.flow: report for report in run(self.project)}

    def days(self, number: int, evening: Callable[[], object]) -> None:
        """So many days, each ended by `evening`."""
        for _ in range(number):
            self.life.day()
            evening()

    def settle(self) -> None:
        """Run once a day, while nothing happens in the shop, until nothing is written."""
        for _ in range(5):
            self.clock.sleep(timedelta(hours=25).total_seconds())
            reports = self.run()
            assert {"completed"} == {report.status for report in reports.values()}
            with self.project.state() as state:
                asides = [(one.flow, one.key, one.reason) for one in state.asides()]
            counts = [report.counts for report in reports.values()]
            if not asides and not any(c["created"] + c["updated"] for c in counts):
                return
        pytest.fail(f"not quiet after five days: {counts}, set aside: {asides}")

    def check_against_a_fresh_export(self) -> None:
        """Compare with a full export of the shop as it is now into an empty CRM."""
        fresh = self.again()
        assert [0] * 3 == [report.exit_code for report in fresh.run().values()]
        life = self.life
        history = History(
            people=life.deleted, products=life.goods.gone, told=life.told, left=life.left
        )
        assert [] == differences(self.tied.content(), fresh.content(), history)


@pytest.fixture
def seed() -> int:
    """Which of all possible stories is told."""
    return 4


@pytest.fixture
def following(tie: Callable[..., Any], seed: int) -> Following:
    """A shop that opens today, and a CRM that is to follow it."""
    clock = SimulatedClock()
    shop = generate(customers=0, orders=0, clock=clock)

    def again() -> Any:
        tied = tie(shop, clock=clock)
        tied.write_config("create_potential = true")
        return tied

    tied = again()
    return Following(ShopLife(shop, clock, seed), clock, tied, again, tied.project())


def two_accounts(life: ShopLife) -> dict[str, set[str]]:
    """The shop accounts of each person who has several, by e-mail."""
    accounts = defaultdict(set)
    for key in life.shop["customers"]:
        if life.shop["customers"].value(key, "deleted") == "0":
            accounts[life.email_of(key)].add(str(key))
    return {email: keys for email, keys in accounts.items() if len(keys) > 1}


@pytest.mark.parametrize(
    ("seed", "days"),
    [(4, 60), *(pytest.param(n, SIX_MONTHS, marks=pytest.mark.full) for n in (1, 2, 3, 4))],
)
def test_after_some_months_the_crm_is_what_a_fresh_export_gives(
    following: Following, days: int
) -> None:
    def evening() -> None:
        assert {None} == {report.error for report in following.run().values()}

    following.days(days, evening)
    life = following.life
    assert days // 3 <= len(life.shop["customers"])
    assert 2 * days // 3 <= len(life.shop["orders"])
    assert days // 18 <= len(life.shop["order_slip"])
    assert life.deleted
    assert life.goods.gone
    assert life.logins
    following.settle()
    following.check_against_a_fresh_export()


def test_explain_tells_which_of_a_persons_accounts_tells_the_row(following: Following) -> None:
    following.days(25, following.run)
    following.settle()
    several = two_accounts(following.life)
    assert several
    for keys in several.values():
        mapped = {key: explain(following.project, "shop.customers", key).mapped[0] for key in keys}
        teller, *_ = [key for key, one in mapped.items() if one.standing == AS_WRITTEN]
        told = {teller: AS_WRITTEN, **dict.fromkeys(keys - {teller}, SHARED.format(key=teller))}
        assert told == {key: one.standing for key, one in mapped.items()}
        email, name = (mapped[teller].row[field] for field in ("email", "firstname"))
        content = following.tied.content()
        people = content["Contacts"] + content["Leads"]
        assert [name] == [one["firstname"] for one in people if one["email"] == email]


@pytest.mark.parametrize("days", [12, pytest.param(SIX_MONTHS, marks=pytest.mark.full)])
def test_it_is_so_when_every_tenth_writes_answer_is_lost(following: Following, days: int) -> None:
    writes = count(1)

    def tenth(request: Request) -> bool:
        writing = request.method == "POST" and request.form.get("operation") in WRITES
        return writing and next(writes) % 10 == 0

    fault = following.tied.crm_server.fail("lost", matches=tenth, times=FOREVER)
    following.days(days, following.run)
    assert days // 5 <= FOREVER - fault.times
    following.settle()
    following.check_against_a_fresh_export()


@pytest.mark.parametrize("days", [12, pytest.param(SIX_MONTHS, marks=pytest.mark.full)])
def test_it_is_so_when_the_process_is_killed_once_a_day(following: Following, days: int) -> None:
    dice = Random(20261121)
    killed = 0

    def evening() -> None:
        nonlocal killed
        place = dice.randrange(REQUESTS)
        tied = following.tied
        servers = tied.shop_server, tied.crm_server
        killed += run_and_die(
            tied.project(),
            servers,
            following.clock,
            lambda project: list(run(project)),
            place,
            done=dice.random() < 0.5,
        )
        following.run()

    following.days(days, evening)
    assert days // 2 <= killed
    following.settle()
    following.check_against_a_fresh_export()
