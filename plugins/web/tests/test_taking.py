"""Events come in over real sockets, and are kept before they are answered."""

import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
import pytest

from crosstie import Secret, sign_webhook, webhook_key
from crosstie.happening import context_of, person_of

from .conftest import SECRET, Front

FILLED = {
    "type": "survey_filled",
    "timestamp": "2026-11-02T08:59:58+01:00",
    "data": {"id": 17, "email": "Ada@example.com", "score": 9.5},
}

LOST = "the event a cannot be kept:"
NONSENSE = (
    (b"", "the body is not JSON"),
    (b"\xff\xfe", "the body is not JSON"),
    (b'{"type": "a", "data": {"n": NaN}}', "the body is not JSON"),
    (b'{"type": "a", "data": {"n": 1e99999999999999999999}}', "the body is not JSON"),
    (b"[" * 100_000, "the body is not JSON"),
    (b"[]", "the body is no JSON object"),
    (b'{"data": {}}', "type is not 1 to 63 letters"),
    (b'{"type": "a b"}', "type is not 1 to 63 letters"),
    (b'{"type": "a", "data": [1]}', "data is no JSON object"),
    (b'{"type": "a", "timestamp": "2026-11-02T09:00:00"}', "timestamp is no time with its"),
    (
        b'{"type": "a", "data": {"n": "\\ud800"}}',
        f"{LOST} it holds half a character",
    ),
    (
        b'{"type": "a", "data": {"n": ' + b"[" * 80 + b"]" * 80 + b"}}",
        f"{LOST} it is nested",
    ),
)


@attrs.frozen
class Told:
    """What came of a request."""

    status: int
    body: Any

    @classmethod
    def of(cls, answer: httpx.Response) -> "Told":
        return cls(answer.status_code, answer.json())


def test_an_event_is_kept_and_the_dispatcher_woken(front: Callable[..., Front]) -> None:
    site = front()
    assert Told(202, {"accepted": 1}) == Told.of(site.post(FILLED))
    (event,) = site.kept()
    identity = ("forms", "survey_filled", "17", "msg_1")
    assert identity == (event.system, event.kind, event.key, event.version)
    assert datetime(2026, 11, 2, 7, 59, 58, tzinfo=UTC) == event.at
    context = context_of(event)
    assert "9.5" == str(context["data"]["score"])
    assert "ada@example.com" == person_of(event, context)
    assert site.wake.is_set()


def test_a_message_that_comes_again_is_the_same_event(front: Callable[..., Front]) -> None:
    site = front()
    site.post(FILLED)
    site.wake.clear()
    site.clock.sleep(60)
    assert Told(202, {"accepted": 0}) == Told.of(site.post(FILLED))
    assert (1, False) == (len(site.kept()), site.wake.is_set())
    assert Told(202, {"accepted": 1}) == Told.of(site.post(FILLED, "msg_2"))


@pytest.mark.feature("F36")
def test_only_a_system_of_the_config_with_its_secret_is_believed(
    front: Callable[..., Front],
) -> None:
    site = front()
    body = json.dumps(FILLED).encode()
    signed = site.signed(body)
    other = f"whsec_{'b' * 44}"
    refused = [
        site.client.post("/events/forms", content=body),
        site.client.post("/events/forms", content=body, headers=site.signed(body, secret=other)),
        site.client.post("/events/forms", content=body + b" ", headers=signed),
        site.post(FILLED, **{"webhook-id": "msg_2"}),
        site.post(FILLED, **{"webhook-signature": "v1,"}),
        site.post(FILLED, **{"webhook-timestamp": "1"}),
    ]
    told = Told(400, {"error": "the message is not signed as it should be"})
    assert [told] * len(refused) == list(map(Told.of, refused))
    unknown = [
        site.client.post(f"/events/{name}", content=body, headers=signed)
        for name in ("polls", "web", "..%2fforms", "%ff", "forms ", "FORMS")
    ]
    assert [404] * 6 == [answer.status_code for answer in unknown]
    assert ([], False) == (site.kept(), site.wake.is_set())


def test_an_old_message_is_refused(front: Callable[..., Front]) -> None:
    site = front()
    body = json.dumps(FILLED).encode()
    signed = site.signed(body)
    site.clock.sleep(301)
    answer = site.client.post("/events/forms", content=body, headers=signed)
    assert 400 == answer.status_code
    assert "more than 0:05:00 off" in answer.text
    assert [] == site.kept()


def test_signed_nonsense_is_refused_with_its_reason(front: Callable[..., Front]) -> None:
    site = front()
    for body, reason in NONSENSE:
        answer = site.post(body)
        assert (400, reason) == (answer.status_code, answer.json()["error"][: len(reason)]), body
    assert [] == site.kept()


def test_every_script_and_sign_arrives_as_it_was(front: Callable[..., Front]) -> None:
    site = front()
    text = "Zoë 😀 ]]> 山田 \x00 {{ 7 * 7 }} '; --"
    assert 202 == site.post({"type": "customer.logged_in", "data": {"email": text}}).status_code
    (event,) = site.kept()
    assert (text, text) == (event.key, context_of(event)["data"]["email"])


def test_an_event_about_nobody_is_known_by_its_message(front: Callable[..., Front]) -> None:
    site = front()
    site.post({"type": "goal_reached", "data": {"id": True, "email": " "}})
    site.post({"type": "goal_reached"}, "msg_2")
    assert ["msg_1", "msg_2"] == [event.key for event in site.kept()]
    assert [site.clock.now()] * 2 == [event.at for event in site.kept()]


def test_a_body_without_a_length_is_read_to_its_end(front: Callable[..., Front]) -> None:
    site = front()
    body = json.dumps(FILLED).encode()
    parts = (body[place : place + 7] for place in range(0, len(body), 7))
    answer = site.client.post("/events/forms", content=parts, headers=site.signed(body))
    assert "content-length" not in answer.request.headers
    assert Told(202, {"accepted": 1}) == Told.of(answer)


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_a_body_is_refused(front: Callable[..., Front], chunked: bool) -> None:
    site = front("largest = 1000")
    for size in (1001, 9000, 200_000):
        body = b"x" * size
        content = iter([body]) if chunked else body
        try:
            answer = site.client.post("/events/forms", content=content, headers=site.signed(body))
        except httpx.TransportError:
            assert size > 10_000  # so large that its sender is cut off
        else:
            assert Told(413, {"error": "the body has more than 1000 bytes"}) == Told.of(answer)
    assert 202 == site.post({"type": "a", "data": {"t": "x" * 900}}).status_code


def test_other_methods_and_other_pages_are_refused(front: Callable[..., Front]) -> None:
    site = front()
    answer = site.client.get("/events/forms")
    assert (405, "POST") == (answer.status_code, answer.headers["allow"])
    assert 405 == site.client.post("/health").status_code
    assert [404] * 3 == [site.client.get(path).status_code for path in ("/", "/events", "/a/b")]


def test_a_state_that_cannot_be_written_makes_senders_come_back(
    front: Callable[..., Front],
) -> None:
    site = front()
    with sqlite3.connect(site.project.config.state) as other:
        other.execute("ALTER TABLE events RENAME TO away")
    answer = site.post(FILLED)
    assert Told(503, {"error": "events cannot be kept now"}) == Told.of(answer)
    assert "30" == answer.headers["retry-after"]
    with sqlite3.connect(site.project.config.state) as other:
        other.execute("ALTER TABLE away RENAME TO events")
    assert Told(202, {"accepted": 1}) == Told.of(site.post(FILLED))


def test_fifty_at_once_are_all_kept(front: Callable[..., Front]) -> None:
    site = front()
    together = threading.Barrier(50)

    def post(number: int) -> int:
        together.wait()
        return site.post({"type": "goal_reached", "data": {"id": number}}, f"m{number}").status_code

    with ThreadPoolExecutor(50) as senders:
        assert [202] * 50 == list(senders.map(post, range(50)))
    assert {str(number) for number in range(50)} == {event.key for event in site.kept()}


def test_of_a_burst_of_a_thousand_none_is_lost(front: Callable[..., Front]) -> None:
    site = front()

    def post(number: int) -> int:
        accepted: int = site.post({"type": "goal_reached"}, f"m{number}").json()["accepted"]
        return accepted

    with ThreadPoolExecutor(8) as senders:
        assert 1000 == sum(senders.map(post, range(1000)))
    assert {f"m{number}" for number in range(1000)} == {event.version for event in site.kept()}


def test_while_secrets_are_changed_both_are_believed(front: Callable[..., Front]) -> None:
    old = f"whsec_{'b' * 44}"
    site = front(
        '[systems.polls]\nuse = "events"\nsecret = { env = "NEW" }\nold_secret = { env = "OLD" }',
        {"NEW": SECRET, "OLD": old},
    )
    for mark, secret in (("m1", SECRET), ("m2", old)):
        key = webhook_key(Secret(secret))
        signed = sign_webhook(key, mark, site.clock.now() - timedelta(minutes=5), b'{"type":"a"}')
        answer = site.client.post("/events/polls", content=b'{"type":"a"}', headers=signed)
        assert Told(202, {"accepted": 1}) == Told.of(answer)
