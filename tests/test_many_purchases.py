"""Purchases in any number: each is sent once, and memory stays flat, as it does for the report."""

import csv
import json
import os
import shutil
import sys
from pathlib import Path

import attrs
import pytest
from tests.measured import peak

from crosstie.sandbox import Reply, Request, serve

ENDLESS = Path(__file__).with_name("endless") / "crosstie_plugins.py"
CONFIG = """
[systems.shop]
use = "endless"
orders = {orders}

[systems.store]
{store}
url = "{url}"

[flows.purchases]
read = "shop.orders"
write = "store.purchases"
older = true
"""
BULK = 'use = "bulk"'
CONNECTIF = 'use = "connectif"\nkey_id = "1"\nkey_secret = { env = "STORE_SECRET" }'
JSON = {"Content-Type": "application/json"}
RANGE = ("--since", "2026-01-01", "--until", "2026-11-01")
STATES = ("--status", "shipped", "--status", "delivered")


@attrs.define
class Counting:
    """A store that keeps nothing but how often each purchase was made."""

    times: bytearray

    def respond(self, request: Request) -> Reply:
        """Take what is written, as the store of the plugin beside the config or as Connectif."""
        if request.path == "/bulk":
            new = [number for number in json.loads(request.body) if self._is_new(number)]
            return Reply(200, json.dumps(new).encode(), JSON)
        if request.method == "POST":
            number = json.loads(request.body)["purchaseId"]
            assert self._is_new(number)
            return Reply(201, json.dumps({"id": "1", "purchaseId": number}).encode(), JSON)
        return Reply(404, b'{"status":404}', JSON) if request.method == "GET" else Reply(204)

    def _is_new(self, number: str) -> bool:
        self.times[int(number)] += 1
        return self.times[int(number)] == 1


@attrs.frozen
class Sent:
    """What sending so many orders took, and its report."""

    memory: int
    report_memory: int


def send(folder: Path, store: str, orders: int) -> Sent:
    """Send so many orders, each in a state that is chosen, and write the report of all of them."""
    folder.mkdir()
    shutil.copy(ENDLESS, folder)
    config = folder / "crosstie.toml"
    crosstie = [str(Path(sys.executable).with_name("crosstie")), "-c", str(config)]
    environment = {**os.environ, "STORE_SECRET": "secret"}
    counting = Counting(bytearray(orders))
    with serve(counting) as server:
        config.write_text(CONFIG.format(orders=orders, store=store, url=server.url))
        sent = peak([*crosstie, "run", "purchases", *RANGE, *STATES], environment)
    assert bytearray(b"\1") * orders == counting.times
    report = folder / "report.csv"
    told = peak([*crosstie, "report", "last", "--all", "--output", str(report)], environment)
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["stream"] == "orders"]
    assert {"created"} == {row["outcome"] for row in rows}
    assert sorted(map(str, range(orders))) == sorted(row["key"] for row in rows)
    return Sent(sent, told)


@pytest.mark.parametrize(
    ("store", "small", "large"),
    [
        pytest.param(BULK, 20_000, 200_000, marks=pytest.mark.full, id="bulk"),
        pytest.param(CONNECTIF, 2_000, 20_000, marks=pytest.mark.full, id="connectif"),
    ],
)
def test_more_purchases_take_no_more_memory(
    tmp_path: Path, store: str, small: int, large: int
) -> None:
    few, many = (send(tmp_path / str(orders), store, orders) for orders in (small, large))
    assert many.memory <= 1.1 * few.memory, (few, many)
    assert many.report_memory <= 1.1 * few.report_memory, (few, many)
