"""The webservice's values as Python ones. Everything comes as text, and unknown is None.

Observed on 8.2.1 and 1.7.8.11: numbers are texts ("68.200000"), ids are ints at the top of a list
row and texts elsewhere, and nothing is "", null, "0000-00-00" or "0000-00-00 00:00:00".
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Raw = dict[str, Any]
"""One record as the webservice tells it."""

SECRETS = (
    "passwd",
    "secure_key",
    "last_passwd_gen",
    "reset_password_token",
    "reset_password_validity",
)
NO_ID = frozenset({None, "", "0", 0})
FLAGS = {"1": True, "0": False, 1: True, 0: False}
VAT_RATES = tuple(
    Decimal(tenths) / 10
    for tenths in (
        *(21, 25, 26, 30, 38, 40, 48, 50, 55, 60, 70, 77, 80, 81, 85, 90, 95, 100, 105, 120),
        *(130, 135, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240, 250, 255, 270),
    )
)
"""Usual rates of VAT, in percent."""

CENT = Decimal("0.01")
TENTH = Decimal("0.1")


def raw_of(row: Raw, uses: frozenset[str]) -> Raw | None:
    """The row, without password hashes and keys, for a flow that looks at it; else None."""
    if "raw" not in uses:
        return None
    for name in SECRETS:
        row.pop(name, None)
    return row


def text(value: Any) -> str | None:
    """The text as it is; None for one of nothing but blanks."""
    if value.__class__ is str:
        return value if value and not value.isspace() else None
    return str(value) if value else None


def key(value: Any) -> str | None:
    """An id as text; None for 0, which points nowhere."""
    return None if value in NO_ID else str(value)


def flag(value: Any) -> bool | None:
    """The flag, None when it is neither "0" nor "1"."""
    return FLAGS.get(value)


@lru_cache(8192, typed=True)
def money(value: Any) -> Decimal | None:
    """A total: exact, and without the four noughts after the cents."""
    if isinstance(value, str) and value.endswith("0000") and value[-7:-6] == ".":
        return price(value[:-4])
    return price(value)


@lru_cache(8192, typed=True)
def price(value: Any) -> Decimal | None:
    """A unit price, rate or weight, with all six decimals."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def day(value: Any) -> date | None:
    """A date; None for the zero date and for one that no calendar has."""
    if not value or value.startswith("0000"):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def moments(zone: ZoneInfo) -> Callable[[Any], datetime | None]:
    """A function from the shop's local times to aware ones; the first of two equal ones counts."""
    parse = datetime.fromisoformat

    def moment(value: Any) -> datetime | None:
        if not value or value.startswith("0000"):
            return None
        try:
            return parse(value).replace(tzinfo=zone)
        except ValueError:
            return None

    return moment


@lru_cache(8192)
def tax_rate(without_tax: str | None, with_tax: str | None) -> Decimal | None:
    """The rate in percent behind two unit prices: a usual VAT rate if one explains both.

    Prices may have been rounded to cents, so that 1.67 and 2.00 mean 20 % and not 19.8 %.
    None where the prices tell nothing, because one of them is 0 or they have different signs.
    """
    net, gross = price(without_tax), price(with_tax)
    if net is None or gross is None or net * gross <= 0:
        return None
    if net == gross:
        return Decimal(0)
    rate = 100 * (gross / net - 1)
    slack = abs(100 * (_rounding(gross) / net + _rounding(net) * gross / net / net))
    near = [usual for usual in VAT_RATES if abs(usual - rate) <= slack]
    return min(near, key=lambda usual: abs(usual - rate)) if near else rate.quantize(TENTH)


def _rounding(amount: Decimal) -> Decimal:
    """How far a price may be from the exact one: half a cent, or half of the sixth decimal."""
    return CENT / 2 if amount == amount.quantize(CENT) else Decimal("0.0000005")
