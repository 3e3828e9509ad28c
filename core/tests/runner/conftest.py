"""A project that ties one depot to another, over real sockets."""

import importlib.util
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from crosstie.options import RunOptions, RunReport
from crosstie.planning import plan
from crosstie.project import Project, open_project
from crosstie.running import run
from crosstie.sandbox import Server, serve
from crosstie.sinks import Planned

DEPOT = Path(__file__).parent.parent / "depot"
CONFIG = """
[systems.shop]
use = "depot"
url = "{shop}"

[systems.crm]
use = "depot"
url = "{crm}"
{crm_settings}

[flows.customers]
read = "shop.customers"
write = "crm.people"
{customers}

[flows.orders]
read = "shop.orders"
write = "crm.sales"
"""


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("depot", DEPOT / "depot.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@attrs.define
class Workbench:
    """Two depots and the project that ties them."""

    folder: Path
    shop_server: Server
    crm_server: Server
    stop: threading.Event = attrs.field(factory=threading.Event)

    @property
    def shop(self) -> Any:
        return self.shop_server.sandbox

    @property
    def crm(self) -> Any:
        return self.crm_server.sandbox

    def config(self, crm_settings: str = "", customers: str = "", more: str = "") -> None:
        text = CONFIG.format(
            shop=self.shop_server.url,
            crm=self.crm_server.url,
            crm_settings=crm_settings,
            customers=customers,
        )
        (self.folder / "crosstie.toml").write_text(text + more, encoding="utf-8")

    def project(self) -> Project:
        return open_project(self.folder / "crosstie.toml", {}, self.stop)

    def run(self, *names: str, **options: Any) -> dict[str, RunReport]:
        patience = options.pop("patience", 0.0)
        reports = run(self.project(), names, RunOptions(**options), patience=patience)
        return {report.flow: report for report in reports}

    def plan(self, *names: str) -> list[Planned]:
        told: list[Planned] = []
        for report in plan(self.project(), names, tell=told.append):
            assert report.error is None
        return told

    def customers(self, count: int, start: int = 0) -> None:
        for number in range(start, start + count):
            self.shop.put(
                "customers",
                str(number),
                email=f"c{number}@example.com",
                lastname=f"Name {number}",
                version="1",
            )

    def people(self) -> list[tuple[str, str]]:
        return sorted((row["email"], row["lastname"]) for row in self.crm.rows["people"].values())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    """A workbench with an empty shop and an empty CRM."""
    depot = _module()
    shutil.copy(DEPOT / "crosstie_plugins.py", tmp_path)
    with serve(depot.Depot()) as shop, serve(depot.Depot()) as crm:
        made = Workbench(tmp_path, shop, crm)
        made.config()
        yield made


@pytest.fixture
def counts() -> Callable[[RunReport], dict[str, int]]:
    """The counts of a report that are not zero."""
    return lambda report: {name: count for name, count in report.counts.items() if count}
