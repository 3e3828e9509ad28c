"""The sandbox answers as Connectif's own pages say, and keeps what it was told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from crosstie import Request
from crosstie.testing import SimulatedClock
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox
from crosstie_connectif.sandbox.control import Control

KEY = f"apiKey {KEY_ID}:{KEY_SECRET}"
BOUGHT = {
    "productId": "7",
    "name": "Tea",
    "quantity": 1,
    "unitPrice": 19.99,
    "price": 19.99,
    "productDetailUrl": "https://shop.example/tea",
    "imageUrl": "https://shop.example/tea.jpg",
}
PURCHASE = {
    "purchaseId": "1042",
    "cartId": "88",
    "contactEmail": "Ada@Example.com",
    "products": [BOUGHT],
    "purchaseDate": "2026-10-25T02:30:00+01:00",
    "totalPrice": 19.99,
    "totalQuantity": 1,
}

Asked = Callable[..., tuple[int, Any]]


@pytest.fixture
def connectif(clock: SimulatedClock) -> ConnectifSandbox:
    return ConnectifSandbox(clock, per_minute=50, domains=["https://shop.example"])


@pytest.fixture
def asked(connectif: ConnectifSandbox) -> Asked:
    """Ask; returns status and body."""

    def ask(
        method: str, path: str, body: Any = None, key: str = KEY, **query: str
    ) -> tuple[int, Any]:
        headers = {"authorization": key, "content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        reply = connectif.respond(Request(method, path, query, headers, content, path))
        return reply.status, json.loads(reply.body)

    return ask


@pytest.fixture
def stocked(asked: Asked) -> Asked:
    """A store with Ada and tea."""
    assert 200 == asked("PATCH", "/contacts/email/ada%40example.com", {"_name": "Ada"})[0]
    assert 200 == asked("PATCH", "/products/product-id/7", {"name": "Tea"})[0]
    return asked


@pytest.mark.parametrize(
    "key", ["", KEY.replace("apiKey", "Bearer"), KEY.replace("apiKey", "apikey"), f"{KEY}x"]
)
def test_only_the_key_after_the_word_api_key_is_let_in(asked: Asked, key: str) -> None:
    assert 401 == asked("GET", "/contacts/email/a%40b.example", key=key)[0]


def test_a_scope_that_is_missing_is_named(asked: Asked, connectif: ConnectifSandbox) -> None:
    connectif.scopes.discard("Write Contacts")
    status, body = asked("PATCH", "/contacts/email/a%40b.example", {})
    assert (403, "Forbidden") == (status, body["title"])
    assert "Write Contacts" in body["detail"]


def test_the_limit_is_told_and_kept_until_its_minute_is_over(
    connectif: ConnectifSandbox, clock: SimulatedClock
) -> None:
    request = Request("GET", "/purchases/purchase-id/1", {}, {"authorization": KEY}, b"")
    replies = [connectif.respond(request) for _ in range(51)]
    assert ["49", "48"] == [one.headers["X-RateLimit-Remaining"] for one in replies[:2]]
    assert {"50"} == {one.headers["X-RateLimit-Limit"] for one in replies}
    assert [404, 429] == [one.status for one in replies[-2:]]
    assert 1 == connectif.refused
    reset = int(replies[0].headers["X-RateLimit-Reset"])
    clock.sleep(reset - clock.now().timestamp() - 1)
    assert 429 == connectif.respond(request).status
    clock.sleep(1)
    assert 404 == connectif.respond(request).status


def test_contacts_are_one_whatever_the_case_of_their_e_mail(asked: Asked) -> None:
    asked("PATCH", "/contacts/Ada%40Example.com", {"_name": "Ada"})
    status, contact = asked("PATCH", "/contacts/email/ada%40example.com", {"_surname": "King"})
    told = (status, contact["_email"], contact["_name"], contact["_surname"])
    assert (200, "Ada@Example.com", "Ada", "King") == told
    assert contact == asked("GET", "/contacts/ADA%40example.com")[1]


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/contacts/email/nonsense", {}, "email"),
        ("/contacts/email/a%40b.example", {"_mobilePhone": "0612345678"}, "_mobilePhone"),
        ("/contacts/email/a%40b.example", {"_birthdate": "1990-05-06"}, "_birthdate"),
        ("/contacts/email/a%40b.example", {"_points": 1.5}, "_points"),
        ("/contacts/email/a%40b.example", {"_newsletterSubscriptionStatus": True}, "_newsletter"),
        ("/contacts/email/a%40b.example", {"no-such-field": "x"}, "no-such-field"),
        ("/products/product-id/7", {"availability": "discontinued"}, "availability"),
        ("/products/product-id/7", {"imageUrl": "tea.jpg"}, "imageUrl"),
        ("/products/product-id/7", {"tags": "tea"}, "tags"),
        ("/products/product-id/7", {"isBlacklisted": 1}, "isBlacklisted"),
        ("/products/product-id/7", {"unitPrice": "19.99"}, "unitPrice"),
    ],
)
def test_what_a_field_cannot_hold_is_refused(
    asked: Asked, path: str, body: Any, wrong: str
) -> None:
    status, answer = asked("PATCH", path, body)
    assert (400, "Bad Request") == (status, answer["title"])
    assert answer["validationErrors"][0]["path"].startswith(wrong)


@pytest.mark.parametrize("lacking", [*PURCHASE, *(f"products[0].{name}" for name in BOUGHT)])
def test_what_a_purchase_must_have_is_asked_for(stocked: Asked, lacking: str) -> None:
    outer, _, inner = lacking.partition("[0].")
    if inner:
        bought = {name: value for name, value in BOUGHT.items() if name != inner}
        body = {**PURCHASE, "products": [bought]}
    else:
        body = {name: value for name, value in PURCHASE.items() if name != outer}
    status, answer = stocked("POST", "/purchases/", body)
    assert (400, [{"path": lacking, "reason": "is required"}]) == (
        status,
        answer["validationErrors"],
    )


def test_a_purchase_is_kept_as_it_was_and_told_by_both_ids(stocked: Asked) -> None:
    status, made = stocked("POST", "/purchases/", PURCHASE)
    assert (201, "1042", 19.99) == (status, made["purchaseId"], made["totalPrice"])
    contact = stocked("GET", "/contacts/email/ada%40example.com")[1]
    assert contact["id"] == made["contactId"]
    assert (200, made) == stocked("GET", "/purchases/purchase-id/1042")
    assert (200, made) == stocked("GET", f"/purchases/{made['id']}")
    assert 404 == stocked("GET", "/purchases/purchase-id/104")[0]
    conflict = {"status": 409, "title": "Conflict", "detail": "Purchase 1042 already exists."}
    assert (409, conflict) == stocked("POST", "/purchases/", {**PURCHASE, "totalPrice": 1})
    assert (200, made) == stocked("GET", "/purchases/purchase-id/1042")


@pytest.mark.parametrize(
    ("query", "events"),
    [({}, ["1042"]), ({"triggerPurchaseEvent": "true"}, ["1042"]),
     ({"triggerPurchaseEvent": "false"}, [])],
)  # fmt: skip
def test_workflows_start_unless_told_otherwise(
    stocked: Asked, connectif: ConnectifSandbox, query: dict[str, str], events: list[str]
) -> None:
    stocked("POST", "/purchases/", PURCHASE, **query)
    assert events == connectif.store.events


def test_what_a_purchase_points_to_has_to_be_there(
    stocked: Asked, connectif: ConnectifSandbox
) -> None:
    status, answer = stocked("POST", "/purchases/", {**PURCHASE, "contactEmail": "no@b.example"})
    assert (400, "E0101") == (status, answer["code"])
    other = {**PURCHASE, "products": [BOUGHT, {**BOUGHT, "productId": "8"}]}
    status, answer = stocked("POST", "/purchases/", other)
    assert (400, "E0102", ["8"]) == (status, answer["code"], answer["productIds"])
    assert {} == connectif.told("purchases")


def test_pages_of_products_are_of_allowed_domains(stocked: Asked) -> None:
    abroad = {"productDetailUrl": "https://elsewhere.example/tea"}
    bought = {**PURCHASE, "products": [{**BOUGHT, **abroad}]}
    status, answer = stocked("POST", "/purchases/", bought)
    assert (400, "E0103", ["7"]) == (status, answer["code"], answer["productsId"])
    assert ["https://shop.example"] == answer["allowedDomains"]
    status, answer = stocked("PATCH", "/products/product-id/7", abroad)
    assert (400, "E0201") == (status, answer["code"])
    assert ["https://shop.example"] == answer["allowedDomains"]


def test_what_is_no_json_object_is_refused(asked: Asked) -> None:
    assert 400 == asked("PATCH", "/products/product-id/7", [1])[0]
    assert 400 == asked("POST", "/purchases/", PURCHASE, triggerPurchaseEvent="no")[0]
    assert 404 == asked("DELETE", "/products/product-id/7")[0]


def test_the_back_door_tells_what_is_there(stocked: Asked, connectif: ConnectifSandbox) -> None:
    stocked("POST", "/purchases/", PURCHASE)
    control = Control(connectif)

    def look(door: str) -> Any:
        request = Request("GET", f"/_sandbox/{door}", {}, {}, b"")
        return json.loads(control.respond(request).body)

    expected = {"contacts": 1, "products": 1, "purchases": 1, "events": 1, "refused": 0}
    assert expected == look("counts")
    assert ["1042"] == look("events") == list(look("purchases"))
    assert ["ada@example.com"] == list(look("contacts"))
    nothing = control.respond(Request("GET", "/_sandbox/nothing", {}, {}, b""))
    assert 404 == nothing.status
    assert 401 == control.respond(Request("GET", "/purchases/1", {}, {}, b"")).status
