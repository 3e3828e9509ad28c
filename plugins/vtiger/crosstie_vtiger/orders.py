"""Orders as sales orders with line items."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

import attrs

from crosstie import (
    MappingError,
    Record,
    RecordError,
    Ref,
    RejectedError,
    Row,
    Write,
    Written,
)
from crosstie.commerce import Address, CreditSlip, Order, OrderLine, OrderState, Product
from crosstie_vtiger.amounts import Amounts, Price, amounts_of, currency_of, rate_of
from crosstie_vtiger.crm import Crm, refuse_if
from crosstie_vtiger.customers import account_ref, addressed, orderer
from crosstie_vtiger.fitting import fit, known, place_of, street_of, whole
from crosstie_vtiger.inventory import InventoryTable
from crosstie_vtiger.invoices import DUE, THERE, Invoices, told_by
from crosstie_vtiger.parties import settled
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.texts import folded, plain

RATE = Decimal("0.001")
BILL, SHIP = addressed("bill"), addressed("ship")
COMMENT = 500


class Orders(InventoryTable):
    """Orders, recognised by a text of ours in the field `vtiger_purchaseorder`.

    Subjects may repeat and record numbers do (observed under parallel creation), so that each
    order carries the source's identity and its key there, such as ``shop#1042``. Whatever does
    not was made by somebody in vtiger, and is not touched.
    """

    accepts = Order
    refers_to = ("customers", "products", "currencies")
    uses: frozenset[str] = frozenset({"slips"})
    at_first: ClassVar[Mapping[str, str]] = {"invoicestatus": "AutoCreated"}
    """Mandatory, and only kept for recurring orders: it reads back empty."""

    def __init__(self, crm: Crm, rules: Rules) -> None:
        super().__init__(crm, "SalesOrder", "orders", ("vtiger_purchaseorder",))
        self.rules = rules
        self.invoices = Invoices(crm)

    def map(self, record: Record, source: str) -> Row:
        """See `Maps`.

        Raises `RejectedError` for an order without lines or whose figures do not add up, and
        `MappingError` for one without a customer.
        """
        order: Order = record.data
        if not order.lines:
            raise RejectedError(
                f"order {order.number} has no lines, and vtiger takes no order without"
            )
        if order.customer is None:
            raise MappingError(f"order {order.number} has no customer, and vtiger wants an Account")
        if order.currency is None:
            raise MappingError(f"the currency of order {order.number} is not known")
        customer = orderer(order.customer, order.invoice_address)
        currency = currency_of(order)
        amounts = amounts_of(order, currency.code.upper() if currency else None)
        crm = self.crm
        row: dict[str, Any] = {
            # First, since it may make a Contact of the Lead that the others would still name.
            "potential_id": self._potential(record),
            "vtiger_purchaseorder": whole(f"{source}#{record.key}", 200, "the order's own key"),
            "subject": fit(crm, self.rules.order_prefix + order.number, 100, "subject"),
            "sostatus": status_of(order.state),
            "account_id": self.rules.order_account or account_ref(customer, self.rules),
            "contact_id": attrs.evolve(customer, table="customers"),
            "customerno": fit(crm, customer.key, 100, "customerno"),
            "currency_id": attrs.evolve(order.currency, table="currencies"),
            "conversion_rate": plain(max(RATE, rate_of(order).quantize(RATE, ROUND_HALF_UP))),
            "description": "\n".join(remarks(order)) or None,
        }
        bill = order.invoice_address or order.delivery_address
        return {
            **known(row),
            **self._address("bill", bill),
            **self._address("ship", order.delivery_address or bill),
            **_money(amounts),
            **(told_by(order.state) if self.rules.create_invoice else {}),
            "LineItems": [
                line_of(line, price, order)
                for line, price in zip(order.lines, amounts.prices, strict=True)
            ],
        }

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `Table`; where an order is not there, its invoice may still be."""
        found = super().find(keys)
        lost = [key for key, ids in zip(keys, found, strict=True) if not ids]
        if lost and self.rules.create_invoice and tuple(keys[0]) == self.key:
            for key, ids in zip(lost, self.invoices.find(lost), strict=True):
                if ids:
                    self.crm.shared.orphans.add(folded(key[self.key[0]]))
        return found

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `Shows`."""
        orders = super().show(ids)
        return list(self.invoices.shown(ids, orders)) if self.rules.create_invoice else orders

    def element(self, row: Row) -> dict[str, Any]:
        """See `InventoryTable`; the invoice is written by itself."""
        return super().element({name: row[name] for name in row if name not in {DUE, THERE}})

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `Table`; an order is followed by its invoice, if it has one."""
        return [self._with_invoice(write) for write in writes]

    def _with_invoice(self, write: Write) -> Written | RecordError:
        if write.id is None and DUE in write.row:  # before anything is written
            refuse_if(not self.crm.module("Invoice").createable, self.crm, "Invoice", "create")
        try:
            row, moved = settled(self.crm, self.rules, write.row, "account_id")
            write = attrs.evolve(write, row=row)
            order = self._write(write)
            if not isinstance(order, Written):
                return order
            orphaned = folded(row.get(self.key[0])) in self.crm.shared.orphans
            look = write.id is not None or orphaned
            invoice = self._looking(lambda: self.invoices.keep(write, order.id, look=look))
        except RecordError as error:
            return error
        if isinstance(invoice, RecordError):
            return invoice
        return Written(order.id, {"invoice": invoice.id} if invoice else {}, moved)

    def _potential(self, record: Record) -> Ref | None:
        if not self.rules.create_potential:
            return None
        return Ref("orders", record.key, record.data, "potentials")

    def _address(self, prefix: str, address: Address | None) -> dict[str, str | None]:
        if address is None:
            return {}
        street = street_of(self.crm, address, named=True)
        place = place_of(self.crm, address, BILL if prefix == "bill" else SHIP)
        # A street is mandatory: where there is none, the system's defaults have the word.
        return {**known({f"{prefix}_street": street}), **place}


def status_of(state: OrderState | None) -> str:
    """The status of a sales order that says what the shop's state means."""
    if state is None:
        return "Created"
    if state.cancelled:
        return "Cancelled"
    if state.shipped or (state.delivered and state.shipped is None):
        return "Delivered"
    return "Approved" if state.paid or state.invoice else "Created"


def remarks(order: Order) -> Iterator[str]:
    """What vtiger has no field for, one remark per line of the description."""
    if order.reference and order.reference != order.number:
        yield f"Reference {order.reference}"
    if order.created is not None:
        yield f"Ordered {order.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if order.state is not None and order.state.name:
        yield f"Status in the shop: {order.state.name}"
    if order.payment_method:
        yield f"Payment: {order.payment_method}"
    if order.tracking_number:
        yield f"Tracking number {order.tracking_number}"
    if order.wrapping:
        yield f"Gift wrapping {plain(order.wrapping, 2)}, part of the charges"
    yield from refunds(order)
    if order.note:
        yield order.note


def refunds(order: Order) -> Iterator[str]:
    """What was given back, oldest first, one remark for each credit slip."""
    currency = currency_of(order)
    for slip in sorted(order.slips or (), key=_age):
        amount = "" if slip.amount is None else f" {plain(slip.amount, 2)}"
        code = slip.currency or (currency and currency.code)
        day = "" if slip.created is None else f" on {slip.created.astimezone(UTC):%Y-%m-%d}"
        yield f"Refunded{amount}{f' {code}' if amount and code else ''}{day}"


def _age(slip: CreditSlip) -> tuple[datetime, str]:
    return slip.created or datetime.max.replace(tzinfo=UTC), slip.key


def line_of(line: OrderLine, price: Price, order: Order) -> dict[str, object]:
    """One line item: gross, with its VAT and its name in the order as a comment."""
    return {
        "productid": product_ref(line, order.currency),
        "quantity": plain(price.quantity),
        "listprice": plain(price.listprice, 2),
        "comment": comment_of(line, price)[:COMMENT],
    }


def comment_of(line: OrderLine, price: Price) -> str:
    """What was sold, under which VAT, and how much of it where vtiger cannot count so finely."""
    parts = [line.name] if line.name else []
    if line.tax_rate is not None:
        parts.append(f"VAT {plain(line.tax_rate)} %")
    if price.quantity != line.quantity:
        parts.append(f"quantity {plain(line.quantity)}")
    return "\n".join(parts)


def product_ref(line: OrderLine, currency: Ref | None) -> Ref:
    """The line's product; where the source tells nothing more of it, what the line tells.

    Raises `MappingError` for a line that names no product.
    """
    if line.product is None:
        raise MappingError(f"line {line.key} ({line.name}) names no product, vtiger wants one")
    if line.product.embedded is not None:
        return attrs.evolve(line.product, table="products")
    product = Product(
        code=line.code, name=line.name, price=line.unit_price, currency=currency, ean=line.ean
    )
    return attrs.evolve(line.product, embedded=product, table="products")


def _money(amounts: Amounts) -> dict[str, str]:
    """The amounts in vtiger's fields; the total is what it must come to by itself."""
    return {
        "hdnTaxType": "group",
        "hdnDiscountAmount": plain(amounts.discount, 2),
        "hdnS_H_Amount": plain(amounts.charges, 2),
        "txtAdjustment": plain(amounts.adjustment, 2),
        "hdnGrandTotal": plain(amounts.total, 2),
    }
