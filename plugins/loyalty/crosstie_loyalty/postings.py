"""The ledger as a stream, for exports and a CRM: one record for each transaction, never changed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import Checkpoint, Record, Selection
from crosstie_loyalty.ledger import Ledger
from crosstie_loyalty.transactions import Transaction, kept

PAGE = 500


@attrs.frozen
class Postings:
    """What members' accounts got and gave. The note is for staff: do not send it to customers."""

    name: ClassVar[str] = "postings"
    ledger: Ledger

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `crosstie.Stream`."""
        last = int(selection.since or 0)
        where, values = "number > ?", tuple(map(kept, selection.window or ()))
        if values:
            where += " AND at >= ? AND at < ?"
        while True:
            found = self.ledger.find(where, last, *values, most=PAGE)
            yield from map(self._record, found)
            last = found[-1].number if found else last
            yield Checkpoint(str(last))
            if len(found) < PAGE:
                return

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `crosstie.Gets`."""
        for key in keys:
            yield from map(self._record, self.ledger.find("number = ?", int(key)))

    def keys(self) -> Iterator[str]:
        """See `crosstie.ListsKeys`: numbers have no gaps."""
        return map(str, range(1, self.ledger.newest() + 1))

    def _record(self, one: Transaction) -> Record:
        cause = one.cause
        data: dict[str, Any] = {
            "number": one.number,
            "at": one.at,
            "member": one.member,
            "kind": cause.kind,
            "points": one.amount,
            "balance": self.ledger.balance_after(one),
            "source": cause.source or None,
            "line": cause.line or None,
            "reverses": cause.reverses,
            "note": cause.note or None,
        }
        return Record(str(one.number), data)
