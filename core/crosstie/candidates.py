"""Records on their way into a sink: mapped, hashed, known by key and natural key."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from crosstie.abilities import Adopts, Exact, Maps, OnlyCreates, Ranks
from crosstie.canonical import canonical, digest, natural_key
from crosstie.commerce import VOCABULARY, vocabulary_name
from crosstie.config import FlowConfig
from crosstie.connectors import Table
from crosstie.errors import AmbiguousError, FlowError, MappingError, RecordError
from crosstie.records import Record, Row
from crosstie.state import LinkKey

LOG = logging.getLogger("crosstie.mapping")


@attrs.define(slots=True)
class Candidate:
    """One row that may have to be written, and what has become of it.

    `text` is the row as canonical text, `hash` that of it and of the rank, `natural` the folded
    natural key.
    `id` is the row's id in the sink as soon as it is known, `resolved` the row with ids for refs.
    `tries` counts how often it was sent; with `only_create` a row that is there stays as it is.
    `rank` says which of several records tells their row, `told_by` the key of the one that does,
    `hands_over` that this one may have told it until its rank sank.
    `moved` are ids that the write has replaced.
    With `again` it is sent although it was sent before.
    """

    key: LinkKey
    row: Row
    text: str
    hash: str
    natural: str
    row_key: Mapping[str, Any]
    version: str | None = None
    id: str | None = None
    also: Mapping[str, str] = attrs.field(factory=dict)
    moved: Mapping[str, str] = attrs.field(factory=dict)
    resolved: Row | None = None
    outcome: str | None = None
    error: RecordError | None = None
    tries: int = 0
    only_create: bool = False
    rank: str = ""
    told_by: str | None = None
    hands_over: bool = False
    again: bool = False

    def fail(self, error: RecordError) -> None:
        """This row is set aside with that error."""
        self.outcome, self.error = "aside", error


def adopt(group: Sequence[Candidate], ids: Sequence[str]) -> None:
    """Give the found row's id to those who have none; two rows found are for the user."""
    linked = {c.id for c in group if c.id is not None}.intersection(ids)
    choice = min(linked) if linked else ids[0] if len(set(ids)) == 1 else None
    for candidate in group:
        if candidate.id is not None or not ids:
            continue
        if choice is None:
            candidate.fail(
                AmbiguousError(
                    f"{candidate.key.sink}.{candidate.key.table} has {len(ids)} rows for "
                    f"{' '.join(str(value) for value in candidate.row_key.values())}: "
                    f"{', '.join(sorted(ids))}; merge them there, then retry"
                )
            )
        else:
            candidate.id = choice


@attrs.frozen
class Mapper:
    """Turns the records of one flow into rows for its table, and says what the flow looks at."""

    table: Table
    source: str
    stream: str
    sink: str
    flow: FlowConfig | None = None
    match: tuple[str, ...] = attrs.field(init=False)
    """The fields of the natural key: the flow's own, else the table's."""

    only_creates: bool = attrs.field(init=False)
    """Whether rows of the table are never changed."""

    looks: bool = attrs.field(init=False)
    """Whether rows are looked for before they are created."""

    _maps: Maps | None = attrs.field(init=False)
    _ranks: Ranks | None = attrs.field(init=False)
    _exact: bool = attrs.field(init=False)

    @match.default
    def _match(self) -> tuple[str, ...]:
        return (self.flow.match if self.flow else ()) or self.table.key

    @_maps.default
    def _maps_of_table(self) -> Maps | None:
        return self.table if isinstance(self.table, Maps) else None

    # Asked once, because asking a protocol takes longer than mapping a record.
    @_ranks.default
    def _ranks_of_table(self) -> Ranks | None:
        return self.table if isinstance(self.table, Ranks) else None

    @_exact.default
    def _exact_of_table(self) -> bool:
        return isinstance(self.table, Exact) and self.table.exact

    @only_creates.default
    def _only_creates_of_table(self) -> bool:
        return isinstance(self.table, OnlyCreates) and self.table.only_creates

    @looks.default
    def _looks_first(self) -> bool:
        return not self.only_creates or (isinstance(self.table, Adopts) and self.table.adopts)

    def check_match(self) -> None:
        """Raise `FlowError` where nothing says by which fields rows are recognised."""
        if self.flow is not None and not self.match:
            name, place = self.flow.name, f"{self.flow.sink}.{self.flow.table}"
            raise FlowError(
                f"{name}: {place} does not say by which fields its rows are recognised: add"
                f' match = ["…"] to [flows.{name}]'
            )

    @property
    def uses(self) -> frozenset[str]:
        """The details of a record that the table or one of the flow's templates looks at."""
        wanted = self._maps.uses if self._maps else frozenset()
        if self.flow is None:
            return wanted
        templates = [*self.flow.set.values(), *self.flow.mark.values()]
        if self.flow.filter is not None:
            templates.append(self.flow.filter)
        if self.flow.mapping or any("raw" in template.variables for template in templates):
            wanted |= {"raw"}
        names = ("record", *VOCABULARY)
        return wanted.union(*(t.attributes(name) for t in templates for name in names))

    def candidate(self, record: Record) -> Candidate:
        """Map a record; raises `RecordError` when it cannot be a row."""
        row = self.row(record)
        text = canonical(row)
        rank = self.rank(record)
        skips = self.flow is not None and self.flow.on_match == "skip"
        place = f"{self.sink}.{self.table.name}"
        natural, row_key = natural_key(row, self.match, place, exact=self._exact)
        return Candidate(
            key=LinkKey(self.source, self.stream, record.key, self.sink, self.table.name),
            row=row,
            text=text,
            hash=digest(rank + text),
            natural=natural,
            row_key=row_key,
            version=record.version,
            only_create=skips or self.only_creates,
            rank=rank,
        )

    def rank(self, record: Record) -> str:
        """The record's rank, empty where the table has none."""
        return self._ranks.rank(record) if self._ranks else ""

    def row(self, record: Record) -> Row:
        """The record as a row: the vocabulary's own fields, then the mapping, then `set`."""
        row: Row = {}
        maps = self._maps
        if maps is not None:
            if not isinstance(record.data, maps.accepts):
                raise MappingError(
                    f"{self.sink}.{self.table.name} takes {maps.accepts.__name__}, "
                    f"not {type(record.data).__name__}"
                )
            row = self._guarded("map", lambda: maps.map(record, self.source))
        elif isinstance(record.data, Mapping):
            row = record.data
        if self.flow is None:
            return row
        if (mapping := self.flow.mapping) is not None:
            so_far = row
            row = self._guarded("mapping", lambda: mapping(record, so_far))
        return {**row, **self.rendered(self.flow.set, record, row)} if self.flow.set else row

    def wants(self, record: Record) -> bool:
        """Whether the flow's filter lets the record through; raises `MappingError`."""
        template = self.flow.filter if self.flow else None
        if template is None:
            return True
        try:
            answer = template.render(_context(record))
        except ValueError as error:
            raise MappingError(f"filter = {template.source!r}: {error}") from error
        if answer is not None and not isinstance(answer, bool):
            raise MappingError(
                f"filter = {template.source!r}: expected true or false, found {answer!r}"
            )
        return answer is True

    def rendered(self, templates: Mapping[str, Any], record: Record, row: Row) -> dict[str, Any]:
        """The values of the templates for one record; raises `MappingError` naming the field."""
        context = {**_context(record), "row": row}
        values = {}
        for field, template in templates.items():
            try:
                values[field] = template.render(context)
            except ValueError as error:
                raise MappingError(f"{field} = {template.source!r}: {error}") from error
        return values

    def _guarded(self, what: str, work: Callable[[], Row]) -> Row:
        """Run a plugin's code on one record: its failure is this record's, not the flow's."""
        try:
            return work()
        except RecordError:
            raise
        except Exception as error:
            LOG.exception("%s.%s: %s failed", self.sink, self.table.name, what)
            raise MappingError(
                f"{self.sink}.{self.table.name}: {what} failed with {type(error).__name__}: {error}"
            ) from error


def _context(record: Record) -> dict[str, Any]:
    """What templates know of a record."""
    return {
        "key": record.key,
        "raw": record.raw,
        "record": record.data,
        vocabulary_name(type(record.data)): record.data,
    }
