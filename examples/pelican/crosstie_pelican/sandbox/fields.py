"""The fields of contacts and purchases, and what each may hold."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from crosstie_pelican.sandbox.attributes import day
from crosstie_pelican.sandbox.refusals import wrong
from crosstie_pelican.sandbox.times import in_utc, moment_of

Check = Callable[[Any, str], Any]
"""The value as it is kept; raises a refusal that names the field."""

LONGEST_KEY = 128


def text(most: int) -> Check:
    """Text of at most so many characters."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise wrong("invalid_value", f"{field} is text, not {value!r}", field)
        if len(value) > most:
            raise wrong("too_long", f"{field} has at most {most} characters", field)
        return value

    return check


def like(pattern: str, meaning: str, code: str = "invalid_value") -> Check:
    """Text of a certain form."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise wrong(code, f"{value!r} is not {meaning}", field)
        return value

    return check


def truth(value: Any, field: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong("invalid_value", f"{field} is true or false, not {value!r}", field)
    return value


def money(value: Any, field: str) -> str:
    """An amount: text with two decimals."""
    try:
        amount = Decimal(value if isinstance(value, str) else "NaN")
        exact = amount.quantize(Decimal("0.01")) == amount
    except InvalidOperation:
        exact = False
    if not exact:
        raise wrong("invalid_value", f'money is text such as "12.90", not {value!r}', field)
    return f"{amount:.2f}"


def bought(value: Any, field: str) -> list[dict[str, str]]:
    """The items of a purchase."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise wrong("invalid_value", "items are a list of objects", field)
    checks: Mapping[str, Check] = {
        "sku": text(64), "name": text(255), "quantity": like(r"\d+(\.\d{1,3})?", "a quantity"),
        "price": money,
    }  # fmt: skip
    return [checked(one, checks, f"{field}.") for one in value]


def moment(value: Any, field: str) -> str:
    """A time, as it is told again."""
    return in_utc(moment_of(value, field))


CONTACT: Mapping[str, Check] = {
    "email": like(r"(?=.{3,254}$)[^@\s]+@[^@\s]+", "an e-mail address", "invalid_email"),
    "first_name": text(100),
    "last_name": text(100),
    "company": text(100),
    "phone": text(32),
    "language": like(r"[a-z]{2}", "a language such as fr"),
    "birthday": lambda value, field: day(str(value), field),
    "postcode": text(16),
    "city": text(100),
    "country": like(r"[A-Z]{2}", "a country such as FR"),
    "note": text(10_000),
    "subscribed": truth,
}

PURCHASE: Mapping[str, Check] = {
    "number": text(64),
    "ordered_at": moment,
    "total": money,
    "currency": like(r"[A-Z]{3}", "a currency such as EUR"),
    "status": like("open|paid|shipped|cancelled|refunded", "a status"),
    "items": bought,
}


def key_of(value: Any) -> str:
    """An external id as it is kept."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_KEY:
        raise wrong("invalid_value", "external_id is text of 1 to 128 characters", "external_id")
    return value.strip()


def folded(external_id: str) -> str:
    """What two external ids have in common that are one to Pelican."""
    return external_id.strip().casefold()


def checked(given: Mapping[str, Any], checks: Mapping[str, Check], prefix: str = "") -> Any:
    """The fields of a row as they are kept; None stays None, where it clears."""
    for name in given:
        if name not in checks:
            raise wrong("unknown_field", f"there is no field {prefix}{name}", f"{prefix}{name}")
    return {
        name: None if value is None else checks[name](value, f"{prefix}{name}")
        for name, value in given.items()
    }
