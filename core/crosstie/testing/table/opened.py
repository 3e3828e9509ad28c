"""A table at hand: its own methods, called as the core calls them."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from crosstie.abilities import Batches, Limited, OnlyCreates
from crosstie.candidates import Mapper
from crosstie.canonical import natural_key
from crosstie.connectors import Live, Table
from crosstie.errors import RecordError
from crosstie.records import Record, Ref, Row, Write, Written
from crosstie.sinks import chunks
from crosstie.testing.table.said import SaidTable


@attrs.frozen
class Opened:
    """The table of a connected system."""

    case: SaidTable
    live: Live

    @property
    def table(self) -> Table:
        """The author's table."""
        return self.live.tables()[self.case.table]

    @property
    def key(self) -> tuple[str, ...]:
        """The fields of the natural key."""
        return self.case.match or self.table.key

    @property
    def batch(self) -> int:
        """How many rows it takes at once."""
        return self.table.batch if isinstance(self.table, Batches) else 1

    @property
    def only_creates(self) -> bool:
        """Whether its rows are never changed."""
        return isinstance(self.table, OnlyCreates) and self.table.only_creates

    @property
    def needless_limits(self) -> dict[str, Any]:
        """The settings of a flow that lift what the table limits."""
        if not isinstance(self.table, Limited):
            return {}
        filters = dict.fromkeys(self.table.limits.filters, ("any",))
        return {"windows": True, "older": True, "filters": filters}

    def mapped(self, number: int, text: str, source: str = "kit", key: str = "") -> Row:
        """The row of a record, with its references."""
        mapper = Mapper(self.table, source, self.case.stream, "system")
        return mapper.row(Record(key or str(number), self.case.data(number, text)))

    def row(self, number: int, text: str = "Kit row") -> dict[str, Any]:
        """The row of a record, as `write` gets it."""
        row: dict[str, Any] = self._resolved(self.mapped(number, text))
        return row

    def key_of(self, row: Row) -> dict[str, Any]:
        """The natural key of a row."""
        return natural_key(row, self.key, self.table.name)[1]

    def keys(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """The natural keys of some records."""
        return [self.key_of(self.row(number)) for number in numbers]

    def write(self, *writes: tuple[str | None, Row]) -> list[Written | RecordError]:
        """Write rows, each with its id or None, in batches as the core does."""
        listed = [
            Write(id=row_id, row=row, key=f"direct-{place}", once=f"{place:032}")
            for place, (row_id, row) in enumerate(writes)
        ]
        return [one for some in chunks(listed, self.batch) for one in self.table.write(some)]

    def _resolved(self, value: Any) -> Any:
        """A row's value with ids in the place of references; what these point to is written."""
        if isinstance(value, Ref):
            return self._linked(value)
        if isinstance(value, Mapping):
            return {name: self._resolved(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._resolved(inner) for inner in value]
        return value

    def _linked(self, ref: Ref) -> str:
        table = self.live.tables()[ref.table or ref.stream]
        mapper = Mapper(table, "kit", ref.stream, "system")
        row = self._resolved(mapper.row(Record(ref.key, ref.embedded)))
        found = table.find([natural_key(row, table.key, table.name)[1]])[0]
        if found:
            return found[0]
        answer = table.write([Write(id=None, row=row, key=ref.key, once=ref.key.zfill(32))])[0]
        if isinstance(answer, RecordError):
            raise answer
        return answer.id
