"""What a real PrestaShop 8.2.1 told, of 2,002 customers and 5,005 orders, is read completely."""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crosstie import Checkpoint, Selection
from crosstie_prestashop.sandbox import Shop


@pytest.fixture(scope="module")
def shop(real_folder: Path) -> Shop:
    return Shop.load(real_folder)


@pytest.fixture
def real(shop: Shop, reach_of: Callable[..., Any], clock: Any) -> Any:
    shop.clock = clock
    return reach_of(shop)


def test_every_order_and_every_line_is_there(real: Any) -> None:
    lines, total, orders = 0, Decimal(0), 0
    for thing in real.stream("orders").read(Selection()):
        if not isinstance(thing, Checkpoint):
            orders += 1
            lines += len(thing.data.lines)
            total += thing.data.total
            assert thing.data.customer.embedded.email
            assert thing.data.invoice_address.country
    table = real.shop["orders"]
    assert (orders, lines) == (5005, 12530)
    assert total == sum(Decimal(table.value(key, "total_paid_tax_incl")) for key in table)
    pages = -(-5005 // 500)
    asked = real.wire.asked()
    assert [asked[name] for name in ("orders", "customers", "addresses")] == [
        pages + 2,
        pages,
        pages,
    ]


def test_every_customer_is_there_with_their_addresses(real: Any) -> None:
    told = real.read("customers")
    table = real.shop["addresses"]
    in_use = [key for key in table if table.value(key, "deleted") == "0"]
    theirs = Counter(str(table.value(key, "id_customer")) for key in in_use)
    assert len(told.records) == 2002
    assert {r.key: len(r.data.addresses) for r in told.records} == {
        key: theirs[key] for key in told.keys
    }


def test_the_second_that_186_orders_share_is_read_in_pages_of_50(real: Any) -> None:
    noon = json.dumps({"start": int(real.clock.now().timestamp()) - 86400})
    changed = real.read("orders", since=noon, page=50)
    versions = Counter(record.version for record in changed.records)
    assert versions["2026-11-21 21:58:01"] == 186
    assert sorted(changed.keys, key=int) == [
        str(key)
        for key in real.shop["orders"]
        if real.shop["orders"].value(key, "date_upd") >= "2026-11-21 12:55:00"
    ]
    assert len(set(changed.keys)) == len(changed.keys)
