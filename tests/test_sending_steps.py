"""The steps of sending purchases, each a command in a process of its own, as a merchant does it."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from crosstie.sandbox import serve
from crosstie_connectif.sandbox import KEY_ID, KEY_SECRET, ConnectifSandbox
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop

CONFIG = """
[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}
language = "en"

[systems.marketing]
use = "connectif"
url = "{store}"
key_id = "{key_id}"
key_secret = {{ env = "STORE_SECRET" }}
no_image = "https://shop.example/none.jpg"
other_currencies = "convert"

[flows.purchases]
read = "shop.orders"
write = "marketing.purchases"
again = true
older = true
"""
SECRETS = {"SHOP_KEY": DEFAULT_KEY, "STORE_SECRET": KEY_SECRET}
FIRST, LAST = "2026-01-01", "2026-06-30"
CHOSEN = ("--since", FIRST, "--until", LAST, "--status", "shipped", "--status", "delivered")
SHIPPED, DELIVERED = "4", "5"


@attrs.frozen
class Office:
    """Somebody's terminal, with a shop and a store in Connectif at hand."""

    folder: Path
    shop: Shop
    store: ConnectifSandbox

    def crosstie(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; it has to end with this code."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("crosstie")), *arguments],
            cwd=self.folder,
            env={**os.environ, **SECRETS},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert code == done.returncode, done.stderr
        return done.stdout

    def chosen(self) -> tuple[set[str], set[str]]:
        """The numbers of the orders that the choice is about, as the shop has them: of customers
        who are there, and of those who are not any more."""
        orders, customers = self.shop["orders"], self.shop["customers"]
        chosen = {
            str(key): int(orders[key]["id_customer"])
            for key in orders
            if FIRST <= orders[key]["date_add"][:10] <= LAST
            and str(orders[key]["current_state"]) in {SHIPPED, DELIVERED}
        }
        there = {number for number, who in chosen.items() if who in customers}
        return there, chosen.keys() - there


@pytest.fixture
def office(tmp_path: Path, made_up: Callable[..., Shop]) -> Iterator[Office]:
    shop = made_up(15, 60)
    store = ConnectifSandbox(per_minute=100_000)
    with serve(PrestaShopSandbox(shop)) as shop_server, serve(store) as store_server:
        text = CONFIG.format(shop=shop_server.url, store=store_server.url, key_id=KEY_ID)
        (tmp_path / "crosstie.toml").write_text(text, encoding="utf-8")
        yield Office(tmp_path, shop, store)


@pytest.mark.feature("N11")
def test_purchases_are_configured_chosen_sent_looked_at_and_reported(office: Office) -> None:
    assert "the key may read purchases" in office.crosstie("check")
    sent, lost = office.chosen()
    assert sent
    assert lost
    planned = office.crosstie("plan", "purchases", *CHOSEN, code=1)
    assert len(sent) == planned.count("+ marketing.purchases ")
    assert {} == office.store.told("purchases")

    told = office.crosstie("run", "purchases", *CHOSEN, code=1)
    everything, created = len(sent | lost), len(sent)
    assert f"{everything} read, {created} created, {len(lost)} set aside" in told
    assert sent == set(office.store.told("purchases"))

    told = office.crosstie("run", "purchases", *CHOSEN, code=1)
    assert f"{everything} read, {len(lost)} set aside, {created} there already" in told
    assert sent == set(office.store.told("purchases"))
    assert [] == office.store.store.events

    listed = [json.loads(line) for line in office.crosstie("history", "--json").splitlines()]
    assert ["completed with errors"] * 2 == [run["status"] for run in listed]
    assert {"status": ["delivered", "shipped"]} == listed[0]["selection"]["filters"]

    report = office.crosstie("report", listed[0]["short"], "--csv").removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(report, newline="")))
    assert {
        number: f'{{"status":409,"title":"Conflict","detail":"Purchase {number} already exists."}}'
        for number in sent
    } == {row["key"]: row["message"] for row in rows if row["outcome"] == "conflict"}
    assert lost == {row["key"] for row in rows if row["outcome"] == "aside"}
    assert everything == len(rows)
