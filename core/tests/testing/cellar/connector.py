"""A connector for the cellar that keeps all promises; the broken ones are made of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from crosstie import (
    Env,
    GoneError,
    Record,
    RecordError,
    RejectedError,
    Response,
    Row,
    Secret,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    Write,
    Written,
    hookimpl,
    setting,
)

LABELS = 20


class Bottles:
    """The table of the cellar."""

    name = "bottles"
    key = ("label",)
    accepts: ClassVar[type] = Mapping
    uses: ClassVar[frozenset[str]] = frozenset()
    refers_to: ClassVar[tuple[str, ...]] = ()
    batch = 10

    def __init__(self, live: Any) -> None:
        self.live = live

    def map(self, record: Record, source: str) -> Row:
        return dict(record.data)

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        found: dict[str, list[str]] = {}
        for labels in _parts([str(key["label"]).strip() for key in keys], LABELS):
            for bottle in self.search("label", labels):
                found.setdefault(fold(bottle["label"]), []).append(bottle["id"])
        return [found.get(fold(key["label"]), []) for key in keys]

    def search(self, name: str, texts: Sequence[str]) -> list[dict[str, Any]]:
        told = self.live.read("/bottles", [(name, text) for text in texts])
        bottles: list[dict[str, Any]] = told["bottles"]
        return bottles

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        rows = [self.sent(write) for write in writes]
        answers = self.live.change("POST", "/bottles", rows)["results"]
        return [self.answer(one) for one in answers]

    def sent(self, write: Write) -> dict[str, Any]:
        row = {name: self.value(value) for name, value in write.row.items()}
        return row if write.id is None else {"id": write.id, **row}

    def value(self, value: Any) -> Any:
        if isinstance(value, datetime | date):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        if "id" in one:
            return Written(one["id"])
        return (GoneError if one["code"] == 404 else RejectedError)(one["error"])

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        rows = {
            one.pop("id"): one for part in _parts(ids, LABELS) for one in self.search("id", part)
        }
        return [rows.get(one) for one in ids]

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        for one in ids:
            self.live.change("DELETE", f"/bottles/{one}", None, expected=(200, 404))
        return [None for _ in ids]

    def end(self) -> None:
        """All is written by now."""


class Live:
    """A connected cellar."""

    def __init__(self, connector: "CellarConnector", env: Env) -> None:
        self.env = env
        self.key = connector.key
        self.http = env.http(connector.url)
        self.token: Secret | None = None
        self.bottles = connector.table(self)

    def streams(self) -> Mapping[str, Any]:
        return {}

    def tables(self) -> Mapping[str, Bottles]:
        return {"bottles": self.bottles}

    def close(self) -> None:
        self.bottles.end()

    def read(self, path: str, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
        params: Any = list(query)
        answer = self.http.get(path, params=params, headers=self.headers())
        return self.understood(answer, UnavailableError, (200,))

    def change(
        self, method: str, path: str, body: Any, expected: tuple[int, ...] = (200,)
    ) -> dict[str, Any]:
        sent = json.dumps(body).encode()
        answer = self.http.request(method, path, content=sent, headers=self.headers())
        return self.understood(answer, UncertainError, expected)

    def understood(
        self, answer: Response, error: type[Exception], expected: tuple[int, ...]
    ) -> dict[str, Any]:
        if answer.status in {401, 403}:
            raise UnauthorisedError(f"{answer.url} answered {answer.status}: check the key")
        try:
            told = answer.json()
        except ValueError:
            told = None
        if answer.status not in expected or not isinstance(told, dict):
            raise error(f"{answer.url} answered {answer.status}, which is not what it should be")
        return told

    def headers(self) -> dict[str, str]:
        if self.token is None:
            sent = json.dumps({"key": self.key.reveal()}).encode()
            try:
                answer = self.http.request("POST", "/session", content=sent)
            except UncertainError as error:
                raise UnavailableError(f"there is no session: {error}") from error
            self.token = Secret(self.understood(answer, UnavailableError, (201,))["token"])
            self.env.redact(self.token)
        return {"X-Auth-Token": self.token.reveal()}


@attrs.frozen
class CellarConnector:
    """The cellar's connector; `table` is the class of its table."""

    kind: ClassVar[str] = "cellar"
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ("bottles",)
    table: ClassVar[type[Bottles]] = Bottles
    url: str = setting("Address of the cellar")
    key: Secret = setting("The key")
    workers: int = setting("Parallel writers", default=2)

    @classmethod
    def of(cls, table: type[Bottles]) -> "type[CellarConnector]":
        """A connector with this table."""
        return type("CellarConnector", (cls,), {"table": table})

    def connect(self, env: Env) -> Live:
        return Live(self, env)


@attrs.frozen
class Offer:
    """The plugin that offers one class of connectors."""

    connector: type[CellarConnector]

    @hookimpl
    def register_sinks(self) -> list[type[CellarConnector]]:
        return [self.connector]


def fold(text: Any) -> str:
    return str(text).strip().casefold()


def _parts(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
