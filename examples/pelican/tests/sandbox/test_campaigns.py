"""Messages, campaigns, and the events that are told of them."""

import json
from typing import Any

import pytest

from crosstie.testing import SimulatedClock
from crosstie_pelican.sandbox import WEBHOOK_SECRET, PelicanSandbox
from crosstie_pelican.sandbox.hooks import sign


@pytest.fixture
def contact(pelican: PelicanSandbox) -> str:
    return pelican.put("a", email="ada@example.com").external_id


WELCOME = {"to": "a", "template": "welcome", "variables": {"code": "ADA10"}}


def test_a_message_with_one_key_is_sent_once(app: Any, contact: str, clock: SimulatedClock) -> None:
    key = {"idempotency-key": "k1"}
    first = app.send("POST", "/v1/messages", WELCOME, headers=key)
    again = app.send("POST", "/v1/messages", WELCOME, headers=key)
    assert (202, first.body, "true") == (
        first.status,
        again.body,
        again.headers["Idempotent-Replayed"],
    )
    assert 1 == len(app.pelican.campaigns.sent)
    clock.sleep(24 * 3600 + 1)
    app.sign_in()
    app.send("POST", "/v1/messages", WELCOME, headers=key)
    assert 2 == len(app.pelican.campaigns.sent)


def test_messages_without_key_are_sent_each_time(app: Any, contact: str) -> None:
    assert {"msg_1", "msg_2"} == {app.ask("POST", "/v1/messages", WELCOME)["id"] for _ in range(2)}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"template": "welcom"}, "unknown_template"),
        ({"variables": {}}, "variable_missing"),
        ({"to": "b"}, "contact_not_found"),
    ],
)
def test_a_message_that_cannot_be_is_refused(app: Any, contact: str, given: Any, code: str) -> None:
    reply = app.send("POST", "/v1/messages", {**WELCOME, **given})
    assert (422, code) == (reply.status, json.loads(reply.body)["error"]["code"])


def test_nobody_is_written_to_who_does_not_want_it(app: Any, contact: str) -> None:
    app.pelican.unsubscribe("a")
    assert "contact_unsubscribed" == app.ask("POST", "/v1/messages", WELCOME)["error"]["code"]


def test_a_contact_without_e_mail_is_not_written_to(app: Any) -> None:
    app.pelican.put("a", first_name="Ada")
    assert "no_email" == app.ask("POST", "/v1/messages", WELCOME)["error"]["code"]


def test_a_campaign_is_entered_as_often_as_one_asks(app: Any, contact: str) -> None:
    path = "/v1/campaigns/win-back/entries"
    for reference in ("r1", "r1", "r2"):
        app.ask("POST", path, {"external_id": "a", "reference": reference})
    told = app.ask("GET", path, external_id="A")["entries"]
    assert [("3", "r2"), ("2", "r1"), ("1", "r1")] == [
        (one["id"], one["reference"]) for one in told
    ]


def test_a_campaign_that_is_not_there_is_named(app: Any, contact: str) -> None:
    reply = app.send("POST", "/v1/campaigns/winback/entries", {"external_id": "a"})
    assert (404, "unknown_campaign") == (reply.status, json.loads(reply.body)["error"]["code"])


def test_events_are_delivered_once_and_signed(
    app: Any, contact: str, pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    app.ask("POST", "/v1/campaigns/win-back/entries", {"external_id": "a", "reference": "r"})
    app.ask("POST", "/v1/messages", WELCOME)
    pelican.campaigns.bounce(pelican.campaigns.sent[0], "mailbox full")
    pelican.unsubscribe("a")
    delivery = pelican.hooks.delivery()
    events = json.loads(delivery.body)["events"]
    assert ["campaign.entered", "message.bounced", "contact.unsubscribed"] == [
        event["type"] for event in events
    ]
    at = int(clock.now().timestamp())
    expected = f"t={at},v1={sign(WEBHOOK_SECRET, at, delivery.body)}"
    assert expected == delivery.headers["pelican-signature"]
    assert [] == json.loads(pelican.hooks.delivery().body)["events"]


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    pelican.hooks.change_secret("pws_new")
    assert 2 == pelican.hooks.delivery().headers["pelican-signature"].count("v1=")
    clock.sleep(24 * 3600 + 1)
    assert 1 == pelican.hooks.delivery().headers["pelican-signature"].count("v1=")
