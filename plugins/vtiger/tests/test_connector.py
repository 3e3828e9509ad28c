"""The settings, and what the plugin offers."""

from datetime import timedelta
from typing import Any

import click
import pytest

from crosstie import Secret
from crosstie_vtiger import plugin
from crosstie_vtiger.connector import Vtiger
from crosstie_vtiger.sandbox import VtigerSandbox


def settings(**more: Any) -> Vtiger:
    usual: Any = {
        "url": "https://crm.example",
        "username": "sync",
        "access_key": Secret("verySecret"),
    }
    return Vtiger(**{**usual, **more})


@pytest.mark.feature("V52")
def test_url_user_and_key_are_required() -> None:
    needed: Any = {"url": "https://crm.example", "username": "sync", "access_key": Secret("k")}
    for name in needed:
        with pytest.raises(TypeError, match=name):
            Vtiger(**{key: value for key, value in needed.items() if key != name})


def test_the_usual_settings() -> None:
    usual = settings()
    assert (timedelta(seconds=30), None, 4) == (usual.timeout, usual.settle, usual.workers)
    assert ("Bon de commande no", "Commande boutique no") == (
        usual.order_prefix,
        usual.potential_prefix,
    )
    assert ("own", False, True) == (
        usual.order_account,
        usual.create_potential,
        usual.create_invoice,
    )
    assert ({}, None) == (
        usual.defaults,
        usual.assigned_user_id,
    )


def test_the_key_is_not_shown() -> None:
    assert "verySecret" not in repr(settings())


@pytest.mark.parametrize("url", ["crm.example", "ftp://crm.example", "https://", "https:///x", ""])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        settings(url=url)


@pytest.mark.feature("V79")
@pytest.mark.parametrize("prefix", ["", "Order ", "SO#[web]_2-", "aZ09 "])
def test_prefixes_may_have_letters_digits_and_a_few_signs(prefix: str) -> None:
    assert prefix == settings(order_prefix=prefix).order_prefix
    assert prefix == settings(potential_prefix=prefix).potential_prefix


@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("N°", marks=pytest.mark.feature("V79")),
        pytest.param("a/b", marks=pytest.mark.feature("V79")),
        pytest.param("a\n", marks=pytest.mark.feature("V79")),
        pytest.param("Numéro ", marks=pytest.mark.feature("V80")),
        pytest.param(" Order", marks=pytest.mark.feature("V81")),
    ],
)
def test_other_prefixes_are_refused(prefix: str) -> None:
    for name in ("order_prefix", "potential_prefix"):
        with pytest.raises(ValueError, match=f"{name} may have the letters"):
            settings(**{name: prefix})


@pytest.mark.parametrize("account", ["", "Own", "11", "x2", "11x2 ", "Web shop"])
def test_an_account_of_all_orders_is_an_id(account: str) -> None:
    with pytest.raises(ValueError, match='order_account is "own" or an id such as 11x2'):
        settings(order_account=account)


def test_the_plugin_offers_the_sink_and_its_sandbox() -> None:
    assert [Vtiger] == list(plugin.register_sinks())
    cli = click.Group(commands={"sandbox": click.Group("sandbox")})
    plugin.register_commands(cli)
    sandbox = cli.commands["sandbox"]
    assert isinstance(sandbox, click.Group)
    assert "vtiger" in sandbox.commands


def test_the_sandbox_plays_every_version_that_is_claimed() -> None:
    for version in ("8.0.0", "8.4.0", "8.4.0-stock"):
        VtigerSandbox(version=version)
