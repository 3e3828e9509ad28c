"""Purchases as a table: orders, each created once and never changed."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import attrs

from crosstie import Limits, Record, RecordError, Row, Write, Written
from crosstie.commerce import Order
from crosstie_connectif.api import Api, RefusedError
from crosstie_connectif.basket import Basket
from crosstie_connectif.fields import PURCHASE
from crosstie_connectif.refusals import conflict, meaning
from crosstie_connectif.resources import Resource

KEY = "purchaseId"


@attrs.frozen
class PurchaseTable:
    """Purchases, known by `purchaseId`, the number of the order.

    `trigger` says whether Connectif's On-Purchase workflows start for each of them.
    """

    name: ClassVar[str] = "purchases"
    key: ClassVar[tuple[str, ...]] = (KEY,)
    exact: ClassVar[bool] = True
    only_creates: ClassVar[bool] = True
    limits: ClassVar[Limits] = Limits(years=1, back=5, filters=("status",), one_language=True)
    accepts: ClassVar[type] = Order
    refers_to: ClassVar[tuple[str, ...]] = ("customers", "products")
    uses: ClassVar[frozenset[str]] = frozenset({"image"})
    api: Api
    basket: Basket
    trigger: bool = False

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`; raises `MappingError` that says what an order lacks."""
        return self.basket.row(record.data)

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`; the ids are the numbers of the orders."""
        return self._purchases.find(keys)

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table` and `crosstie.OnlyCreates`."""
        return [self._write(write) for write in writes]

    def fields(self) -> Mapping[str, str]:
        """See `crosstie.Discovers`."""
        return PURCHASE

    @property
    def _purchases(self) -> Resource:
        return Resource(self.api, "purchases/purchase-id", KEY, KEY)

    def _write(self, write: Write) -> Written | RecordError:
        key = str(write.row[KEY])
        # Said for each purchase: without it, Connectif starts the workflows.
        trigger = "true" if self.trigger else "false"
        try:
            answer = self.api.change("POST", "purchases/", write.row, triggerPurchaseEvent=trigger)
            return self._purchases.written(answer, key)
        except RefusedError as refused:
            return conflict(refused.said, key) if refused.status == 409 else meaning(refused)
        except RecordError as error:
            return error
