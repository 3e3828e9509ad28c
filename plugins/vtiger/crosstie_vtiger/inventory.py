"""Records with line items: sales orders, invoices, quotes.

vtiger writes the header first and the lines after it, and does not undo the one when the others
fail: a refused order stays behind with a total of 0. So what was refused is taken back, lines and
total are compared with those wanted, and an order found half-written is completed.

vtiger 8.3 and 8.4 as shipped refuse every line item: see `crosstie_vtiger.line_items`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NoReturn, TypeVar

from crosstie import RejectedError, Row, UnavailableError, UncertainError, Write, Written
from crosstie_vtiger.answers import GarbledError, RefusedError
from crosstie_vtiger.line_items import REFUSES, WORKS, known_to_work, refusal, remember, trying
from crosstie_vtiger.lines import TOTAL, WITH_LINES, Lines, lines_stand, placed, sum_problem
from crosstie_vtiger.queries import PAGE, quoted
from crosstie_vtiger.tables import ModuleTable
from crosstie_vtiger.texts import number, same, shown_row

RATE = "conversion_rate"
Seen = TypeVar("Seen")


class InventoryTable(ModuleTable):
    """A module with line items. A row's `hdnGrandTotal` is not sent: it is what vtiger must reach.

    A row without `LineItems` changes the header only.
    """

    by_retrieve = True

    def element(self, row: Row) -> dict[str, Any]:
        """See `ModuleTable`; vtiger computes the total by itself."""
        element = super().element(row)
        element.pop(TOTAL, None)
        return element

    def created(self, write: Write, element: dict[str, Any]) -> Written:
        """Create with all lines, or leave nothing behind."""
        lines = element.get("LineItems")
        if not lines:
            raise RejectedError(f"vtiger takes no {self.module} without lines")
        element.setdefault("productid", lines[0]["productid"])
        with trying(self.crm, self.module, harmless=True):
            return self._create(write, element, lines)

    def _create(self, write: Write, element: dict[str, Any], lines: Lines) -> Written:
        try:
            answer = self.crm.create(self.module, element)
        except RefusedError as error:
            if error.code == "MANDATORY_FIELDS_MISSING":
                raise
            left = self._looking(lambda: self._take_back(self._left_behind(write, len(lines))))
            if error.code == "INVALID_ID_ATTRIBUTE":
                self._blame(element, error, left)
            raise RejectedError(f"{error}{left}") from error
        remember(self.crm, WORKS)
        row_id = str(answer["id"])
        problem = self._looking(lambda: self._problem(row_id, answer, lines, write.row))
        if problem:
            left = self._looking(lambda: self._take_back([row_id]))
            raise RejectedError(problem + left)
        return Written(row_id)

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """Change the header, and the lines only where they or the total differ.

        Lines are replaced as a whole: they get new ids, and the stock is counted again.
        """
        shown = shown_row(self.crm.retrieve(row_id), self.crm.module(self.module))
        if lines_stand(shown, element, write.row):
            element = {name: value for name, value in element.items() if name not in WITH_LINES}
            if all(same(value, shown.get(name)) for name, value in element.items()):
                return Written(row_id)
        if shown.get(RATE):  # a revise without the rate sets it to 1
            element.setdefault(RATE, shown[RATE])
        lines = element.get("LineItems", [])
        nothing_to_spoil = not number(shown.get(TOTAL))
        with trying(self.crm, self.module, harmless=nothing_to_spoil) if lines else nullcontext():
            return self._change(write, row_id, element, lines)

    def _change(self, write: Write, row_id: str, element: dict[str, Any], lines: Lines) -> Written:
        if missing := self._missing(line["productid"] for line in lines):
            raise RejectedError(_gone(missing))  # else the old lines would go, and not all new come
        try:
            answer = self.crm.revise(row_id, element)
        except UncertainError as error:
            self._after_crash(lines, row_id, write, error)
        if lines:
            remember(self.crm, WORKS)
        problem = self._looking(lambda: self._problem(row_id, answer, lines, write.row))
        if problem:
            raise RejectedError(problem)
        return Written(row_id)

    def _problem(self, row_id: str, answer: Mapping[str, Any], lines: Lines, row: Row) -> str:
        """A sentence when the record has not the lines or the total wanted, else nothing."""
        if number(answer.get(TOTAL)) is None or (lines and not answer.get("LineItems")):
            answer = self.crm.retrieve(row_id)
        problem = sum_problem(answer.get(TOTAL), row)
        if problem or not lines or placed(lines, answer):
            return problem
        return f"vtiger has not kept the products of all lines of {self.module} {row_id}"

    def _after_crash(
        self, lines: Lines, row_id: str, write: Write, error: UncertainError
    ) -> NoReturn:
        """vtiger may have done it all, nothing, or (as shipped) spoiled the totals: look."""
        if not lines or not isinstance(error.__cause__, GarbledError):
            raise error
        record = self._looking(lambda: self._retrieved(row_id)) or {}
        wanted, reached = number(write.row.get(TOTAL)), number(record.get(TOTAL))
        if placed(lines, record) and wanted and not reached:
            remember(self.crm, REFUSES)
            spoiled = f"; the totals of {self.module} {row_id} are 0 in vtiger now"
            raise refusal(self.crm, self.module, spoiled) from error
        raise error

    def _looking(self, look: Callable[[], Seen]) -> Seen:
        """Look at what a write has done; where that is not possible, nobody knows."""
        try:
            return look()
        except UnavailableError as error:
            raise UncertainError(f"{self.module} may be half-written: {error}") from error

    def _blame(self, element: Mapping[str, Any], error: RefusedError, left: str) -> NoReturn:
        """Tell a bad reference from a vtiger that refuses all lines; only asked after a refusal."""
        if missing := self._missing(self._references(element)):
            raise RejectedError(f"{error}: {_gone(missing)}{left}")
        if left or known_to_work(self.crm):
            raise RejectedError(f"{error}, though all records that it names are there{left}")
        remember(self.crm, REFUSES)
        raise refusal(self.crm, self.module) from error

    def _references(self, element: Mapping[str, Any]) -> Iterator[str]:
        fields = self.crm.module(self.module).fields
        for name, value in element.items():
            if name in fields and fields[name].type == "reference" and value:
                yield str(value)
        for line in element["LineItems"]:
            yield str(line.get("productid"))

    def _missing(self, ids: Iterable[str]) -> list[str]:
        """Which of the records are not there; most are products, and asked for together."""
        asked = list(dict.fromkeys(ids))
        prefix = self.crm.module("Products").prefix
        products = [row_id for row_id in asked if row_id.partition("x")[0] == prefix]
        there: set[str] = set()
        for at in range(0, len(products), PAGE):
            some = ",".join(map(quoted, products[at : at + PAGE]))
            query = f"select id from Products where id in ({some}) limit {PAGE};"  # noqa: S608
            there |= {row["id"] for row in self.crm.query(query, "Products")}
        return [row_id for row_id in asked if row_id not in there and not self._exists(row_id)]

    def _exists(self, row_id: str) -> bool:
        try:
            self.crm.retrieve(row_id)
        except RefusedError:
            return False
        return True

    def _left_behind(self, write: Write, lines: int) -> Sequence[str]:
        """What a refused create left: found by our own key, without a total, and lines missing."""
        key = {field: write.row.get(field) for field in self.key}
        if not key or not all(key.values()):
            return ()
        found = {row_id: self._retrieved(row_id) or {} for row_id in self.find([key])[0]}
        return [
            row_id
            for row_id, record in found.items()
            if number(record.get(TOTAL)) == 0 and len(record.get("LineItems", ())) < lines
        ]

    def _take_back(self, ids: Sequence[str]) -> str:
        """Delete what is half-written; returns a clause about what could not be deleted."""
        errors = {row_id: error for row_id in ids if (error := self._delete(row_id))}
        return "".join(
            f"; {self.module} {row_id} is left unfinished: {error}"
            for row_id, error in errors.items()
        )


def _gone(ids: Sequence[str]) -> str:
    return f"{', '.join(ids)} is no longer in vtiger; run the flow that writes it again"
