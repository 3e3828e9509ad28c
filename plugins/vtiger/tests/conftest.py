"""A vtiger, the connector connected to it, and a clerk who does what the runner does."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from crosstie import (
    Live,
    Record,
    RecordError,
    Ref,
    Row,
    Secret,
    UncertainError,
    Write,
    Written,
)
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
