"""What a purchase earns: the purchase as it was told, and the terms that it is counted with."""

import hashlib
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from crosstie_loyalty.amounts import ZERO, Rounding, rounded, text_of


@attrs.frozen(kw_only=True)
class PurchaseLine:
    """A part of a purchase; amounts are of all its pieces, before discounts of the whole."""

    amount: Decimal
    amount_with_tax: Decimal
    code: str | None = None
    category: str | None = None


@attrs.frozen(kw_only=True)
class Purchase:
    """A sale as it stands now; told again when it has changed.

    `source` says whose keys orders have (a shop, a store), `order` is its key there.
    `discounts` and `shipping` lower and raise the whole. `refunded` is what was given back so far
    of the products, `refunded_shipping` of the shipping, both with tax.
    """

    source: str
    order: str
    lines: tuple[PurchaseLine, ...]
    discounts: Decimal = ZERO
    discounts_with_tax: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_with_tax: Decimal = ZERO
    refunded: Decimal = ZERO
    refunded_shipping: Decimal = ZERO
    paid: bool = False
    delivered: bool = False
    cancelled: bool = False

    @property
    def key(self) -> str:
        """What the ledger knows it by."""
        return f"{self.source} {self.order}"

    def left(self, *, shipping: bool) -> Fraction:
        """Which share of it was neither refunded nor cancelled, from 0 to 1."""
        worth = sum((line.amount_with_tax for line in self.lines), ZERO) - self.discounts_with_tax
        refunded = self.refunded
        if shipping:
            worth += self.shipping_with_tax
            refunded += self.refunded_shipping
        if self.cancelled or worth <= 0:
            return Fraction(0)
        return max(Fraction(0), 1 - Fraction(refunded) / Fraction(worth))


@attrs.frozen(kw_only=True)
class Terms:
    """How amounts become points, or money of a kitty: `rate` for each unit of the currency."""

    rate: Decimal
    factors: dict[str, Decimal]
    tax: bool
    shipping: bool
    rounding: Rounding
    digits: int

    def earns(self, purchase: Purchase, multiplier: Decimal) -> Decimal:
        """What the purchase earns as it stands now."""
        amounts = [line.amount_with_tax if self.tax else line.amount for line in purchase.lines]
        whole = Fraction(sum(amounts, ZERO))
        weighed = sum(
            Fraction(amount) * Fraction(self._factor(line))
            for amount, line in zip(amounts, purchase.lines, strict=True)
        )
        discounts = purchase.discounts_with_tax if self.tax else purchase.discounts
        lowered = max(Fraction(0), 1 - Fraction(discounts) / whole) if whole > 0 else Fraction(0)
        counted = weighed * lowered
        if self.shipping:
            counted += Fraction(purchase.shipping_with_tax if self.tax else purchase.shipping)
        left = purchase.left(shipping=self.shipping)
        earned = max(Fraction(0), counted) * left * Fraction(self.rate) * Fraction(multiplier)
        return rounded(earned, self.rounding, self.digits)

    def _factor(self, line: PurchaseLine) -> Decimal:
        for name in (line.code, line.category):
            if name is not None and name in self.factors:
                return self.factors[name]
        return Decimal(1)

    def text(self) -> str:
        """What `terms_of` makes these terms of again; the same for equal terms."""
        told = attrs.asdict(self)
        told["rate"] = text_of(self.rate)
        told["factors"] = {name: text_of(factor) for name, factor in self.factors.items()}
        return json.dumps(told, sort_keys=True, ensure_ascii=False)


def hash_of(terms: str) -> str:
    """What a text of terms is kept under."""
    return hashlib.blake2b(terms.encode(), digest_size=16).hexdigest()


def terms_of(text: str) -> Terms:
    """The terms that `Terms.text` told."""
    told: dict[str, Any] = json.loads(text)
    factors = {name: Decimal(factor) for name, factor in told.pop("factors").items()}
    return Terms(**{**told, "rate": Decimal(told["rate"])}, factors=factors)
