"""`add_order_note`: a line in the order's internal note, which customers never see."""

from typing import Any, ClassVar

import attrs

from crosstie import RejectedError, Row, setting
from crosstie_prestashop.actions.asking import check_id, record_of
from crosstie_prestashop.actions.codes import SHORTEST, readable
from crosstie_prestashop.actions.writing import change, check_text
from crosstie_prestashop.connector import LiveShop

LONGEST_NOTE = 65_535


@attrs.frozen
class AddOrderNote:
    """Adds a line to the note on an order, the field `note` that only the back office shows.

    The line ends in a mark such as ``[7KQ2-M4XD-P9]``, by which it is known again.
    """

    name: ClassVar[str] = "add_order_note"
    on: ClassVar[str] = "prestashop"

    order: str = setting("Id of the order")
    text: str = setting("What is noted")

    @order.validator
    def _check_order(self, _: Any, order: str) -> None:
        check_id("order", order)

    @text.validator
    def _check_text(self, _: Any, text: str) -> None:
        if not text.strip():
            raise ValueError("text is empty: say what is to be noted")
        check_text("text", text, LONGEST_NOTE)

    def run(self, system: LiveShop, once: str) -> Row:
        """See `crosstie.Action`; tells the mark, and leaves what was noted before."""
        mark = _mark(system, once)
        with system.lent.alone(f"note on order {self.order}"):
            before = self._note(system)
            if mark not in before:
                line = f"{self.text.strip()} [{mark}]"
                note = f"{before}\n{line}" if before else line
                change(system.shop.webservice, "orders", self.order, {"note": note})
        return self._told(mark)

    def recall(self, system: LiveShop, once: str) -> Row | None:
        """See `crosstie.Recalls`: the line with this deed's mark."""
        mark = _mark(system, once)
        return self._told(mark) if mark in self._note(system) else None

    def _note(self, system: LiveShop) -> str:
        order = record_of(system.shop, "orders", self.order)
        if "note" not in order:
            site = system.shop.webservice.site
            raise RejectedError(f"{site}: this version of PrestaShop keeps no notes on orders")
        return str(order["note"] or "")

    def _told(self, mark: str) -> Row:
        return {"order": self.order, "mark": mark}


def _mark(system: LiveShop, once: str) -> str:
    return readable(system.lent.derive(f"note {once}"), SHORTEST)
