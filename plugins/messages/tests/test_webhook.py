"""Events that are posted, with the id that makes them one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crosstie import RejectedError, Secret, UnauthorisedError
from crosstie.sandbox import Reply, Server
from crosstie.testing import Surroundings
from crosstie_messages.sandbox import ReceiverSandbox, receiver
from crosstie_messages.webhook import Post, Webhook, WebhookLive

POST = Post(event="coupon.created", data={"code": "A1 é", "uses": 1})
SECRET = Secret(receiver.SECRET)


@pytest.fixture
def server(serve: Callable[..., Server], clock: Any) -> Server:
    server = serve(ReceiverSandbox(clock))
    server.log = []
    return server


@pytest.fixture
def live(server: Server, env: Surroundings) -> WebhookLive:
    return Webhook(url=f"{server.url}/in?shop=1", secret=SECRET).connect(env)


def test_an_event_is_compact_json_with_an_id_made_from_once(
    server: Server, live: WebhookLive
) -> None:
    told = POST.run(live, "one")

    (request,) = server.log or []
    body = '{"type":"coupon.created","timestamp":"2026-11-02T09:00:00.000Z","data":{"code":"A1 é",'
    assert body + '"uses":1}}' == request.body.decode()
    assert ("/in?shop=1", told["message"]) == (request.target, request.headers["webhook-id"])
    assert "application/json" == request.headers["content-type"]
    assert 1 == len(server.sandbox.events)  # type: ignore[attr-defined]  # the receiver's


def test_a_wait_makes_no_event_too_old(server: Server, live: WebhookLive) -> None:
    server.fail("answer", times=2, reply=Reply(429, b"", {"Retry-After": "290"}))
    POST.run(live, "one")
    stamps = [one.headers["webhook-timestamp"] for one in server.log or []]
    assert 3 == len(set(stamps))


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (400, RejectedError, "answered 400: not so"),
        (404, RejectedError, "answered 404: not so"),
        (410, RejectedError, "answered 410: not so; it wants no more events"),
        (401, UnauthorisedError, "answered 401: not so: are the credentials right"),
    ],
)
def test_a_no_is_told_in_the_receivers_words(
    server: Server, live: WebhookLive, status: int, error: type[Exception], told: str
) -> None:
    server.fail("answer", reply=Reply(status, b'{"message": "not so"}'))
    with pytest.raises(error) as refused:
        POST.run(live, "one")
    assert told in str(refused.value)


def test_a_page_for_people_is_not_repeated(server: Server, live: WebhookLive) -> None:
    page = Reply(404, b"<html>not here</html>", {"Content-Type": "text/html"})
    server.fail("answer", reply=page)
    with pytest.raises(RejectedError, match=r"answered 404$"):
        POST.run(live, "one")


def test_the_dry_mode_keeps_the_event_and_needs_no_address(env: Surroundings, outbox: Path) -> None:
    live = Webhook(outbox=outbox).connect(env)
    told = POST.run(live, "one")
    assert told == POST.run(live, "one")
    assert "coupon.created" == json.loads(Path(told["outbox"]).read_bytes())["type"]
    assert 1 == live.forget("A1 é")


def test_a_preview_is_the_event(live: WebhookLive, server: Server) -> None:
    assert "coupon.created" == json.loads(POST.preview(live))["type"]
    assert {} == dict(server.requests)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "url and secret must be set, or outbox for the dry mode"),
        ({"url": "shop.example", "secret": SECRET}, "url must be https://host/path"),
        ({"url": "https://a:b@shop.example/", "secret": SECRET}, "url must be https://host/path"),
        ({"url": "https://a.example", "secret": Secret("hush-hush")}, "secret must be whsec_ and"),
        ({"url": "https://a.example", "secret": Secret("whsec_aGk=")}, "24 to 64 bytes"),
    ],
)
def test_wrong_settings_are_refused_without_showing_the_secret(
    settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match="must") as refused:
        Webhook(**settings)
    assert (True, False) == (told in str(refused.value), "hush" in str(refused.value))
