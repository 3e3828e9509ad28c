"""Points and money: decimals, exact, as texts in tables."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from crosstie import RejectedError

Rounding = Literal["down", "half_up"]

LARGEST = Decimal(10) ** 12
DIGITS = 6
ZERO = Decimal(0)


def checked(amount: Decimal) -> Decimal:
    """The amount, where a ledger can hold it exactly and it is not 0; else `RejectedError`."""
    if not amount.is_finite() or not 0 < abs(amount) < LARGEST:
        raise RejectedError(f"{amount} is no amount: it is not 0, and below {LARGEST:f}")
    if amount != amount.quantize(Decimal(1).scaleb(-DIGITS)):
        raise RejectedError(f"{amount} has more than {DIGITS} decimals")
    return amount


def text_of(amount: Decimal) -> str:
    """The amount as it stands in tables: plain, without needless zeros."""
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def rounded(value: Fraction, rounding: Rounding, digits: int) -> Decimal:
    """The value with so many decimals; it is not negative."""
    scaled = value * 10**digits + (Fraction(1, 2) if rounding == "half_up" else 0)
    return Decimal(f"{scaled.numerator // scaled.denominator}e-{digits}")
