"""Potentials: the sales opportunity that each order was, for those who count sales in vtiger."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import ROUND_HALF_UP
from typing import Any, ClassVar

import attrs

from crosstie import MappingError, Record, RecordError, Row, Write, Written
from crosstie.commerce import Order, OrderState
from crosstie_vtiger.amounts import CENT, rate_of
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.customers import account_ref, orderer
from crosstie_vtiger.fitting import fit, known, whole
from crosstie_vtiger.leads import ORIGIN
from crosstie_vtiger.parties import settled
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.tables import ModuleTable
from crosstie_vtiger.texts import folded, plain, sent

NAME, MARK = "potentialname", "description"


class Potentials(ModuleTable):
    """Orders as opportunities, recognised by a line of the description such as ``shop#1042``.

    vtiger has no field for a key there, and names may repeat: they are only what is asked for.
    Further lines are anybody's.
    """

    accepts = Order
    refers_to = ("customers",)
    uses: frozenset[str] = frozenset()
    at_first: ClassVar[Mapping[str, str]] = {"leadsource": ORIGIN}

    def __init__(self, crm: Crm, rules: Rules) -> None:
        super().__init__(crm, "Potentials", "potentials", (NAME, MARK))
        self.rules = rules

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`; raises `MappingError` for an order without a customer."""
        order: Order = record.data
        if order.customer is None:
            raise MappingError(f"order {order.number} has no customer, whom a potential belongs to")
        customer = orderer(order.customer, order.invoice_address)
        # Whose Account was made for the order is not asked for as a Contact as well.
        belongs = (
            {"related_to": account_ref(customer, self.rules)}
            if self.rules.order_account is None
            else {"contact_id": attrs.evolve(customer, table="customers")}
        )
        row: dict[str, Any] = {
            NAME: fit(self.crm, self.rules.potential_prefix + order.number, 120, NAME),
            MARK: whole(f"{source}#{record.key}", 200, "the order's own key"),
            "amount": amount_of(order),
            "closingdate": order.created and f"{order.created.astimezone(UTC):%Y-%m-%d}",
            "sales_stage": stage_of(order.state),
        }
        return {**known(row), **belongs}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`: of the potentials with these names those that have the order's line."""
        if tuple(keys[0]) != self.key:
            return super().find(keys)
        places: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(folded(key[MARK]), []).append(place)
        found: list[dict[str, None]] = [{} for _ in keys]
        names = sorted({str(sent(key[NAME])).strip() for key in keys})
        for told in self.crm.matching(self.module, (NAME, MARK), NAME, names):
            for line in str(told[MARK] or "").splitlines():
                for place in places.get(folded(line), ()):
                    found[place][told["id"]] = None
        return [list(ids) for ids in found]

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `Table`."""
        return [self._settled(write) for write in writes]

    def _settled(self, write: Write) -> Written | RecordError:
        try:
            row, moved = settled(self.crm, self.rules, write.row, "related_to")
        except RecordError as error:
            return error
        answer = self._write(attrs.evolve(write, row=row))
        return attrs.evolve(answer, moved=moved) if isinstance(answer, Written) else answer


def stage_of(state: OrderState | None) -> str:
    """The sales stage that says what the shop's state means."""
    if state is not None and state.cancelled:
        return "Closed Lost"
    return "Closed Won" if state is not None and state.paid else "Negotiation or Review"


def amount_of(order: Order) -> str | None:
    """The total in the shop's own currency: vtiger adds potentials up, and they name none."""
    if order.total is None:
        return None
    return plain((order.total / rate_of(order)).quantize(CENT, ROUND_HALF_UP), 2)
