"""Journeys killed at any instant: each coupon is made once, each mail sent once or set aside."""

import json
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from tests.post_office import PostOffice, open_post_office

from crosstie_prestashop.sandbox import Shop, register_customer

MORE = """
[systems.mail]
use = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "The shop <shop@example.com>"
timeout = "5s"

[automations.welcome]
on = "shop.customer_registered"
every = "200ms"

[[automations.welcome.steps]]
do = "shop.create_coupon"
with = {{ name = "Welcome", percent = "10", expires_after = "24h", prefix = "HI" }}
save = "coupon"

[[automations.welcome.steps]]
do = "mail.send"
with = {{ to = "{{{{ customer.email }}}}", subject = "Welcome", body = "{{{{ coupon.code }}}}" }}

[[automations.welcome.steps]]
wait = "2s"

[[automations.welcome.steps]]
do = "mail.send"
with = {{ to = "{{{{ customer.email }}}}", subject = "Soon over", body = "{{{{ coupon.code }}}}" }}
"""
SUBJECTS = ("Welcome", "Soon over")
PATIENCE = 240.0


def configure(tied: Any, office: PostOffice) -> None:
    """Only the automation, with a shop that answers quickly or not at all."""
    tied.write_config(more=MORE.format(port=office.port))
    text = tied.config.read_text(encoding="utf-8")
    head, flows = text.split("[flows.customers]")
    head = head.partition("[systems.crm]")[0].replace("use =", 'timeout = "1s"\nuse =')
    automation = flows[flows.index("[systems.mail]") :]
    tied.config.write_text(f"{head}\n{automation}", encoding="utf-8")


def waiting(tied: Any) -> list[Any]:
    with closing(tied.project().state()) as state:
        return [one for one in state.journeys(limit=10_000) if one.status == "waiting"]


def come_to_the_end(tied: Any, number: int) -> None:
    """Serve until every journey has ended."""
    process = tied.start("serve")
    until = time.monotonic() + PATIENCE
    try:
        while len(ended(tied)) < number:
            assert time.monotonic() < until, waiting(tied)
            assert process.poll() is None, process.communicate()
            time.sleep(0.2)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def ended(tied: Any) -> list[Any]:
    with closing(tied.project().state()) as state:
        return [one for one in state.journeys(limit=10_000) if one.status != "waiting"]


@pytest.mark.parametrize(
    ("people", "kills"), [(20, 8), pytest.param(200, 50, marks=pytest.mark.full)]
)
def test_each_coupon_is_made_once_and_each_mail_sent_once_or_listed_as_uncertain(
    tie: Callable[..., Any], made_up: Callable[..., Shop], people: int, kills: int
) -> None:
    tied, chance = tie(made_up(3, 3)), random.Random(20261122)
    with open_post_office(latency=0.01) as office:
        configure(tied, office)
        assert 0 == call(tied, "run").returncode
        emails = [f"person{number}@example.com" for number in range(people)]
        for email in emails:
            register_customer(tied.shop, email=email)
        tied.shop_server.latency = 0.02
        in_the_middle = sum(die(tied, office, chance) for _ in range(kills))
        tied.shop_server.latency = 0.0
        come_to_the_end(tied, people)
        sent, mails = office.sent(), office.messages

    assert in_the_middle >= kills // 4
    assert ["done"] * people == [one.status for one in ended(tied)]
    with closing(tied.project().state()) as state:
        done = [json.loads(deed.parameters) for deed in state.deeds(["done"], limit=10_000)]
        doubtful = state.deeds(["uncertain"], limit=10_000)
    uncertain = {(told["to"], told["subject"]) for told in map(parameters, doubtful)}
    wanted = {(email, subject) for email in emails for subject in SUBJECTS}
    surely = {(told["to"], told["subject"]) for told in done if "to" in told}
    assert (wanted, set()) == (surely | uncertain, surely & uncertain)
    assert surely <= set(sent) <= wanted
    assert {1} == set(sent.values())

    rules = tied.shop["cart_rules"]
    codes = [code for key in rules if (code := rules.value(key, "code")).startswith("HI")]
    assert (people, people) == (len(codes), len(set(codes)))
    by_person: dict[str, set[str]] = {}
    for mail in mails:
        by_person.setdefault(mail["To"], set()).add(mail.get_content().strip())
    assert all(len(told) == 1 for told in by_person.values())
    assert set(codes) >= set().union(*by_person.values())
    listed = call(tied, "aside", "list").stdout
    assert len(doubtful) == len(re.findall(r"--settle done \(or: again\)$", listed, re.MULTILINE))


def call(tied: Any, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [*tied.command, *arguments]
    return subprocess.run(
        command, env=tied.environment, capture_output=True, text=True, check=False, timeout=120
    )


def parameters(deed: Any) -> Any:
    """What a mail was to be; nothing but mails may be in doubt."""
    assert "mail" == deed.system
    return json.loads(deed.parameters)


def die(tied: Any, office: PostOffice, chance: random.Random) -> bool:
    """Serve, and be killed a moment after something was done; whether it was still at work."""

    def done() -> int:
        return int(sum(tied.shop_server.requests.values())) + len(office.mails)

    before, until = done(), time.monotonic() + 10
    process = tied.start("serve")
    while done() == before and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(chance.random() * 0.6)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive and bool(waiting(tied))
