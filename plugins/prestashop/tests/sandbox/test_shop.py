"""Filling a shop: from files, and what is wrong with them."""

import gzip
import json
from pathlib import Path

import pytest

from crosstie import ConfigError
from crosstie_prestashop.sandbox import Shop
from crosstie_prestashop.sandbox.resources import catalogue

RECORDS = Path(__file__).parents[1] / "recorded" / "prestashop-1.7.8-records"
# Fields that a real 1.7.8 has and the sandbox does not show.
LEFT_OUT = {"combinations": {"location", "quantity"}}


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / f"{name}.json.gz").write_bytes(content)


def test_a_shop_is_filled_with_its_zone_and_numbers(tmp_path: Path) -> None:
    for name, records in {
        "languages": [{"id": 1}],
        "configurations": [{"id": 1, "name": "PS_TIMEZONE", "value": "Asia/Tokyo"}],
        "orders": [{"id": 7, "delivery_number": "12"}, {"id": 5, "delivery_number": "3"}],
    }.items():
        put(tmp_path, name, gzip.compress(json.dumps({name: records}).encode()))
    put(tmp_path, "carts", gzip.compress(b"[]", mtime=0))
    shop = Shop.load(tmp_path)
    assert ("Asia/Tokyo", 12, [5, 7], 7) == (
        shop.zone.key,
        shop.deliveries,
        list(shop["orders"]),
        shop["orders"].last_id,
    )


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("orderz", b"", "there is no resource orderz"),
        ("orders", b"[]", "this is not JSON in gzip"),
        ("orders", gzip.compress(b"{", mtime=0), "this is not JSON in gzip"),
        ("orders", gzip.compress(b"[]", mtime=0)[:-9], "this is not JSON in gzip"),
        ("orders", gzip.compress(b"[]", mtime=0), "languages.json.gz is missing"),
    ],
)
def test_a_file_that_cannot_fill_a_shop_is_told(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    put(tmp_path, name, content)
    with pytest.raises(ConfigError, match=complaint):
        Shop.load(tmp_path)


def test_1_7_8_shows_the_fields_that_a_real_one_did() -> None:
    resources = catalogue(1)
    lines = (RECORDS / "expected_records_selected.jsonl").read_text("utf-8").splitlines()
    for name, record in ((one["stream"], one["data"]) for one in map(json.loads, lines)):
        real = [field for field in record if field not in {"id", "associations"}]
        expected = [field for field in real if field not in LEFT_OUT.get(name, ())]
        assert expected == list(resources[name].fields)
        assert record.get("associations", {}).keys() <= resources[name].associations.keys()


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    shop = Shop()
    assert 1 == shop["zones"].insert({"name": "Here"})
    with pytest.raises(ValueError, match="zones 1 is there already"):
        shop["zones"].insert({"id": 1, "name": "There"})
    shop["zones"].remove(1)
    assert 2 == shop["zones"].insert({"name": "Elsewhere"})
