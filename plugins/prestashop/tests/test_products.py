"""A product is told without tax, in the wanted language, with its stock where that is used."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crosstie import ConfigError, UnauthorisedError


@pytest.fixture
def product(bare: Any) -> Callable[..., Any]:
    """How the first product is told with these settings."""
    return lambda **settings: bare.read("products", **settings).by_key["1"].data


def test_a_product_is_told_field_by_field(bare: Any, product: Callable[..., Any]) -> None:
    bare.shop["products"].change(1, manufacturer_name="Studio")
    row = bare.shop["products"][1]
    told = product()
    assert (told.code, told.price) == (row["reference"], Decimal(row["price"]))
    assert (told.name, told.manufacturer) == (row["name"][0]["value"], "Studio")
    assert (told.currency.stream, told.currency.embedded.code) == ("currencies", "EUR")
    assert (told.active, told.weight) == (row["active"] == "1", Decimal(row["weight"]))
    assert told.url == "http://127.0.0.1:8081/index.php?controller=product&id_product=1"


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("12", "img/p/1/2/12.jpg"),
        ("4", "img/p/4/4.jpg"),
        ("20077", "img/p/2/0/0/7/7/20077.jpg"),
    ],
)
def test_the_main_picture_is_where_the_digits_of_its_id_lead(
    bare: Any, product: Callable[..., Any], id_: str, path: str
) -> None:
    bare.shop["products"].change(1, id_default_image=id_)
    assert product().image == f"http://127.0.0.1:8081/{path}"


@pytest.mark.parametrize("nothing", ["", "0", None, False, 0])
def test_a_product_without_a_picture_has_no_image(
    bare: Any, product: Callable[..., Any], nothing: Any
) -> None:
    bare.shop["products"].change(1, id_default_image=nothing)
    assert product().image is None


@pytest.mark.parametrize("nobody", [False, None, ""])
def test_a_product_of_nobody_has_no_manufacturer(
    bare: Any, product: Callable[..., Any], nobody: Any
) -> None:
    bare.shop["products"].change(1, manufacturer_name=nobody)
    assert product().manufacturer is None


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_a_product_without_a_reference_has_no_code(
    bare: Any, product: Callable[..., Any], nothing: str | None
) -> None:
    bare.shop["products"].change(1, reference=nothing)
    assert product().code is None


@pytest.mark.parametrize(("language", "name"), [("en", "Cup"), ("FR", "Tasse"), ("2", "Tasse")])
def test_the_language_is_chosen_by_code_or_id(
    bare: Any, product: Callable[..., Any], language: str, name: str
) -> None:
    names = [{"id": "1", "value": "Cup"}, {"id": "2", "value": "Tasse"}]
    bare.shop["products"].change(1, name=names)
    assert product(language=language).name == name


def test_the_language_is_the_shops_default_unless_chosen(
    bare: Any, product: Callable[..., Any]
) -> None:
    names = [{"id": "1", "value": "Cup"}, {"id": "2", "value": "Tasse"}]
    bare.shop["products"].change(1, name=names)
    settings = bare.shop["configurations"]
    key = next(key for key in settings if settings.value(key, "name") == "PS_LANG_DEFAULT")
    settings.change(key, value="2")
    assert product().name == "Tasse"


def test_a_text_that_was_not_translated_is_told_in_another_language(
    bare: Any, product: Callable[..., Any]
) -> None:
    bare.shop["products"].change(1, name=[{"id": "1", "value": "Cup"}, {"id": "2", "value": ""}])
    assert product(language="fr").name == "Cup"


def test_a_language_that_the_shop_has_not_is_refused(product: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="has no language 'de'; it has en, fr"):
        product(language="de")


def test_a_code_that_cannot_be_looked_up_says_what_to_do(bare: Any) -> None:
    key = bare.limit("products", "configurations")
    with pytest.raises(UnauthorisedError, match="set language to the id"):
        bare.read("products", key=key, language="fr")


def test_a_shop_with_one_language_tells_plain_texts(bare: Any, product: Callable[..., Any]) -> None:
    name = bare.shop["products"][1]["name"][0]["value"]
    bare.shop["languages"].remove(2)
    assert product().name == name


def test_a_long_description_counts_more_than_a_short_one(
    bare: Any, product: Callable[..., Any]
) -> None:
    short = [{"id": "1", "value": "<p>short</p>"}]
    bare.shop["products"].change(1, description_short=short, description=[])
    assert product().description == "<p>short</p>"
    bare.shop["products"].change(1, description=[{"id": "1", "value": "<p>long</p>"}])
    assert product().description == "<p>long</p>"


def test_what_nobody_has_saved_yet_is_no_product(bare: Any) -> None:
    bare.shop["products"].change(1, state="0")
    assert "1" not in bare.read("products").keys


def test_stock_is_told_only_where_it_is_used_and_from_its_own_table(bare: Any) -> None:
    stocks = bare.shop["stock_availables"]
    told = {r.key: r.data.stock for r in bare.read("products", uses=("stock",)).records}
    assert told == {
        str(stocks.value(key, "id_product")): int(stocks.value(key, "quantity"))
        for key in stocks
        if stocks.value(key, "id_product_attribute") == "0"
    }
    assert {r.data.stock for r in bare.read("products").records} == {None}


def test_stock_of_another_shop_does_not_count(bare: Any, product: Callable[..., Any]) -> None:
    stocks = bare.shop["stock_availables"]
    own = product(uses=("stock",)).stock
    key = next(key for key in stocks if stocks.value(key, "id_product") == "1")
    stocks.insert({**stocks[key], "id": None, "id_shop": "2", "quantity": "77777"})
    assert product(uses=("stock",)).stock == own


def test_without_the_setting_the_currency_with_rate_one_is_the_default(bare: Any) -> None:
    key = bare.limit("products", "currencies")
    told = bare.read("products", key=key, time_zone=bare.shop.zone).by_key["1"].data
    assert told.currency.embedded.code == "EUR"


def test_where_two_currencies_have_rate_one_the_default_is_unknown(bare: Any) -> None:
    bare.shop["currencies"].change(2, conversion_rate="1.000000")
    key = bare.limit("products", "currencies")
    told = bare.read("products", key=key, time_zone=bare.shop.zone).by_key["1"].data
    assert told.currency is None


def test_currencies_are_told_by_their_iso_code(bare: Any) -> None:
    told = {record.key: record.data for record in bare.read("currencies").records}
    codes = {str(key): bare.shop["currencies"].value(key, "iso_code") for key in (1, 2, 3)}
    assert {key: currency.code for key, currency in told.items()} == codes
    assert (told["1"].name, told["1"].symbol, told["1"].rate) == ("Euro", "€", 1)


def test_a_deleted_currency_is_told_as_deleted(bare: Any) -> None:
    bare.shop["currencies"].change(3, deleted="1")
    deleted = {record.key: record.deleted for record in bare.read("currencies").records}
    assert deleted == {"1": False, "2": False, "3": True}
