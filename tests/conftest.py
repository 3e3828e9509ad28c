"""A PrestaShop and a vtiger sandbox, and the project that ties them, as a user would write it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from crosstie import Clock
from crosstie.options import RunOptions, RunReport
from crosstie.planning import plan
from crosstie.project import Project, open_project
from crosstie.running import run
from crosstie.sandbox import Server, serve
from crosstie.sinks import Planned
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop, generate
from crosstie_vtiger.sandbox import VtigerSandbox

REAL_SHOP = Path(__file__).parents[1] / "plugins/prestashop/tests/shop-8.2.1"
QUIET = datetime(2026, 11, 1, 9, tzinfo=UTC)
"""When generated shops were last changed: long enough ago to be past every overlap."""

CONFIG = """
[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}

[systems.crm]
use = "vtiger"
url = "{crm}"
username = "admin"
access_key = {{ env = "CRM_KEY" }}
settle = "400ms"
{crm_settings}
[flows.customers]
read = "shop.customers"
write = "crm.customers"
every = "1s"

[flows.products]
read = "shop.products"
write = "crm.products"
every = "1s"

[flows.orders]
read = "shop.orders"
write = "crm.orders"
every = "1s"
{more}
"""
ENVIRONMENT = {"SHOP_KEY": DEFAULT_KEY, "CRM_KEY": "sandboxAccessKey"}


@attrs.define
class Tie:
    """One shop, one CRM, one config."""

    folder: Path
    shop: Shop
    shop_server: Server
    crm_server: Server
    clock: Clock | None = None

    @property
    def crm(self) -> VtigerSandbox:
        sandbox = self.crm_server.sandbox
        assert isinstance(sandbox, VtigerSandbox)
        return sandbox

    @property
    def config(self) -> Path:
        return self.folder / "crosstie.toml"

    def write_config(self, crm_settings: str = "", more: str = "") -> None:
        text = CONFIG.format(
            shop=self.shop_server.url,
            crm=self.crm_server.url,
            crm_settings=crm_settings,
            more=more,
        )
        self.config.write_text(text, encoding="utf-8")

    def project(self) -> Project:
        return open_project(self.config, ENVIRONMENT, clock=self.clock)

    def run(self, *names: str, **options: Any) -> dict[str, RunReport]:
        patience = options.pop("patience", 0.0)
        reports = run(self.project(), names, RunOptions(**options), patience=patience)
        return {report.flow: report for report in reports}

    def plan(self, *names: str) -> list[Planned]:
        told: list[Planned] = []
        assert [None] * 3 == [r.error for r in plan(self.project(), names, tell=told.append)]
        return told

    @property
    def command(self) -> list[str]:
        """The command line with this tie's config."""
        return [str(Path(sys.executable).with_name("crosstie")), "-c", str(self.config)]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that runs the command line."""
        return {**os.environ, **ENVIRONMENT}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the command line in a process of its own."""
        return subprocess.Popen(
            [*self.command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )

    def placeless(self, text: str) -> str:
        """The text without the shop's address, whose port is another each time."""
        return text.replace(self.shop_server.url, "https://shop.example")

    def content(self) -> Any:
        """What stands in the CRM, ids, record numbers and times aside."""
        return json.loads(self.placeless(json.dumps(self.crm.content())))

    def requests(self) -> tuple[int, int]:
        """How many requests each system has had."""
        return sum(self.shop_server.requests.values()), sum(self.crm_server.requests.values())

    def outcomes(self) -> dict[str, dict[str, Any]]:
        """What has become of each record: linked (with what was written) or set aside (and why)."""
        final: dict[str, dict[str, Any]] = {}
        with self.project().state() as state:
            for flow, key in state.query("SELECT flow, key FROM fingerprints"):
                told = state.outcomes("shop", flow, key)
                final.setdefault(flow, {})[key] = self.placeless(
                    next(one.detail for one in told if one.table == flow) or ""
                )
            for entry in state.asides():
                final.setdefault(entry.flow, {})[entry.key] = (entry.kind, entry.reason)
            assert [] == state.query("SELECT * FROM intents")
        return final


@pytest.fixture
def tie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Tie]]:
    """Make a tie for a shop, with an empty CRM; all servers stop with the test.

    A `clock` is that of the runner and of the CRM; a shop comes with its own.
    """
    with ExitStack() as stack:

        def make(shop: Shop, clock: Clock | None = None, **crm: Any) -> Tie:
            made = Tie(
                tmp_path_factory.mktemp("tie"),
                shop,
                stack.enter_context(serve(PrestaShopSandbox(shop))),
                stack.enter_context(serve(VtigerSandbox(clock=clock, **crm))),
                clock,
            )
            made.write_config()
            return made

        yield make


@pytest.fixture
def real_shop() -> Shop:
    """The recorded shop: 2,002 customers and 5,005 orders of a PrestaShop 8.2.1."""
    return Shop.load(REAL_SHOP)


@pytest.fixture
def made_up() -> Callable[..., Shop]:
    """Generate a shop with all that the recorded one lacks, quiet since a while."""
    return lambda customers, orders, seed=1: generate(
        customers=customers, orders=orders, seed=seed, now=QUIET
    )
