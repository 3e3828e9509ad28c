"""What a shop tells of itself for a first config."""

from collections.abc import Callable
from typing import Any

import pytest

from crosstie import Advice, Introduces, UnauthorisedError

USE = {
    "people": frozenset({"read:customers"}),
    "sales": frozenset({"read:orders"}),
    "money": frozenset({"read:currencies"}),
}


def told(reach: Any, **settings: Any) -> list[Advice]:
    live = reach.connect(**settings)
    assert isinstance(live, Introduces)
    return list(live.introduce(USE))


def test_a_shop_tells_version_languages_currencies_and_size(reach: Any) -> None:
    sizes = [f"{len(reach.shop[name])} {name}" for name in ("customers", "products", "orders")]
    assert [one.text for one in told(reach)[:4]] == [
        "PrestaShop 8.2.1",
        "languages: en (the default), fr",
        "currencies: EUR (the default), USD, GBP",
        f"records: {', '.join(sizes)}",
    ]


@pytest.mark.feature("N05")
def test_of_several_active_languages_the_default_is_chosen(reach: Any) -> None:
    [advice] = [one for one in told(reach) if one.setting == "language"]
    assert (advice.flow, advice.value, advice.chosen) == (None, "en", True)
    assert "sending purchases needs one" in advice.text

    settings = reach.shop["configurations"]
    key = next(key for key in settings if settings.value(key, "name") == "PS_LANG_DEFAULT")
    settings.remove(key)
    reach.lent.memory.texts.clear()
    [unsure] = [one for one in told(reach) if one.setting == "language"]
    assert (unsure.value, unsure.chosen) == ("en", False)


def test_a_shop_with_one_active_language_leaves_nothing_to_choose(reach: Any) -> None:
    reach.shop["languages"].change(1, active="0")
    advice = told(reach)
    assert "languages: fr" in [one.text for one in advice]
    assert not [one for one in advice if one.setting == "language"]


def test_order_states_are_told_with_their_flags(reach: Any) -> None:
    [states] = [one for one in told(reach) if one.setting == "filters"]
    assert (states.flow, states.value, states.chosen) == ("sales", {"status": ["paid"]}, False)
    assert "\n  4 Shipped (paid, shipped, delivered, invoice)\n" in states.text
    assert "\n  6 Canceled\n" in states.text


def test_a_flow_for_the_only_currency_is_not_chosen(reach: Any) -> None:
    assert not [one for one in told(reach) if one.flow == "money"]
    table = reach.shop["currencies"]
    for key in list(table):
        table.change(key, active=table.value(key, "iso_code") == "EUR")
    [alone] = [one for one in told(reach) if one.flow == "money"]
    assert (alone.setting, alone.chosen) == (None, False)


def test_rights_that_the_key_lacks_are_told(reach: Any) -> None:
    advice = told(reach, key=reach.limit("orders", "configurations"))
    texts = [one.text for one in advice]
    assert "records: ? customers, ? products, 60 orders" in texts
    lacking = "note: people: the key lacks GET on customers; it cannot run"
    assert lacking in texts
    assert not [one for one in advice if one.setting == "filters"]


def test_introducing_changes_nothing_and_costs_little(reach: Any) -> None:
    told(reach)
    assert {request.method for request in reach.wire.log} == {"GET"}
    assert len(reach.wire.log) <= 12


@pytest.mark.parametrize("version", ["1.7.8.11", "9.0.3"])
def test_other_versions_introduce_themselves_too(
    reach_of: Callable[..., Any], made_up: Callable[..., Any], version: str
) -> None:
    assert told(reach_of(made_up(3, 3), version=version))[0].text == f"PrestaShop {version}"


def test_a_shop_that_lets_nobody_in_says_so(reach: Any) -> None:
    with pytest.raises(UnauthorisedError, match="does not know this key"):
        told(reach, key="X" * 32)
