"""A vtiger, the connector connected to it, and a clerk who does what the runner does."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest

from crosstie import (
    Checkpoint,
    Env,
    Live,
    Record,
    RecordError,
    Ref,
    Row,
    Secret,
    Selection,
    Table,
    UncertainError,
    Write,
    Written,
    hookimpl,
)
from crosstie.commerce import Customer
from crosstie.sandbox import Server, serve
from crosstie.testing import Surroundings
from crosstie_vtiger.connector import Vtiger
from crosstie_vtiger.sandbox import VtigerSandbox

KEY = "openSesame"


class QuickClock:
    """The real time, with every wait cut to a few milliseconds; `slept` adds up what was asked."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> bool:
        self.slept += seconds
        time.sleep(min(seconds, 0.003))
        return True


@attrs.frozen
class Clerk:
    """Writes records as the runner does: references first, then look, then write.

    `links` remembers the ids; after an uncertain answer the clerk looks, and writes again.
    """

    live: Live
    source: str = "shop"
    links: dict[tuple[str, str], str] = attrs.field(factory=dict)

    def put(self, table: str, key: str, data: Any) -> Written | RecordError:
        """Upsert one record."""
        return self.put_row(table, key, self.row(table, key, data))

    def row(self, table: str, key: str, data: Any) -> Row:
        """The record as a row, its references resolved."""
        place: Any = self.live.tables()[table]
        row: Row = self._resolved(place.map(Record(key, data), self.source))
        return row

    def put_row(self, table: str, key: str, row: Row) -> Written | RecordError:
        """Upsert one row."""
        place: Any = self.live.tables()[table]
        natural = {field: row[field] for field in place.key}
        row_id = self.links.get((table, key))
        for _ in range(3):
            found = [row_id] if row_id else place.find([natural])[0]
            assert len(found) <= 1, f"{table} {key} is there {len(found)} times"
            row_id = found[0] if found else None
            answer: Written | RecordError = place.write(
                [Write(row_id, row, key, f"{table}:{key}")]
            )[0]
            if not isinstance(answer, UncertainError):
                break
        if isinstance(answer, Written):
            self.links[table, key] = answer.id
        return answer

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Ref):
            table = value.table or value.stream
            if (table, value.key) not in self.links:
                answer = self.put(table, value.key, value.embedded)
                assert isinstance(answer, Written), answer
            return self.links[table, value.key]
        if isinstance(value, dict):
            return {name: self._resolved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._resolved(inner) for inner in value]
        return value


@attrs.define
class ToldStream:
    """Records in the order in which they were told last."""

    name: str
    told: list[Record] = attrs.field(factory=list)

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `Stream`."""
        yield from self.told[int(selection.since or 0) :]
        yield Checkpoint(str(len(self.told)))

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `Gets`."""
        latest = {record.key: record for record in self.told}
        return [latest[key] for key in keys if key in latest]


@attrs.define(eq=False)
class Followed:
    """A shop that a test tells of, and the CRM that follows it through the real runner."""

    project: Callable[..., Any]
    run_project: Callable[..., Mapping[str, Any]]
    server: Server
    settings: str = ""
    flow: str = ""
    streams: Mapping[str, ToldStream] = attrs.field(
        factory=lambda: {name: ToldStream(name) for name in ("customers", "orders")}
    )

    def tell(self, key: str, data: Any) -> None:
        """Tell a record, or a change of it."""
        stream = self.streams["customers" if isinstance(data, Customer) else "orders"].told
        stream.append(Record(key, data, version=str(len(stream))))

    def opened(self) -> Any:
        """The project, with the config as it is now."""
        return self.project(
            f"""
[systems.shop]
use = "told"
[systems.crm]
use = "vtiger"
url = "{self.server.url}"
username = "admin"
access_key = {{ env = "KEY" }}
{self.settings}
[flows.customers]
read = "shop.customers"
write = "crm.customers"
{self.flow}
[flows.orders]
read = "shop.orders"
write = "crm.orders"
""",
            {"KEY": KEY},
            told=self,
        )

    def run(self, *flows: str, **options: Any) -> Mapping[str, Any]:
        """Run the flows; the counts of each."""
        reports = self.run_project(self.opened(), *(flows or ("customers",)), **options)
        assert {None} == {report.error for report in reports.values()}
        return {name: report.counts for name, report in reports.items()}

    def link(self, key: str, table: str = "customers", stream: str = "customers") -> str:
        """The id in the CRM that a record is remembered to be."""
        with self.opened().state() as state:
            return str(state.links("shop", stream, "crm", table, [key])[key].id)

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        """The plugin's part of it."""
        streams = self.streams

        @attrs.frozen
        class Told:
            """A shop of which a test tells."""

            kind: ClassVar[str] = "told"
            streams_offered: ClassVar[tuple[str, ...]] = tuple(streams)
            tables_offered: ClassVar[tuple[str, ...]] = ()

            def connect(self, env: Env) -> "ToldLive":
                return ToldLive(streams)

        return [Told]


@attrs.frozen
class ToldLive:
    """A connected told shop."""

    _streams: Mapping[str, ToldStream]

    def streams(self) -> Mapping[str, ToldStream]:
        """See `Live`."""
        return self._streams

    def tables(self) -> Mapping[str, Table]:
        """See `Live`."""
        return {}

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def version() -> str:
    """The vtiger that is played; test modules override it."""
    return "8.4.0"


@pytest.fixture
def server(version: str) -> Iterator[Server]:
    with serve(VtigerSandbox(version=version, access_key=KEY)) as server:
        yield server


@pytest.fixture
def sandbox(server: Server) -> VtigerSandbox:
    assert isinstance(server.sandbox, VtigerSandbox)
    return server.sandbox


@pytest.fixture
def env() -> Iterator[Surroundings]:
    with closing(Surroundings(system="crm", clock=QuickClock())) as env:
        yield env


@pytest.fixture
def connect(server: Server, env: Surroundings) -> Iterator[Callable[..., Live]]:
    """Connect with the given settings over the usual ones."""
    opened: list[Live] = []

    def connect(**settings: Any) -> Live:
        usual = {"url": server.url, "username": "admin", "access_key": Secret(KEY)}
        opened.append(Vtiger(**{**usual, **settings}).connect(env))
        return opened[-1]

    yield connect
    server.faults.clear()
    for live in opened:
        live.close()


@pytest.fixture
def crm(connect: Callable[..., Live]) -> Live:
    return connect()


@pytest.fixture
def clerk(crm: Live) -> Clerk:
    return Clerk(crm)


@pytest.fixture
def followed(
    project: Callable[..., Any], run: Callable[..., Mapping[str, Any]], server: Server
) -> Followed:
    return Followed(project, run, server)
