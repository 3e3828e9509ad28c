"""`create_coupon`: a cart rule with a code of its own.

A coupon's code comes from the deed's `once` and the project's secret. So a deed that is tried again
after a lost answer looks for its own code, and nobody can guess one.
"""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

import attrs

from crosstie import RejectedError, Row, setting
from crosstie_prestashop.actions.asking import check_id, currency_of, languages_of, record_of
from crosstie_prestashop.actions.codes import LONGEST, SHORTEST, readable
from crosstie_prestashop.actions.rules import (
    CartRule,
    looked_up,
    made,
    spoilt,
)
from crosstie_prestashop.actions.writing import check_text
from crosstie_prestashop.connector import LiveShop
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw

PREFIX = re.compile(r"([A-Za-z0-9]+(-[A-Za-z0-9]+)*)?")
LONGEST_PREFIX = 30
LONGEST_NAME = 254
MOST_USES = 1_000_000_000
LARGEST = Decimal(1_000_000_000)
FLAGS = {"excluded": "0", "included": "1"}
Inclusion = Literal["included", "excluded"]


@attrs.frozen
class CreateCoupon:
    """Makes a discount code that works in the shop at once."""

    name: ClassVar[str] = "create_coupon"
    on: ClassVar[str] = "prestashop"

    title: str = setting("What the shop calls it, in all its languages", alias="name")
    percent: Decimal | None = setting("Percentage off, over 0 and up to 100", default=None)
    amount: Decimal | None = setting("Fixed amount off, in the currency", default=None)
    currency: str | None = setting(
        "ISO code of the currency of the amounts; the shop's default if not set", default=None
    )
    tax: Inclusion = setting("Whether the amount includes tax", default="included")
    free_shipping: bool = setting("Whether shipping is free with it", default=False)
    expires_after: timedelta | None = setting(
        "How long it is valid, from its creation; or set expires_on", default=None
    )
    expires_on: date | None = setting(
        "Its last day, to the end of that day in the shop; or set expires_after", default=None
    )
    max_uses: int = setting("How often it can be used in total", default=1)
    uses_per_customer: int | None = setting(
        "How often each customer can use it; as often as in total if not set", default=None
    )
    minimum_spend: Decimal | None = setting(
        "What the products in the cart must cost at least, in the currency", default=None
    )
    minimum_spend_tax: Inclusion = setting(
        "Whether tax counts towards minimum_spend", default="included"
    )
    minimum_spend_shipping: Inclusion = setting(
        "Whether shipping counts towards minimum_spend", default="excluded"
    )
    customer: str | None = setting(
        "Id of the one customer who can use it; everybody if not set", default=None
    )
    highlight: bool = setting(
        "Whether the cart offers it, with its code, to whoever can use it", default=False
    )
    partial_use: bool = setting(
        "Whether what is left of an amount becomes another coupon", default=False
    )
    prefix: str = setting("How the code begins: letters, digits and dashes", default="")
    code_length: int = setting(
        "Random characters in the code, 10 (50 bits) to 40 of them", default=12
    )
    description: str = setting("A note on it that the back office shows", default="")

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.percent is not None and self.amount is not None:
            raise ValueError("percent and amount are both given, and a coupon has one of them")
        if self.percent is None and self.amount is None and not self.free_shipping:
            raise ValueError("give percent or amount, or free_shipping = true")
        if (self.expires_after is None) == (self.expires_on is None):
            raise ValueError("give either expires_after or expires_on, and not both")
        if self.uses_per_customer is not None and self.uses_per_customer > self.max_uses:
            uses = f"{self.uses_per_customer} is more than max_uses, {self.max_uses}"
            raise ValueError(f"uses_per_customer must not be more than there are: {uses}")

    @title.validator
    def _check_name(self, _: Any, name: str) -> None:
        if not name.strip():
            raise ValueError("name is empty: a coupon needs one")
        if set(name) & set("<>\r\n"):
            raise ValueError("name must be one line without < and >, which the shop takes for HTML")
        check_text("name", name, LONGEST_NAME)

    @description.validator
    def _check_description(self, _: Any, text: str) -> None:
        check_text("description", text)

    @percent.validator
    def _check_percent(self, _: Any, percent: Decimal | None) -> None:
        if percent is not None and not 0 < percent <= 100:
            raise ValueError(f"percent must be over 0 and up to 100, not {percent}")
        if percent is not None and percent != round(percent, 2):
            raise ValueError(f"percent can have two decimals, and {percent} has more")

    @amount.validator
    @minimum_spend.validator
    def _check_amount(self, field: Any, amount: Decimal | None) -> None:
        if amount is not None and not 0 < amount < LARGEST:
            raise ValueError(f"{field.name} must be over 0 and under {LARGEST}, not {amount}")
        if amount is not None and amount != round(amount, 6):
            raise ValueError(f"{field.name} can have six decimals, and {amount} has more")

    @currency.validator
    def _check_currency(self, _: Any, code: str | None) -> None:
        if code is not None and not re.fullmatch("[A-Za-z]{3}", code):
            raise ValueError(f"currency must be an ISO code such as EUR, not {code!r}")

    @expires_after.validator
    def _check_period(self, _: Any, period: timedelta | None) -> None:
        if period is not None and (period < timedelta(seconds=1) or period.microseconds):
            raise ValueError("expires_after must be one or more whole seconds, such as 24h")

    @max_uses.validator
    @uses_per_customer.validator
    def _check_uses(self, field: Any, uses: int | None) -> None:
        if uses is not None and not 1 <= uses <= MOST_USES:
            raise ValueError(f"{field.name} must be from 1 to {MOST_USES}, not {uses}")

    @customer.validator
    def _check_customer(self, _: Any, customer: str | None) -> None:
        if customer is not None:
            check_id("customer", customer)

    @prefix.validator
    def _check_prefix(self, _: Any, prefix: str) -> None:
        if not PREFIX.fullmatch(prefix) or len(prefix) > LONGEST_PREFIX:
            raise ValueError(
                f"prefix must be up to {LONGEST_PREFIX} letters and digits of ASCII, with single "
                f"dashes in between, not {prefix!r}"
            )

    @code_length.validator
    def _check_length(self, _: Any, length: int) -> None:
        if not SHORTEST <= length <= LONGEST:
            raise ValueError(f"code_length must be from {SHORTEST} to {LONGEST}, not {length}")

    def run(self, system: LiveShop, once: str) -> Row:
        """See `crosstie.Action`; tells the code, and what a message may want to say of it."""
        shop, currency = system.shop, self._currency(system.shop)
        if self.customer is not None:
            record_of(shop, "customers", self.customer, "[id,deleted]")
        rule = self._rule(system, once, currency)
        look = looked_up(shop, rule.code)
        if not look.rows:
            rule.refuse_past(look.at)
            return self._told(rule, made(shop, rule, look), currency)
        for row in look.rows:
            if not rule.differences(row):
                return self._told(rule, row, currency)
        for row in look.rows:
            if rule.is_named(row):
                raise spoilt(shop, rule, row)
        ids = ", ".join(str(row["id"]) for row in look.rows)
        raise RejectedError(
            f"{shop.webservice.site}: the code {rule.code} is taken by another cart rule ({ids}),"
            " which is left as it is; do it again with another once"
        )

    def recall(self, system: LiveShop, once: str) -> Row | None:
        """See `crosstie.Recalls`: the rule with this deed's code, if it is what was asked for."""
        currency = self._currency(system.shop)
        rule = self._rule(system, once, currency)
        rows = looked_up(system.shop, rule.code).rows
        mine = next((row for row in rows if not rule.differences(row)), None)
        return None if mine is None else self._told(rule, mine, currency)

    def _rule(self, system: LiveShop, once: str, currency: tuple[str, str] | None) -> CartRule:
        shop = system.shop
        random = readable(system.lent.derive(f"coupon {once}"), self.code_length)
        return CartRule(
            code=f"{self.prefix}-{random}" if self.prefix else random,
            names=dict.fromkeys(languages_of(shop), self.title),
            description=self.description,
            terms=self._terms("0" if currency is None else currency[0]),
            zone=shop.zone(),
            period=self.expires_after,
            last_day=self.expires_on,
        )

    def _terms(self, currency: str) -> dict[str, str]:
        terms = {
            "id_customer": self.customer or "0",
            "quantity": str(self.max_uses),
            "quantity_per_user": str(self.uses_per_customer or self.max_uses),
            "priority": "1",
            "partial_use": str(int(self.partial_use)),
            "free_shipping": str(int(self.free_shipping)),
            "reduction_percent": f"{self.percent or 0:f}",
            "reduction_amount": f"{self.amount or 0:f}",
            "minimum_amount": f"{self.minimum_spend or 0:f}",
            "highlight": str(int(self.highlight)),
            "active": "1",
        }
        if self.amount is not None:
            terms |= {"reduction_tax": FLAGS[self.tax], "reduction_currency": currency}
        if self.minimum_spend is not None:
            terms |= {
                "minimum_amount_tax": FLAGS[self.minimum_spend_tax],
                "minimum_amount_shipping": FLAGS[self.minimum_spend_shipping],
                "minimum_amount_currency": currency,
            }
        return terms

    def _currency(self, shop: Shop) -> tuple[str, str] | None:
        """The id and ISO code of the amounts' currency; None where there are no amounts."""
        shop.refresh()
        if self.amount is None and self.minimum_spend is None and self.currency is None:
            return None
        return currency_of(shop, self.currency)

    def _told(self, rule: CartRule, row: Raw, currency: tuple[str, str] | None) -> Row:
        return {
            "code": rule.code,
            "id": str(row["id"]),
            "name": self.title,
            "percent": self.percent,
            "amount": self.amount,
            "currency": currency and currency[1],
            "free_shipping": self.free_shipping,
            "expires": rule.expires(row),
            "max_uses": self.max_uses,
            "minimum_spend": self.minimum_spend,
            "customer": self.customer,
        }
