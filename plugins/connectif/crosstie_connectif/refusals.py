"""What Connectif's own error codes come to."""

import json
from collections.abc import Mapping
from typing import Any

from crosstie import ConflictError, NotLinkedError, RecordError, RejectedError
from crosstie_connectif.api import RefusedError, words_of

DOMAINS = frozenset({"E0103", "E0201"})
WHERE_DOMAINS_ARE = "in Connectif under Integrations > Web > Authorized Domains"


def meaning(error: RecordError, *, product: str = "") -> RecordError:
    """What an error of a write means; `product` is the one that was written, if one was."""
    if not isinstance(error, RefusedError):
        return error
    told = words_of(error.said)
    if error.code == "E0101":
        return NotLinkedError(
            f"its contact is not in Connectif any more ({told}): it waits until the contact is"
            " there again"
        )
    if error.code == "E0102":
        return NotLinkedError(
            f"Connectif does not have the products {_listed(_products(error.said))} any more"
            f" ({told}): it waits until they are there again"
        )
    if error.code in DOMAINS:
        products = _products(error.said) or [product]
        allowed = _listed(error.said.get("allowedDomains")) or "none"
        return RejectedError(
            f"the address of product {_listed(products)} is of a domain that Connectif does not"
            f" allow; it allows {allowed}: add the shop's own {WHERE_DOMAINS_ARE} ({told})"
        )
    return error


def conflict(said: Mapping[str, Any], purchase: str) -> ConflictError:
    """A purchase that is there already, in Connectif's own words: its answer as compact JSON."""
    told = {
        "status": 409,
        "title": said.get("title") or "Conflict",
        "detail": said.get("detail") or f"Purchase {purchase} already exists.",
    }
    return ConflictError(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _products(said: Mapping[str, Any]) -> Any:
    """The products that an error names; Connectif has two names for them."""
    return said.get("productIds") or said.get("productsId") or []


def _listed(texts: Any) -> str:
    return ", ".join(map(str, texts)) if isinstance(texts, list) else str(texts or "")
