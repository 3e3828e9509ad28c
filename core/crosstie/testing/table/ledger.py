"""What a test has told, and whether just that stands in the system."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import attrs

from crosstie.errors import CrosstieError
from crosstie.options import RunReport
from crosstie.state import Aside, Link, LinkKey, SqliteState
from crosstie.testing.counterparts import Script
from crosstie.testing.rig import Bench
from crosstie.testing.table.opened import Opened
from crosstie.testing.table.said import SaidTable

Rows = dict[str, Mapping[str, Any]]
FLOW = "records"
MARK = re.compile(r"kit row (\d{4}) told (\d{3})", re.IGNORECASE)


def mark(number: int, version: int) -> str:
    """The text of a record, by which its row is recognised wherever the text is kept."""
    return f"Kit row {number:04} told {version:03}"


@attrs.frozen
class Ended:
    """How a run ended; `report` is None where it did not get far enough to have one."""

    report: RunReport | None
    error: str

    @property
    def status(self) -> str:
        """Completed, stopped or interrupted."""
        return self.report.status if self.report else "stopped"

    def __str__(self) -> str:
        return f"the run {self.status}{f': {self.error}' if self.error else ''}"


@attrs.define
class Ledger:
    """The records told so far, as number to version, and the flow that brings them to the table.

    `before` are the rows that were there to begin with, `settings` those that every run has.
    `only_creates` says that the table's rows are never changed.
    """

    case: SaidTable
    bench: Bench
    told: dict[int, int] = attrs.field(factory=dict)
    before: frozenset[str] = frozenset()
    settings: dict[str, Any] = attrs.field(factory=dict)
    only_creates: bool = False
    _connector: Any = None
    _state: SqliteState | None = None

    @classmethod
    def of(cls, case: SaidTable, bench: Bench) -> "Ledger":
        """An empty ledger, on a bench with the flow `FLOW` from the kit's source."""
        bench.scripts = {case.stream: Script(case.stream)}
        ledger = cls(case, bench)
        ledger.flow(FLOW, "kit")
        with ledger.opened() as table:
            ledger.only_creates = table.only_creates
        ledger.before = frozenset(ledger.standing())
        return ledger

    def flow(self, name: str, source: str) -> None:
        """Have a flow from this source of the kit into the table."""
        case = self.case
        more: dict[str, Any] = {"match": case.match} if case.match else {}
        with self.opened() as table:
            more |= table.needless_limits
        self.bench.flow(name, f"{source}.{case.stream}", f"system.{case.table}", **more)

    def tell(self, *numbers: int) -> None:
        """Let the source tell these records, new or changed."""
        for number in numbers:
            self.told[number] = self.told.get(number, 0) + 1
            self.repeat(number)

    def repeat(self, number: int) -> None:
        """Let the source tell a record as it was told last."""
        self.bench.script.tell(str(number), self.data(number))

    def data(self, number: int) -> Any:
        """The record as it was told last."""
        return self.case.data(number, mark(number, self.told[number]))

    def run(self, **options: Any) -> RunReport:
        """Run the flow."""
        return self.bench.run(FLOW, settings=self.settings, **options)[FLOW]

    def attempt(self, **options: Any) -> Ended:
        """Run the flow; an error of ours is an end like others, any other is raised."""
        try:
            report = self.run(**options)
        except CrosstieError as error:
            return Ended(None, str(error))
        return Ended(report, report.error or "")

    def settle(self) -> str:
        """Run, and retry what is set aside, until nothing is open; returns what stays open."""
        left = ""
        for _ in range(4):
            ended = self.attempt()
            asides = self.asides()
            if ended.status == "completed" and not asides:
                return ""
            left = f"{ended}; set aside: {told_of(asides)}"
            if asides:
                self.attempt(retry=tuple(aside.key for aside in asides))
        return left

    @property
    def connector(self) -> Any:
        """The connector with the rig's settings."""
        if self._connector is None:
            self._connector = self.bench.project().config.systems["system"].connector
        return self._connector

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """The table itself, as the core uses it."""
        with self.bench.live(**self.settings) as live:
            yield Opened(self.case, live)

    @property
    def state(self) -> SqliteState:
        """What the runner remembers; kept open, because opening it takes as long as a run."""
        if self._state is None:
            self._state = self.bench.project().state()
        return self._state

    def close(self) -> None:
        """Let go of the state's file."""
        if self._state is not None:
            self._state.close()
            self._state = None

    def asides(self) -> list[Aside]:
        """What is set aside."""
        return self.state.asides()

    def forget(self, kept: Path | None = None) -> None:
        """Lose the state, as with a lost file, or go back to the one that was kept."""
        self.close()
        file = self.bench.project().config.state
        for path in file.parent.glob(f"{file.name}*"):
            if kept is None or path != file:
                path.unlink()
        if kept is not None:
            file.write_bytes(kept.read_bytes())  # it stays the same file, as after a kill
            kept.unlink()

    def unlink(self, number: int) -> None:
        """Let the runner forget one row, so that it has to be found."""
        link = LinkKey("kit", self.case.stream, str(number), "system", self.case.table)
        self.state.drop_link(link)
        self.state.drop_fingerprints(FLOW, [str(number)])

    def links(self, keys: Iterable[str]) -> dict[str, Link]:
        """The links of these keys."""
        place = ("kit", self.case.stream, "system", self.case.table)
        return self.state.links(*place, keys)

    def standing(self) -> Rows:
        """The rows that stand in the system, but for those that were there to begin with."""
        rows = self.case.rows(self.bench.sandbox)
        return {str(one): row for one, row in rows.items() if str(one) not in self.before}

    def picture(self) -> str:
        """All rows as one text, to compare with another moment's."""
        return repr(sorted((one, repr(row)) for one, row in self.standing().items()))

    def ids(self) -> dict[int, str]:
        """The id of each record's row, as the rows themselves tell."""
        rows = self.standing().items()
        return {number: one for one, row in rows for number, _ in marks(row)}

    def says(self, rows: Rows, row_id: str | None, number: int) -> bool:
        """Whether that one of the rows holds what was told last of this record."""
        row = rows.get(row_id or "")
        return row is not None and marks(row) == {(number, self.told[number])}

    def amiss(self, ended: Ended) -> str:
        """What is not right after a run that should have gone well; nothing where all is."""
        asides = self.asides()
        told = (
            "" if ended.status == "completed" else f"{ended}",
            f"set aside: {told_of(asides)}" if asides else "",
            self.wrong(),
        )
        return "; ".join(filter(None, told))

    def wrong(self) -> str:
        """What is missing, doubled, outdated, mixed up or too much; nothing where all is right."""
        rows = self.standing()
        return "; ".join(islice(chain(self._wrong_rows(rows), self._wrong_links(rows)), 3))

    def _wrong_rows(self, rows: Rows) -> Iterator[str]:
        found: dict[int, list[str]] = {number: [] for number in self.told}
        for one, row in rows.items():
            numbers = {number for number, _ in marks(row)}
            if len(numbers) != 1 or not numbers <= set(found):
                yield f"row {one} is that of no record told: {shortened(row)}"
            for number in numbers & set(found):
                found[number].append(one)
        for number, ids in found.items():
            if len(ids) != 1:
                yield f"record {number} has {len(ids)} rows{': ' * bool(ids)}{', '.join(ids)}"
            elif not self.says(rows, ids[0], number):
                now = mark(number, self.told[number])
                yield f"row {ids[0]} does not say {now!r}: {shortened(rows[ids[0]])}"

    def _wrong_links(self, rows: Rows) -> Iterator[str]:
        for key, link in self.links(map(str, self.told)).items():
            if not self.says(rows, link.id, int(key)):
                yield f"record {key} is linked to {link.id!r}, which is not its row"


def marks(row: Mapping[str, Any]) -> set[tuple[int, int]]:
    """The records, number and version, whose text stands in a row."""
    return {(int(number), int(version)) for number, version in MARK.findall(repr(row))}


def shortened(thing: Any) -> str:
    """Its repr, in 300 characters at most."""
    text = repr(thing)
    return text if len(text) <= 300 else f"{text[:297]}..."


def told_of(asides: list[Aside]) -> str:
    """Set-aside entries in one line."""
    return ", ".join(f"{a.key} as {a.kind} ({a.reason[:200]})" for a in asides[:3]) or "none"
