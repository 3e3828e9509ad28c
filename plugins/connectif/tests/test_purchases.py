"""Purchases in Connectif: what is sent, what the E-codes come to, and the words of a conflict."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from crosstie import (
    ConflictError,
    NotLinkedError,
    RejectedError,
    UnauthorisedError,
    UncertainError,
    Write,
    Written,
)
from crosstie.sandbox import Reply, Server
from crosstie_connectif.connector import ConnectifLive
from crosstie_connectif.sandbox import ConnectifSandbox

Connect = Callable[..., ConnectifLive]
JSON = {"Content-Type": "application/json"}
PURCHASE: Mapping[str, Any] = {
    "purchaseId": "1042",
    "cartId": "88",
    "contactEmail": "ada@example.com",
    "products": [
        {
            "productId": "7",
            "name": "Tea",
            "quantity": 3,
            "unitPrice": Decimal("19.990000"),
            "price": Decimal("59.970000"),
            "productDetailUrl": "https://shop.example/tea",
            "imageUrl": "https://shop.example/tea.jpg",
        }
    ],
    "purchaseDate": "2026-10-25T02:30:00+01:00",
    "totalPrice": Decimal("64.97"),
    "totalQuantity": 3,
}


@pytest.fixture
def stocked(connectif: ConnectifSandbox) -> ConnectifSandbox:
    """A Connectif that knows Ada and tea."""
    connectif.store.patch_contact("ada@example.com", {})
    connectif.store.patch_product("7", {})
    return connectif


def sent(live: ConnectifLive, **changes: Any) -> Any:
    row = {**PURCHASE, **changes}
    (answer,) = live.tables()["purchases"].write([Write(id=None, row=row, key="1", once="1")])
    return answer


@pytest.mark.feature("N08")
def test_a_purchase_is_created_once_and_never_changed(
    live: ConnectifLive, stocked: ConnectifSandbox
) -> None:
    made = sent(live)
    purchase = stocked.store.purchase("1042")
    assert Written("1042", also={"connectif": purchase["id"]}) == made
    assert isinstance(sent(live, totalPrice=Decimal(1)), ConflictError)
    assert purchase == stocked.store.purchase("1042")
    assert [["1042"], []] == live.tables()["purchases"].find(
        [{"purchaseId": "1042"}, {"purchaseId": "104"}]
    )


@pytest.mark.feature("N09", "N10")
def test_a_purchase_that_is_there_is_told_in_connectifs_own_words(
    live: ConnectifLive, stocked: ConnectifSandbox
) -> None:
    sent(live)
    expected = '{"status":409,"title":"Conflict","detail":"Purchase 1042 already exists."}'
    assert expected == str(sent(live))


@pytest.mark.feature("N10")
@pytest.mark.parametrize(
    "body",
    [
        b'{ "title": "Conflict",\n  "detail": "Purchase 1042 already exists.", "status": 409 }',
        b'{"status": 409, "title": "Conflict", "detail": "Purchase 1042 already exists.", "x": 1}',
        b'{"status": 409}',
        b"<html>",
        b"",
    ],
)
def test_the_words_of_a_conflict_are_the_same_however_they_come(
    live: ConnectifLive, server: Server, body: bytes
) -> None:
    server.fail("answer", reply=Reply(409, body, JSON))
    answer = sent(live)
    assert isinstance(answer, ConflictError)
    expected = '{"status":409,"title":"Conflict","detail":"Purchase 1042 already exists."}'
    assert expected == str(answer)


def test_numbers_arrive_exactly(live: ConnectifLive, server: Server) -> None:
    sent(live)
    body = (server.log or [])[-1].body.decode()
    assert '"unitPrice": 19.99, "price": 59.97' in body
    assert '"totalPrice": 64.97' in body


def test_an_amount_that_would_be_bent_is_set_aside(live: ConnectifLive, server: Server) -> None:
    answer = sent(live, totalPrice=Decimal("12345678901234.56"))
    assert isinstance(answer, RejectedError)
    assert "totalPrice is 12345678901234.56" in str(answer)
    assert [] == server.log


@pytest.mark.parametrize(("trigger", "events"), [(False, []), (True, ["1042"])])
def test_workflows_start_only_where_that_is_chosen(
    connect: Connect, stocked: ConnectifSandbox, server: Server, trigger: bool, events: list[str]
) -> None:
    sent(connect(trigger=trigger))
    assert events == stocked.store.events
    request = (server.log or [])[-1]
    assert {"triggerPurchaseEvent": str(trigger).lower()} == request.query


def test_a_purchase_of_a_missing_contact_waits(
    live: ConnectifLive, stocked: ConnectifSandbox
) -> None:
    stocked.store.contacts.clear()
    answer = sent(live)
    assert isinstance(answer, NotLinkedError)
    assert "E0101 Contact ada@example.com does not exist." in str(answer)


def test_a_purchase_of_missing_products_waits_and_names_them(
    live: ConnectifLive, stocked: ConnectifSandbox
) -> None:
    stocked.store.products.clear()
    answer = sent(live)
    assert isinstance(answer, NotLinkedError)
    assert "the products 7 any more (E0102 Product 7 does not exist.)" in str(answer)


@pytest.mark.parametrize("field", ["productIds", "productsId"])
def test_products_of_a_foreign_domain_are_named_with_what_is_allowed(
    live: ConnectifLive, server: Server, field: str
) -> None:
    said = {"status": 400, "title": "Bad Request", "detail": "Product 7, 8 …", "code": "E0103"}
    body = {**said, field: ["7", "8"], "allowedDomains": ["https://www.shop.example"]}
    server.fail("answer", reply=Reply(400, json.dumps(body).encode(), JSON))
    answer = sent(live)
    assert isinstance(answer, RejectedError)
    assert "the address of product 7, 8 is of a domain" in str(answer)
    assert "it allows https://www.shop.example: add the shop's own" in str(answer)
    assert "Integrations > Web > Authorized Domains" in str(answer)


def test_a_product_of_a_foreign_domain_is_named(
    live: ConnectifLive, connectif: ConnectifSandbox
) -> None:
    row = {"productId": "7", "productDetailUrl": "https://elsewhere.example/7"}
    (answer,) = live.tables()["products"].write([Write(id=None, row=row, key="7", once="1")])
    assert isinstance(answer, RejectedError)
    assert "product 7 is of a domain" in str(answer)
    assert "it allows https://shop.example: add" in str(answer)


def test_another_refusal_is_told_in_connectifs_words(
    live: ConnectifLive, stocked: ConnectifSandbox
) -> None:
    answer = sent(live, cartId=5, purchaseDate="yesterday")
    assert isinstance(answer, RejectedError)
    expected = (
        "Connectif refuses it: The request body is not valid.; cartId: must be string;"
        ' purchaseDate: must match format "date-time"'
    )
    assert expected == str(answer)


def test_a_key_that_may_not_write_stops_the_flow_and_is_told_what_it_needs(
    live: ConnectifLive, connectif: ConnectifSandbox
) -> None:
    connectif.scopes.discard("Write Purchases")
    with pytest.raises(UnauthorisedError, match=r"Permission Write Purchases not granted.*needs"):
        sent(live)


def test_an_unknown_key_stops_the_flow(live: ConnectifLive, server: Server) -> None:
    server.fail("answer", reply=Reply(401))
    with pytest.raises(UnauthorisedError, match="compare key_id and key_secret"):
        sent(live)


def test_an_answer_about_another_purchase_is_not_believed(
    live: ConnectifLive, server: Server
) -> None:
    server.fail("answer-after", reply=Reply(201, b'{"purchaseId": "9"}', JSON))
    assert isinstance(sent(live), UncertainError)
