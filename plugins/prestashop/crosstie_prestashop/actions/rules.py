"""A coupon as the shop keeps it: a cart rule, as it is sent, compared and looked up.

What was made is compared with what was asked, because the shop takes fields for 0 that it does not
understand, and a coupon without its minimum is worth more than anybody wanted to give.
"""

import html
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs

from crosstie import CrosstieError, FlowError, RejectedError, UncertainError
from crosstie_prestashop.actions.writing import change, create
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.times import at, local_text
from crosstie_prestashop.values import Raw, moments, price
from crosstie_prestashop.webservice import Answer

RULES = "cart_rules"
DAYS_END = time(23, 59, 59)


@attrs.frozen
class CartRule:
    """The rule that is wanted: `terms` are its fields, all of them numbers.

    It ends after `period` or on `last_day`, whichever is given.
    """

    code: str
    names: Mapping[str, str]
    description: str
    terms: Mapping[str, str]
    zone: ZoneInfo
    period: timedelta | None
    last_day: date | None

    def until(self, begun: int) -> str:
        """The shop's local time at which it ends, where it began at these Unix seconds."""
        if self.last_day is not None:
            return f"{self.last_day} {DAYS_END}"
        assert self.period is not None
        return local_text(begun + int(self.period.total_seconds()), self.zone)

    def refuse_past(self, now: int) -> None:
        """Raise `RejectedError` for a last day that is over in the shop."""
        today = at(now).astimezone(self.zone).date()
        if self.last_day is not None and self.last_day < today:
            raise RejectedError(
                f"expires_on is {self.last_day}, and in the shop it is {today} already: "
                "choose a date to come"
            )

    def fields(self, now: int) -> dict[str, str | Mapping[str, str]]:
        """What is sent to make it, at these Unix seconds of the shop's clock."""
        return {
            "code": self.code,
            "name": self.names,
            "description": self.description,
            "date_from": local_text(now, self.zone),
            "date_to": self.until(now),
            **self.terms,
        }

    def expires(self, row: Raw) -> datetime | None:
        """When the rule of this row ends."""
        return moments(self.zone)(row.get("date_to"))

    def is_named(self, row: Raw) -> bool:
        """Whether the rule of this row has our names."""
        told = row.get("name")
        if not isinstance(told, list):
            return html.unescape(str(told)) in self.names.values()
        names = {str(one.get("id")): html.unescape(str(one.get("value"))) for one in told}
        return all(names.get(language) == name for language, name in self.names.items())

    def differences(self, row: Raw) -> list[str]:
        """What is other in this row than was asked, in words; it may have been used in part."""
        return list(self._differences(row))

    def _differences(self, row: Raw) -> Iterator[str]:
        if str(row.get("code")) != self.code:
            yield f"code is {row.get('code')!r}"
        if not self.is_named(row):
            yield "its name is another"
        for field, wanted in self.terms.items():
            found = price(row.get(field))
            used = field == "quantity" and found is not None and 0 < found < Decimal(wanted)
            if found != Decimal(wanted) and not used:
                yield f"{field} is {row.get(field)!r} in place of {wanted}"
        if row.get("date_to") not in self._ends(row):
            yield f"it lasts from {row.get('date_from')} until {row.get('date_to')}"

    def _ends(self, row: Raw) -> set[str]:
        """When it may end, from when it began; of an hour that comes twice, both are thinkable."""
        begun = moments(self.zone)(row.get("date_from"))
        if begun is None:
            return set()
        return {self.until(int(begun.replace(fold=fold).timestamp())) for fold in (0, 1)}


def looked_up(shop: Shop, code: str) -> Answer:
    """All rules with this code, oldest first, and the shop's clock. Costs one request."""
    asked = {"filter[code]": f"[{code}]", "display": "full", "sort": "[id_ASC]"}
    answer = shop.webservice.rows(RULES, asked)
    wanted = code.casefold()  # the shop does not mind the case either
    rows = [row for row in answer.rows if str(row.get("code")).casefold() == wanted]
    return attrs.evolve(answer, rows=rows)


def switch_off(shop: Shop, row: Raw) -> None:
    """Make a rule worthless; nothing is asked where it is so already."""
    if str(row.get("active")) != "0":
        change(shop.webservice, RULES, str(row["id"]), {"active": "0"})


def made(shop: Shop, rule: CartRule, look: Answer) -> Raw:
    """Make the rule and return it as the shop keeps it, compared with what was asked.

    `look` is what was there just before. Raises `RejectedError` for one that came out differently:
    it is switched off then. Of two that are alike, as after an answer that was lost, the first
    stays.
    """
    key = str(create(shop.webservice, RULES, rule.fields(look.at))["id"])
    what = f"{shop.webservice.site}: cart rule {key} was made"
    try:
        rows = looked_up(shop, rule.code).rows
    except FlowError as error:
        raise UncertainError(f"{what}, and could not be read back: {error}") from error
    mine = next((row for row in rows if str(row["id"]) == key), None)
    if mine is None:
        raise UncertainError(f"{what}, and the shop does not list it")
    if rule.differences(mine):
        raise spoilt(shop, rule, mine)
    alike = [row for row in rows if not rule.differences(row)]
    for row in alike[1:]:
        switch_off(shop, row)
    return alike[0]


def spoilt(shop: Shop, rule: CartRule, row: Raw) -> RejectedError:
    """The error for a rule of ours that came out differently, which is switched off first."""
    told = f"{shop.webservice.site}: the shop made cart rule {row['id']} differently"
    told += f" ({'; '.join(rule.differences(row))})"
    try:
        switch_off(shop, row)
    except CrosstieError as error:
        return RejectedError(f"{told}, and switching it off failed: do it by hand; {error}")
    return RejectedError(f"{told}; it is switched off")
