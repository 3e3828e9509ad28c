"""Tables of the cellar with one realistic bug each, in finding rows and in what rows hold."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crosstie import (
    Record,
    RecordError,
    RejectedError,
    Row,
    UnauthorisedError,
    UnavailableError,
    Write,
    Written,
)
from tests.testing.cellar.connector import LABELS, Bottles, fold

Answers = Sequence[Written | RecordError]


class FindsTheFirst(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        return [ids[:1] for ids in super().find(keys)]


class ComparesExactly(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        found = [self.search("label", [key["label"]]) for key in keys]
        return [
            [one["id"] for one in some if one["label"] == key["label"]]
            for key, some in zip(keys, found, strict=True)
        ]


class FindsParts(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        return [[one["id"] for one in self.search("like", [key["label"]])] for key in keys]


class AsksForOneUrlFull(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        return [*super().find(keys[:LABELS]), *([] for _ in keys[LABELS:])]


class RemembersByItself(Bottles):
    def __init__(self, live: Any) -> None:
        super().__init__(live)
        self.known: dict[str, str] = {}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        known = [self.known.get(fold(key["label"])) for key in keys]
        return [[one] if one else [] for one in known]

    def write(self, writes: Sequence[Write]) -> Answers:
        answers = super().write(writes)
        for write, answer in zip(writes, answers, strict=True):
            if isinstance(answer, Written) and "label" in write.row:
                self.known[fold(write.row["label"])] = answer.id
        return answers


class TakesFailedSearchesForEmpty(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        try:
            return super().find(keys)
        except UnavailableError:
            return [[] for _ in keys]


class TellsTheToken(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        try:
            return super().find(keys)
        except UnauthorisedError as error:
            raise UnauthorisedError(f"{error}, sent with {self.live.headers()}") from error


class LogsTheToken(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        key = json.dumps({"key": self.live.key.reveal()}).encode()
        answer = self.live.http.request("POST", "/session", content=key)
        self.live.env.log.debug("a new session: %s", answer.text)
        return super().find(keys)


class CutsTexts(Bottles):
    def value(self, value: Any) -> Any:
        return value[:100] if isinstance(value, str) else super().value(value)


class TrimsTexts(Bottles):
    def value(self, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else super().value(value)


class CountsCents(Bottles):
    def value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return str(Decimal(int(float(value) * 100)) / 100)
        return super().value(value)


class MapsToFloat(Bottles):
    def map(self, record: Record, source: str) -> Row:
        return {**record.data, "price": float(record.data["price"])}


class TakesRecordsApart(Bottles):
    def map(self, record: Record, source: str) -> Row:
        taken = {name: record.data.pop(name) for name in list(record.data) if name != "label"}
        return {**record.data, **taken}


class StampsRows(Bottles):
    def map(self, record: Record, source: str) -> Row:
        return {**record.data, "seen": datetime.now(UTC)}


class DeletesOnce(Bottles):
    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        there = [row is not None for row in self.show(ids)]
        super().delete(ids)
        return [None if was else RejectedError("no such bottle") for was in there]


class ShowsAsTheyCome(Bottles):
    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        return [row for row in reversed(super().show(ids)) if row is not None]


class HasAnotherName(Bottles):
    name = "bottle"


class ForgetsAComma(Bottles):
    refers_to = "cellars"  # type: ignore[assignment]


class NamesTheSourcesField(Bottles):
    key = ("title",)


class ForgetsUses(Bottles):
    @property
    def uses(self) -> frozenset[str]:  # type: ignore[override]
        raise AttributeError("uses")


class FindsAllForNothing(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        found = super().find(keys)
        return (
            found if any(found) else [[one["id"] for one in self.search("like", [""])]] * len(keys)
        )


class FindsInItsOwnOrder(Bottles):
    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        return sorted(super().find(keys), key=lambda ids: list(ids) or ["x"])


class ForgetsTheZone(Bottles):
    def map(self, record: Record, source: str) -> Row:
        return {**record.data, "made": record.data["made"].replace(tzinfo=None)}
