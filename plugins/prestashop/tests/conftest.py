"""What the connector's tests stand on: a clock that only waiting moves, and a shop within reach."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from crosstie import Checkpoint, Record, Secret, Selection
from crosstie.sandbox import Reply, Request, Sandbox
from crosstie.testing import SimulatedClock, Surroundings
from crosstie_prestashop.connector import LiveShop, PrestaShop
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop, generate
from crosstie_prestashop.streams import ShopStream

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8081"
SEVEN = ("addresses", "countries", "currencies", "customers", "orders", "shops", "order_states")
LIMITED_KEY = "CROSSTIELIMITEDKEY00000000000007"


@attrs.define
class Wire(httpx.BaseTransport):
    """A sandbox reached without a socket; `log` has every request, `spoil` may answer first."""

    sandbox: Sandbox
    log: list[Request] = attrs.field(factory=list)
    spoil: Callable[[Request], Reply | None] = lambda _: None

    def handle_request(self, sent: httpx.Request) -> httpx.Response:
        request = Request(
            sent.method,
            sent.url.path,
            dict(sent.url.params),
            {name.lower(): text for name, text in sent.headers.items()},
            sent.read(),
            sent.url.raw_path.decode(),
        )
        self.log.append(request)
        reply = self.spoil(request) or self.sandbox.respond(request)
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)

    def asked(self) -> Counter[str]:
        """How often each resource was asked for."""
        return Counter(request.path.removeprefix("/api/") for request in self.log)


@attrs.define
class Told:
    """What a stream told: its records in order, and its checkpoints."""

    records: list[Record]
    cursors: list[str]

    @property
    def keys(self) -> list[str]:
        return [record.key for record in self.records]

    @property
    def by_key(self) -> dict[str, Record]:
        return {record.key: record for record in self.records}


@attrs.define
class Reach:
    """A sandboxed shop and ways to connect to it."""

    sandbox: PrestaShopSandbox
    clock: SimulatedClock
    wire: Wire
    lent: Surroundings

    @property
    def shop(self) -> Shop:
        return self.sandbox.shop

    def connect(self, key: str = DEFAULT_KEY, **settings: Any) -> LiveShop:
        """A new connection; its memory is the same as that of the others."""
        url = settings.pop("url", ADDRESS)
        return PrestaShop(url=url, key=Secret(key), **settings).connect(self.lent)

    def stream(self, name: str, **settings: Any) -> ShopStream:
        """A stream of a new connection."""
        return self.connect(**settings).streams()[name]

    def read(
        self,
        name: str,
        *,
        since: str | None = None,
        uses: Iterable[str] = (),
        filters: Mapping[str, tuple[str, ...]] | None = None,
        window: tuple[datetime, datetime] | None = None,
        **settings: Any,
    ) -> Told:
        """Everything that a stream of a new connection tells."""
        selection = Selection(
            since=since, window=window, filters=filters or {}, uses=frozenset(uses)
        )
        told = Told([], [])
        for thing in self.stream(name, **settings).read(selection):
            if isinstance(thing, Checkpoint):
                told.cursors.append(thing.cursor)
            else:
                told.records.append(thing)
        return told

    def limit(self, *resources: str) -> str:
        """A key that may only GET these resources."""
        self.sandbox.add_key(LIMITED_KEY, dict.fromkeys(resources, ("GET",)))
        return LIMITED_KEY


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOON)


@pytest.fixture
def lent_for() -> Iterator[Callable[..., Surroundings]]:
    """Lend things to a connector; what is lent is closed at the end."""
    with ExitStack() as stack:

        def lend(clock: Any, **options: Any) -> Surroundings:
            lent = Surroundings(system="shop", clock=clock, **options)
            return stack.enter_context(closing(lent))

        yield lend


@pytest.fixture
def reach_of(clock: SimulatedClock, lent_for: Callable[..., Surroundings]) -> Callable[..., Reach]:
    """Put a shop within reach, in any version."""

    def put(shop: Shop, **options: Any) -> Reach:
        sandbox = PrestaShopSandbox(shop, **options)
        wire = Wire(sandbox)
        return Reach(sandbox, clock, wire, lent_for(clock, transport=wire))

    return put


@cache
def tables(customers: int, orders: int) -> dict[str, list[dict[str, Any]]]:
    """The records of a made-up shop, from which shops are quickly made."""
    shop = generate(customers=customers, orders=orders, now=NOON)
    return {name: [table[key] for key in table] for name, table in shop.tables.items()}


@pytest.fixture
def made_up(clock: SimulatedClock) -> Callable[[int, int], Shop]:
    """Make a shop of so many customers and orders, as often as needed."""

    def make(customers: int, orders: int) -> Shop:
        shop = Shop(clock=clock)
        for name, records in tables(customers, orders).items():
            shop.fill(name, records)
        return shop

    return make


@pytest.fixture
def reach(reach_of: Callable[[Shop], Reach], made_up: Callable[[int, int], Shop]) -> Reach:
    """A made-up shop of 40 customers and 60 orders."""
    return reach_of(made_up(40, 60))


@pytest.fixture
def bare(reach_of: Callable[[Shop], Reach], made_up: Callable[[int, int], Shop]) -> Reach:
    """A shop with settings and products, and nobody in it."""
    return reach_of(made_up(0, 0))


@pytest.fixture
def seven() -> tuple[str, ...]:
    """The resources that a key needs for customers and orders."""
    return SEVEN


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """What a real 8.2.1 answered, resource by resource."""
    return Path(__file__).parent / "shop-8.2.1"
