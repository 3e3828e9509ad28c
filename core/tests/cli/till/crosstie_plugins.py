"""A till whose sales are sent to a ledger that only creates, as the file beside a config.

Both are folders with files of JSON. While a file `closed` lies in a folder, it cannot be used;
while a file `full` lies there, nothing is written beyond the number of rows that it holds.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs

from crosstie import (
    Checkpoint,
    ConflictError,
    Env,
    Limits,
    Record,
    RecordError,
    RejectedError,
    Row,
    Secret,
    Selection,
    UnavailableError,
    Write,
    Written,
    hookimpl,
    setting,
)

LOCK = threading.Lock()


@attrs.frozen
class Till:
    """A till, or a ledger."""

    kind: ClassVar[str] = "till"
    streams_offered: ClassVar[tuple[str, ...]] = ("sales",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ("purchases",)

    folder: Path = setting("Where the files are")
    token: Secret | None = setting("What must not be seen", default=None)
    workers: int = setting("Parallel writers", default=1)
    settle: timedelta = setting("How long a write may land late", default=timedelta(seconds=0.1))

    def connect(self, env: Env) -> "Opened":
        return Opened(self)

    def load(self, name: str) -> dict[str, Any]:
        if (self.folder / "closed").exists():
            raise UnavailableError(f"{self.folder.name} is closed")
        file = self.folder / name
        return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


@attrs.frozen
class Opened:
    till: Till

    def time_zone(self) -> ZoneInfo:
        return ZoneInfo("Europe/Madrid")

    def streams(self) -> Mapping[str, Any]:
        return {"sales": Sales(self.till)}

    def tables(self) -> Mapping[str, Any]:
        return {"purchases": Purchases(self.till)}

    def close(self) -> None:
        """A folder needs no closing."""


@attrs.frozen
class Sales:
    till: Till
    name: ClassVar[str] = "sales"

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        for number, (key, sale) in enumerate(self._selected(selection), 1):
            yield Record(key, sale, "1")
            if number % 10 == 0:
                yield Checkpoint("")
        yield Checkpoint("")

    def count(self, selection: Selection) -> int:
        return sum(1 for _ in self._selected(selection))

    def _selected(self, selection: Selection) -> Iterator[tuple[str, dict[str, Any]]]:
        wanted = selection.filters.get("status")
        for key, sale in self.till.load("sales.json").items():
            at = datetime.fromisoformat(sale["at"])
            within = selection.window is None or selection.window[0] <= at < selection.window[1]
            if within and (wanted is None or sale["status"] in wanted):
                yield key, sale


@attrs.frozen
class Purchases:
    till: Till
    name: ClassVar[str] = "purchases"
    key: ClassVar[tuple[str, ...]] = ("number",)
    only_creates: ClassVar[bool] = True
    exact: ClassVar[bool] = True
    limits: ClassVar[Limits] = Limits(years=1, back=5, filters=("status",))

    def find(self, keys: Sequence[Row]) -> list[list[str]]:
        rows = self.till.load("ledger.json")
        return [[name for name in (key["number"],) if name in rows] for key in keys]

    def write(self, writes: Sequence[Write]) -> list[Written | RecordError]:
        return [self._write(write) for write in writes]

    def _write(self, write: Write) -> Written | RecordError:
        self._wait()
        number = write.row["number"]
        with LOCK:
            rows = self.till.load("ledger.json")
            if number in rows:
                told = {"status": 409, "title": "Conflict"}
                told["detail"] = f"Purchase {number} already exists."
                return ConflictError(json.dumps(told, separators=(",", ":")))
            if (why := write.row.get("refused")) is not None:
                return RejectedError(why)
            new = self.till.folder / "new.json"
            new.write_text(json.dumps({**rows, number: write.row}), "utf-8")
            new.replace(self.till.folder / "ledger.json")
        return Written(number)

    def _wait(self) -> None:
        full = self.till.folder / "full"
        while full.exists() and len(self.till.load("ledger.json")) >= int(full.read_text()):
            time.sleep(0.02)


@hookimpl
def register_sources() -> Sequence[Any]:
    return [Till]


@hookimpl
def register_sinks() -> Sequence[Any]:
    return [Till]
