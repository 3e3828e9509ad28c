"""What is compared: reading a shop and writing a CRM, by Crosstie and by the plain script."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from benchmarks.measuring import Cost, measure
from benchmarks.systems import CROSSTIE, System, crm, shop

ROOT = Path(__file__).parents[1]
PLAIN = [sys.executable, "-m", "benchmarks.plain"]
SHOP = """
[systems.shop]
use = "prestashop"
url = "{url}"
key = {{ env = "SHOP_KEY" }}
workers = 2
"""
FILES = """
[systems.out]
use = "files"
folder = "export"
format = "jsonl"

[flows.orders]
read = "shop.orders"
write = "out.orders"
"""
CRM = """
[systems.crm]
use = "vtiger"
url = "{url}"
username = "admin"
access_key = {{ env = "CRM_KEY" }}
workers = 4

[flows.customers]
read = "shop.customers"
write = "crm.customers"

[flows.orders]
read = "shop.orders"
write = "crm.orders"
"""


@attrs.frozen
class Result:
    """What one subject took for one job at one latency (in seconds)."""

    job: str
    latency: float
    subject: str
    records: int
    requests: int
    cost: Cost
    made: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.cost.seconds


def reading(latency: float, limit: int) -> list[Result]:
    """Orders, with their customers and addresses, into JSON Lines."""
    with shop(latency) as source:

        def result(subject: str, run: Callable[[Path], Cost], made: str) -> Result:
            before = source.requests()
            with tempfile.TemporaryDirectory() as name:
                cost = run(Path(name))
                with (Path(name) / made).open("rb") as file:  # not whole: see `measure`
                    lines = sum(1 for _ in file)
            asked = source.requests() - before
            return Result("reading", latency, subject, lines, asked, cost, {"lines": lines})

        def plain(folder: Path) -> Cost:
            command = [*PLAIN, "read", source.url, source.key, str(limit), "orders.jsonl"]
            return measure(command, folder, {"PYTHONPATH": str(ROOT)})

        def crosstie(folder: Path) -> Cost:
            return run_crosstie(folder, SHOP.format(url=source.url) + FILES, limit, source, None)

        return [
            result("plain", plain, "orders.jsonl"),
            result("crosstie", crosstie, "export/orders.jsonl"),
        ]


def writing(latency: float, limit: int) -> list[Result]:
    """As many customers and as many orders into an empty CRM, with what they need there."""
    with shop(latency) as source:

        def result(subject: str, run: Callable[[Path, System], Cost]) -> Result:
            before = source.requests()
            with crm(latency) as sink, tempfile.TemporaryDirectory() as name:
                cost = run(Path(name), sink)
                asked = source.requests() - before + sink.requests()
                counts: Mapping[str, Any] = sink.ask("counts")
            modules = ("Leads", "Contacts", "Accounts", "Products", "SalesOrder")
            made = {module: int(counts.get(module, 0)) for module in modules}
            return Result("writing", latency, subject, 2 * limit, asked, cost, made)

        def plain(folder: Path, sink: System) -> Cost:
            command = [*PLAIN, "write", source.url, source.key, str(limit), sink.url, sink.key]
            return measure(command, folder, {"PYTHONPATH": str(ROOT)})

        def crosstie(folder: Path, sink: System) -> Cost:
            config = SHOP.format(url=source.url) + CRM.format(url=sink.url)
            return run_crosstie(folder, config, limit, source, sink)

        return [result("plain", plain), result("crosstie", crosstie)]


def run_crosstie(
    folder: Path, config: str, limit: int, source: System, sink: System | None
) -> Cost:
    """All flows of a config, by the command line, from an empty state."""
    (folder / "crosstie.toml").write_text(config)
    keys = {"SHOP_KEY": source.key, "CRM_KEY": sink.key if sink else ""}
    return measure([*CROSSTIE, "run", "--limit", str(limit)], folder, keys)
