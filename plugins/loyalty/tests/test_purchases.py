"""Points follow orders: a flow from a shop into the programme, through the real runner."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Ref, RejectedError
from crosstie.commerce import Currency
from crosstie.testing import SimulatedClock
from crosstie_loyalty.connector import Loyalty, LoyaltyLive
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.people import Person
from crosstie_loyalty.purchases import purchase_of
from crosstie_loyalty.verifying import verify

from .conftest import DAY
from .shop import CANCELLED, DELIVERED, PLACED, Shop, order, slip

CONFIG = """
[systems.shop]
use = "told"
[systems.loyalty]
use = "loyalty"
currency = "EUR"
per_amount = "1"
{more}
[flows.points]
read = "shop.orders"
write = "loyalty.purchases"
"""
ADA, BOB = "ada@example.com", "bob@example.com"


@attrs.define
class Trade:
    """A shop tied to a programme, of which Ada is a member."""

    project: Callable[..., Any]
    running: Callable[..., Any]
    clock: SimulatedClock
    shop: Shop
    more: str = ""
    opened: Any = None

    @contextmanager
    def live(self) -> Iterator[LoyaltyLive]:
        """The programme, connected as a flow has it."""
        from crosstie.acting import connected  # noqa: PLC0415 (as a command does)

        with closing(self.opened.state()) as state, closing(connected(self.opened, state)) as pools:
            live = pools.writer("loyalty").live()
            assert isinstance(live, LoyaltyLive)
            yield live

    def open(self, more: str = "") -> None:
        self.opened = self.project(CONFIG.format(more=more), told=self.shop)

    def enrol(self, email: str) -> str:
        once = f"enrol {email} {self.clock.now()}"
        with self.live() as live:
            return live.enrolment.register(Person(email=email), once).member

    def run(self, **options: Any) -> Any:
        report = self.running(self.opened, "points", **options)["points"]
        assert ("completed", None) == (report.status, report.error)
        return report.counts

    def balance(self, email: str = ADA) -> Decimal:
        with self.live() as live:
            store = live.points.ledger.store
            assert [] == verify(store, "loyalty")
            return live.points.balance(live.member(email)).total

    def transactions(self) -> list[tuple[str, Decimal]]:
        with self.live() as live:
            return [(one.cause.kind, one.amount) for one in live.points.ledger.find("number > 0")]


@pytest.fixture
def trade(project: Callable[..., Any], run: Callable[..., Any], clock: SimulatedClock) -> Trade:
    trade = Trade(project, run, clock, Shop())
    trade.open()
    trade.enrol(ADA)
    return trade


def test_a_paid_order_earns_once_however_often_it_is_told(trade: Trade) -> None:
    trade.shop.tell(order("1", ADA))
    assert 1 == trade.run()["created"]
    trade.run()
    trade.run(full=True)
    trade.shop.tell(order("1", ADA, state=DELIVERED))
    trade.run()
    assert [("earn", Decimal(60))] == trade.transactions()


def test_an_order_that_is_not_paid_earns_nothing(trade: Trade) -> None:
    trade.shop.tell(order("1", ADA, state=PLACED))
    trade.run()
    assert [] == trade.transactions()


def test_points_may_come_with_the_delivery(trade: Trade) -> None:
    trade.open('usable = "delivered"\nafter = "14d"')
    trade.shop.tell(order("1", ADA))
    trade.run()
    assert 0 == trade.balance()
    trade.shop.tell(order("1", ADA, state=DELIVERED))
    trade.run()
    with trade.live() as live:
        balance = live.points.balance(live.member(ADA))
    assert [60, 60, 0] == [balance.total, balance.pending, balance.usable]


def test_refunds_take_back_exactly_what_was_earned_for_them(trade: Trade) -> None:
    trade.shop.tell(order("1", ADA))
    for slips in ((slip("1", "20"),), (slip("1", "20"), slip("2", "39.50"))):
        trade.shop.tell(order("1", ADA, slips=slips))
    for _ in range(3):
        trade.run(full=True)
    assert 0 == trade.balance()
    trade.shop.tell(order("1", ADA, slips=(slip("1", "20"), slip("2", "40"), slip("3", "60"))))
    trade.run()
    assert 0 == trade.balance()


def test_each_partial_refund_takes_its_part(trade: Trade) -> None:
    trade.shop.tell(order("1", ADA))
    trade.run()
    trade.shop.tell(order("1", ADA, slips=(slip("1", "20"),)))
    trade.run()
    trade.shop.tell(order("1", ADA, slips=(slip("1", "20"), slip("2", "15.50"))))
    trade.run()
    parts = [Decimal(60), Decimal(-20), Decimal(-16)]
    assert parts == [amount for _, amount in trade.transactions()]


def test_a_cancelled_order_gives_back_what_it_spent_and_loses_what_it_earned(trade: Trade) -> None:
    with trade.live() as live:
        member = live.member(ADA)
        live.points.add(member, Decimal(50), "gift")
        live.points.redeem(member, Decimal(40), "at the till", "shop 1")
    trade.shop.tell(order("1", ADA))
    trade.run()
    assert 70 == trade.balance()
    trade.shop.tell(order("1", ADA, state=CANCELLED))
    trade.run()
    trade.run(full=True)
    assert [("refund", Decimal(-60)), ("give_back", Decimal(40))] == trade.transactions()[-2:]
    assert 50 == trade.balance()


def test_a_changed_programme_does_not_rewrite_the_past(trade: Trade) -> None:
    trade.shop.tell(order("1", ADA))
    trade.run()
    trade.open('factors = { MUG = "3" }\ntax = false')
    trade.shop.tell(order("1", ADA, slips=(slip("1", "30"),)))
    trade.shop.tell(order("2", ADA))
    trade.run()
    amounts = [amount for _, amount in trade.transactions()]
    assert [Decimal(60), Decimal(-30), Decimal(150)] == amounts


def test_an_order_of_nobody_known_is_a_purchase_without_points(trade: Trade) -> None:
    trade.shop.tell(order("1", BOB))
    assert (1, 0) == (trade.run()["created"], trade.run()["aside"])
    trade.enrol(BOB)
    trade.run(full=True)
    assert [] == trade.transactions()
    trade.shop.tell(order("1", BOB, state=DELIVERED))
    trade.run()
    assert 60 == trade.balance(BOB)


def test_a_purchase_stays_the_member_s_who_made_it(trade: Trade) -> None:
    trade.enrol(BOB)
    trade.shop.tell(order("1", ADA))
    trade.run()
    trade.shop.tell(order("1", BOB, slips=(slip("1", "60"),)))
    trade.run()
    assert [0, 0] == [trade.balance(ADA), trade.balance(BOB)]


def test_an_order_in_another_currency_is_set_aside(trade: Trade) -> None:
    dollars = Ref("currencies", "2", Currency(code="USD"))
    trade.shop.tell(order("1", ADA, currency=dollars))
    assert 1 == trade.run()["aside"]


def test_an_erased_person_s_order_brings_nothing_any_more(trade: Trade) -> None:
    trade.shop.tell(order("1", ADA))
    trade.run()
    with trade.live() as live:
        ada = live.member(ADA)
        live.points.add(ada, Decimal(5), "sorry", "Ada Lovelace called")
        assert 1 == live.forget(ADA)
    trade.clock.sleep(1)
    trade.enrol(ADA)
    trade.shop.tell(order("1", ADA, slips=(slip("1", "60"),)))
    trade.run()
    assert 0 == trade.balance()
    with closing(trade.opened.state()) as state:
        ledger = Ledger(state.store(), "loyalty", trade.clock)
        assert 0 == ledger.balance(ada).total
        assert {""} == {one.cause.note for one in ledger.find("number > 0")}


def test_a_kitty_collects_money(trade: Trade) -> None:
    config = CONFIG.replace('per_amount = "1"', 'collects = "kitty"\npercent = "5"')
    trade.opened = trade.project(config.format(more=""), told=trade.shop)
    trade.shop.tell(order("1", ADA, price="12.35"))
    trade.run()
    assert Decimal("1.23") == trade.balance()


def test_postings_are_a_stream_that_goes_on(trade: Trade) -> None:
    from crosstie import Checkpoint, Record, Selection  # noqa: PLC0415

    trade.shop.tell(order("1", ADA))
    trade.run()
    with trade.live() as live:
        live.points.add(live.member(ADA), Decimal(5), "sorry", "it was broken")
        stream = live.streams()["postings"]
        first, second, end = stream.read(Selection())
        assert isinstance(first, Record)
        assert isinstance(second, Record)
        assert isinstance(end, Checkpoint)
        told = {"kind": "earn", "points": Decimal(60), "balance": Decimal(60), "source": "shop 1"}
        assert told.items() <= first.data.items()
        assert ("it was broken", Decimal(65)) == (second.data["note"], second.data["balance"])
        assert [end] == list(stream.read(Selection(since=end.cursor)))
        day = (trade.clock.now() + DAY, trade.clock.now() + 2 * DAY)
        assert 1 == len(list(stream.read(Selection(window=day))))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"paid": "yes"}, "paid: expected true or false, found 'yes'"),
        ({"discounts": "1"}, "discounts: expected a decimal, found '1'"),
        ({"lines": ["MUG"]}, "lines: a line is a table of fields, not 'MUG'"),
        ({"lines": [{"amount": 1}]}, "lines: amount_with_tax: expected a decimal, found None"),
    ],
)
def test_a_row_that_a_flow_has_spoiled_is_refused(row: dict[str, Any], told: str) -> None:
    with pytest.raises(RejectedError, match=told):
        purchase_of({"source": "shop", "order": "1", **row})


def test_the_settings_of_members_are_checked_as_well() -> None:
    with pytest.raises(ValueError, match="a card number has 10 to 19 digits, not 5; region is"):
        Loyalty(currency="EUR", per_amount=Decimal(1), card_length=5, region="France")
