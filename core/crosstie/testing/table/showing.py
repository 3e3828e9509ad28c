"""The promises about reading rows back and deleting them."""

import pytest

from crosstie.abilities import Deletes, Shows
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import Ledger, marks, shortened


class Showing(TableCase):
    """What a table can do besides finding and writing, it does for each id by itself."""

    def test_what_is_shown_is_what_stands_there(self, ledger: Ledger) -> None:
        """`crosstie plan` prints the difference between these rows and the new ones.

        Usually the answers come in the system's order, or a row that is gone is left out instead
        of shown as None.
        """
        with ledger.opened() as table:
            if not isinstance(table.table, Shows):
                pytest.skip("this table has no `show`")
        ids = self.bring(ledger, 1, 2, 3)
        self.take_away(ledger, ids[2])
        with ledger.opened() as table:
            assert isinstance(table.table, Shows)
            shown = table.table.show([ids[3], ids[2], ids[1]])
        if len(shown) != 3 or shown[1] is not None:
            self.broken(
                f"of three ids the second one is gone, and shown is {shortened(shown)}",
                "one answer for each id, in their order, None for what is not there",
            )
        for number, row in ((3, shown[0]), (1, shown[2])):
            if row is None or marks(row) != {(number, 1)}:
                self.broken(
                    f"row {ids[number]} of record {number} is shown as {shortened(row)}",
                    "are the answers in the order of the ids, with the fields that `map` writes?",
                )

    def test_what_is_deleted_is_gone(self, ledger: Ledger) -> None:
        """A flow may delete what vanished at its source, and may be killed while it does.

        Usually deleting a second time is an error there, because the system says 404.
        """
        with ledger.opened() as table:
            if not isinstance(table.table, Deletes):
                pytest.skip("this table has no `delete`")
        ids = self.bring(ledger, 1, 2, 3)
        with ledger.opened() as table:
            assert isinstance(table.table, Deletes)
            for turn in ("first", "second"):
                answers = list(table.table.delete([ids[3], ids[1]]))
                if answers != [None, None]:
                    self.broken(
                        f"the {turn} time, deleting two rows was answered by {answers!r}",
                        "a row that is gone counts as deleted, as one that was there does",
                    )
            found = table.table.find(table.keys([1, 2, 3]))
        left = sorted(ledger.standing())
        if left != [ids[2]] or [list(one) for one in found] != [[], [ids[2]], []]:
            self.broken(
                f"of {sorted(ids.values())} two were deleted; {left} stand and {found} are found",
                "are deleted rows only marked, and still found? Is every id deleted?",
            )
