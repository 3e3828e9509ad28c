"""Orders as sales orders with line items."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

import attrs

from crosstie import MappingError, Record, Ref, RejectedError, Row
from crosstie.commerce import Address, Currency, Order, OrderLine, OrderState, Product
from crosstie_vtiger.amounts import Amounts, Price, amounts_of
from crosstie_vtiger.crm import Crm
from crosstie_vtiger.customers import addressed, orderer
from crosstie_vtiger.fitting import fit, known, place_of, street_of, whole
from crosstie_vtiger.inventory import InventoryTable
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.texts import plain

RATE = Decimal("0.001")
BILL, SHIP = addressed("bill"), addressed("ship")
COMMENT = 500


class Orders(InventoryTable):
    """Orders, recognised by a text of ours in the field `vtiger_purchaseorder`.

    Subjects may repeat and record numbers do (observed under parallel creation), so that each
    order carries the source's identity and its key there, such as ``shop#1042``.
    """

    accepts = Order
    refers_to = ("customers", "products", "currencies")
    uses: frozenset[str] = frozenset()
    at_first: ClassVar[Mapping[str, str]] = {"invoicestatus": "AutoCreated"}
    """Mandatory, and only kept for recurring orders: it reads back empty."""

    def __init__(self, crm: Crm, rules: Rules) -> None:
        super().__init__(crm, "SalesOrder", "orders", ("vtiger_purchaseorder",))
        self.rules = rules

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
        amounts = amounts_of(order, currency_code(order))
        crm = self.crm
        row: dict[str, Any] = {
            "vtiger_purchaseorder": whole(f"{source}#{record.key}", 200, "the order's own key"),
            "subject": fit(crm, self.rules.order_prefix + order.number, 100, "subject"),
            "sostatus": status_of(order.state),
            "account_id": attrs.evolve(customer, table="accounts"),
            "contact_id": attrs.evolve(customer, table="customers"),
            "customerno": fit(crm, customer.key, 100, "customerno"),
            "currency_id": attrs.evolve(order.currency, table="currencies"),
            "conversion_rate": plain(rate_of(order)),
            "description": "\n".join(remarks(order)) or None,
        }
        bill = order.invoice_address or order.delivery_address
        return {
            **known(row),
            **self._address("bill", bill),
            **self._address("ship", order.delivery_address or bill),
            **_money(amounts),
            "LineItems": [
                line_of(line, price, order)
                for line, price in zip(order.lines, amounts.prices, strict=True)
            ],
        }

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


def currency_code(order: Order) -> str | None:
    """The order's currency by its ISO code, where it is known."""
    embedded = order.currency.embedded if order.currency else None
    return embedded.code.upper() if isinstance(embedded, Currency) else None


def rate_of(order: Order) -> Decimal:
    """Units of the order's currency per unit of the shop's own; vtiger keeps three decimals."""
    embedded = order.currency.embedded if order.currency else None
    rate = order.currency_rate or (embedded.rate if isinstance(embedded, Currency) else None)
    return max(RATE, (rate or Decimal(1)).quantize(RATE, ROUND_HALF_UP))


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
    if order.note:
        yield order.note


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
