"""What an action asks the shop before it writes: are those there whom it is about?"""

import re

from crosstie import RejectedError, UnauthorisedError
from crosstie.commerce import Currency
from crosstie_prestashop.answers import BACK_OFFICE
from crosstie_prestashop.configuration import LANGUAGE
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw


def check_id(name: str, text: str) -> None:
    """Raise ValueError for what can be no record's id."""
    if not re.fullmatch("[1-9][0-9]{0,9}", text):
        raise ValueError(f"{name} must be an id of the shop, such as 17, not {text!r}")


def record_of(shop: Shop, resource: str, id_: str, display: str = "full") -> Raw:
    """The record with this id; raises `RejectedError` where there is none, or it is deleted."""
    rows = shop.webservice.by(resource, "id", [id_], display=display)
    if not rows or str(rows[0].get("deleted")) == "1":
        raise RejectedError(f"{shop.webservice.site}: there is no {id_} among the {resource}")
    return rows[0]


def languages_of(shop: Shop) -> list[str]:
    """The ids of the shop's languages; the default one's where the key may not read them."""
    ids = list(shop.languages.rows())
    default = shop.configuration.get(LANGUAGE)
    if not ids and default is None:
        raise UnauthorisedError(
            f"{shop.webservice.site}: a coupon is named in the shop's languages, and the key may "
            f"not read them; give it GET on languages ({BACK_OFFICE})"
        )
    return ids or [str(default)]


def currency_of(shop: Shop, code: str | None) -> tuple[str, str]:
    """The id and ISO code of a currency that the shop sells in; of the default one for None."""
    site, known = shop.webservice.site, shop.currencies.rows()
    if not known:
        raise UnauthorisedError(
            f"{site}: a coupon's amounts are in a currency, and the key may not read those; "
            f"give it GET on currencies ({BACK_OFFICE})"
        )
    if code is None:
        default = shop.default_currency()
        if default is None:
            raise RejectedError(f"{site}: the shop does not tell its default currency; set one")
        return default.key, default.embedded.code
    active = {
        ref.embedded.code: key
        for key, ref in known.items()
        if isinstance(ref.embedded, Currency) and ref.embedded.active is not False
    }
    if code.upper() not in active:
        listed = ", ".join(sorted(active))
        raise RejectedError(f"{site}: the shop does not sell in {code.upper()}; it has {listed}")
    return active[code.upper()], code.upper()
