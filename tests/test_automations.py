"""Automations with the real plugins: a campaign, coupons, mails and SMS, and answers lost."""

import json
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result
from tests.post_office import PostOffice, open_post_office

from crosstie import Request, Secret, sign_webhook, webhook_key
from crosstie.acting import connected
from crosstie.automating import PassReport, automate
from crosstie.cli import command_line
from crosstie.hosting import Intake
from crosstie.project import Project, open_project
from crosstie.sandbox import Server, serve
from crosstie.testing import SimulatedClock
from crosstie_messages.sandbox import (
    OvhSandbox,
    ReceiverSandbox,
    SmsapiSandbox,
    TwilioSandbox,
    ovh,
    receiver,
    smsapi,
    twilio,
)
from crosstie_prestashop.sandbox import (
    DEFAULT_KEY,
    PrestaShopSandbox,
    Shop,
    check_coupon,
    generate,
)

SECRET = f"whsec_{b64encode(b'k' * 32).decode()}"
ENVIRONMENT = {
    "SHOP_KEY": DEFAULT_KEY,
    "FORMS_SECRET": SECRET,
    "TWILIO": twilio.TOKEN,
    "OVH_AK": ovh.APPLICATION_KEY,
    "OVH_AS": ovh.APPLICATION_SECRET,
    "OVH_CK": ovh.CONSUMER_KEY,
    "SMSAPI": smsapi.TOKEN,
    "HOOK": receiver.SECRET,
}
CONFIG = """
[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}

[systems.forms]
use = "events"
secret = {{ env = "FORMS_SECRET" }}

[systems.sender]
{sender}

[automations.campaign]
on = "forms.campaign_entered"
entry = "customer"

[[automations.campaign.steps]]
do = "shop.create_coupon"
with = {{ name = "Autumn", percent = "10", expires_after = "24h", prefix = "A" }}
save = "coupon"

[[automations.campaign.steps]]
do = "sender.send"
with = {with_}
"""
MAIL = '{ to = "{{ data.email }}", subject = "Yours", body = "{{ coupon.code }}" }'
SMS = '{ to = "{{ data.mobile }}", text = "{{ coupon.code }}" }'
SERVICES: dict[str, tuple[Callable[[SimulatedClock], Any], str]] = {
    "twilio": (
        TwilioSandbox,
        f'account_sid = "{twilio.ACCOUNT}"\nauth_token = {{ env = "TWILIO" }}\n'
        'sender = "+15005550006"',
    ),
    "ovh_sms": (
        OvhSandbox,
        f'service = "{ovh.SERVICE}"\napplication_key = {{ env = "OVH_AK" }}\n'
        'application_secret = { env = "OVH_AS" }\nconsumer_key = { env = "OVH_CK" }',
    ),
    "smsapi": (SmsapiSandbox, 'token = { env = "SMSAPI" }'),
    "sms_webhook": (ReceiverSandbox, 'secret = { env = "HOOK" }'),
}
SENDERS = ["smtp", *SERVICES]
SURE = {"smsapi", "sms_webhook"}
"""Those that know a key of ours, and send once however often they are asked."""


@attrs.define
class Campaign:
    """A shop, a sender and a form, tied by an automation."""

    folder: Path
    clock: SimulatedClock
    shop: Shop
    shop_server: Server
    office: PostOffice
    service: Server | None = None

    @property
    def project(self) -> Project:
        return open_project(self.folder / "crosstie.toml", ENVIRONMENT, clock=self.clock)

    def enter(self, *people: str, **more: Any) -> None:
        """People enter the campaign: the form tells it, signed."""
        project = self.project
        with closing(project.state()) as state, closing(connected(project, state)) as pools:
            intake = Intake(project, state, pools, threading.Event())
            for person in people:
                known = {"email": f"{person}@example.com", "id": person, **more}
                known["mobile"] = f"+3361234{int(person[-1]):04}"
                body = json.dumps({"type": "campaign_entered", "data": known}).encode()
                key, now = webhook_key(Secret(SECRET)), self.clock.now()
                headers = sign_webhook(key, f"entered-{person}", now, body)
                lowered = {name.lower(): value for name, value in headers.items()}
                request = Request("POST", "/events/forms", {}, lowered, body)
                assert 1 == intake.receive("forms", request)

    def run(self, hours: int = 0) -> PassReport:
        """One pass over the automations, after so many hours."""
        self.clock.sleep(hours * 3600)
        return automate(self.project)

    def call(self, *arguments: str) -> Result:
        command = ["-c", str(self.folder / "crosstie.toml"), *arguments]
        return CliRunner().invoke(command_line(), command, env=ENVIRONMENT)

    @property
    def codes(self) -> list[str]:
        """The coupons of the campaign in the shop."""
        rules = self.shop["cart_rules"]
        return [code for key in rules if re.match("A-?", code := rules.value(key, "code"))]

    @property
    def sent(self) -> list[str]:
        """What was sent, by mail or SMS."""
        if self.service is None:
            return [mail.get_content().strip() for mail in self.office.messages]
        sandbox: Any = self.service.sandbox
        if isinstance(sandbox, ReceiverSandbox):
            return [event["data"]["text"] for event in sandbox.events.values()]
        return [message["text"] for message in sandbox.sent]

    def lose(self, fault: str) -> None:
        """The answer to the next message is lost, and with ``late`` it is sent much later."""
        if self.service is not None:
            self.service.fail(fault, matches=writes, seconds=20)  # type: ignore[arg-type]
        else:
            self.office.loses = 1
            if fault == "late":
                self.office.later = self.clock.later


def writes(request: Request) -> bool:
    return request.method == "POST"


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[Callable[[str], Campaign]]:
    """A campaign with a sender of that kind, which nobody has entered yet."""
    clock = SimulatedClock()
    with ExitStack() as stack:

        def make(kind: str) -> Campaign:
            shop = generate(customers=3, orders=3, seed=1, now=clock.now())
            server = stack.enter_context(serve(PrestaShopSandbox(shop), later=clock.later))
            office = stack.enter_context(open_post_office())
            made = Campaign(tmp_path, clock, shop, server, office)
            sender = f'use = "{kind}"\n'
            if kind in SERVICES:
                sandbox, settings = SERVICES[kind]
                made.service = stack.enter_context(serve(sandbox(clock), later=clock.later))
                sender += f'url = "{made.service.url}"\n{settings}'
            else:
                sender += f'host = "127.0.0.1"\nport = {office.port}\nsecurity = "none"\n'
                sender += 'sender = "shop@example.com"'
            text = CONFIG.format(
                shop=server.url, sender=sender, with_=MAIL if kind == "smtp" else SMS
            )
            (tmp_path / "crosstie.toml").write_text(text, encoding="utf-8")
            return made

        yield make


@pytest.mark.feature("F05", "F11", "F22", "F23", "F24", "F25", "F41")
@pytest.mark.parametrize("kind", SENDERS)
def test_whoever_enters_a_campaign_is_sent_a_coupon_of_their_own_at_once(
    campaign: Callable[[str], Campaign], kind: str
) -> None:
    own = campaign(kind)
    own.enter("ada1", "bob2")

    report = own.run()
    again = own.run()

    assert (2, 4, 2) == tuple(report.counts[name] for name in ("begun", "steps", "done"))
    assert {} == dict(again.counts)
    assert (2, sorted(own.codes)) == (len(set(own.codes)), sorted(own.sent))
    assert all(check_coupon(own.shop, code, [(1, 2)])["valid"] for code in own.sent)


@pytest.mark.parametrize("kind", SENDERS)
@pytest.mark.parametrize("fault", ["lost", "late"])
def test_a_lost_answer_gives_no_second_coupon_and_no_second_message(
    campaign: Callable[[str], Campaign], kind: str, fault: Any
) -> None:
    own = campaign(kind)
    own.enter("ada1")
    own.shop_server.fail(fault, matches=writes, seconds=20)
    own.lose(fault)

    report = own.run()
    for _ in range(3):
        own.run(hours=30)

    assert (1, 1) == (report.counts["done"], len(own.codes))
    assert own.codes == own.sent
    listed = own.call("aside", "list")
    settled = re.findall(r"crosstie do sender\.send --once '(.*)' --settle done", listed.stdout)
    (journey,) = own.call("journeys", "list").stdout.splitlines()
    if kind in SURE:
        assert ([], "nothing is set aside\n") == (settled, listed.stdout)
        assert "may have been" not in journey
        return
    assert 1 == len(settled)
    assert "step 2, sender.send: " in journey
    assert 0 == own.call("do", "sender.send", "--once", settled[0], "--settle", "done").exit_code
    assert "nothing is set aside\n" == own.call("aside", "list").stdout
    assert own.codes == own.sent


@pytest.mark.parametrize("kind", SENDERS)
def test_a_message_that_did_not_leave_is_sent_when_the_service_is_back(
    campaign: Callable[[str], Campaign], kind: str
) -> None:
    own = campaign(kind)
    own.enter("ada1")
    if own.service is not None:
        own.service.stop()
        report = own.run()
        assert 1 == report.counts["waiting"]
        text = (own.folder / "crosstie.toml").read_text(encoding="utf-8")
        with serve(own.service.sandbox) as back:
            (own.folder / "crosstie.toml").write_text(text.replace(own.service.url, back.url))
            assert 0 == own.call("arm").exit_code
            own.run(hours=1)
    else:
        own.office.refuses = 1
        assert 1 == own.run().counts["waiting"]
        own.run(hours=1)

    assert (1, own.codes) == (len(own.codes), own.sent)


@pytest.mark.feature("F36")
def test_the_shop_takes_commands_only_from_who_was_let_in(
    campaign: Callable[[str], Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = campaign("smtp")
    coupon = ("do", "shop.create_coupon", "name=x", "percent=5", "expires_after=1h", "prefix=A")
    monkeypatch.setitem(ENVIRONMENT, "SHOP_KEY", "0" * 32)
    refused = own.call(*coupon)
    assert (3, []) == (refused.exit_code, own.codes)
    own.enter("ada1")
    assert (1, []) == (own.run().counts["waiting"], own.sent)
    monkeypatch.setitem(ENVIRONMENT, "SHOP_KEY", DEFAULT_KEY)
    assert 0 == own.call(*coupon).exit_code
    own.run(hours=1)

    assert (2, 1) == (len(own.codes), len(own.sent))


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("{{ coupon.code }}", "{{ coupon.code", "unexpected end of template"),
        ("{{ coupon.code }}", "{{ code }}", "'code' is not known here"),
        ("{{ data.mobile }}", "{{ customer.mobile }}", "'customer' is not known here"),
        ('percent = "10"', 'percent = "150"', "percent must be over 0 and up to 100, not 150"),
        ('percent = "10"', 'amount = "0"', "amount must be over 0"),
        ('expires_after = "24h"', 'expires_after = "0s"', "expires_after"),
        (
            "[[automations.campaign.steps]]",
            "[[automations.campaign.step]]",
            "did you mean 'steps'?",
        ),
    ],
)
def test_what_is_wrong_in_the_config_is_told_before_anything_is_done(
    campaign: Callable[[str], Campaign], before: str, after: str, sentence: str
) -> None:
    own = campaign("smsapi")
    file = own.folder / "crosstie.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")

    result = own.call("run")

    assert (2, True) == (result.exit_code, sentence in result.stderr), result.stderr
    assert ([], []) == (own.codes, own.sent)


@pytest.mark.parametrize(
    ("before", "after", "sentence", "coupons"),
    [
        ('percent = "10"', 'percent = "{{ data.number }}"', "percent must be over 0", 0),
        ('percent = "10"', 'percent = "{{ data.percent }}"', "percent: dict has no 'percent'", 0),
        ('percent = "10"', 'percent = "{{ data.many }}"', "up to 100, not 150", 0),
        ('expires_after = "24h"', 'expires_on = "{{ data.day }}"', "expires_on", 0),
        ("{{ data.mobile }}", "{{ data.phone }}", "0612345678", 1),
        ("{{ data.mobile }}", "{{ data.nobody }}", "nobody", 1),
    ],
)
def test_what_an_event_makes_wrong_fails_with_a_sentence_before_anything_is_sent(
    campaign: Callable[[str], Campaign], before: str, after: str, sentence: str, coupons: int
) -> None:
    own = campaign("smsapi")
    file = own.folder / "crosstie.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(before, after), encoding="utf-8")
    own.enter("ada1", number=0, many=150, day="2020-01-01", phone="0612345678")

    own.run()

    (journey,) = own.call("journeys", "list").stdout.splitlines()
    assert (coupons, []) == (len(own.codes), own.sent)
    assert re.search(r" failed +step [12]", journey), journey
    assert sentence in journey
