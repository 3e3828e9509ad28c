"""Flows from a shop through the real runner: what comes first, and the pace that is kept."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Ref, Request
from crosstie.commerce import Customer
from crosstie.sandbox import Server
from crosstie.testing import SimulatedClock
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox

from .orders import ADA, order
from .told import Told

CONFIG = f"""
[systems.shop]
use = "told"
[systems.marketing]
use = "connectif"
key_id = "{KEY_ID}"
key_secret = {{ env = "SECRET" }}
workers = 1
url = "%s"
[flows.contacts]
read = "shop.customers"
write = "marketing.contacts"
[flows.purchases]
read = "shop.orders"
write = "marketing.purchases"
again = true
"""
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
STATUS = {"status": ("shipped",)}

Sent = Callable[..., Mapping[str, int]]


@pytest.fixture
def shop() -> Told:
    return Told()


@pytest.fixture
def sent(
    project: Callable[..., Any], run: Callable[..., Any], server: Server, shop: Told
) -> Callable[..., Any]:
    """Run one flow; returns what it counted."""

    def sent(flow: str, **options: Any) -> Mapping[str, int]:
        opened = project(CONFIG % server.url, {"SECRET": KEY_SECRET}, told=shop)
        report = run(opened, flow, **options)[flow]
        assert ("completed", None) == (report.status, report.error)
        counts: Mapping[str, int] = report.counts
        return counts

    return sent


def purchases(sent: Sent) -> Mapping[str, int]:
    return sent("purchases", since=SINCE, filters=STATUS)


def asked(server: Server) -> list[str]:
    return [f"{one.method} {one.path}" for one in server.log or ()]


def test_contact_and_products_come_before_the_purchase(
    sent: Sent, shop: Told, server: Server, connectif: ConnectifSandbox
) -> None:
    shop.tell("orders", "1042", order())
    assert 1 == purchases(sent)["created"]
    changes = [one for one in asked(server) if not one.startswith("GET")]
    assert {"PATCH /contacts/email/ada%40example.com", "PATCH /products/product-id/7"} == set(
        changes[:2]
    )
    assert ["POST /purchases/"] == changes[2:]
    purchase = connectif.store.purchase("1042")
    assert "2026-10-25T02:30:00+01:00" == purchase["purchaseDate"]
    assert (Decimal("64.97"), 3) == (purchase["totalPrice"], purchase["totalQuantity"])
    assert [] == connectif.store.events


@pytest.mark.feature("N08", "N09")
def test_a_second_sending_reports_conflicts_and_changes_nothing(
    sent: Sent, shop: Told, connectif: ConnectifSandbox
) -> None:
    for number in ("1", "2", "3"):
        shop.tell("orders", number, order(number=number))
    purchases(sent)
    before = connectif.told("purchases")
    counts = purchases(sent)
    assert (3, 0, 0) == (counts["conflict"], counts["created"], counts["aside"])
    assert before == connectif.told("purchases")


def test_a_lost_answer_counts_as_sent_when_the_purchase_is_there(
    sent: Sent, shop: Told, server: Server, connectif: ConnectifSandbox
) -> None:
    shop.tell("orders", "1042", order())
    server.fail("lost", matches=lambda request: request.method == "POST")
    counts = purchases(sent)
    assert (1, 0) == (counts["created"], counts["conflict"])
    assert ["1042"] == list(connectif.told("purchases"))


def test_an_order_that_cannot_be_sent_does_not_keep_others_back(
    sent: Sent, shop: Told, connectif: ConnectifSandbox
) -> None:
    shop.tell("orders", "1", order(number="1", total=None))
    shop.tell("orders", "2", order(number="2", customer=Ref("customers", "99")))
    shop.tell("orders", "3", order(number="3"))
    counts = purchases(sent)
    assert (2, 1) == (counts["aside"], counts["created"])
    assert ["3"] == list(connectif.told("purchases"))


def test_somebody_whose_e_mail_is_none_does_not_keep_others_back(
    sent: Sent, shop: Told, connectif: ConnectifSandbox
) -> None:
    shop.tell("customers", "1", Customer(email="nonsense"))
    shop.tell("customers", "2", ADA)
    counts = sent("contacts")
    assert (1, 1) == (counts["aside"], counts["created"])
    assert ["ada@example.com"] == list(connectif.told("contacts"))


def test_two_accounts_with_one_e_mail_are_one_contact(
    sent: Sent, shop: Told, connectif: ConnectifSandbox
) -> None:
    shop.tell("customers", "17", attrs.evolve(ADA, lastname="King"))
    shop.tell("customers", "20", attrs.evolve(ADA, lastname="Guest", guest=True))
    sent("contacts")
    (contact,) = connectif.told("contacts").values()
    assert "King" == contact["_surname"]


def test_requests_rest_when_the_answers_say_that_none_is_left(
    sent: Sent, shop: Told, server: Server, connectif: ConnectifSandbox, clock: SimulatedClock
) -> None:
    connectif.per_minute = 10
    for number in range(30):
        shop.tell("customers", str(number), Customer(email=f"c{number}@example.com"))
    began = clock.now()
    assert 30 == sent("contacts")["created"]
    assert 0 == connectif.refused
    assert len(server.log or ()) // 10 - 1 <= (clock.now() - began).total_seconds() / 60 <= 7


def test_when_others_used_up_the_limit_it_is_waited_out(
    sent: Sent, shop: Told, connectif: ConnectifSandbox, clock: SimulatedClock
) -> None:
    connectif.per_minute = 5
    other = Request(
        "GET", "/purchases/1", {}, {"authorization": f"apiKey {KEY_ID}:{KEY_SECRET}"}, b""
    )
    for _ in range(5):
        connectif.respond(other)
    shop.tell("customers", "17", ADA)
    began = clock.now()
    assert 1 == sent("contacts")["created"]
    assert 1 == connectif.refused
    assert 60 <= (clock.now() - began).total_seconds() <= 62
