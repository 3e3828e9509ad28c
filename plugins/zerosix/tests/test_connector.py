"""The settings, what is sent of them, what `check` tells, and what the plugin offers."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import click
import pytest

from crosstie import ConfigError, Finding, Secret
from crosstie.sandbox import Reply, Server
from crosstie.testing import Surroundings
from crosstie_zerosix import plugin
from crosstie_zerosix.actions import Enroll, FindMember
from crosstie_zerosix.connector import Zerosix, ZerosixLive
from crosstie_zerosix.sandbox import KEY

Connect = Callable[..., ZerosixLive]
USE: Mapping[str, frozenset[str]] = {"members": frozenset({"write:members"})}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"url": "api.zerosix.com"}, "url must begin with https://"),
        ({"region": "France"}, "region must be a country such as FR"),
        ({"software": "Crosstie"}, "software must be a name and a version"),
        ({"software": "My shop/1.0"}, "software must be a name and a version"),
        ({"software": "Shop/1.0\r\nX: y"}, "software must be a name and a version"),
    ],
)
def test_settings_that_cannot_be_are_refused(connect: Connect, given: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        connect(**given)


def test_key_and_software_are_sent_as_documented(live: ZerosixLive, server: Server) -> None:
    list(live.check(USE))
    (request,) = server.log or []
    assert f"Token {KEY}" == request.headers["authorization"]
    assert f"Crosstie/{version('crosstie')}" == request.headers["user-agent"]
    assert ("GET", "/members/0000000000") == (request.method, request.path)


def test_another_software_is_sent_as_it_is_set(connect: Connect, server: Server) -> None:
    list(connect(software="Shop/1.0").check(USE))
    assert "Shop/1.0" == (server.log or [])[0].headers["user-agent"]


def test_the_key_is_taken_out_of_logs(live: ZerosixLive, env: Surroundings) -> None:
    assert [KEY] == [secret.reveal() for secret in env.redacted]
    assert KEY not in repr(live)


def test_nothing_is_asked_before_the_first_use(live: ZerosixLive, server: Server) -> None:
    assert ({}, ["members"]) == (live.streams(), list(live.tables()))
    assert [] == server.log


def test_a_check_that_finds_all_well(live: ZerosixLive) -> None:
    text = "the key may look members up; whether it may enrol shows with one"
    assert [Finding("ok", text)] == list(live.check(USE))


@pytest.mark.feature("Z34")
def test_a_wrong_key_is_told_with_where_the_right_one_is(connect: Connect) -> None:
    (finding,) = connect(key=Secret("wrong-key")).check(USE)
    assert "problem" == finding.level
    assert "compare key with the API key on the dashboard of ZEROSIX" in finding.text
    assert "wrong-key" not in finding.text


def test_a_check_of_another_site_says_so(live: ZerosixLive, server: Server) -> None:
    page = Reply(404, b"<html>no such page</html>", {"Content-Type": "text/html"})
    server.fail("answer", reply=page)
    (finding,) = live.check(USE)
    assert "problem" == finding.level
    assert "is the url the API's address?" in finding.text


@pytest.mark.feature("Z33")
def test_the_key_is_all_that_has_to_be_configured(project: Callable[..., Any]) -> None:
    config = '[systems.loyalty]\nuse = "zerosix"\nkey = { env = "ZEROSIX_KEY" }\n'
    opened = project(config, {"ZEROSIX_KEY": KEY})
    assert Zerosix(key=Secret(KEY)) == opened.config.systems["loyalty"].connector
    assert "https://api.zerosix.com" == Zerosix(key=Secret(KEY)).url


@pytest.mark.feature("Z34")
def test_a_config_without_the_key_is_told_where_it_is_found(project: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError) as refused:
        project('[systems.loyalty]\nuse = "zerosix"\n', {})
    assert "found on the dashboard of ZEROSIX" in str(refused.value)


def test_the_plugin_offers_all_of_it() -> None:
    assert [Zerosix] == list(plugin.register_sinks())
    assert [FindMember, Enroll] == list(plugin.register_actions())
    cli = click.Group(commands={"sandbox": click.Group("sandbox")})
    plugin.register_commands(cli)
    sandbox = cli.commands["sandbox"]
    assert isinstance(sandbox, click.Group)
    assert "zerosix" in sandbox.commands


def test_the_command_serves_until_it_is_interrupted() -> None:
    run = "from crosstie_zerosix.sandbox.command import zerosix; zerosix()"
    command = [sys.executable, "-c", run, "--key", "k", "--member", "0612345678"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.removeprefix("zerosix at ").partition(" ")[0]
        asked = urllib.request.Request(f"{url}/members/0612345678")
        asked.add_header("Authorization", "Token k")
        asked.add_header("User-Agent", "Shop/1.0")
        with urllib.request.urlopen(asked) as answer:
            found = json.loads(answer.read())
        process.send_signal(signal.SIGINT)
    assert 0 == process.returncode
    assert line.endswith("with key k\n")
    assert "1000001" == found["card"]["reference"]
