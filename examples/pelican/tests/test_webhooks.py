"""Webhooks: what the conformance kit cannot know of Pelican."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import attrs
import pytest

from crosstie import Event, WebhookError
from crosstie.commerce import Customer
from crosstie_pelican.connector import PelicanLive
from crosstie_pelican.sandbox import PelicanSandbox

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_who_unsubscribed_is_told_as_a_customer(live: PelicanLive, pelican: PelicanSandbox) -> None:
    pelican.put("shop:17", email="ada@example.com")
    pelican.unsubscribe("shop:17")
    (event,) = live.receive(pelican.hooks.delivery())
    customer = Customer(email="ada@example.com", newsletter=False, created=NOW, updated=NOW)
    assert Event("contact_unsubscribed", "shop:17", "evt_1", customer, NOW) == event


def test_what_became_of_messages_and_campaigns_is_told_of_the_contact(
    live: PelicanLive, pelican: PelicanSandbox
) -> None:
    pelican.put("shop:17", email="ada@example.com")
    live.api.post("/v1/messages", {"to": "shop:17", "template": "news"})
    live.api.post("/v1/campaigns/win-back/entries", {"external_id": "shop:17", "reference": "r"})
    pelican.campaigns.bounce(pelican.campaigns.sent[0], "mailbox full")
    entered, bounced = live.receive(pelican.hooks.delivery())
    expected = {"entry": "1", "campaign": "win-back", "contact": "shop:17"}
    assert ("campaign_entered", "shop:17", expected) == (entered.kind, entered.key, entered.data)
    expected = {"message": "msg_1", "reason": "mailbox full", "contact": "shop:17"}
    assert ("message_bounced", "shop:17", expected) == (bounced.kind, bounced.key, bounced.data)


@pytest.mark.parametrize("change", [False, True], ids=["one secret", "two secrets"])
def test_the_old_secret_works_while_pelican_signs_with_both(
    live: PelicanLive, pelican: PelicanSandbox, *, change: bool
) -> None:
    pelican.put("shop:17")
    pelican.unsubscribe("shop:17")
    if change:
        pelican.hooks.change_secret("pws_new")
    assert 1 == len(live.receive(pelican.hooks.delivery()))


def test_signatures_of_later_versions_do_not_matter(
    live: PelicanLive, pelican: PelicanSandbox
) -> None:
    genuine = pelican.hooks.signed(json.dumps({"events": []}).encode())
    signature = genuine.headers["pelican-signature"]
    both = attrs.evolve(genuine, headers={"pelican-signature": f"{signature},v2=abc"})
    assert [] == list(live.receive(both))
    later = attrs.evolve(genuine, headers={"pelican-signature": signature.replace("v1=", "v2=")})
    with pytest.raises(WebhookError, match="does not fit"):
        live.receive(later)


def test_without_a_secret_nothing_is_believed(
    connect: Callable[..., PelicanLive], pelican: PelicanSandbox
) -> None:
    pelican.hooks.secret = ""
    with pytest.raises(WebhookError, match="webhook_secret is not set"):
        connect(webhook_secret=None).receive(pelican.hooks.delivery())
