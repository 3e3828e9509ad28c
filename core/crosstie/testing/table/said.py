"""What an author says of a table, and nothing else."""

from collections.abc import Mapping, MutableMapping
from decimal import Decimal
from typing import Any, ClassVar

from crosstie.testing.conformance import Conformance
from crosstie.testing.texts import TEXTS


class SaidTable(Conformance):
    """A table of the rig's system.

    `table` is its name, as a config says it after the dot.
    `stream` is the name under which the kit's source tells the records; rows that point to
    others need the right one.
    `match` names the fields of the natural key where the table does not.
    `refused` is what `data` would give for a record that the system refuses, and `refusal` a
    piece of the system's reason.
    `texts` are texts that the table keeps as they are, by name, and `amounts` numbers that its
    fields of numbers take; () where the system calculates them by itself.
    `alike` is False where the system itself refuses two rows with one natural key, and `folded`
    is False where it tells keys apart that differ in case or surrounding blanks.
    `upserts` is True where the system creates what is to be changed and is not there, under the
    same id.
    """

    table: ClassVar[str]
    stream: ClassVar[str] = "records"
    match: ClassVar[tuple[str, ...]] = ()
    refused: ClassVar[Any] = None
    refusal: ClassVar[str] = ""
    texts: ClassVar[Mapping[str, str]] = TEXTS
    amounts: ClassVar[tuple[Decimal, ...]] = (
        Decimal("0.29"),
        Decimal("4.35"),
        Decimal("8.20"),
        Decimal("19.99"),
        Decimal("1234.56"),
    )
    alike: ClassVar[bool] = True
    folded: ClassVar[bool] = True
    upserts: ClassVar[bool] = False

    def data(self, number: int, text: str) -> Any:
        """What a source tells: an object of the commerce vocabulary, or a mapping of fields.

        The same `number` has the same natural key; `text` goes into one field of text.
        """
        raise NotImplementedError

    def rows(self, sandbox: Any) -> Mapping[str, Mapping[str, Any]]:
        """What stands in the system now, id to fields, straight from the sandbox."""
        raise NotImplementedError

    def remove(self, sandbox: Any, row_id: str) -> None:
        """Take a row out of the sandbox, as if somebody had deleted it there.

        Needed only for a table without `delete` whose `rows` are not the sandbox's own dict.
        """
        rows = self.rows(sandbox)
        if isinstance(rows, MutableMapping):
            for one in [one for one in rows if str(one) == row_id]:
                del rows[one]
