"""Flat memory: one page at a time, whatever the size of the shop."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.measured import peak

from crosstie_prestashop.sandbox import Shop

FILES = """
[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}

[systems.files]
use = "files"
folder = "out"
format = "jsonl"

[flows.orders]
read = "shop.orders"
write = "files.orders"
"""


@pytest.mark.parametrize(
    ("small", "large"), [(1000, 2000), pytest.param(5000, 50_000, marks=pytest.mark.full)]
)
def test_more_orders_take_no_more_memory(
    tie: Callable[..., Any], made_up: Callable[..., Shop], small: int, large: int
) -> None:
    peaks = []
    for orders in (small, large):
        tied = tie(made_up(500, orders))
        text = FILES.format(shop=tied.shop_server.url)
        tied.config.write_text(text, encoding="utf-8")
        peaks.append(peak([*tied.command, "run", "--json"], tied.environment))
        with (tied.folder / "out" / "orders.jsonl").open("rb") as file:
            assert orders == sum(1 for _ in file)
    assert peaks[1] <= 1.1 * peaks[0], peaks
