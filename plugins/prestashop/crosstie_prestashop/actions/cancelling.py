"""`cancel_coupon`: a code that works no longer."""

from typing import Any, ClassVar

import attrs

from crosstie import RejectedError, Row, setting
from crosstie_prestashop.actions.rules import looked_up, switch_off
from crosstie_prestashop.actions.writing import check_text
from crosstie_prestashop.connector import LiveShop
from crosstie_prestashop.webservice import askable

LONGEST_CODE = 254


@attrs.frozen
class CancelCoupon:
    """Switches a coupon off: from then on its code is refused."""

    name: ClassVar[str] = "cancel_coupon"
    on: ClassVar[str] = "prestashop"
    repeats: ClassVar[bool] = True

    code: str = setting("The coupon's code")

    @code.validator
    def _check_code(self, _: Any, code: str) -> None:
        if not code.strip() or not askable(code):
            raise ValueError("code must be a code, which holds none of [ ] | , %")
        check_text("code", code, LONGEST_CODE)

    def run(self, system: LiveShop, once: str) -> Row:
        """See `crosstie.Action`; a coupon that is off already stays so."""
        shop = system.shop
        rows = looked_up(shop, self.code).rows
        if not rows:
            raise RejectedError(f"{shop.webservice.site}: there is no coupon {self.code!r}")
        for row in rows:
            switch_off(shop, row)
        return {"code": self.code, "ids": [str(row["id"]) for row in rows]}
