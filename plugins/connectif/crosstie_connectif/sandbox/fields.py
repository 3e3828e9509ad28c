"""The fields of contacts, products and purchases, and what each may hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], str | None]
"""Why a value is not what it should be; None where all is well."""

Wrong = tuple[str, str]
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+[1-9]\d{6,14}")


def text(value: Any) -> str | None:
    """Any text."""
    return None if isinstance(value, str) else "must be string"


def number(value: Any) -> str | None:
    """A number with or without decimals."""
    good = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return None if good else "must be number"


def integer(value: Any) -> str | None:
    """A whole number."""
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be integer"


def truth(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "must be boolean"


def texts(value: Any) -> str | None:
    """A list of texts."""
    good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return None if good else "must be array of string"


def moment(value: Any) -> str | None:
    """A time in ISO 8601, with its zone."""
    try:
        zone = datetime.fromisoformat(value).tzinfo if isinstance(value, str) else None
    except ValueError:
        zone = None
    return None if zone else 'must match format "date-time"'


def uri(value: Any) -> str | None:
    """An address."""
    split = urlsplit(value) if isinstance(value, str) else None
    return None if split and split.scheme and split.netloc else 'must match format "uri"'


def email(value: Any) -> str | None:
    """An e-mail address."""
    good = isinstance(value, str) and EMAIL.fullmatch(value)
    return None if good else 'must match format "email"'


def phone(value: Any) -> str | None:
    """A phone number in international format."""
    good = isinstance(value, str) and PHONE.fullmatch(value)
    return None if good else 'must match format "international"'


def one_of(*choices: str) -> Check:
    """One of some words."""
    reason = f"must be one of {', '.join(choices)}"
    return lambda value: None if value in choices else reason


CONTACT: Mapping[str, Check] = {
    "_birthdate": moment,
    "_emailStatus": one_of("active", "bounced", "paused", "banned"),
    "_externalId": text,
    "_mobilePhone": phone,
    "_mobilePhoneStatus": one_of("active", "bounced", "paused"),
    "_name": text,
    "_newsletterSubscriptionStatus": one_of("subscribed", "unsubscribed", "none"),
    "_points": integer,
    "_smsSubscriptionStatus": one_of("subscribed", "unsubscribed", "none"),
    "_surname": text,
}

SHOWN: Mapping[str, Check] = {
    "brand": text,
    "categories": texts,
    "customField1": text,
    "customField2": text,
    "customField3": text,
    "description": text,
    "discountedAmount": number,
    "discountedPercentage": number,
    "imageUrl": uri,
    "name": text,
    "productDetailUrl": uri,
    "publishedAt": moment,
    "rating": number,
    "ratingCount": integer,
    "reviewCount": integer,
    "tags": texts,
    "thumbnailUrl": uri,
    "unitPrice": number,
    "unitPriceOriginal": number,
    "unitPriceWithoutVAT": number,
}
"""What a product has in the catalogue and in a purchase."""

PRODUCT: Mapping[str, Check] = {
    **SHOWN,
    "availability": one_of("instock", "outofstock"),
    "inStockUnits": integer,
    "isBlacklisted": truth,
    "priority": integer,
    "relatedExternalProductIds": texts,
}

BOUGHT: Mapping[str, Check] = {
    **SHOWN, "price": number, "productId": text, "quantity": integer,
}  # fmt: skip

PURCHASE: Mapping[str, Check] = {
    "cartId": text,
    "contactEmail": email,
    "paymentMethod": text,
    "purchaseDate": moment,
    "purchaseId": text,
    "totalPrice": number,
    "totalQuantity": integer,
}

REQUIRED = tuple(name for name in (*PURCHASE, "products") if name != "paymentMethod")
REQUIRED_OF_BOUGHT = (
    "imageUrl", "name", "price", "productDetailUrl", "productId", "quantity", "unitPrice",
)  # fmt: skip
"""What Connectif's page does not mark as optional."""


def wrong_fields(
    given: Any, checks: Mapping[str, Check], required: tuple[str, ...] = (), prefix: str = ""
) -> Iterator[Wrong]:
    """The fields that are missing or not what they should be."""
    if not isinstance(given, Mapping):
        yield prefix.rstrip("."), "must be object"
        return
    for name in required:
        if name not in given:
            yield f"{prefix}{name}", "is required"
    for name, value in given.items():
        check = checks.get(name)
        reason = check(value) if check is not None and value is not None else None
        if reason:
            yield f"{prefix}{name}", reason


def wrong_in_purchase(given: Mapping[str, Any]) -> Iterator[Wrong]:
    """The fields of a purchase that are missing or not what they should be."""
    yield from wrong_fields(given, PURCHASE, REQUIRED)
    products = given.get("products")
    if products is not None and not (isinstance(products, list) and products):
        yield "products", "must be a filled array"
        return
    for place, product in enumerate(products or ()):
        yield from wrong_fields(product, BOUGHT, REQUIRED_OF_BOUGHT, f"products[{place}].")
