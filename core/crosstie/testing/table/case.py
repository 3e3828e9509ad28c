"""What all tests of a table share."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from crosstie.abilities import Deletes
from crosstie.records import Row
from crosstie.testing.rig import Bench
from crosstie.testing.table.ledger import Ledger, mark
from crosstie.testing.table.opened import Opened
from crosstie.testing.table.said import SaidTable

RIGHT = "is what `data` gives right for this table, and does `map` give what the system wants?"


class TableCase(SaidTable):
    """The ledger, and what several tests do with it."""

    @pytest.fixture
    def ledger(self, bench: Bench) -> Iterator[Ledger]:
        """What is told to the table under test."""
        with closing(Ledger.of(self, bench)) as ledger:
            yield ledger

    def bring(self, ledger: Ledger, *numbers: int, cause: str = RIGHT) -> dict[int, str]:
        """Let good records be written by a plain run; returns the ids of their rows."""
        __tracebackhide__ = True
        ledger.tell(*numbers)
        ended = ledger.attempt()
        if open_ones := ledger.asides():
            first = open_ones[0]
            self.broken(
                f"a good record, {first.key}, was set aside as {first.kind}: {first.reason}",
                cause,
            )
        if ended.status != "completed":
            self.broken(f"{ended}", "can the connector write to its sandbox with these settings?")
        if wrong := ledger.wrong():
            self.broken(
                wrong,
                "does `write` put every field where `rows` looks, and answer with the ids of"
                " `rows`? Does `data` put its text into a field that the table writes?",
            )
        return ledger.ids()

    def change(self, table: Opened, number: int, version: int) -> Row:
        """The fields that differ once a record is told anew."""
        __tracebackhide__ = True
        old, new = (
            table.row(number, mark(number, version - 1)),
            table.row(number, mark(number, version)),
        )
        changed = {name: value for name, value in new.items() if value != old.get(name)}
        if not changed:
            self.broken(
                f"data({number}, text) gives the same row whatever the text",
                "put the text of `data` into a field that this table writes",
            )
        return changed

    def needs_changes(self, ledger: Ledger) -> None:
        """Skip the test where rows are never changed."""
        if ledger.only_creates:
            pytest.skip("rows of this table are never changed (`only_creates`)")

    def take_away(self, ledger: Ledger, row_id: str) -> None:
        """Delete a row behind the runner's back, or skip the test where that cannot be done."""
        with ledger.opened() as table:
            if isinstance(table.table, Deletes):
                table.table.delete([row_id])
            else:
                self.remove(ledger.bench.sandbox, row_id)
        if row_id in ledger.standing():
            pytest.skip("the kit cannot delete rows here: write `remove(self, sandbox, row_id)`")


def is_filled(value: Any) -> bool:
    """Whether there is anything in a field."""
    return value not in (None, "", [], {}, ()) if not isinstance(value, Mapping) else bool(value)
