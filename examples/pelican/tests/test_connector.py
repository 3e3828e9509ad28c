"""The settings, what `check` finds out, the deeds, and what the plugin offers."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click
import pytest

from crosstie import Finding, Rate, Secret
from crosstie.sandbox import Server
from crosstie.testing import Surroundings
from crosstie_pelican import plugin
from crosstie_pelican.actions import EnterCampaign, SendMessage, mark
from crosstie_pelican.connector import Pelican, PelicanLive
from crosstie_pelican.sandbox import REFRESH_TOKEN, Attribute, PelicanSandbox

NEEDS = {
    "customers": frozenset({"write:contacts"}),
    "orders": frozenset({"write:purchases", "write:customers"}),
}
Connect = Callable[..., PelicanLive]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"url": "api.pelican.example"}, "url must begin with https://"),
        ({"page": 0}, "page must be from 1 to 200, not 0"),
        ({"page": 201}, "page must be from 1 to 200, not 201"),
        ({"rate": 0}, "rate must be 1 at least, not 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(connect: Connect, given: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        connect(**given)


def test_no_secret_is_shown() -> None:
    secrets: dict[str, Any] = {
        name: Secret(f"very-{name}") for name in ("client_secret", "refresh_token")
    }
    shown = repr(Pelican(url="https://api.pelican.example", client_id="app", **secrets))
    assert "very-secret" not in shown


def test_the_rate_is_the_one_of_the_settings(connect: Connect, env: Surroundings) -> None:
    connect(rate=90)
    assert [Rate(90, timedelta(minutes=1))] == env.rates


def test_nothing_is_asked_before_the_first_use(connect: Connect, server: Server) -> None:
    connect().tables()
    assert [] == server.log


def test_a_check_that_finds_all_well(connect: Connect, pelican: PelicanSandbox) -> None:
    pelican.bucket.per_minute = 60
    expected = [
        Finding("ok", "the app is authorised for the account 'Sandbox'"),
        Finding("ok", "60 requests a minute are allowed, and up to 60 are sent"),
    ]
    assert expected == list(connect().check(NEEDS))


def test_a_check_names_what_is_missing(connect: Connect, pelican: PelicanSandbox) -> None:
    pelican.tokens.plant("prt_less", ["contacts:read", "contacts:write"])
    pelican.attributes["origin"] = Attribute("origin", required=True)
    pelican.bucket.per_minute = 30
    expected = [
        Finding("ok", "the app is authorised for the account 'Sandbox'"),
        Finding("warning", "30 requests a minute are allowed, and up to 60 are sent"),
        Finding("problem", "orders: the app is not authorised for purchases:write"),
        Finding(
            "warning",
            "origin is mandatory for new contacts: give it a value in the flow's `set`",
        ),
    ]
    assert expected == list(connect(refresh_token=Secret("prt_less")).check(NEEDS))


def test_a_check_tells_of_a_token_that_is_no_longer_good(
    connect: Connect, pelican: PelicanSandbox
) -> None:
    pelican.tokens.revoke()
    (finding,) = connect().check(NEEDS)
    assert "problem" == finding.level
    assert "its refresh token is no longer good" in finding.text


def test_a_check_writes_nothing(live: PelicanLive, server: Server) -> None:
    list(live.check(NEEDS))
    posted = [one.path for one in server.log or () if one.method != "GET"]
    assert ["/oauth/token"] == posted


def test_a_message_goes_out_once_for_a_deed(live: PelicanLive, pelican: PelicanSandbox) -> None:
    pelican.put("a", email="ada@example.com")
    action = SendMessage(to="a", template="welcome", variables={"code": "ADA10"})
    assert {"message": "msg_1"} == action.run(live, "welcome 17")
    assert {"message": "msg_1"} == action.run(live, "welcome 17")
    assert {"message": "msg_2"} == action.run(live, "welcome 18")


def test_an_entry_is_recalled_however_many_came_after_it(
    live: PelicanLive, pelican: PelicanSandbox
) -> None:
    pelican.put("a")
    action = EnterCampaign(contact="a", campaign="win-back")
    assert action.recall(live, "deed 0") is None
    entries = [action.run(live, f"deed {number}") for number in range(60)]
    assert {"entry": "1"} == entries[0] == action.recall(live, "deed 0")


def test_whatever_once_is_it_fits_into_a_reference_and_a_header() -> None:
    assert {64} == {len(mark(once)) for once in ("a", "é" * 200, "a\nb")}
    assert all(mark(once).isascii() for once in ("a", "é" * 200, "a\nb"))


def test_the_plugin_offers_all_of_it() -> None:
    assert [Pelican] == list(plugin.register_sources()) == list(plugin.register_sinks())
    assert [SendMessage, EnterCampaign] == list(plugin.register_actions())
    cli = click.Group(commands={"sandbox": click.Group("sandbox")})
    plugin.register_commands(cli)
    sandbox = cli.commands["sandbox"]
    assert isinstance(sandbox, click.Group)
    assert "pelican" in sandbox.commands


def test_the_command_serves_until_it_is_interrupted() -> None:
    run = "from crosstie_pelican.sandbox.command import pelican; pelican()"
    command = [sys.executable, "-c", run, "--people", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        url = lines[0].removeprefix("pelican at ").strip()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{url}/v1/contacts")
        process.send_signal(signal.SIGINT)
    assert 0 == process.returncode
    assert f"refresh_token {REFRESH_TOKEN}\n" == lines[2]
