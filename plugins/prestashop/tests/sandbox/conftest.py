"""What the sandbox's tests stand on: a server, and the recorded shop cut down to its needs."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from crosstie.sandbox import Server, serve
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop

FOLDER = Path(__file__).parents[1] / "shop-8.2.1"
# Besides the first few of each, the orders that a recorded incremental page shows.
KEPT = {"orders": {1235, 3585, 3179}}


@pytest.fixture(scope="session")
def answers() -> dict[str, list[dict[str, Any]]]:
    """The real shop's records by resource: small tables whole, of large ones the ends."""
    found = {}
    for path in FOLDER.glob("*.json.gz"):
        name = path.name.removesuffix(".json.gz")
        records = next(iter(json.loads(gzip.decompress(path.read_bytes())).values()))
        last = records[-1]["id"] if records and name != "order_details" else 0
        few = len(records) < 500
        wanted = {*range(9), last, *KEPT.get(name, ())}
        found[name] = [one for one in records if few or one["id"] in wanted]
    return found


@pytest.fixture
def shop(answers: dict[str, list[dict[str, Any]]]) -> Shop:
    """A shop of its own for each test, with the real one's ids and a few of its records."""
    shop = Shop()
    for name, records in answers.items():
        shop.fill(name, records)
    shop["order_details"].last_id = 12530  # the recordings were made after so many
    return shop


@pytest.fixture(scope="session")
def socket() -> Iterator[Server]:
    """One listening server for all tests: each puts its own sandbox behind it."""
    with serve(PrestaShopSandbox(Shop())) as server:
        yield server


@pytest.fixture
def sandbox(shop: Shop, socket: Server) -> PrestaShopSandbox:
    """The sandbox that is being served."""
    sandbox = PrestaShopSandbox(shop, domain=socket.host)
    socket.sandbox = sandbox
    return sandbox


@pytest.fixture(scope="session")
def line(socket: Server) -> Iterator[httpx.Client]:
    """The one client for all tests (making one is slow), with the full key by default."""
    with httpx.Client(base_url=socket.url, auth=(DEFAULT_KEY, "")) as client:
        yield client


@pytest.fixture
def web(sandbox: PrestaShopSandbox, line: httpx.Client) -> httpx.Client:
    """The client, with the sandbox in place that it talks to."""
    return line
