"""The settings, what `check` and `init` are told, and what the plugin offers."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import click
import pytest

from crosstie import Advice, Finding, Secret, ToldRate, UnauthorisedError
from crosstie.sandbox import Server
from crosstie.testing import Surroundings
from crosstie_connectif import plugin
from crosstie_connectif.connector import Connectif, ConnectifLive
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox

Connect = Callable[..., ConnectifLive]
USE = {
    "contacts": frozenset({"write:contacts"}),
    "purchases": frozenset({"write:purchases", "write:customers", "write:products"}),
}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"url": "api.connectif.cloud"}, "url must begin with https://"),
        ({"no_image": "nothing.jpg"}, "no_image must begin with https://"),
        ({"key_id": "id:secret"}, "key_id is the part before the colon"),
        ({"key_id": " "}, "key_id is the part before the colon"),
    ],
)
def test_settings_that_cannot_be_are_refused(connect: Connect, given: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        connect(**given)


def test_the_key_is_sent_as_it_is(live: ConnectifLive, server: Server) -> None:
    list(live.check(USE))
    sent = {request.headers["authorization"] for request in server.log or ()}
    assert {f"apiKey {KEY_ID}:{KEY_SECRET}"} == sent


def test_key_and_secret_are_taken_out_of_logs(live: ConnectifLive, env: Surroundings) -> None:
    hidden = {secret.reveal() for secret in env.redacted}
    assert {KEY_ID, KEY_SECRET, f"{KEY_ID}:{KEY_SECRET}"} == hidden
    assert KEY_SECRET not in repr(live)


def test_the_rate_is_the_one_that_the_answers_tell(live: ConnectifLive, env: Surroundings) -> None:
    assert [ToldRate()] == env.rates


def test_nothing_is_asked_before_the_first_use(live: ConnectifLive, server: Server) -> None:
    live.tables()
    assert [] == server.log


def test_a_check_that_finds_all_well(live: ConnectifLive, connectif: ConnectifSandbox) -> None:
    connectif.per_minute = 100
    shown = "that it has Write {} shows with the first one"
    expected = [
        Finding("ok", f"the key may read contacts; {shown.format('Contacts')}"),
        Finding("ok", f"the key may read products; {shown.format('Products')}"),
        Finding("ok", f"the key may read purchases; {shown.format('Purchases')}"),
        Finding("ok", "100 requests a minute are allowed, and Crosstie keeps to that"),
    ]
    assert expected == list(live.check(USE))


def test_a_check_looks_at_what_the_flows_need(live: ConnectifLive, server: Server) -> None:
    list(live.check({"contacts": frozenset({"write:contacts"})}))
    assert ["GET /contacts/email/nobody%40crosstie.invalid"] == [
        f"{request.method} {request.path}" for request in server.log or ()
    ]


def test_a_check_names_a_scope_that_is_missing(
    live: ConnectifLive, connectif: ConnectifSandbox
) -> None:
    connectif.scopes.discard("Read Products")
    problems = [one.text for one in live.check(USE) if one.level == "problem"]
    assert 1 == len(problems)
    assert "products: " in problems[0]
    assert "Permission Read Products not granted to the API Key." in problems[0]
    assert "Read and Write of Contacts, Products and Purchases" in problems[0]


def test_a_check_with_a_wrong_secret_says_so_once(connect: Connect) -> None:
    (finding,) = connect(key_secret=Secret("wrong-secret")).check(USE)
    assert "problem" == finding.level
    assert "Connectif does not know this key" in finding.text


def test_a_check_warns_of_workflows_that_start(connect: Connect) -> None:
    (warning,) = (one for one in connect(trigger=True).check(USE) if one.level == "warning")
    assert warning.text.startswith("purchases: trigger is true")
    contacts = {"contacts": USE["contacts"]}
    assert not [one for one in connect(trigger=True).check(contacts) if one.level == "warning"]


def test_a_first_config_is_told_what_to_choose(live: ConnectifLive) -> None:
    advice = list(live.introduce(USE))
    assert Advice("Connectif, 1000000 requests a minute") == advice[0]
    choices = {(one.flow, one.setting): one.value for one in advice if one.setting}
    assert {
        (None, "newsletter"): "follow",
        (None, "no_image"): "https://shop.example/no-picture.jpg",
    } == choices
    assert not any(one.chosen for one in advice if one.setting)
    (how,) = (one.text for one in advice if one.flow == "purchases")
    assert "crosstie run purchases --since" in how


def test_a_first_config_cannot_be_made_with_a_wrong_key(connect: Connect) -> None:
    with pytest.raises(UnauthorisedError, match="does not know this key"):
        list(connect(key_secret=Secret("wrong-secret")).introduce(USE))


def test_the_plugin_offers_all_of_it() -> None:
    assert [Connectif] == list(plugin.register_sinks())
    cli = click.Group(commands={"sandbox": click.Group("sandbox")})
    plugin.register_commands(cli)
    sandbox = cli.commands["sandbox"]
    assert isinstance(sandbox, click.Group)
    assert "connectif" in sandbox.commands


def test_the_command_serves_until_it_is_interrupted_and_can_be_looked_into() -> None:
    run = "from crosstie_connectif.sandbox.command import connectif; connectif()"
    command = [sys.executable, "-c", run, "--control"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        url = lines[0].removeprefix("connectif at ").strip()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{url}/contacts/email/a%40b.example")
        with urllib.request.urlopen(f"{url}/_sandbox/counts") as answer:
            counts = json.loads(answer.read())
        process.send_signal(signal.SIGINT)
    assert 0 == process.returncode
    assert f"key_id {KEY_ID}, key_secret {KEY_SECRET}\n" == lines[1]
    assert {"contacts": 0, "products": 0, "purchases": 0, "events": 0, "refused": 0} == counts
