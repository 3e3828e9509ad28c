"""The promises about what rows hold: nothing is bent on the way."""

import copy
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from crosstie.abilities import Maps, Shows
from crosstie.canonical import canonical
from crosstie.records import Record, Ref
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import Ledger, mark, shortened, told_of


class Carrying(TableCase):
    """Texts, numbers and times arrive as they were told."""

    def test_texts_survive(self, ledger: Ledger) -> None:
        """Names have accents, codes have leading zeros, notes have markup and line ends.

        Usually a text is put into JSON, XML, CSV, a query or a URL by hand, is trimmed, or is
        cut at the length of a column. What the system itself cannot keep is left out of `texts`.
        """
        for number, text in enumerate(self.texts.values(), 1):
            ledger.bench.script.tell(str(number), self.data(number, text))
        ended = ledger.attempt()
        keys = [str(number) for number in range(1, len(self.texts) + 1)]
        links = ledger.links(keys)
        rows = ledger.standing()
        for key, (name, text) in zip(keys, self.texts.items(), strict=True):
            if key not in links:
                self.broken(
                    f"{name}, {text[:60]!r}, was not written: {ended}; {told_of(ledger.asides())}",
                    "is the text escaped for the format in which it is sent?",
                )
            row = rows.get(links[key].id, {})
            if not any(text in held for held in _texts_in(row)):
                self.broken(
                    f"{name}, {text[:60]!r}, stands as {shortened(row)}",
                    "is the text escaped by hand, trimmed, or cut at a length? Leave out of"
                    " `texts` what the system itself cannot keep.",
                )

    def test_numbers_and_dates_arrive_exactly(self, ledger: Ledger) -> None:
        """Money is a `Decimal`, and a cent that is lost on the way is somebody's cent.

        Usually a number passes through `float`: ``int(float("4.35") * 100)`` is 434.
        """
        with ledger.opened() as table:
            row = table.row(1, mark(1, 1))
        amounts = [name for name, value in row.items() if type(value) is Decimal]
        times = {name: value for name, value in row.items() if isinstance(value, date)}
        if not times and not (amounts and self.amounts):
            pytest.skip("its rows hold no numbers and no times")
        ids = self.bring(ledger, 1)
        self._exact({name: row[name] for name in amounts} | times, ledger, ids[1])
        for number, amount in enumerate(self.amounts if amounts else (), 2):
            wanted = dict.fromkeys(amounts, amount)
            with ledger.opened() as table:
                new = (None, {**table.row(number, mark(number, 1)), **wanted})
                (answer,) = table.write(new if table.only_creates else (ids[1], wanted))
            if isinstance(answer, Exception):
                self.broken(
                    f"{amount} was answered by {answer}",
                    "amounts = () where the system calculates its numbers by itself",
                )
            self._exact(wanted, ledger, answer.id)

    def _exact(self, wanted: Mapping[str, Any], ledger: Ledger, row_id: str) -> None:
        __tracebackhide__ = True
        with ledger.opened() as table:
            shown = table.table.show([row_id])[0] if isinstance(table.table, Shows) else None
        held = ledger.standing()[row_id] if shown is None else shown
        for name, value in wanted.items():
            if name in held and not _is_same(value, held[name]):
                self.broken(
                    f"{name} was written as {value} and stands as {held[name]!r}",
                    "does the number pass through float, or lose its places? Send str(value).",
                )

    def test_rows_hold_only_exact_values(self, ledger: Ledger) -> None:
        """A row holds text, `Decimal`, int, bool, dates, times with a zone, None, and lists or
        mappings of these: what is compared and hashed must be the same tomorrow.

        Usually an amount is made a `float`, or a time loses its zone.
        """
        with ledger.opened() as table:
            row = table.mapped(1, "Kit row")
        if wrong := list(_inexact("", row)):
            self.broken("; ".join(wrong[:3]), "leave numbers as Decimal and times with their zone")

    def test_mapping_changes_nothing_and_repeats_itself(self, ledger: Ledger) -> None:
        """A record may be mapped twice, by several flows, and is kept when it is set aside.

        Usually `map` takes fields out of the record's mapping (`pop`), or gives the present
        moment or a random text.
        """
        with ledger.opened() as opened:
            table = opened.table
            if not isinstance(table, Maps):
                pytest.skip("it writes mappings as they are")
            record = Record("1", self.data(1, mark(1, 1)))
            before = copy.deepcopy(record.data)
            first, told = table.map(record, "kit"), repr(record.data)
            if record.data != before or told != repr(before):
                self.broken(
                    f"the record was {shortened(before)} and is now {shortened(record.data)}",
                    "does `map` change the mapping that it is given? Make a new one.",
                )
            if canonical(first) != (again := canonical(table.map(record, "kit"))):
                self.broken(
                    f"mapped once: {canonical(first)[:300]}; again: {again[:300]}",
                    "does the row hold the present moment, a random text, or a set's order?",
                )


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner)
    elif isinstance(value, str):
        yield value


def _inexact(place: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _inexact(f"{place}.{name}".lstrip("."), inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _inexact(f"{place}[{number}]", inner)
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield f"{place} is {value}, without a zone"
    elif not isinstance(value, str | Decimal | date | int | Ref | None):
        yield f"{place} is {value!r}, a {type(value).__name__}"


def _is_same(wanted: Any, held: Any) -> bool:
    """Whether what stands there is this number or time, however it is written."""
    try:
        if isinstance(wanted, Decimal):
            return Decimal(str(held)) == wanted
        if isinstance(wanted, datetime):
            found = held if isinstance(held, datetime) else datetime.fromisoformat(str(held))
            return found.tzinfo is None or found == wanted
        return bool(str(held)[:10] == wanted.isoformat())
    except InvalidOperation:
        return False
    except ValueError:  # a time in the system's own words
        return True
