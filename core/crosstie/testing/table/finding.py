"""The promises about names and about finding rows that are there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from crosstie.abilities import Batches, Maps
from crosstie.errors import RecordError
from crosstie.records import Ref
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import FLOW, Ledger, mark
from crosstie.testing.table.opened import Opened

MAPS = ("map", "accepts", "uses", "refers_to")


class Finding(TableCase):
    """A table is what it says, and finds what is there, all of it and nothing else."""

    def test_a_table_goes_by_the_name_that_is_offered(self, ledger: Ledger) -> None:
        """A config is checked against `tables_offered` before anything is connected.

        A table that is missing there cannot be used, one that is missing in `tables()` stops its
        flow. Usually a name was changed in one place only.
        """
        offered = ledger.connector.tables_offered
        with ledger.opened() as table:
            names = set(table.live.tables()) | {self.table}
            called = table.table.name
        if offered is not None and names != set(offered):
            self.broken(
                f"tables_offered is {sorted(offered)}, tables() has {sorted(names)}",
                "is the new name in both places?",
            )
        if called != self.table:
            self.broken(
                f"the table under {self.table!r} says that its name is {called!r}",
                "does each entry of tables() have its table's own name?",
            )

    def test_a_table_says_truly_what_it_is(self, ledger: Ledger) -> None:
        """`map`, `accepts`, `uses` and `refers_to` are asked for together: where one is missing,
        the core does not see that the table can map, and writes records as they are.

        Usually a field was forgotten, or is a text where a tuple of texts is meant.
        """
        with ledger.opened() as opened:
            table: Any = opened.table
        missing = [name for name in MAPS if not hasattr(table, name)]
        if missing and hasattr(table, "map"):
            self.broken(f"there is a map, but no {' and no '.join(missing)}", "see `Maps`")
        wrong = [] if missing else list(_wrong_types(table))
        if isinstance(table, Batches) and not (type(table.batch) is int and table.batch >= 1):
            wrong.append(f"batch is {table.batch!r}, not a whole number from 1 on")
        if not _are_texts(table.key, tuple):
            wrong.append(f"key is {table.key!r}, not a tuple of field names")
        if wrong:
            self.broken("; ".join(wrong), "is a comma missing in a tuple of one text?")
        data = self.data(1, "Kit row")
        accepted = table.accepts if isinstance(table, Maps) else Mapping
        if not isinstance(data, accepted):
            self.broken(
                f"it takes {accepted.__name__}, and is told a {type(data).__name__}",
                "is `accepts` the class that `map` works with?",
            )

    def test_rows_hold_their_natural_key(self, ledger: Ledger) -> None:
        """By its natural key a row is recognised that was there before the first run.

        Usually `key` names the source's field and not the row's, or `map` leaves it out where it
        is empty.
        """
        with ledger.opened() as table:
            row, key = table.row(1), table.key
        if not key:
            self.broken("it has no natural key", 'say by what flows match: match = ("…",)')
        empty = [name for name in key if row.get(name) in (None, "")]
        if empty:
            self.broken(
                f"the natural key is {', '.join(key)}, and the row has {', '.join(row)}",
                f"does `map` always give {' and '.join(empty)}?",
            )

    def test_what_is_unknown_is_not_found(self, ledger: Ledger) -> None:
        """Each key has an answer of its own, an empty one where nothing matches.

        Usually a search without result gives one answer for all keys, or an error such as 404
        stands for "nothing".
        """
        self.bring(ledger, 1, 2)
        for count in (1, 2, 100):
            with ledger.opened() as table:
                found = self.found(table, table.keys(range(901, 901 + count)))
            if any(found):
                self.broken(
                    f"{count} unknown keys found {found[:5]}",
                    "are the rows of an answer compared with the key that was asked for?",
                )

    def test_what_was_created_is_found(self, ledger: Ledger) -> None:
        """Rows are looked for a hundred at a time; each id belongs to its own key.

        Usually a hundred keys do not fit into one URL or into one page of the answer, or the
        answers come in the system's order instead of that of the keys.
        """
        ids = self.bring(ledger, 1, 50, 100)
        numbers = list(range(100, 0, -1))
        with ledger.opened() as table:
            found = self.found(table, table.keys(numbers))
        for number, answer in zip(numbers, found, strict=True):
            expected = [ids[number]] if number in ids else []
            if answer != expected:
                self.broken(
                    f"of 100 keys, that of record {number} found {answer}, not {expected}",
                    "are all keys asked for, also where they do not fit into one URL or into one"
                    " page of the answer, and do the answers come in the order of the keys?",
                )

    def test_each_key_finds_only_its_own_row(self, ledger: Ledger) -> None:
        """Somebody else's row must never be taken for this record's: it would be overwritten.

        Usually the system searches for beginnings, for parts, or with wildcards, and its answer
        is trusted instead of compared.
        """
        ids = self.bring(ledger, 1)
        with ledger.opened() as table:
            field, text = self.text_of_key(table)
            row = table.row(1, mark(1, 1))
            key = table.key_of(row)
            for other in (text[:-1], f"{text}0", f"0{text}", f"{text[:-1]}_", f"{text[:-1]}%", "%"):
                if other and (answer := self.found(table, [{**key, field: other}])[0]):
                    self.broken(
                        f"{field} = {other!r} found {answer}, whose {field} is {text!r}",
                        "does the system search for parts of a text? Compare what it answers.",
                    )
            for other in (f"{text}0", f"0{text}"):
                table.write(
                    (None, {**row, field: other})
                )  # it may be refused; then it is not there
            if (answer := self.found(table, [key])[0]) != [ids[1]]:
                self.broken(
                    f"{field} = {text!r} found {answer}, not [{ids[1]!r}]",
                    "does the system search for parts of a text? Compare what it answers.",
                )

    def test_case_and_blanks_do_not_hide_a_row(self, ledger: Ledger) -> None:
        """The core takes ``ADA@example.com`` and `` ada@example.com`` for one natural key, so
        `find` has to as well: else the same person gets a second row.

        Usually the system compares so by itself, and the connector compares its answers exactly.
        """
        if not self.folded:
            pytest.skip("this system tells keys apart by case and blanks (`folded`)")
        ids = self.bring(ledger, 1)
        with ledger.opened() as table:
            field, text = self.text_of_key(table)
            key = table.key_of(table.row(1))
            for other in (text.upper(), text.lower(), f" {text} "):
                if (answer := self.found(table, [{**key, field: other}])[0]) != [ids[1]]:
                    self.broken(
                        f"{field} = {other!r} found {answer}, not [{ids[1]!r}] with {text!r}",
                        "are keys compared without regard to case and surrounding blanks?",
                    )

    def test_two_alike_are_two_ids(self, ledger: Ledger) -> None:
        """Where two rows match, the user settles which one is meant; to choose one silently
        would change the wrong one half of the time.

        Usually only the first row of an answer is looked at.
        """
        if not self.alike:
            pytest.skip("this system refuses two rows with one natural key (`alike`)")
        with ledger.opened() as table:
            row = table.row(1, mark(1, 1))
            made = [*table.write((None, row)), *table.write((None, row))]
            ids = self.ids_of(made)
            found = self.found(table, [table.key_of(row)])[0]
        if len(set(ids)) < 2:
            self.broken(
                f"two new rows both got the id {ids[0]}",
                "`write` must not look for a row by itself; if the system does, alike = False",
            )
        if sorted(found) != sorted(ids):
            self.broken(
                f"the key of the rows {ids} found {found}",
                "does `find` return every row that matches, or only the first?",
            )
        ledger.tell(1)
        ledger.attempt()
        kinds = [aside.kind for aside in ledger.asides()]
        if kinds != ["ambiguous"]:
            self.broken(
                f"the flow {FLOW!r} had {kinds or 'nothing'} set aside, not one ambiguous record",
                "does `find` return every row that matches, or only the first?",
            )

    def found(self, table: Opened, keys: Sequence[dict[str, Any]]) -> list[list[str]]:
        """What `find` answers, once its shape is known to be right."""
        __tracebackhide__ = True
        answers = table.table.find(keys)
        if len(answers) != len(keys):
            self.broken(
                f"{len(keys)} keys got {len(answers)} answers",
                "`find` returns one list for each key, in their order, empty ones included",
            )
        for answer in answers:
            if not _are_texts(answer, list, tuple):
                self.broken(
                    f"a key found {answer!r}",
                    "an answer is a list of ids, and an id is text: str(…) what the system sends",
                )
        return [list(answer) for answer in answers]

    def ids_of(self, answers: Sequence[Any]) -> list[str]:
        """The ids of rows that had to be written."""
        __tracebackhide__ = True
        for answer in answers:
            if isinstance(answer, RecordError):
                self.broken(
                    f"a new row was refused: {answer}",
                    "alike = False where the system keeps its natural keys unique",
                )
        return [answer.id for answer in answers]

    def text_of_key(self, table: Opened) -> tuple[str, str]:
        """The first field of the natural key that is a text of the record's own."""
        row = table.mapped(1, "Kit row")
        for field in table.key:
            if isinstance(row[field], str) and not isinstance(row[field], Ref):
                return field, row[field]
        pytest.skip("the natural key holds no text")


def _wrong_types(table: Any) -> list[str]:
    wrong = []
    if not isinstance(table.accepts, type):
        wrong.append(f"accepts is {table.accepts!r}, not a class")
    if not _are_texts(table.uses, frozenset):
        wrong.append(f"uses is {table.uses!r}, not a frozenset of texts")
    if not _are_texts(table.refers_to, tuple):
        wrong.append(f"refers_to is {table.refers_to!r}, not a tuple of texts")
    return wrong


def _are_texts(thing: Any, *kinds: type[Iterable[Any]]) -> bool:
    return isinstance(thing, kinds) and all(type(one) is str and one for one in thing)
