"""Records with line items: sales orders, invoices, quotes.

vtiger writes the header first and the lines after it, and does not undo the one when the others
fail: a refused order stays behind with a total of 0. So what was refused is taken back, the total
that vtiger comes to is compared with the one wanted, and an order found half-written is completed.

vtiger 8.3 and 8.4 as shipped refuse every line item (observed on 8.4.0): a create fails with
"Id specified is incorrect" though every id is right, and an update replaces the lines, leaves the
totals at 0 and dies with an empty HTTP 500. That is told once, in one sentence, instead of being
met by each order.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from crosstie import FlowError, RejectedError, Row, UncertainError, Write, Written
from crosstie_vtiger.amounts import CENT, whole
from crosstie_vtiger.answers import GarbledError, RefusedError
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.tables import ModuleTable
from crosstie_vtiger.texts import in_sequence, number, plain, same, shown_row

WORKS, REFUSES = "works", "refuses"
MEMORY = "line items"
TOTAL = "hdnGrandTotal"
RATE = "conversion_rate"
WITH_LINES = ("hdnTaxType", "hdnDiscountAmount", "hdnS_H_Amount", "txtAdjustment", "LineItems")
"""What is only sent together with the lines, and must be then."""


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
        try:
            answer = self.crm.create(self.module, element)
        except RefusedError as error:
            if error.code == "MANDATORY_FIELDS_MISSING":
                raise
            left = self._take_back(self._left_behind(write, len(lines)))
            if error.code == "INVALID_ID_ATTRIBUTE":
                self._blame(element, error, left)
            raise RejectedError(f"{error}{left}") from error
        row_id = str(answer["id"])
        problem = self._sum_problem(self._told_total(row_id, answer), write.row)
        if problem:
            raise RejectedError(problem + self._take_back([row_id]))
        self._remember(WORKS)
        return Written(row_id)

    def changed(self, write: Write, row_id: str, element: dict[str, Any]) -> Written:
        """Change the header, and the lines only where they or the total differ.

        Lines are replaced as a whole: they get new ids, and the stock is counted again.
        """
        present = self.crm.retrieve(row_id)
        shown = shown_row(present, self.crm.module(self.module))
        if self._lines_stand(shown, present, element, write.row):
            element = {name: value for name, value in element.items() if name not in WITH_LINES}
        if all(same(value, shown.get(name)) for name, value in element.items()):
            return Written(row_id)
        if shown.get(RATE):  # a revise without the rate sets it to 1
            element.setdefault(RATE, shown[RATE])
        try:
            answer = self.crm.revise(row_id, element)
        except UncertainError as error:
            return self._after_crash(write, row_id, error)
        problem = self._sum_problem(self._told_total(row_id, answer), write.row)
        if problem:
            raise RejectedError(problem)
        if "LineItems" in element:
            self._remember(WORKS)
        return Written(row_id)

    def _lines_stand(
        self,
        shown: Mapping[str, Any],
        present: Mapping[str, Any],
        element: Mapping[str, Any],
        row: Row,
    ) -> bool:
        """Whether lines and amounts are as wanted, so that the header alone can be changed."""
        lines = element.get("LineItems")
        if lines is None:
            return True
        there = shown.get("LineItems", [])
        if self._sum_problem(present.get(TOTAL), row) or len(lines) != len(there):
            return False
        pairs = zip(lines, there, strict=True)
        amounts = (
            same(element[name], shown.get(name))
            for name in WITH_LINES
            if name in element and name != "LineItems"
        )
        return all(amounts) and all(
            same(value, old.get(name)) for line, old in pairs for name, value in line.items()
        )

    def _after_crash(self, write: Write, row_id: str, error: UncertainError) -> Written:
        """vtiger may have done it all, nothing, or (as shipped) spoiled the totals: look."""
        lines = self.element(write.row).get("LineItems")
        present = self._retrieved(row_id) if isinstance(error.__cause__, GarbledError) else None
        if not lines or present is None:
            raise error
        there = [line.get("productid") for line in in_sequence(present.get("LineItems", []))]
        placed = there == [line["productid"] for line in lines]
        wanted, reached = number(write.row.get(TOTAL)), number(present.get(TOTAL))
        if placed and wanted and not reached:
            self._remember(REFUSES)
            self._stop(f"; the totals of {self.module} {row_id} are 0 in vtiger now")
        raise error

    def _blame(self, element: Mapping[str, Any], error: RefusedError, left: str) -> NoReturn:
        """Tell a bad reference from a vtiger that refuses all lines; only asked after a refusal."""
        bad = [
            row_id
            for row_id in dict.fromkeys(self._references(element))
            if not self._exists(row_id)
        ]
        if bad:
            raise RejectedError(
                f"{error}: {', '.join(bad)} is no longer in vtiger; run the flow that writes it"
                f" again{left}"
            )
        if left or self.crm.memory.get(MEMORY) == self._stamp(WORKS):
            raise RejectedError(f"{error}, though all records that it names are there{left}")
        self._remember(REFUSES)
        self._stop("")

    def _stop(self, more: str) -> NoReturn:
        raise FlowError(
            f"this vtiger ({self.crm.session.version}) refuses records with line items, a known"
            " fault of 8.3 and 8.4 as shipped: have its web service for inventory records mended"
            f" or upgrade it, until then switch off the flows that write {self.module}{more}"
        )

    def _references(self, element: Mapping[str, Any]) -> Iterator[str]:
        fields = self.crm.module(self.module).fields
        for name, value in element.items():
            if name in fields and fields[name].type == "reference" and value:
                yield str(value)
        for line in element["LineItems"]:
            yield str(line.get("productid"))

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
        found = [(row_id, self._retrieved(row_id) or {}) for row_id in self.find([key])[0]]
        return [
            row_id
            for row_id, record in found
            if number(record.get(TOTAL)) == 0 and len(record.get("LineItems", ())) < lines
        ]

    def _take_back(self, ids: Sequence[str]) -> str:
        """Delete what is half-written; returns a clause about what could not be deleted."""
        errors = [(row_id, error) for row_id in ids if (error := self._delete(row_id))]
        return "".join(
            f"; {self.module} {row_id} is left unfinished: {error}" for row_id, error in errors
        )

    def _told_total(self, row_id: str, answer: Mapping[str, Any]) -> Any:
        told = answer.get(TOTAL)
        return self.crm.retrieve(row_id).get(TOTAL) if number(told) is None else told

    def _sum_problem(self, told: Any, row: Row) -> str:
        """A sentence when vtiger's total is not the one wanted, else nothing."""
        wanted, reached = number(row.get(TOTAL)), number(told)
        if wanted is None:
            return ""
        coin = min(CENT, Decimal(1).scaleb(int(wanted.as_tuple().exponent)))
        if reached is not None and whole(reached, coin) == wanted:
            return ""
        return (
            f"vtiger comes to a total of {told} where the shop has {plain(wanted, 2)}: does it add"
            " taxes or charges of its own?"
        )

    def _stamp(self, what: str) -> str:
        return f"{what} {self.crm.session.version}"

    def _remember(self, what: str) -> None:
        """Keep for `check` whether this version takes line items; asked of the memory once."""
        with self.crm.shared.lock:
            if self.crm.shared.line_items != what:
                self.crm.memory.set(MEMORY, self._stamp(what))
                self.crm.shared.line_items = what


def line_items_remembered(crm: Crm) -> str | None:
    """What is known of this version: `WORKS`, `REFUSES` or None."""
    what, _, version = (crm.memory.get(MEMORY) or "").partition(" ")
    return what if version == crm.session.version else None
