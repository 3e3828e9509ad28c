"""What the key must be allowed for each action, for `crosstie check`."""

from collections.abc import Mapping

import attrs


@attrs.frozen
class Rights:
    """The methods that an action `must` have, by resource, and what it `may` do without.

    ``change`` stands for PATCH, and for PUT in shops before 8.0, which have no PATCH.
    """

    must: Mapping[str, tuple[str, ...]]
    may: Mapping[str, str] = attrs.field(factory=dict)

    def lacking(self, rights: Mapping[str, frozenset[str]], version: str | None) -> list[str]:
        """What the key lacks, each as ``POST on cart_rules``."""
        return [
            f"{method} on {resource}"
            for resource, methods in self.methods(version).items()
            for method in methods
            if method.lower() not in rights.get(resource, ())
        ]

    def methods(self, version: str | None) -> dict[str, tuple[str, ...]]:
        """The methods in capitals, by resource, as this version calls them."""
        changes = "PUT" if (version or "").startswith("1.") else "PATCH"
        return {
            resource: tuple(changes if method == "change" else method for method in methods)
            for resource, methods in self.must.items()
        }


STATES = {"order_states": "the names of order states"}
SETTINGS = {"configurations": "the shop's time zone, default language and default currency"}
RIGHTS: Mapping[str, Rights] = {
    "create_coupon": Rights(
        {"cart_rules": ("GET", "POST", "change")},
        {
            "languages": "a name in all languages",
            "currencies": "amounts and a minimum",
            "customers": "coupons for one customer",
            **SETTINGS,
        },
    ),
    "cancel_coupon": Rights({"cart_rules": ("GET", "change")}),
    "set_order_state": Rights(
        {"orders": ("GET",), "order_histories": ("GET", "POST")}, {**STATES, **SETTINGS}
    ),
    "add_customer_to_group": Rights({"customers": ("GET", "change"), "groups": ("GET",)}),
    "add_order_note": Rights({"orders": ("GET", "change")}),
}
