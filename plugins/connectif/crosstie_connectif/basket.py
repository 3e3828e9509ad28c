"""Orders as purchases: what is in Connectif's `PurchaseCreation`, out of the vocabulary.

Connectif knows no currency, so that amounts are in the store's: those of an order in another one
are divided by the order's own rate, or the order is set aside.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

import attrs

from crosstie import MappingError, Ref, Row
from crosstie.commerce import Currency, Customer, Order, OrderLine, Product

CENT = Decimal("0.01")

OtherCurrencies = Literal["refuse", "convert"]
Amount = Callable[[Decimal], Decimal]


@attrs.frozen
class Basket:
    """How orders become purchases; see the settings of the same names."""

    no_image: str | None = None
    other_currencies: OtherCurrencies = "refuse"

    def row(self, order: Order) -> Row:
        """The purchase; raises `MappingError` that says what of the order is missing or wrong."""
        if not order.lines:
            raise MappingError(f"order {order.number} has no lines, and Connectif wants products")
        amount = self._amount(order)
        lines = [self._line(order, line, amount) for line in order.lines]
        row = {
            "purchaseId": order.number,
            "cartId": order.cart.key if order.cart else order.number,
            "contactEmail": _contact(order),
            "paymentMethod": order.payment_method,
            "products": lines,
            "purchaseDate": _known(order.created, order, "date"),
            "totalPrice": amount(_known(order.total, order, "total")),
            "totalQuantity": sum(line["quantity"] for line in lines),
        }
        return {name: value for name, value in row.items() if value is not None}

    def _amount(self, order: Order) -> Amount:
        """What an amount of the order is in the store's currency."""
        rate = order.currency_rate
        if rate is None or rate == 1:
            return lambda amount: amount
        currency = order.currency.embedded if order.currency else None
        code = currency.code if isinstance(currency, Currency) else "another currency"
        if rate <= 0:
            raise MappingError(f"order {order.number} is in {code} at a rate of {rate}")
        if self.other_currencies == "refuse":
            raise MappingError(
                f"order {order.number} is in {code}, and Connectif has amounts in the store's own"
                ' currency only: other_currencies = "convert" divides them by the order\'s rate'
                f" ({rate:f})"
            )
        return lambda amount: (amount / rate).quantize(CENT, ROUND_HALF_UP)

    def _line(self, order: Order, line: OrderLine, amount: Amount) -> dict[str, Any]:
        what = f"order {order.number}: {line.name or 'the line ' + line.key}"
        if line.product is None:
            raise MappingError(f"{what} has no product, and Connectif wants one for each line")
        if line.quantity != line.quantity.to_integral_value():
            raise MappingError(
                f"{what}: its quantity is {line.quantity:f}, and Connectif counts whole pieces"
            )
        told = line.product.embedded
        product = told if isinstance(told, Product) else Product()
        quantity, price = int(line.quantity), amount(line.unit_price_with_tax)
        row = {
            "productId": attrs.evolve(line.product, table="products"),
            "name": line.name or product.name,
            "quantity": quantity,
            "unitPrice": price,
            "unitPriceWithoutVAT": amount(line.unit_price),
            "price": price * quantity,
            "productDetailUrl": product.url,
            "imageUrl": product.image or self.no_image,
        }
        return {name: value for name, value in row.items() if value is not None}


def _contact(order: Order) -> Ref:
    """Whose purchase it is."""
    if order.customer is None:
        raise MappingError(f"order {order.number} has no customer, and Connectif wants an e-mail")
    person = order.customer.embedded
    if isinstance(person, Customer) and not (person.email or "").strip():
        raise MappingError(
            f"order {order.number}: customer {order.customer.key} has no e-mail, and Connectif"
            " knows people by it"
        )
    return attrs.evolve(order.customer, table="contacts")


def _known(value: Any, order: Order, what: str) -> Any:
    if value is None:
        raise MappingError(f"order {order.number} has no {what}, and Connectif wants one")
    return value
