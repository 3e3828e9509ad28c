"""Whether the connector keeps what Crosstie relies on: the conformance kit, on the sandbox."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs

from crosstie import Clock, Ref, Request, Secret, SystemClock
from crosstie.commerce import Currency, Customer, Order, OrderLine
from crosstie.testing import (
    TEXTS,
    ActionConformance,
    PackageConformance,
    Rig,
    SourceConformance,
    TableConformance,
    WebhookConformance,
)
from crosstie_pelican.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    WEBHOOK_SECRET,
    PelicanSandbox,
)

FAST = 60_000
"""Requests a minute: the kit moves the clock itself; what the limit costs is in `test_flows`."""


class PelicanRig(Rig):
    """How Pelican is played, and what a config says of it."""

    kind = "pelican"

    def sandbox(self, clock: Clock) -> PelicanSandbox:
        real = isinstance(clock, SystemClock)  # where the kit has several workers at once
        return PelicanSandbox(clock, per_minute=FAST, imports_at_once=real)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {
            "url": url,
            "client_id": CLIENT_ID,
            "client_secret": Secret(CLIENT_SECRET),
            "refresh_token": Secret(REFRESH_TOKEN),
            "webhook_secret": Secret(WEBHOOK_SECRET),
            "rate": FAST,
        }

    def secrets(self, sandbox: PelicanSandbox) -> Iterable[str]:
        return sandbox.tokens.given


def with_contact(sandbox: PelicanSandbox) -> PelicanSandbox:
    """A Pelican that has the contact whom the actions are about."""
    sandbox.put("shop:1", email="ada@example.com")
    return sandbox


class TestContactStream(PelicanRig, SourceConformance):
    stream = "contacts"

    def add(self, sandbox: PelicanSandbox, number: int, at: datetime, text: str) -> str:
        return sandbox.put(f"shop:{number}", at=at, note=text).external_id

    def change(self, sandbox: PelicanSandbox, key: str, at: datetime, text: str) -> None:
        sandbox.put(key, at=at, note=text)

    def remove(self, sandbox: PelicanSandbox, key: str, at: datetime) -> None:
        sandbox.contacts.remove(key)


class TestContactTable(PelicanRig, TableConformance):
    table = "contacts"
    alike = False
    refused = Customer(email="nonsense")
    refusal = "is not an e-mail address"

    def data(self, number: int, text: str) -> Customer:
        return Customer(email=f"c{number}@example.com", note=text)

    def rows(self, sandbox: PelicanSandbox) -> Mapping[str, Mapping[str, Any]]:
        return {row["external_id"]: row for row in sandbox.told()}


class TestPurchaseTable(PelicanRig, TableConformance):
    table = "purchases"
    stream = "orders"
    alike = False
    texts = {name: text for name, text in TEXTS.items() if name != "long"}  # noqa: RUF012
    refusal = "is not a currency such as EUR"

    def data(self, number: int, text: str) -> Order:
        line = OrderLine(
            key="1",
            name=text,
            quantity=Decimal("2"),
            unit_price=Decimal("5.38"),
            unit_price_with_tax=Decimal("6.45"),
        )
        return Order(
            number=str(number),
            customer=Ref("customers", str(number), Customer(email=f"c{number}@example.com")),
            currency=Ref("currencies", "1", Currency(code="EUR")),
            lines=(line,),
            total=Decimal("12.90"),
            created=datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
        )

    @property
    def refused(self) -> Order:
        currency = Ref("currencies", "2", Currency(code="euro"))
        return attrs.evolve(self.data(9, "refused"), currency=currency)

    def rows(self, sandbox: PelicanSandbox) -> Mapping[str, Mapping[str, Any]]:
        return {row["external_id"]: row for row in sandbox.purchases()}

    def remove(self, sandbox: PelicanSandbox, row_id: str) -> None:
        sandbox.imports.remove(row_id)


class TestSendMessage(PelicanRig, ActionConformance):
    action = "send_message"
    parameters = {"to": "shop:1", "template": "welcome", "variables": {"code": "ADA10"}}  # noqa: RUF012
    wrong = ({"to": ""}, {"to": 5}, {"template": " "}, {"variables": {"code": 5}})
    refused = {"template": "welcom"}  # noqa: RUF012
    reason = "there is no template 'welcom'"

    def sandbox(self, clock: Clock) -> PelicanSandbox:
        return with_contact(super().sandbox(clock))

    def deeds(self, sandbox: PelicanSandbox) -> Sequence[Any]:
        return sandbox.campaigns.sent


class TestEnterCampaign(PelicanRig, ActionConformance):
    action = "enter_campaign"
    parameters = {"contact": "shop:1", "campaign": "win-back"}  # noqa: RUF012
    wrong = ({"contact": ""}, {"contact": 5}, {"campaign": ""})
    refused = {"campaign": "winback"}  # noqa: RUF012
    reason = "there is no campaign 'winback'"

    def sandbox(self, clock: Clock) -> PelicanSandbox:
        return with_contact(super().sandbox(clock))

    def deeds(self, sandbox: PelicanSandbox) -> Sequence[Any]:
        return sandbox.campaigns.entries


class TestWebhooks(PelicanRig, WebhookConformance):
    kinds = ("contact_unsubscribed", "message_bounced", "campaign_entered")
    signature = "pelican-signature"

    def delivery(self, sandbox: PelicanSandbox, number: int, at: datetime) -> Request:
        contact = sandbox.put(f"shop:{number}", at=datetime(2026, 1, 1, tzinfo=UTC))
        told = {"id": f"evt_{number}", "type": "contact.unsubscribed"}
        event = {**told, "created_at": at.isoformat(), "data": {"contact": contact.told()}}
        return sandbox.hooks.signed(json.dumps({"events": [event]}).encode(), at)

    def signed(self, sandbox: PelicanSandbox, body: bytes, at: datetime) -> Request:
        return sandbox.hooks.signed(body, at)

    def forged(self, sandbox: PelicanSandbox, number: int, at: datetime) -> Request:
        genuine = self.delivery(sandbox, number, at)
        return attrs.evolve(sandbox.hooks, secret="another").signed(genuine.body, at)

    def unknown(self, sandbox: PelicanSandbox, at: datetime) -> Request:
        event = {"id": "evt_1", "type": "contact.yawned", "created_at": at.isoformat(), "data": {}}
        return sandbox.hooks.signed(json.dumps({"events": [event]}).encode(), at)


class TestPackage(PackageConformance):
    package = "crosstie_pelican"
