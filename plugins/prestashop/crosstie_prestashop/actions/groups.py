"""`add_customer_to_group`: one group more, and all else stays."""

from typing import Any, ClassVar

import attrs

from crosstie import RejectedError, Row, setting
from crosstie_prestashop.actions.asking import check_id, record_of
from crosstie_prestashop.actions.writing import change
from crosstie_prestashop.connector import LiveShop
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import key


@attrs.frozen
class AddCustomerToGroup:
    """Puts a customer into a group of customers, besides those that they are in."""

    name: ClassVar[str] = "add_customer_to_group"
    on: ClassVar[str] = "prestashop"
    repeats: ClassVar[bool] = True

    customer: str = setting("Id of the customer")
    group: str = setting("The group: its name in any language, or its id")

    @customer.validator
    def _check_customer(self, _: Any, customer: str) -> None:
        check_id("customer", customer)

    @group.validator
    def _check_group(self, _: Any, group: str) -> None:
        if not group.strip():
            raise ValueError("group is empty: name the group that the customer is to be in")

    def run(self, system: LiveShop, once: str) -> Row:
        """See `crosstie.Action`; nothing is sent for a customer who is in the group already."""
        shop = system.shop
        group = _group(shop, self.group)
        with system.lent.alone(f"groups of customer {self.customer}"):
            customer = record_of(shop, "customers", self.customer)
            listed = customer.get("associations") or {}
            ids = [str(one["id"]) for one in listed.get("groups") or []]
            default = key(customer.get("id_default_group"))
            if not ids and default is not None:
                ids = [default]  # the list that is sent replaces all groups
            if group not in ids:
                lists = {"groups": ("group", [*ids, group])}
                change(shop.webservice, "customers", self.customer, {}, lists)
        return {"customer": self.customer, "group": group}


def _group(shop: Shop, word: str) -> str:
    """The id of the one group of this name or id."""
    site = shop.webservice.site
    rows = shop.webservice.rows("groups", {"display": "full", "sort": "[id_ASC]"}).rows
    wanted = word.strip().casefold()
    named = {str(row["id"]): _names(row.get("name")) for row in rows}
    found = [wanted] if wanted in named else [id_ for id_ in named if wanted in named[id_]]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted({repr(name) for names in named.values() for name in names}))
    many = f"{len(found)} groups are called {word!r}" if found else f"there is no group {word!r}"
    raise RejectedError(f"{site}: {many}; there is {listed}: name one, or give its id")


def _names(name: Any) -> set[str]:
    told = [one.get("value") for one in name] if isinstance(name, list) else [name]
    return {str(one).strip().casefold() for one in told if one}
