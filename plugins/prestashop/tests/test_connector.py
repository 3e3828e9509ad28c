"""What a config may say of a shop, what the plugin offers, and that no secret shows."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import click
import pytest

from crosstie import Connector, Gets, ListsKeys, Live, Secret, Selection
from crosstie_prestashop import plugin
from crosstie_prestashop.connector import PrestaShop

KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@pytest.mark.feature("F33")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081",
        "http://127.0.0.1:8081/",
        "http://127.0.0.1:8081/api",
        "http://127.0.0.1:8081/api/",
    ],
)
def test_the_address_may_end_as_it_likes(reach: Any, url: str) -> None:
    assert reach.read("customers", url=url).records
    assert {request.path.split("/")[1] for request in reach.wire.log} == {"api"}


@pytest.mark.parametrize(
    "url", ["shop.example", "ftp://shop.example", "https://", "https://KEY@shop.example", ""]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url must be the"):
        PrestaShop(url=url, key=Secret(KEY))


@pytest.mark.parametrize("name", ["workers", "page"])
def test_numbers_that_make_no_sense_are_refused(name: str) -> None:
    nonsense: Any = {name: 0}
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
        PrestaShop(url="https://shop.example", key=Secret(KEY), **nonsense)


def test_the_defaults_are_what_the_readme_says() -> None:
    shop = PrestaShop(url="https://shop.example", key=Secret(KEY))
    assert (shop.timeout, shop.workers, shop.page, shop.overlap) == (
        timedelta(seconds=30),
        2,
        500,
        timedelta(minutes=5),
    )
    assert (shop.time_zone, shop.language, shop.id_shop, shop.identity) == (None,) * 4


def test_the_streams_are_those_that_are_offered(reach: Any) -> None:
    live: Live = reach.connect()
    assert tuple(live.streams()) == PrestaShop.streams_offered
    assert live.tables() == {}
    for stream in live.streams().values():
        assert isinstance(stream, Gets)
        assert isinstance(stream, ListsKeys)


def test_connecting_asks_for_nothing(reach: Any) -> None:
    reach.connect().close()
    assert reach.wire.log == []


def test_the_plugin_offers_the_shop_and_its_sandbox() -> None:
    kinds: list[type[Connector]] = list(plugin.register_sources())
    assert [kind.kind for kind in kinds] == ["prestashop"]
    cli = click.Group(commands={"sandbox": click.Group("sandbox")})
    plugin.register_commands(cli)
    sandbox = cli.commands["sandbox"]
    assert isinstance(sandbox, click.Group)
    assert "prestashop" in sandbox.commands


def test_the_key_shows_nowhere(reach: Any, caplog: pytest.LogCaptureFixture) -> None:
    connector = PrestaShop(url="http://127.0.0.1:8081", key=Secret(KEY))
    seen = [repr(connector), str(connector)]
    reach.sandbox.add_key(KEY, {"orders": ("GET",)})
    live = reach.connect(key=KEY)
    with caplog.at_level(logging.DEBUG):
        for name, stream in live.streams().items():
            try:
                seen += [str(thing) for thing in stream.read(Selection())]
            except Exception as error:  # noqa: BLE001 (whatever it is, it must not show the key)
                seen += [name, repr(error), str(error)]
        seen += [finding.text for finding in live.check({"o": frozenset({"read:orders"})})]
    seen += [record.getMessage() for record in caplog.records] + [repr(live)]
    seen += [str(request.target) for request in reach.wire.log] + [str(reach.lent.memory.texts)]
    assert [text for text in seen if KEY in text] == []


@pytest.mark.parametrize("version", ["1.7.8.11", "8.2.1", "9.0.3"])
@pytest.mark.parametrize("languages", [1, 2])
def test_all_versions_tell_the_same(
    reach: Any, reach_of: Any, version: str, languages: int
) -> None:
    if languages == 1:
        reach.shop["languages"].remove(2)
    other = reach_of(reach.shop, version=version)
    for name in PrestaShop.streams_offered or ():
        uses = ("payments", "discounts", "slips", "image", "has_ordered", "stock")
        assert other.read(name, uses=uses).records == reach.read(name, uses=uses).records


def test_the_readme_lists_the_settings_as_they_are() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    rows = [line.split(" | ") for line in readme.splitlines() if line.startswith("| `")]
    listed = {cells[0].strip("|` "): cells[1] for cells in rows}
    for field in attrs.fields(PrestaShop):
        assert listed[field.name] == field.metadata["doc"]


def test_the_readme_lists_the_seven_rights(seven: tuple[str, ...]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (line,) = (line for line in readme.splitlines() if "GET on seven resources" in line)
    assert set(seven) <= set(line.split("`"))
