"""The connector of the depot, a made-up system that the core's tests read from and write to.

It is the file `crosstie_plugins.py` of a test's project, and talks to a `Depot` over HTTP.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import attrs

from crosstie import (
    Checkpoint,
    GoneError,
    Record,
    RecordError,
    Ref,
    RejectedError,
    Selection,
    UncertainError,
    Write,
    Written,
    hookimpl,
    setting,
)
from crosstie.commerce import Customer, Order


@attrs.frozen
class DepotConnector:
    """Reads and writes a depot."""

    kind: ClassVar[str] = "depot"
    streams_offered: ClassVar[tuple[str, ...]] = ("customers", "orders")
    tables_offered: ClassVar[tuple[str, ...] | None] = None
    url: str = setting("Address of the depot")
    page: int = setting("Records per page", default=50)
    workers: int = setting("Parallel writers", default=4)
    batch: int = setting("Rows per write", default=1)
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=5))
    whole: bool = setting("Tell everything in each read, as a system without a feed", default=False)
    settle: timedelta = setting("How long a write may land late", default=timedelta(seconds=0.3))

    def connect(self, env: Any) -> "DepotLive":
        return DepotLive(self, env.http(self.url))


@attrs.frozen
class DepotLive:
    config: DepotConnector
    http: Any

    def streams(self) -> Mapping[str, Any]:
        kind = DepotList if self.config.whole else DepotStream
        return {name: kind(name, self) for name in ("customers", "orders")}

    def tables(self) -> Mapping[str, Any]:
        made = {
            "people": PeopleTable,
            "households": HouseholdTable,
            "sales": SalesTable,
            "raw": RawTable,
        }
        return {name: kind(name, self, self.config.batch) for name, kind in made.items()}

    def close(self) -> None:
        """Nothing to end: the depot has no sessions."""

    def read(self, path: str, **query: Any) -> Any:
        return self.http.get(
            path, params={name: str(value) for name, value in query.items()}
        ).json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.http.request("POST", path, content=json.dumps(body, default=str).encode())
        if answer.status == 500:
            raise UncertainError(f"{path}: answered 500")
        return answer.json()


@attrs.frozen
class DepotStream:
    name: str
    live: DepotLive

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        after = int(selection.since or 0)
        while page := self.live.read(f"/{self.name}", after=after, limit=self.live.config.page):
            for one in page:
                yield self.record(one)
                after = one["seq"]
            yield Checkpoint(str(after))
        yield Checkpoint(str(after))

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterator[Record]:
        for one in self.live.read(f"/{self.name}", keys=",".join(keys)):
            yield self.record(one)

    def record(self, one: Mapping[str, Any]) -> Record:
        fields = one["fields"]
        if self.name == "customers":
            told = {name: fields.get(name) for name in ("email", "lastname", "guest")}
            data: Any = Customer(**told)
        else:
            buyer = fields.get("buyer")
            embedded = Customer(**buyer) if buyer else None
            data = Order(number=one["key"], customer=Ref("customers", fields["who"], embedded))
        return Record(one["key"], data, fields.get("version"), one["deleted"], fields)


@attrs.frozen
class DepotList:
    """The same without a feed, without versions, and without reading single records."""

    name: str
    live: DepotLive
    whole: ClassVar[bool] = True

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        for thing in DepotStream(self.name, self.live).read(Selection()):
            yield attrs.evolve(thing, version=None) if isinstance(thing, Record) else thing


@attrs.frozen
class RawTable:
    name: str
    live: DepotLive
    batch: int
    key: ClassVar[tuple[str, ...]] = ()

    def find(self, keys: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        found = self.live.read("/find", table=self.name, keys=json.dumps([dict(k) for k in keys]))
        return [list(ids) for ids in found]

    def write(self, writes: Sequence[Write]) -> list[Written | RecordError]:
        body = [{"id": w.id, "row": dict(w.row)} for w in writes]
        answers = self.live.post(f"/write/{self.name}", body)
        return [self.answer(one) for one in answers]

    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        if "id" in one:
            return Written(one["id"], moved=one["moved"])
        return (GoneError if one["why"] == "gone" else RejectedError)(one["why"])

    def show(self, ids: Sequence[str]) -> list[Mapping[str, Any] | None]:
        return list(self.live.read("/show", table=self.name, ids=",".join(ids)))

    def delete(self, ids: Sequence[str]) -> list[None]:
        self.live.post(f"/delete/{self.name}", list(ids))
        return [None for _ in ids]


@attrs.frozen
class PeopleTable(RawTable):
    key: ClassVar[tuple[str, ...]] = ("email",)
    accepts: ClassVar[type] = Customer
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset()

    def map(self, record: Record, source: str) -> Mapping[str, Any]:
        return {"email": record.data.email, "lastname": record.data.lastname}


@attrs.frozen
class HouseholdTable(PeopleTable):
    """People of one e-mail are one row, told by the one of the greatest key; guests come last."""

    def rank(self, record: Record) -> str:
        return f"{int(not record.data.guest)}{record.key.zfill(10)}"


@attrs.frozen
class SalesTable(RawTable):
    key: ClassVar[tuple[str, ...]] = ("number",)
    accepts: ClassVar[type] = Order
    refers_to: ClassVar[tuple[str, ...]] = ("customers",)
    uses: ClassVar[frozenset[str]] = frozenset()

    def map(self, record: Record, source: str) -> Mapping[str, Any]:
        buyer = attrs.evolve(record.data.customer, table="people")
        return {"number": f"{source}#{record.key}", "buyers": [{"who": buyer}]}


@hookimpl
def register_sources() -> list[Any]:
    return [DepotConnector]


@hookimpl
def register_sinks() -> list[Any]:
    return [DepotConnector]
