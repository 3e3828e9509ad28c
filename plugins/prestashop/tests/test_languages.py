"""A shop tells which languages its names may be in, and the zone that its dates are meant in."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crosstie import ConfigError, Speaks, UnauthorisedError, Zoned

pytestmark = pytest.mark.feature("N05")


@pytest.fixture
def three(bare: Any) -> Any:
    """A shop with three languages, of which the last is not active."""
    languages = bare.shop["languages"]
    languages.insert({**languages[1], "id": 3, "iso_code": "de", "active": "0"})
    return bare


def languages(reach: Any, **settings: Any) -> list[str]:
    live = reach.connect(**settings)
    assert isinstance(live, Speaks)
    return list(live.languages())


def test_the_active_languages_are_told_the_default_first(three: Any) -> None:
    assert languages(three) == ["en", "fr"]
    settings = three.shop["configurations"]
    key = next(key for key in settings if settings.value(key, "name") == "PS_LANG_DEFAULT")
    settings.change(key, value="2")
    three.lent.memory.texts.clear()
    assert languages(three) == ["fr", "en"]


def test_a_shop_with_one_active_language_has_one(three: Any) -> None:
    three.shop["languages"].change(2, active="0")
    assert languages(three) == ["en"]


@pytest.mark.parametrize(("chosen", "code"), [("fr", "fr"), ("FR", "fr"), ("2", "fr"), ("3", "de")])
def test_a_chosen_language_is_the_only_one(three: Any, chosen: str, code: str) -> None:
    assert languages(three, language=chosen) == [code]


@pytest.mark.parametrize("chosen", ["it", "9", "eng", ""])
def test_a_chosen_language_has_to_exist(three: Any, chosen: str) -> None:
    with pytest.raises(ConfigError, match=f"has no language '{chosen}'; it has de, en, fr"):
        languages(three, language=chosen)


def test_without_the_right_to_read_languages_one_can_be_set(bare: Any) -> None:
    key = bare.limit("orders", "configurations")
    with pytest.raises(UnauthorisedError, match="may not read languages; set language in"):
        languages(bare, key=key)
    with pytest.raises(UnauthorisedError, match="set language to the id"):
        languages(bare, key=key, language="fr")
    assert languages(bare, key=key, language="2") == ["2"]


def test_an_order_tells_a_language_that_is_no_longer_active(reach: Any) -> None:
    reach.shop["languages"].change(2, active="0")
    reach.shop["orders"].change(7, id_lang="2")
    assert reach.read("orders").by_key["7"].data.language == "fr"


def test_the_zone_is_the_shops_own_unless_it_is_set(bare: Any) -> None:
    live = bare.connect()
    assert isinstance(live, Zoned)
    assert live.time_zone() == ZoneInfo("Europe/Paris")
    assert bare.connect(time_zone=ZoneInfo("Asia/Tokyo")).time_zone() == ZoneInfo("Asia/Tokyo")
    bare.lent.memory.texts.clear()
    with pytest.raises(UnauthorisedError, match="set time_zone in the config"):
        bare.connect(key=bare.limit("orders")).time_zone()
