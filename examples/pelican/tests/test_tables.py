"""Writing contacts and purchases: what the conformance kit cannot know of Pelican."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie import (
    ConfigError,
    GoneError,
    MappingError,
    Record,
    Ref,
    RejectedError,
    Secret,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    Write,
    Written,
)
from crosstie.commerce import Address, Currency, Customer, Order, OrderLine, OrderState
from crosstie.sandbox import Reply, Server
from crosstie.testing import SimulatedClock
from crosstie_pelican.connector import PelicanLive
from crosstie_pelican.contacts import ContactTable
from crosstie_pelican.purchases import PurchaseTable, status_of
from crosstie_pelican.sandbox import PelicanSandbox, crash

ORDERED = datetime(2026, 10, 25, tzinfo=UTC)
TOTAL: dict[str, Any] = {"total": "12.90", "currency": "EUR", "ordered_at": ORDERED}


@pytest.fixture
def contacts(live: PelicanLive) -> ContactTable:
    table = live.tables()["contacts"]
    assert isinstance(table, ContactTable)
    return table


@pytest.fixture
def purchases(live: PelicanLive) -> PurchaseTable:
    table = live.tables()["purchases"]
    assert isinstance(table, PurchaseTable)
    return table


def write(key: str, id_: str | None = None, **row: Any) -> Write:
    """One row; `key` is also its external id."""
    return Write(id_, {"external_id": key, **row}, key, f"once {key}")


def posted(server: Server, path: str) -> list[Any]:
    """What was posted there, in order."""
    return [json.loads(one.body) for one in server.log or () if one.path == path]


def test_only_what_is_known_of_a_customer_is_written(contacts: ContactTable) -> None:
    customer = Customer(firstname="Ada", newsletter=False, address=Address(mobile="1", city="Rome"))
    expected = {
        "external_id": "shop:0017",
        "first_name": "Ada",
        "phone": "1",
        "city": "Rome",
        "subscribed": False,
    }
    assert expected == contacts.map(Record("0017", customer), "shop")


def test_customers_of_two_shops_are_two_contacts(contacts: ContactTable) -> None:
    rows = [contacts.map(Record("17", Customer()), source) for source in ("nord", "sud")]
    assert ["nord:17", "sud:17"] == [row["external_id"] for row in rows]


def test_a_batch_whose_answer_was_lost_is_sent_again_under_its_key(
    contacts: ContactTable, pelican: PelicanSandbox, server: Server
) -> None:
    server.fail("lost", matches=lambda one: one.path.endswith(":batch"))
    (answer,) = contacts.write([write("a", first_name="Ada")])
    assert Written("a", {"pelican": "1001"}) == answer
    first, second = posted(server, "/v1/contacts:batch")
    assert first == second


def test_a_batch_that_is_lost_twice_is_uncertain(contacts: ContactTable, server: Server) -> None:
    server.fail("lost", matches=lambda one: one.path.endswith(":batch"), times=2)
    with pytest.raises(UncertainError, match="it may have been carried out"):
        contacts.write([write("a")])


def test_a_contact_can_have_an_old_value_once_more_within_a_day(
    contacts: ContactTable, pelican: PelicanSandbox
) -> None:
    for city in ("Rome", "Lyon", "Rome"):
        contacts.write([write("a", "a" if pelican.told() else None, city=city)])
    assert "Rome" == pelican.told()[0]["city"]


def test_one_contact_that_is_refused_hurts_no_other(
    contacts: ContactTable, pelican: PelicanSandbox
) -> None:
    good, bad, other = contacts.write(
        [write("a"), write("b", email="nonsense"), write("c", colour="red")]
    )
    assert isinstance(good, Written)
    assert isinstance(bad, RejectedError)
    assert "invalid_email: 'nonsense' is not an e-mail address (email)" in str(bad)
    assert "unknown_attribute: there is no attribute 'colour' (colour)" in str(other)
    assert ["a"] == [one["external_id"] for one in pelican.told()]


@pytest.mark.parametrize(
    "results",
    [None, [], ["done"], [{}], [{"status": "created", "external_id": "b"}], [{"status": "error"}]],
)
def test_an_answer_that_does_not_say_what_became_of_a_row_is_uncertain(
    contacts: ContactTable, server: Server, results: Any
) -> None:
    reply = Reply(200, json.dumps({"results": results}).encode())
    server.fail("answer", matches=lambda one: one.path.endswith(":batch"), reply=reply)
    (answer,) = contacts.write([write("a")])
    assert isinstance(answer, UncertainError)


@pytest.mark.parametrize("results", [None, [], [{"status": "maybe"}]])
def test_a_deletion_that_is_not_confirmed_is_no_deletion(
    contacts: ContactTable, server: Server, results: Any
) -> None:
    reply = Reply(200, json.dumps({"results": results}).encode())
    server.fail("answer", matches=lambda one: one.path.endswith(":delete"), reply=reply)
    assert [None] != list(contacts.delete(["a"]))


def test_a_look_up_that_tells_rows_without_key_is_not_believed(
    contacts: ContactTable, server: Server
) -> None:
    reply = Reply(200, b'{"contacts": [{"id": 1001}]}')
    server.fail("answer", matches=lambda one: one.path.endswith(":lookup"), reply=reply)
    with pytest.raises(UnavailableError, match="a row without external_id"):
        contacts.find([{"external_id": "a"}])


def test_other_fields_are_attributes(contacts: ContactTable, pelican: PelicanSandbox) -> None:
    contacts.write([write("a", tier="gold", points=Decimal("12.50"))])
    contacts.write([write("a", "a", tier=None)])
    assert {"points": "12.50"} == pelican.told()[0]["attributes"]
    assert [{"external_id": "a", "points": "12.50"}] == contacts.show(["A"])


def test_fields_are_pelicans_own_and_the_accounts(contacts: ContactTable) -> None:
    fields = contacts.fields()
    assert ("choice of gold, silver", "number") == (fields["tier"], fields["points"])
    assert "external_id" in fields


def test_a_contact_that_was_deleted_is_gone(
    contacts: ContactTable, pelican: PelicanSandbox
) -> None:
    contacts.write([write("a")])
    assert [None, None] == contacts.delete(["a", "b"])
    (answer,) = contacts.write([write("a", "a", city="Rome")])
    assert isinstance(answer, GoneError)
    assert [] == pelican.told()


def test_contacts_are_found_by_their_key_alone(contacts: ContactTable) -> None:
    contacts.write([write("Shop:A")])
    assert [["Shop:A"], []] == contacts.find([{"external_id": "shop:a"}, {"external_id": "b"}])
    with pytest.raises(ConfigError, match="take `match` out"):
        contacts.find([{"email": "ada@example.com"}])


def test_a_look_up_whose_answer_was_lost_is_asked_again(
    contacts: ContactTable, server: Server
) -> None:
    contacts.write([write("a")])
    server.fail("lost", matches=lambda one: one.path.endswith(":lookup"), times=3)
    assert [["a"]] == contacts.find([{"external_id": "a"}])


def test_an_order_becomes_a_purchase_of_its_contact(purchases: PurchaseTable) -> None:
    line = OrderLine(
        key="1",
        code="0012",
        name="Tea",
        quantity=Decimal("2.000"),
        unit_price=Decimal("5.375"),
        unit_price_with_tax=Decimal("6.450000"),
    )
    order = Order(
        number="1042",
        reference="XKBKNABJK",
        customer=Ref("customers", "17", Customer()),
        currency=Ref("currencies", "1", Currency(code="EUR")),
        state=OrderState(key="2", paid=True),
        lines=(line,),
        total=Decimal("12.900000"),
        created=ORDERED,
    )
    expected = {
        "external_id": "shop:1042",
        "contact_external_id": Ref("customers", "17", Customer(), "contacts"),
        "number": "XKBKNABJK",
        "ordered_at": ORDERED,
        "total": Decimal("12.90"),
        "currency": "EUR",
        "status": "paid",
        "items": [{"sku": "0012", "name": "Tea", "quantity": "2", "price": Decimal("6.45")}],
    }
    assert expected == purchases.map(Record("1042", order), "shop")


def test_an_order_without_customer_is_no_purchase(purchases: PurchaseTable) -> None:
    with pytest.raises(MappingError, match="has no customer"):
        purchases.map(Record("1", Order(number="1")), "shop")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (OrderState(key="1"), "open"),
        (OrderState(key="1", paid=True), "paid"),
        (OrderState(key="1", paid=True, shipped=True), "shipped"),
        (OrderState(key="1", paid=True, cancelled=True), "cancelled"),
    ],
)
def test_what_a_state_means(state: OrderState, status: str) -> None:
    assert status == status_of(state)


def test_an_import_is_waited_for_and_its_lines_are_answered(
    purchases: PurchaseTable, pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    pelican.put("a")
    began = clock.now()
    good = [write(f"p{at}", contact_external_id="a", **TOTAL) for at in range(250)]
    answers = purchases.write([*good, write("p", contact_external_id="b", **TOTAL)])
    assert [Written(f"p{at}", {"pelican": str(5001 + at)}) for at in range(250)] == answers[:250]
    assert "contact_not_found: there is no contact 'b'" in str(answers[250])
    assert timedelta(seconds=10) == clock.now() - began


def test_purchases_are_shown_as_they_are_mapped(
    purchases: PurchaseTable, pelican: PelicanSandbox
) -> None:
    pelican.put("a")
    row: dict[str, Any] = {
        "contact_external_id": "a",
        "ordered_at": ORDERED,
        "total": Decimal("12.90"),
        "currency": "EUR",
        "items": [{"sku": "0012", "quantity": "2", "price": Decimal("6.45")}],
    }
    purchases.write([write("p", **row)])
    assert [{"external_id": "p", **row}, None] == purchases.show(["p", "q"])


def test_an_import_that_takes_too_long_is_uncertain(
    connect: Callable[..., PelicanLive], pelican: PelicanSandbox
) -> None:
    pelican.put("a")
    slow = connect(settle=timedelta(seconds=1)).tables()["purchases"]
    lines = [write(f"p{at}", contact_external_id="a", **TOTAL) for at in range(1000)]
    with pytest.raises(UncertainError, match="imp_1 was not done within 1 s"):
        slow.write(lines)


def test_an_import_that_cannot_be_asked_after_is_uncertain(
    purchases: PurchaseTable, pelican: PelicanSandbox, server: Server
) -> None:
    pelican.put("a")
    server.fail("answer", matches=lambda one: one.method == "GET", times=99, reply=crash())
    with pytest.raises(UncertainError, match="import imp_1 was begun"):
        purchases.write([write("p", contact_external_id="a", **TOTAL)])


def test_a_purchase_that_was_deleted_is_gone(
    purchases: PurchaseTable, pelican: PelicanSandbox
) -> None:
    pelican.put("a")
    purchases.write([write("p", contact_external_id="a", **TOTAL)])
    pelican.imports.remove("p")
    (answer,) = purchases.write([write("p", "p", total=Decimal("1.00"))])
    assert isinstance(answer, GoneError)


def test_a_scope_that_is_missing_is_named(
    connect: Callable[..., PelicanLive], pelican: PelicanSandbox
) -> None:
    pelican.tokens.plant("prt_less", ["contacts:read"])
    less = connect(refresh_token=Secret("prt_less")).tables()["contacts"]
    with pytest.raises(UnauthorisedError, match=r"\(contacts:write\); authorise the app anew"):
        less.write([write("a")])
