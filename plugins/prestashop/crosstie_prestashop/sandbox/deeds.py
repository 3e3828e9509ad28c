"""What happens in a shop, done as the shop would do it: with its times, and its silences.

Each deed takes the shop first and returns the id of what it made or changed, or nothing::

    order = place_order(shop, customer, [(product, 2)])
    change_state(shop, order, 2)

What moves `date_upd` is what moves it in a real shop: a refund does not touch the order, an address
does not touch its customer, stock does not touch the product, and a deletion leaves no trace.
`DEEDS` has all of them by name, for the control endpoint.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from crosstie_prestashop.sandbox.shop import Shop

Deed = TypeVar("Deed", bound=Callable[..., Any])
DEEDS: dict[str, Callable[..., Any]] = {}


def deed(function: Deed) -> Deed:
    """Make a function a deed: it holds the shop's lock and is known by its name."""

    @wraps(function)
    def done(shop: Shop, *arguments: Any, **options: Any) -> Any:
        with shop.lock:
            return function(shop, *arguments, **options)

    DEEDS[function.__name__] = done
    return cast(Deed, done)
