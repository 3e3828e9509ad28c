"""The one invoice of an order, which follows it.

An order's row says which status its invoice has: under `DUE` where the state of the order allows
an invoice, so that a missing one is made, else under `THERE`. The rest is told by the order's own
fields, as far as vtiger's invoices have them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosstie import (
    AmbiguousError,
    RecordError,
    RejectedError,
    Row,
    UncertainError,
    Write,
    Written,
)
from crosstie.commerce import OrderState
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.inventory import InventoryTable
from crosstie_vtiger.queries import PAGE, quoted
from crosstie_vtiger.texts import folded

KEY = "vtiger_purchaseorder"
ORDER = "salesorder_id"
STATUS = "invoicestatus"
DUE, THERE = "invoice", "invoice, if there is one"
Told = Mapping[str, Any]


def told_by(state: OrderState | None) -> dict[str, str]:
    """What the row of an order in this state says of its invoice."""
    return {DUE if state and state.invoice else THERE: status_of(state)}


def status_of(state: OrderState | None) -> str:
    """The status of an invoice that says what the shop's state means."""
    if state is None:
        return "Created"
    if state.cancelled:
        return "Cancel"
    return "Paid" if state.paid else "Created"


class Invoices(InventoryTable):
    """The invoices of orders, recognised by the key that their order has in the same field.

    One with another key was made by somebody in vtiger: it is not touched, but it counts.
    """

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm, "Invoice", "invoices", (KEY,))

    def keep(self, order: Write, order_id: str, *, look: bool) -> Written | RecordError | None:
        """Make or change the invoice of an order that is written; None where there is none.

        Without `look` there is none yet.
        """
        row = order.row
        status = row.get(DUE) or row.get(THERE)
        if status is None or not row.get(KEY):
            return None
        there = self._of(order_id, row[KEY]) if look else []
        ours = sorted(told["id"] for told in there if _same_key(told, row))
        if len(ours) > 1:
            return AmbiguousError(
                f"vtiger has {len(ours)} invoices of this order: {', '.join(ours)};"
                " delete all but one, then retry"
            )
        if not ours and (there or DUE not in row):
            return None
        wanted = {**dict(self._shared(row)), ORDER: order_id, STATUS: status}
        write = Write(ours[0] if ours else None, wanted, order.key, order.once)
        return _told_with_order(self.write([write])[0])

    def shown(self, ids: Sequence[str], orders: Sequence[Row | None]) -> Iterator[Row | None]:
        """Yield shown orders with what they say of their invoices."""
        fields = [ORDER, KEY, STATUS]
        told = list(self.crm.matching(self.module, fields, ORDER, ids)) if ids else []
        for row_id, order in zip(ids, orders, strict=True):
            if order is None:
                yield None
                continue
            ours = [one[STATUS] for one in told if one[ORDER] == row_id and _same_key(one, order)]
            yield {**order, **dict.fromkeys((DUE, THERE), ours[0] if ours else None)}

    def _of(self, order_id: str, key: str) -> list[Told]:
        """What there is of invoices of this order, also of an earlier one that was deleted."""
        query = (
            f"select {KEY} from {self.module}"  # noqa: S608 (VTQL, values are quoted)
            f" where {ORDER} = {quoted(order_id)} or {KEY} = {quoted(key)} limit {PAGE};"
        )
        return self.crm.query(query, self.module)

    def _shared(self, row: Row) -> Iterator[tuple[str, Any]]:
        fields = self.crm.module(self.module).fields
        return ((name, row[name]) for name in row if name in fields or name == "LineItems")


def _same_key(told: Told, row: Row) -> bool:
    return folded(told.get(KEY)) == folded(row.get(KEY))


def _told_with_order(answer: Written | RecordError) -> Written | RecordError:
    """The answer as one about the order: an invoice that is gone is not an order that is gone."""
    if isinstance(answer, Written):
        return answer
    kind = type(answer) if isinstance(answer, UncertainError) else RejectedError
    return kind(f"the order is in vtiger, but its invoice not as it should be: {answer}")
